"""The command `u1tray --embedded`: the order of things, what is said, and the end of everything.

The indicator runs as a child like the rest: it may run itself anew (`tray.restart`), and must then
find its cloud still there.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from u1tray.bus import blocking, owners
from u1tray.tray.desktop import activation, autostart
from u1tray.tray.desktop.busdaemon import BusDaemon, program_of
from u1tray.tray.desktop.programs import INDICATOR, program
from u1tray.tray.embedded import listing, manifest, plan, reset, sessionbus
from u1tray.tray.embedded.children import Children
from u1tray.tray.embedded.interruption import Interruption
from u1tray.tray.embedded.lock import Lock
from u1tray.tray.embedded.plan import Facts
from u1tray.tray.embedded.services import ServiceStarter, quit_syncdaemon
from u1tray.tray.embedded.sessionbus import Session
from u1tray.tray.embedded.setup import Result, Setup, absent_places, facts
from u1tray.tray.session import display
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import BusyError, RefusedError, U1Error, UsageError

ANOTHER_ENDS_SECONDS = 20.0
INDICATOR_ENDS_SECONDS = 3.0


def start(*, yes: bool, no_gui: bool = False) -> int:
    """Bring the private cloud up, show the indicator until it ends; the exit status.

    Raises a U1Error or OSError.
    """
    interruption = Interruption()
    absent = absent_places()
    lock = Lock()
    if not lock.take():
        return _raise_running(lock)
    found = manifest.load()
    with _everything(interruption) as running:
        _say_bus(running.session)
        lock.tell(os.environ.get(sessionbus.ADDRESS_VARIABLE, ""))
        known = facts(found, running.session.daemon, agreed=yes, is_terminal=_is_terminal())
        refusal = plan.refusal(known)
        if refusal:
            raise RefusedError(refusal)
        return _run(known, running, absent, no_gui=no_gui)


@dataclass(frozen=True)
class Running:
    """What is taken down at the end, and what asks for the end."""

    children: Children
    session: Session
    interruption: Interruption


def _run(known: Facts, running: Running, absent: tuple[manifest.Made, ...], *, no_gui: bool) -> int:
    has_display = display.is_reachable(os.environ)
    setup = Setup(
        known,
        running.session,
        running.children,
        absent=absent,
        say=_say,
        ask=_ask,
        has_display=has_display,
    )
    is_ready = False
    try:
        with _hint_at_reset():
            result = setup.run()
            running.interruption.defer()
        # From here on an interruption is a good end.
        is_ready = True
        autostart.refresh()
        _say_result(result, has_display)
        return _show(running, in_panel=has_display and not no_gui)
    finally:
        # Also one that the bus started for us: its cloud goes now.
        if is_ready or not known.sync_program:
            quit_syncdaemon(running.session.daemon)


def remove(*, yes: bool) -> int:
    """Stop and remove all that was made; the exit status. Raises a U1Error or OSError."""
    lock = Lock()
    if not lock.take():
        _end_running(lock)
    found = manifest.load()
    if found is None:
        lock.release(remove=True)
        reset.remove_empty_directories()
        _say("There is no private cloud of yours to remove.")
        return 0
    _say("This removes your private cloud, with every file that is only there:")
    for line in reset.listing(found):
        _say(f"  {line}")
    if not yes and not _agreed_to_remove():
        _say("Nothing was removed.")
        return 1
    complete = _remove_all(found)
    if complete:
        lock.release(remove=True)
        reset.remove_empty_directories()
    return 0 if complete else 1


def _remove_all(found: manifest.Manifest) -> bool:
    children = Children()
    daemon = sessionbus.persons_bus()
    try:
        if daemon is not None and names.CREDENTIALS not in activation.installed():
            _run_credentials(daemon, children)
        return reset.remove(found, daemon, _say)
    finally:
        children.end()
        if daemon is not None:
            daemon.bus.close()


def _run_credentials(daemon: BusDaemon, children: Children) -> None:
    try:
        ServiceStarter(daemon, children, {}).run_credentials()
    except U1Error as error:
        _say(error.text)  # what else is there is removed all the same


@contextmanager
def _everything(interruption: Interruption) -> Iterator[Running]:
    """Children and a bus, both taken down at the end, whatever happened."""
    children = Children()
    with ExitStack() as after:
        try:
            session = sessionbus.open_session(children)
            after.callback(session.close)
            yield Running(children, session, interruption)
        finally:
            interruption.ignore()
            children.end()


@contextmanager
def _hint_at_reset() -> Iterator[None]:
    try:
        yield
    except BaseException:
        if manifest.file_path().exists():
            _say("What was made so far stays; u1tray --embedded goes on from there, and")
            _say("u1tray --embedded --reset removes it.")
        raise


def _show(running: Running, *, in_panel: bool) -> int:
    if _is_shown_until_the_end(running):
        return 0
    words = [str(program(INDICATOR)), *([] if in_panel else ["--no-gui"])]
    indicator = running.children.start([*words, *(["--debug"] if _is_debugging() else [])])
    try:
        return running.interruption.until_ended(indicator) or 0
    finally:
        indicator.end(INDICATOR_ENDS_SECONDS)


def _is_shown_until_the_end(running: Running) -> bool:
    """Whether an indicator was there already; then it has ended by now, or we are told to."""
    listener = blocking.Listener(
        [owners.NAME_OWNER_CHANGED], ends_with=running.interruption.descriptor
    )
    try:
        if not running.session.daemon.owner_of(names.INDICATOR):
            return False
        _say("The indicator is running already. The private cloud ends with it, or with Ctrl-C.")
        for _signal, (name, _old, new) in listener:
            if name == names.INDICATOR and not new:
                break
    finally:
        listener.close()
    return True


def _raise_running(lock: Lock) -> int:
    holder = lock.holder()
    if holder.bus_address:
        os.environ[sessionbus.ADDRESS_VARIABLE] = holder.bus_address
    from u1tray.tray.session import instance  # noqa: PLC0415

    _say("Your private cloud is running already.")
    daemon = sessionbus.persons_bus()
    if daemon is None or not instance.raise_first(daemon.bus):
        _say("Its indicator is not there yet: see where it was started.")
    return 0


def _end_running(lock: Lock) -> None:
    holder = lock.holder()
    if program_of(holder.process_id) == INDICATOR:
        _say("Ending the private cloud that is running.")
        os.kill(holder.process_id, signal.SIGTERM)
    if not lock.take(ANOTHER_ENDS_SECONDS):
        text = "The private cloud that is running does not end: quit its indicator first."
        raise BusyError(text)


def _say_bus(session: Session) -> None:
    if session.is_private:
        _say("There is no session bus here, so a private one was started. For other programs:")
        address = os.environ[sessionbus.ADDRESS_VARIABLE]
        _say(f"  export {sessionbus.ADDRESS_VARIABLE}='{address}'")


def _say_result(result: Result, has_display: bool) -> None:
    for line in listing.lines(result, has_display):
        _say(line)


def _is_debugging() -> bool:
    return logging.getLogger().isEnabledFor(logging.DEBUG)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask(question: str) -> bool:
    return _answer(f"{question} [Y/n] ") in ("", "y", "yes")


def _agreed_to_remove() -> bool:
    if not _is_terminal():
        text = "There is no terminal to ask on: say --yes to remove it all."
        raise UsageError(text)
    return _answer("Remove all of this? [y/N] ") in ("y", "yes")


def _answer(question: str) -> str:
    try:
        return input(question).strip().lower()
    except EOFError:
        _say("")
        return "no"


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command line program


def run(*, yes: bool, is_reset: bool, no_gui: bool) -> int:
    """What the command line asked for. Raises a U1Error."""
    try:
        return remove(yes=yes) if is_reset else start(yes=yes, no_gui=no_gui)
    except OSError as error:
        text = f"{error.filename or 'A file'}: {error.strerror or error}"
        raise U1Error(text) from None
