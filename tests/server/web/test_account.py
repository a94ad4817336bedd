"""Devices, password, browsers, second factor and registration, over raw HTTP."""

from __future__ import annotations

import re
from pathlib import Path

import pyotp
import pytest

from tests.server import databases
from tests.server.raw import Reply
from tests.server.rig import PASSWORD, Running, running_cloud
from tests.server.web.visitor import EMAIL, Visitor, text_of
from u1tray.server.storage.metadata import accounts as account_rows

pytestmark = pytest.mark.end2end

NEW = "another battery staple"


async def test_device_is_listed_and_signed_out(running: Running) -> None:
    """With its name and dates; its next request is refused (16.6)."""
    account = await running.add_account()
    kiwi, _ = await running.add_token(account, "Ubuntu One @ kiwi <b>")
    visitor = Visitor(running)
    await visitor.log_in()
    page = await visitor.get("/devices/")
    assert "Ubuntu One @ kiwi <b>" in text_of(page)
    assert "never used" in text_of(page)
    assert kiwi.token.encode() not in page.body
    await running.signed(kiwi, "GET", "/api/quota/")
    page = await visitor.get("/devices/")
    assert "last used 2012-01-01 00:00" in text_of(page)
    found = re.search(r'name="device" value="(\w+)"', page.body.decode())
    assert found
    said = await visitor.do("/devices/", device=found[1])
    assert "Ubuntu One @ kiwi <b> is signed out." in said
    assert "No device is signed in." in said
    reply = await running.signed(kiwi, "GET", "/api/quota/")
    assert (reply.status, reply.code) == (403, "token_revoked")
    assert "not here" in await visitor.do("/devices/", device=found[1])


@databases.both
@pytest.mark.parametrize("devices", ["", "1"])
async def test_password_is_changed(running: Running, devices: str) -> None:
    """Other browsers are logged out; devices only where that was asked; this one stays."""
    account = await running.add_account()
    kiwi, _ = await running.add_token(account)
    visitor, other = Visitor(running), Visitor(running)
    for one in (visitor, other):
        await one.log_in()
    await visitor.get("/account/")
    before = visitor.session()
    said = await visitor.do(
        "/account/", action="password", current=PASSWORD, new=NEW, again=NEW, devices=devices
    )
    assert "The password is changed." in said
    assert visitor.session() != before
    assert (await other.get("/files/")).status == 303
    assert (await Visitor(running, {}, {"u1": before}).get("/files/")).status == 303
    assert (await other.log_in()).status == 403
    assert (await other.log_in(password=NEW)).status == 303
    signed = await running.signed(kiwi, "GET", "/api/quota/")
    assert signed.status == (403 if devices else 200)


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        (("wrong", NEW, NEW), 403, "The current password is wrong."),
        ((PASSWORD, "short", "short"), 422, "at least 8"),
        ((PASSWORD, EMAIL, EMAIL), 422, "not your e-mail"),
        ((PASSWORD, NEW, NEW + "x"), 422, "differ"),
        ((PASSWORD, "x" * 2000, "x" * 2000), 422, "at least 8"),
    ],
    ids=["wrong", "short", "address", "differ", "long"],
)
async def test_password_is_not_changed(
    visitor: Visitor, form: tuple[str, str, str], status: int, said: str
) -> None:
    """The page says why, and repeats nothing."""
    current, new, again = form
    reply = await visitor.post(
        "/account/", action="password", current=current, new=new, again=again
    )
    assert reply.status == status
    assert said in text_of(reply)
    assert PASSWORD.encode() not in reply.body
    assert (await Visitor(visitor.running).log_in()).status == 303


async def test_guesses_of_the_current_password_are_counted(visitor: Visitor) -> None:
    """Whoever finds an open browser cannot try for long."""
    statuses = []
    for _ in range(11):
        reply = await visitor.post(
            "/account/", action="password", current="wrong", new=NEW, again=NEW
        )
        statuses.append(reply.status)
    assert statuses == [403] * 10 + [429]


@databases.both
async def test_other_browser_is_logged_out(running: Running) -> None:
    """One of the list, named so that the person knows it."""
    await running.add_account()
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    visitor, other = Visitor(running), Visitor(running, {"User-Agent": agent})
    for one in (visitor, other):
        await one.log_in()
    page = await visitor.get("/account/")
    assert "Firefox · Linux last seen" in text_of(page)
    found = re.search(r'name="session" value="([0-9]+)"', page.body.decode())
    assert found
    said = await visitor.do("/account/", action="end-session", session=found[1])
    assert "That browser is logged out." in said
    assert (await other.get("/files/")).status == 303


async def enrol(visitor: Visitor) -> tuple[pyotp.TOTP, list[str]]:
    """Turn the second factor on: the person's device, and the recovery codes."""
    await visitor.get("/account/")
    page = await visitor.post("/account/two-factor", action="begin", current=PASSWORD)
    assert page.status == 200
    assert b'<path class="qrline"' in page.body
    assert b"style=" not in page.body
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', page.body.decode())
    assert found
    device = pyotp.TOTP(found[1].replace(" ", ""))
    wrong = await visitor.post("/account/two-factor", action="confirm", code="000000")
    assert wrong.status == 403
    assert "This code is wrong" in text_of(wrong)
    assert found[1].encode() not in wrong.body
    page = await visitor.post(
        "/account/two-factor", action="confirm", code=device.at(int(visitor.running.clock.moment))
    )
    codes = re.findall(r"<code>([\w-]+)</code>", page.body.decode())
    assert len(codes) == 10
    assert page.header("Cache-Control") == "no-store"
    return device, codes


