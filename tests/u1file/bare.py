"""A person at a machine without session bus and keyring: a script on a server."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from tests.rig.cloud import EMAIL, PASSWORD, RunningCloud, start_cloud
from tests.rig.processes import Processes
from tests.rig.terminal import Terminal
from u1tray.disk import vault
from u1tray.rest import Cloud
from u1tray.rest.settings import CloudSettings
from u1tray.vocabulary.credentials import Credentials

PASSPHRASE = "open sesame"


@dataclass
class Bare:
    """A home, a cloud, and a passphrase in a file."""

    started: Processes
    cloud: RunningCloud
    home: Path
    terminal: Callable[..., Terminal]

    def u1file(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = self.started.run("u1file", *arguments, stdin=stdin)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def done(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        """The standard output of a verb that ended so."""
        ended = self.u1file(*arguments, stdin=stdin)
        assert ended.returncode == code, (arguments, ended.stdout, ended.stderr)
        return ended.stdout

    def log_in(self, *options: str) -> None:
        login = ("login", EMAIL, "--api-url", self.cloud.url, "--password-stdin")
        self.done(*options, *login, stdin=PASSWORD)

    @property
    def vault(self) -> Path:
        return self.home / ".local/share/u1tray/credentials.vault"

    def credentials(self) -> Credentials:
        """What the vault holds."""
        secret = vault.load(self.vault, PASSPHRASE.encode)
        assert secret is not None
        found = Credentials.from_wire(dict(parse_qsl(secret.decode())))
        assert found is not None
        return found

    def api(self) -> Cloud:
        """The same account by the Python API, to be closed."""
        return Cloud(CloudSettings.of(self.cloud.url), self.credentials(), program="tests")

    def store(self, **files: bytes) -> None:
        """Put contents to paths in the root volume, `__` for a slash."""
        with self.api() as cloud:
            for name, content in files.items():
                path = "/~/Ubuntu One/" + name.replace("__", "/")
                sha1 = f"sha1:{hashlib.sha1(content).hexdigest()}"
                node, _ = cloud.files.make(path, "file")
                cloud.files.put_content(
                    node, len(content), lambda c=content: iter([c]), lambda s=sha1: s
                )


def bare_machine(
    started: Processes, home: Path, terminal: Callable[..., Terminal], *, with_file: bool = True
) -> Bare:
    """The machine, with the passphrase in an owner-only file unless it is to be asked for."""
    if with_file:
        file = home / "passphrase"
        file.write_text(PASSPHRASE + "\n")
        file.chmod(0o600)
        started.env["U1TRAY_PASSPHRASE_FILE"] = str(file)
    return Bare(started, start_cloud(started, home), home, terminal)
