"""One indicator a session: the name on the bus, and the way to reach who has it."""

from __future__ import annotations

import time
from collections.abc import Callable

from PyQt5.QtCore import QTimer

from u1tray.bus import owners
from u1tray.bus.calls import Method
from u1tray.bus.export import Offer, export
from u1tray.bus.session import Bus
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import NotFoundError, OfflineError

ANSWER_SECONDS = 5.0
END_SECONDS = 3.0


def _method(name: str) -> Method:
    return Method(
        names.INDICATOR,
        names.INDICATOR_PATH,
        names.INDICATOR_INTERFACE,
        name,
        timeout_seconds=ANSWER_SECONDS,
    )


SHOW = _method("Show")
QUIT = _method("Quit")
DESCRIBE = _method("Describe")


def offer(
    bus: Bus,
    *,
    on_show: Callable[[], None],
    on_quit: Callable[[], None],
    describe: Callable[[], str],
) -> None:
    """Offer the object by which others reach this indicator; before its name is claimed.

    `on_quit` is called from the loop after the reply. `describe` gives one JSON object: what
    `--diagnose` is told about a running indicator.
    """
    export(
        bus,
        Offer(
            names.INDICATOR_PATH,
            names.INDICATOR_INTERFACE,
            # Later, so that the bus is still there for the reply.
            actions={"Show": on_show, "Quit": lambda: QTimer.singleShot(0, on_quit)},
            texts={"Describe": describe},
        ),
    )


def claim(bus: Bus) -> bool:
    """Become the session's indicator; False when another one is."""
    return owners.request_name(bus, names.INDICATOR)


def become_first(bus: Bus) -> bool:
    """Become the session's indicator, or have the one that is show its window (False).

    Raises a U1Error when that one does not answer.
    """
    # Twice, for one that ended between the two questions.
    return claim(bus) or (not raise_first(bus) and claim(bus))


def release(bus: Bus) -> None:
    """Give the name up, so that the program's next start finds it free."""
    from u1tray.bus import blocking  # noqa: PLC0415 - only on the way out

    if bus.connected:
        blocking.call(bus, owners.RELEASE_NAME, names.INDICATOR)


def raise_first(bus: Bus) -> bool:
    """Have the running indicator show its status window; False when there is none.

    Raises a U1Error when it does not answer.
    """
    return _tell(bus, SHOW)


def quit_first() -> bool:
    """End the running indicator and wait until it is gone; False when there is none.

    Raises a U1Error when it does not answer, or when it stays.
    """
    from u1tray.bus.blocking import Listener  # noqa: PLC0415

    listener = Listener([owners.NAME_OWNER_CHANGED])
    try:
        if not _tell(listener.bus, QUIT):
            return False
        deadline = time.monotonic() + END_SECONDS
        while heard := listener.next(deadline - time.monotonic()):
            name, _old, new = heard[1]
            if name == names.INDICATOR and not new:
                return True
    finally:
        listener.close()
    text = "the indicator was asked to quit and is still there"
    raise OfflineError(text)


def _tell(bus: Bus, method: Method) -> bool:
    from u1tray.bus import blocking  # noqa: PLC0415

    try:
        blocking.call(bus, method)
    except NotFoundError:
        return False
    return True