async def test_second_factor_is_begun_with_the_password(visitor: Visitor) -> None:
    """Whoever finds an open browser cannot put a device of theirs to it."""
    await visitor.get("/account/")
    said = await visitor.do("/account/two-factor", action="begin", current="wrong")
    assert "The current password is wrong." in said
    assert "It is off." in said
    assert (await visitor.post("/account/two-factor", action="begin")).status == 303


async def with_code(visitor: Visitor, code: str, wanted: str = "") -> Reply:
    """Log in with a password, then with a code."""
    await visitor.get("/login")
    reply = await visitor.post("/login", email=EMAIL, password=PASSWORD, next=wanted)
    assert (reply.header("Location") or "").startswith("/login/code")
    await visitor.get(reply.header("Location") or "")
    return await visitor.post("/login/code", code=code, next=wanted)


@databases.both
async def test_second_factor_is_asked_for_after_the_password(visitor: Visitor) -> None:
    """Half a session opens nothing; a code works once, and under a new session id."""
    device, codes = await enrol(visitor)
    visitor.running.clock.moment += 60
    code = device.at(int(visitor.running.clock.moment))
    other = Visitor(visitor.running)
    assert (await with_code(other, "123456")).status == 403
    half = other.session()
    assert (await other.get("/files/")).status == 303
    assert (await other.put("/upload/~/Ubuntu%20One/f", b"x")).status == 401
    reply = await other.post("/login/code", code=code, next="/account/")
    assert (reply.status, reply.header("Location")) == (303, "/account/")
    assert other.session() != half
    assert (await other.get("/files/")).status == 200
    assert (await with_code(Visitor(visitor.running), code)).status == 403
    assert (await with_code(Visitor(visitor.running), codes[0])).status == 303
    assert (await with_code(Visitor(visitor.running), codes[0])).status == 403
    assert "9 recovery codes are left." in text_of(await visitor.get("/account/"))


async def test_half_a_session_ends_soon(visitor: Visitor) -> None:
    """Ten minutes for the code."""
    device, _ = await enrol(visitor)
    other = Visitor(visitor.running)
    await other.log_in()
    await other.get("/login/code")
    visitor.running.clock.moment += 600
    code = device.at(int(visitor.running.clock.moment))
    reply = await other.post("/login/code", code=code)
    assert reply.status in (303, 403)
    assert (await other.get("/files/")).status == 303


async def test_second_factor_is_turned_off_and_renewed_with_password_and_code(
    visitor: Visitor,
) -> None:
    """Neither an open browser nor a stolen password is enough."""
    _, codes = await enrol(visitor)
    await visitor.get("/account/")

    async def change(action: str, current: str, code: str) -> str:
        return await visitor.do("/account/two-factor", action=action, current=current, code=code)

    assert "The current password is wrong." in await change("off", "wrong", codes[0])
    assert "This code is wrong" in await change("off", PASSWORD, "")
    said = await change("off", PASSWORD, "not-a-code")
    assert "This code is wrong" in said
    assert "It is on" in said
    page = await visitor.post(
        "/account/two-factor", action="renew", current=PASSWORD, code=codes[0]
    )
    fresh = re.findall(r"<code>([\w-]+)</code>", page.body.decode())
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)
    assert (await with_code(Visitor(visitor.running), codes[1])).status == 403
    assert "Two-factor log-in is off." in await change("off", PASSWORD, fresh[0])
    reply = await Visitor(visitor.running).log_in()
    assert reply.header("Location") == "/files/"


async def test_registration_is_closed_by_default(stranger: Visitor) -> None:
    """No page, no link to one, no account."""
    assert (await stranger.get("/register")).status == 404
    assert b"/register" not in (await stranger.get("/login")).body
    reply = await stranger.post("/register", email="eve@example.com", password=NEW, name="Eve")
    assert reply.status == 404


async def test_person_registers_where_that_is_open(data: Path) -> None:
    """The form says what is wrong beside the field, then logs the person in."""
    async with running_cloud(data, registration="open") as running:
        visitor = Visitor(running)
        assert b"/register" in (await visitor.get("/login")).body
        await visitor.get("/register")
        reply = await visitor.post("/register", email="eve", password="short", name="Eve")
        assert reply.status == 422
        assert b'aria-describedby="email-fault"' in reply.body
        assert b'aria-describedby="password-fault"' in reply.body
        assert b'value="eve"' in reply.body
        said = await visitor.do("/register", email="eve@example.com", password=NEW, name="Eve")
        assert "Ubuntu One" in said
        everyone = await running.cloud.workers.read(account_rows.everyone)
        assert [account.email for account in everyone] == ["eve@example.com"]
        again = Visitor(running)
        await again.get("/register")
        reply = await again.post("/register", email="EVE@example.com", password=NEW, name="")
        assert reply.status == 422
        assert "cannot be registered" in text_of(reply)
