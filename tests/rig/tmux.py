"""A person at a real terminal: tmux, whose screen can be read and recorded as it was."""

from __future__ import annotations

from pathlib import Path

from tests.rig.processes import Processes, wait_until

PROMPT = "ready> "


class Tmux:
    """One shell in a terminal of 100 columns; `record` is everything it ever showed."""

    def __init__(self, started: Processes, directory: Path) -> None:
        self._started = started
        self._socket = str(directory / "tmux.sock")
        self._log = directory / "terminal.log"
        self._log.touch()
        started.start("tmux", "-S", self._socket, "-f", "/dev/null", "-D")
        wait_until(Path(self._socket).exists, 60, "tmux")
        shell = f"PS1='{PROMPT}' exec bash --norc --noprofile -i"
        self._tmux("new-session", "-d", "-s", "u1", "-x", "100", "-y", "50", shell)
        self._tmux("pipe-pane", "-t", "u1", f"cat >> {self._log}")
        wait_until(lambda: PROMPT.strip() in self.screen, 60, "the shell's prompt")

    @property
    def record(self) -> str:
        return self._log.read_text(errors="replace")

    @property
    def screen(self) -> str:
        """What stands on it now."""
        return self._tmux("capture-pane", "-p", "-t", "u1")

    def type(self, text: str) -> None:
        """Type a line and Enter."""
        self._tmux("send-keys", "-t", "u1", "-l", text)
        self._tmux("send-keys", "-t", "u1", "Enter")

    def expect(self, text: str, seconds: float = 60.0) -> None:
        """Until `text` is the last thing on the screen."""

        def seen() -> bool:
            return self.screen.rstrip().endswith(text.rstrip())

        wait_until(seen, seconds, f"{text!r} on the screen:\n{self.screen}")

    def run(self, command: str, seconds: float = 60.0) -> str:
        """What a command shows; it must end well."""
        self._tmux("send-keys", "-t", "u1", "-R")
        self._tmux("clear-history", "-t", "u1")
        self.type(f'{command}; echo "ended with $?"')
        wait_until(
            lambda: "\nended with " in self.screen, seconds, f"the end of {command}:\n{self.screen}"
        )
        shown = self.screen.partition("\nended with ")
        assert shown[2].split()[0] == "0", self.screen
        return "\n".join(shown[0].splitlines()[1:]).strip()

    def end(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *command: str) -> str:
        done = self._started.run("tmux", "-S", self._socket, *command)
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout
