"""All that deciding remembers, as one frozen value made of one part per noun."""

from __future__ import annotations

from dataclasses import dataclass, field

from u1tray.status.actions import Flows
from u1tray.status.busy import Busy
from u1tray.status.concerns import Watch
from u1tray.status.connection import Connecting
from u1tray.status.creds import Knowledge
from u1tray.status.notices import Notices
from u1tray.status.over_quota import QuotaTest
from u1tray.status.pause import Pause
from u1tray.status.presence import Daemon
from u1tray.status.presentation import Inputs, look
from u1tray.status.settling import Settling
from u1tray.status.storage import Account
from u1tray.status.transfers import Transfers


@dataclass(frozen=True)
class Model:
    """Changed by `update` alone."""

    settling: Settling
    daemon: Daemon = field(default_factory=Daemon)
    connecting: Connecting = field(default_factory=Connecting)
    transfers: Transfers = field(default_factory=Transfers)
    busy: Busy = field(default_factory=Busy)
    quota_test: QuotaTest = field(default_factory=QuotaTest)
    watch: Watch = field(default_factory=Watch)
    creds: Knowledge = field(default_factory=Knowledge)
    pause: Pause = field(default_factory=Pause)
    flows: Flows = field(default_factory=Flows)
    account: Account = field(default_factory=Account)
    notices: Notices = field(default_factory=Notices)

    @property
    def wakes(self) -> tuple[float | None, ...]:
        """Every deadline of every part."""
        return (
            *self.settling.wakes,
            *self.daemon.wakes,
            *self.connecting.wakes,
            *self.transfers.wakes,
            *self.busy.wakes,
            *self.quota_test.wakes,
            *self.watch.wakes,
            *self.creds.wakes,
            *self.pause.wakes,
            *self.flows.wakes,
            *self.account.wakes,
            *self.notices.wakes,
        )


def initial(
    now: float,
    *,
    paused: bool = False,
    pause_seconds: float | None = None,
    until: str = "",
    start: bool = False,
) -> Model:
    """What is known at the start: nothing, but a pause that outlived the program.

    `pause_seconds`: what is left of it (None: it has no end); `until` as HH:MM for the sentence.
    `start`: the setting "start file sync with me" (T1): once, if it turns out not to run.
    """
    pause = Pause()
    if paused:
        ends_at = None if pause_seconds is None else now + max(0.0, pause_seconds)
        pause = Pause(on=True, ends_at=ends_at, until=until, obeyed=True)
    flows = Flows(start_wanted=start)
    return Model(settling=Settling(shown=look(Inputs())), pause=pause, flows=flows)
