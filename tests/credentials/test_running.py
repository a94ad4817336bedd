"""Order of reply and signal, sharing, and idleness, without a bus (section 9.2)."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from u1tray.credentials import outcomes
from u1tray.credentials.dialog.messages import Page
from u1tray.credentials.idle import Idle
from u1tray.credentials.keeper import Keeper
from u1tray.credentials.login import Login
from u1tray.credentials.outcomes import Outcome
from u1tray.credentials.running import REPLY_LIMIT_SECONDS, Running
from u1tray.credentials.vaults.memory import MemoryVault
from u1tray.vocabulary.credentials import Credentials
from u1tray.vocabulary.errors import KeyringError, OfflineError, U1Error

pytestmark = pytest.mark.core

KEYS = Credentials("N", "CK", "TK", "CS", "TS")


class Service:
    """Records signals and replies in their order."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.idle = Idle()
        self.running = Running(lambda outcome: self.heard.append(outcome.signal), self.idle)

    async def ask(self, key, work) -> None:
        """As the dispatcher does it: the reply is sent when the coroutine's future is done."""
        task = asyncio.ensure_future(self.running.serve(key, work))
        task.add_done_callback(lambda _: self.heard.append("reply"))
        await task
        await asyncio.sleep(0)

    async def settled(self) -> None:
        await self.idle.quiet()


async def at_hand(waiting) -> Outcome:
    return outcomes.NOT_FOUND


async def test_answer_at_hand_is_signalled_before_the_reply():
    """9.2."""
    service = Service()
    await service.ask("a", at_hand)
    assert service.heard == ["CredentialsNotFound", "reply"]


async def test_answer_that_takes_long_is_signalled_after_the_reply():
    """9.2: even if the work ends in the very step in which it said that it waits."""

    async def waits(waiting) -> Outcome:
        waiting()
        return outcomes.NOT_FOUND

    service = Service()
    await service.ask("a", waits)
    await service.settled()
    assert service.heard == ["reply", "CredentialsNotFound"]


async def test_slow_work_is_replied_to_within_a_second():
    """9.2: the reply does not wait for work that never said it takes long."""
    release = asyncio.Event()

    async def slow(waiting) -> Outcome:
        await release.wait()
        return outcomes.CLEARED

    service = Service()
    assert REPLY_LIMIT_SECONDS < 1
    await asyncio.wait_for(service.ask("a", slow), 60)
    assert service.heard == ["reply"]
    release.set()
    await service.settled()
    assert service.heard == ["reply", "CredentialsCleared"]


async def test_equal_requests_are_done_once_and_later_ones_again():
    """9.2: equal requests running at the same time share one."""
    times = []
    release = asyncio.Event()

    async def work(waiting) -> Outcome:
        times.append(1)
        waiting()
        await release.wait()
        return outcomes.STORED

    service = Service()
    await asyncio.gather(service.ask("a", work), service.ask("a", work), service.ask("b", work))
    release.set()
    await service.settled()
    assert len(times) == 2
    assert service.heard.count("CredentialsStored") == 2
    await service.ask("a", work)
    await service.settled()
    assert service.heard.count("CredentialsStored") == 3


async def test_internal_error_ends_in_a_signal_and_its_text_stays_out_of_the_log(caplog):
    """9.2: each request ends in exactly one signal; no secret in the log."""

    async def broken(waiting) -> Outcome:
        raise ValueError("TOKENTEXT")

    service = Service()
    await service.ask("a", broken)
    assert service.heard == ["CredentialsError", "reply"]
    assert "ValueError" in caplog.text
    assert "TOKENTEXT" not in caplog.text.replace('raise ValueError("TOKENTEXT")', "")


async def test_stop_ends_everything_without_a_signal():
    """9.2: SIGTERM ends it at once."""

    async def endless(waiting) -> Outcome:
        waiting()
        await asyncio.Event().wait()
        return outcomes.STORED

    service = Service()
    await service.ask("a", endless)
    await service.running.stop()
    assert service.heard == ["reply"]


async def test_idle_is_over_only_after_a_whole_quiet_limit():
    """9.2: not while something is being done."""
    idle = Idle(0.05)
    with idle.busy(), pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(idle.over(), 0.15)
    await asyncio.wait_for(idle.over(), 60)


async def test_idle_that_is_held_is_not_over():
    """9.5: what a person opened would close with the service; once it is let go, it ends."""
    held = True
    idle = Idle(0.05, lambda: held)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(idle.over(), 0.3)
    with idle.busy():
        held = False
    await asyncio.wait_for(idle.over(), 60)


async def test_log_in_that_fails_stores_nothing():
    """9.2: if the network fails, CredentialsError and no item."""

    async def offline(login, host):
        raise OfflineError("x")

    vault = MemoryVault()
    keeper = Keeper(vault, "kiwi", offline)
    with pytest.raises(OfflineError):
        await keeper.log_in_by_password({"email": "a@b.c", "password": "p"}, lambda: None)
    assert vault.credentials is None


async def test_log_in_is_stored_before_it_is_found():
    """9.2: stored before Found is signalled; the otp is passed on."""
    given = []

    async def log_in(login, host):
        given.append((login, host))
        return KEYS

    vault = MemoryVault()
    waited = []
    keeper = Keeper(vault, "kiwi", log_in)
    outcome = await keeper.log_in_by_password(
        {"email": " a@b.c ", "password": " p ", "otp": "7", "ui_executable": "x"},
        lambda: waited.append(1),
    )
    assert outcome == outcomes.found(KEYS)
    assert vault.credentials == KEYS
    assert given == [(Login("a@b.c", " p ", "7"), "kiwi")]
    assert waited


async def test_keyring_that_refuses_is_told_where_no_window_can_be_opened():
    """9.5: why nothing could be looked up comes before the missing display."""
    vault = MemoryVault()
    keeper = Keeper(vault, "kiwi")
    with pytest.raises(U1Error) as caught:
        await keeper.log_in_by_window({}, Page.LOG_IN, lambda: None)
    assert caught.value.code == "GUINotAvailableError"
    vault.failure = KeyringError("x", code="KeyringNotAvailable")
    with pytest.raises(KeyringError) as refused:
        await keeper.log_in_by_window({}, Page.LOG_IN, lambda: None)
    assert refused.value is vault.failure


def test_values_with_secrets_do_not_show_them():
    """9.2: passwords, tokens and secrets must not reach a log."""
    shown = f"{Login('a@b.c', 'hunter2', '77')!r}{outcomes.found(KEYS)!r}{KEYS!r}"
    assert not [secret for secret in ("hunter2", "77", "TK", "CS", "TS") if secret in shown]


@pytest.mark.parametrize("library", ["aiohttp", "cryptography", "PyQt5"])
def test_looking_things_up_loads_no_client_and_no_cipher(library):
    """Started on demand for every find: what only a log-in or a vault needs is not loaded."""
    code = f"import sys, u1tray.credentials.main; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
