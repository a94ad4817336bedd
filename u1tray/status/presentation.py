"""The table of 8.3: what each combination of inputs looks like. Total, ordered, and nothing else.

One row of the contract is one `Row` here; the first that matches wins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from u1tray.status.names import last_part
from u1tray.status.values import (
    Action,
    Creds,
    Indicator,
    Presence,
    Sentence,
    Startable,
    Transfer,
    View,
)
from u1tray.vocabulary.states import Connection, DaemonState, StateName

NO_STATE = DaemonState("")


@dataclass(frozen=True)
class Inputs:
    """The inputs of 8.1, with what 8.2 made of them.

    `unreachable`: With User With Network for 60 s without reaching the server.
    """

    presence: Presence = Presence.ABSENT
    startable: Startable = Startable.YES
    state: DaemonState = NO_STATE
    transfers: tuple[Transfer, ...] = ()
    busy: bool = False
    over_quota: bool = False
    creds: Creds = Creds.UNAVAILABLE
    paused: bool = False
    until: str = ""
    unreachable: bool = False

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def online(self) -> bool:
        return self.state.is_online

    @property
    def not_user(self) -> bool:
        return self.state.connection in _NOT_USER


@dataclass(frozen=True)
class Row:
    """A row of 8.3. `sentence` gives the sentence and the values of its places."""

    number: int
    when: Callable[[Inputs], bool]
    indicator: Indicator | Callable[[Inputs], Indicator]
    sentence: Sentence | Callable[[Inputs], dict[str, Any]]
    actions: tuple[Action, ...] = ()

    def view(self, inputs: Inputs) -> View:
        """What this row shows for these inputs."""
        said = self.sentence
        words = {"sentence": said} if isinstance(said, Sentence) else said(inputs)
        picture = self.indicator
        indicator = picture if isinstance(picture, Indicator) else picture(inputs)
        return View(
            indicator=indicator,
            actions=self.actions,
            description=inputs.state.description,
            transfers=inputs.transfers,
            **words,
        )


_NOT_USER = frozenset(
    {Connection.NOT_USER_NOT_NETWORK.value, Connection.NOT_USER_WITH_NETWORK.value}
)


def _storage_full(inputs: Inputs) -> dict[str, Any]:
    if not inputs.transfers:
        return {"sentence": Sentence.STORAGE_FULL}
    return {"sentence": Sentence.STORAGE_FULL_SYNCING, "count": len(inputs.transfers)}


def _syncing(inputs: Inputs) -> dict[str, Any]:
    if len(inputs.transfers) != 1:
        return {"sentence": Sentence.SYNCING_FILES, "count": len(inputs.transfers)}
    transfer = inputs.transfers[0]
    name = last_part(transfer.path)
    return {
        "sentence": Sentence.SYNCING_FILE,
        "name": name,
        "percent": transfer.percent,
        "count": 1,
    }


def _paused(inputs: Inputs) -> dict[str, Any]:
    if not inputs.until:
        return {"sentence": Sentence.PAUSED}
    return {"sentence": Sentence.PAUSED_UNTIL, "until": inputs.until}


def _reaching(inputs: Inputs) -> dict[str, Any]:
    return {"sentence": Sentence.UNREACHABLE if inputs.unreachable else Sentence.CONNECTING}


def _unknown_connection(inputs: Inputs) -> Indicator:
    return Indicator.CONNECTING if inputs.state.with_user else Indicator.DISCONNECTED


def _named(*states: StateName) -> Callable[[Inputs], bool]:
    wanted = frozenset(state.value for state in states)
    return lambda i: i.name in wanted


_ONLINE = (Action.OPEN_FOLDER, Action.PAUSE, Action.DISCONNECT)
_FAILED = (Action.RESTART, Action.STOP)
_REFUSED = (Action.LOG_IN, Action.RESTART, Action.STOP)
_auth_failed = _named(StateName.AUTH_FAILED)

TABLE: tuple[Row, ...] = (
    Row(1, lambda i: i.presence is Presence.NO_BUS, Indicator.STOPPED, Sentence.NO_BUS),
    Row(
        2,
        lambda i: i.presence is Presence.ABSENT and i.startable is Startable.OFF,
        Indicator.STOPPED,
        Sentence.TURNED_OFF,
        (Action.TURN_ON,),
    ),
    Row(
        3,
        lambda i: i.presence is Presence.ABSENT and i.startable is Startable.NO,
        Indicator.STOPPED,
        Sentence.NOT_INSTALLED,
        (Action.HELP,),
    ),
    Row(
        4,
        lambda i: i.presence is Presence.ABSENT,
        Indicator.STOPPED,
        Sentence.NOT_RUNNING,
        (Action.START,),
    ),
    Row(
        5,
        lambda i: i.presence is Presence.MUTE,
        Indicator.ERROR,
        Sentence.MUTE,
        (Action.RESTART,),
    ),
    Row(
        6,
        lambda i: i.presence is Presence.STARTING,
        Indicator.STARTING,
        Sentence.STARTING,
        (Action.STOP,),
    ),
    Row(7, _named(StateName.SHUTDOWN), Indicator.STOPPED, Sentence.SHUTTING_DOWN),
    Row(
        8,
        lambda i: _auth_failed(i) and i.creds is Creds.UNAVAILABLE,
        Indicator.NEEDS_LOGIN,
        Sentence.ACCOUNT_REFUSED,
        _FAILED,
    ),
    Row(9, _auth_failed, Indicator.NEEDS_LOGIN, Sentence.LOGIN_REFUSED, _REFUSED),
    Row(
        10,
        _named(StateName.ROOT_MISMATCH),
        Indicator.ERROR,
        Sentence.OTHER_ACCOUNT,
        _REFUSED,
    ),
    Row(
        11,
        _named(StateName.BAD_VERSION, StateName.CAPABILITIES_MISMATCH),
        Indicator.ERROR,
        Sentence.NOT_UNDERSTOOD,
        _FAILED,
    ),
    Row(12, lambda i: i.state.is_error, Indicator.ERROR, Sentence.FAILED, _FAILED),
    Row(
        13,
        _named(StateName.INIT, StateName.LOCAL_RESCAN),
        Indicator.STARTING,
        Sentence.LOOKING,
        (Action.STOP,),
    ),
    Row(
        14,
        lambda i: i.online and i.over_quota,
        Indicator.OVER_QUOTA,
        _storage_full,
        (Action.FREE_UP_SPACE, *_ONLINE),
    ),
    Row(
        15,
        lambda i: i.online and i.busy and bool(i.transfers),
        Indicator.SYNCING,
        _syncing,
        _ONLINE,
    ),
    Row(
        16,
        lambda i: i.online and i.busy,
        Indicator.SYNCING,
        Sentence.SYNCING_CHANGES,
        _ONLINE,
    ),
    Row(17, lambda i: i.online, Indicator.UP_TO_DATE, Sentence.UP_TO_DATE, _ONLINE),
    Row(
        18,
        _named(StateName.SERVER_RESCAN),
        Indicator.CONNECTING,
        Sentence.ASKING_CHANGES,
        (Action.DISCONNECT,),
    ),
    Row(
        19,
        lambda i: i.state.is_connected and i.name != StateName.STANDOFF.value,
        Indicator.CONNECTING,
        Sentence.CONNECTING,
        (Action.DISCONNECT,),
    ),
    Row(
        20,
        lambda i: i.not_user and i.paused,
        Indicator.PAUSED,
        _paused,
        (Action.RESUME,),
    ),
    Row(
        21,
        lambda i: i.not_user and i.creds in {Creds.LOCKED, Creds.PENDING},
        Indicator.WAITING_FOR_KEYRING,
        Sentence.KEYRING,
        (Action.UNLOCK_KEYRING, Action.CONNECT),
    ),
    Row(
        22,
        lambda i: i.not_user and i.creds is Creds.NONE,
        Indicator.NEEDS_LOGIN,
        Sentence.LOG_IN,
        (Action.LOG_IN, Action.CONNECT),
    ),
    Row(
        23,
        lambda i: i.not_user,
        Indicator.DISCONNECTED,
        Sentence.DISCONNECTED,
        (Action.CONNECT, Action.OPEN_FOLDER, Action.STOP),
    ),
    Row(
        24,
        lambda i: i.state.connection == Connection.WITH_USER_NOT_NETWORK.value,
        Indicator.OFFLINE,
        Sentence.OFFLINE,
        (Action.DISCONNECT, Action.OPEN_FOLDER),
    ),
    Row(
        25,
        lambda i: i.state.connection == Connection.WITH_USER_WITH_NETWORK.value,
        Indicator.CONNECTING,
        _reaching,
        (Action.DISCONNECT,),
    ),
    Row(
        26,
        lambda _: True,
        _unknown_connection,
        Sentence.REPORTS,
        (Action.DISCONNECT, Action.CONNECT),
    ),
)


def row_for(inputs: Inputs) -> Row:
    """The first matching row; the last one matches everything."""
    return next(row for row in TABLE if row.when(inputs))


def look(inputs: Inputs) -> View:
    """What these inputs look like, before settling (8.2) and without the storage."""
    return row_for(inputs).view(inputs)
