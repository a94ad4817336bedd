"""The rules that keep the pages safe, each over raw HTTP."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.server.raw import Reply
from tests.server.rig import PASSWORD, Running, running_cloud
from tests.server.web.visitor import EMAIL, Visitor, text_of
from u1tray.server.accounts.passwords import Passwords
from u1tray.server.accounts.values import AccountState
from u1tray.server.files.keys import PUBLIC_ID_DIGITS
from u1tray.server.storage.directory import DATABASE_FILE
from u1tray.server.web.routes import WEB_ROUTES
from u1tray.server.web.sessions import ABSOLUTE_S, IDLE_S

pytestmark = pytest.mark.end2end

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'"
)
OPEN = ("/", "/login", "/login/code", "/register", "/static/{name}", "/favicon.ico")
PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}


def target_of(pattern: str) -> str:
    return pattern.replace("{path...}", "Ubuntu%20One/secret").replace("{name}", "style.css")


MEMBERS = [target_of(route.pattern) for route in WEB_ROUTES if route.pattern not in OPEN]
FORMS = sorted(
    (method, target_of(route.pattern))
    for route in WEB_ROUTES
    for method in route.open
    if method in ("POST", "PUT")
)


@pytest.mark.parametrize("target", ["/login", "/files/", "/files/~/Ubuntu%20One", "/account/"])
async def test_every_page_carries_the_safe_headers(visitor: Visitor, target: str) -> None:
    """A strict policy, no sniffing, no frames, no storing, no script or style inside."""
    if target == "/login":
        visitor.cookies.clear()
    reply = await visitor.get(target)
    assert reply.status == 200
    assert reply.header("Content-Security-Policy") == POLICY
    assert reply.header("X-Content-Type-Options") == "nosniff"
    assert reply.header("Referrer-Policy") == "same-origin"
    assert reply.header("X-Frame-Options") == "DENY"
    assert reply.header("Cache-Control") == "no-store"
    page = reply.body.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?! src=)", page)


async def test_session_cookie_on_this_machine(stranger: Visitor) -> None:
    """Not for scripts, not for other sites; `Secure` only where there is TLS."""
    reply = await stranger.log_in()
    (cookie,) = [v for k, v in reply.headers if k == "set-cookie" and v.startswith("u1=")]
    assert re.fullmatch(r"u1=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=1209600", cookie)


async def test_session_cookie_over_tls_belongs_to_this_host(data: Path) -> None:
    """`__Host-` and `Secure`, as the trusted proxy tells the scheme (13.2)."""
    async with running_cloud(data, trusted_proxies=_loopback()) as running:
        await running.add_account()
        visitor = Visitor(running, PROXY)
        first = await visitor.get("/login")
        reply = await visitor.post("/login", email=EMAIL, password=PASSWORD)
        assert reply.status == 303
        for answer in (first, reply):
            for name, value in answer.headers:
                if name == "set-cookie":
                    assert value.startswith("__Host-u1")
                    assert "; Secure" in value
                    assert "Domain" not in value
        assert (await visitor.get("/files/")).status == 200
        plain = Visitor(running, {}, {"u1": visitor.session()})
        assert (await plain.get("/files/")).status == 200  # loopback, so the same person
        assert (
            await Visitor(running, PROXY, {"u1": visitor.session()}).get("/files/")
        ).status == 303


async def test_session_id_is_not_stored(visitor: Visitor) -> None:
    """Whoever reads the database cannot log in with it."""
    secret = visitor.session()
    assert len(secret) == 43
    for file in visitor.running.cloud.directory.glob(DATABASE_FILE + "*"):
        assert secret.encode() not in file.read_bytes()


async def test_log_in_gives_an_id_of_its_own(stranger: Visitor) -> None:
    """No id that the browser brings is taken over (session fixation)."""
    planted = "A" * 43
    stranger.cookies["u1"] = planted
    await stranger.log_in()
    first = stranger.session()
    assert first != planted
    await stranger.get("/files/")
    await stranger.post("/login", email=EMAIL, password=PASSWORD)
    assert stranger.session() != first
    assert (await Visitor(stranger.running, {}, {"u1": first}).get("/files/")).status == 303


@pytest.mark.parametrize(("steps", "seconds"), [(1, IDLE_S), (15, ABSOLUTE_S / 15)])
async def test_session_ends_by_time(visitor: Visitor, steps: int, seconds: float) -> None:
    """When nobody uses it, and in the end also when somebody does."""
    for _ in range(steps):
        assert (await visitor.get("/files/")).status == 200
        visitor.running.clock.moment += seconds
    reply = await visitor.get("/files/")
    assert (reply.status, reply.header("Location")) == (303, "/login?next=%2Ffiles%2F")


async def test_log_out_ends_the_session_at_once(visitor: Visitor) -> None:
    """On the server, not only in the browser."""
    kept = dict(visitor.cookies)
    reply = await visitor.post("/logout")
    assert (reply.status, reply.header("Location")) == (303, "/login")
    assert visitor.cookies.keys().isdisjoint({"u1"})
    assert (await Visitor(visitor.running, {}, kept).get("/files/")).status == 303


async def test_new_password_ends_every_session(running: Running) -> None:
    """Also one that the administrator sets."""
    account = await running.add_account()
    visitor = Visitor(running)
    await visitor.log_in()
    await running.change_account(account, password_hash=Passwords().hash("another one"))
    assert (await visitor.get("/files/")).status == 303


async def test_disabled_account_has_no_session(running: Running) -> None:
    """And cannot make one."""
    account = await running.add_account()
    visitor = Visitor(running)
    await visitor.log_in()
    await running.change_account(account, state=AccountState.SUSPENDED.value)
    assert (await visitor.get("/files/")).status == 303
    reply = await visitor.log_in()
    assert reply.status == 403
    assert "disabled" in text_of(reply)


async def test_form_without_the_right_token_is_refused(visitor: Visitor) -> None:
    """Neither without one nor with one of another browser (CSRF); every form there is."""
    other = Visitor(visitor.running)
    await other.get("/login")
    for method, target in FORMS:
        for token in ("", other.token, visitor.token[:-1], "é"):
            reply = await _send(visitor, method, target, token)
            assert reply.status == 403, (method, target, token)
    assert (await visitor.get("/files/")).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda headers: next(iter(headers.values())),
)
async def test_form_of_another_origin_is_refused(visitor: Visitor, headers: dict[str, str]) -> None:
    """Even with the right token."""
    for method, target in FORMS:
        visitor.headers = headers
        reply = await _send(visitor, method, target, visitor.token)
        assert reply.status == 403, target
    visitor.headers = {"Origin": f"http://{visitor.running.api.authority}"}
    assert (await visitor.post("/files/", action="new-volume", name="Docs")).status == 303


async def test_stranger_is_sent_to_the_log_in(stranger: Visitor) -> None:
    """By every page but the open ones; reading and changing alike."""
    for target in MEMBERS:
        reply = await stranger.get(target)
        if target == "/logout":
            assert (reply.status, reply.header("Location")) == (303, "/login")
            continue
        assert reply.status in (303, 405), target
        if reply.status == 303:
            assert (reply.header("Location") or "").startswith("/login?next=")
    await stranger.get("/login")
    for method, target in FORMS:
        if target in MEMBERS:
            answer = await _send(stranger, method, target, stranger.token)
            assert answer.status == (401 if method == "PUT" else 303), target
            assert answer.header("Location") in (None, "/login")


async def test_nothing_is_shown_over_a_line_that_others_read(data: Path) -> None:
    """13.3: a plain page says so, and the password is not looked at."""
    async with running_cloud(data, trusted_proxies=_loopback()) as running:
        await running.add_account()
        here = Visitor(running)
        await here.log_in()
        far = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9"}
        visitor = Visitor(running, far, dict(here.cookies), here.token)
        for route in WEB_ROUTES:
            if route.pattern in ("/static/{name}", "/favicon.ico"):
                continue
            for method in route.open:
                reply = await _send(visitor, method, target_of(route.pattern), here.token)
                assert reply.status == 403, route.pattern
                assert "not safe" in text_of(reply)
        for _ in range(12):
            await visitor.post("/login", email=EMAIL, password="wrong")
        assert (await Visitor(running).log_in()).status == 303


async def test_guesses_are_counted(stranger: Visitor) -> None:
    """Ten wrong passwords in ten minutes, then none is looked at (14)."""
    await stranger.get("/login")
    for _ in range(10):
        reply = await stranger.post("/login", email=EMAIL, password="wrong")
        assert reply.status == 403
        assert "wrong" in text_of(reply)
    reply = await stranger.post("/login", email=EMAIL, password=PASSWORD)
    assert reply.status == 429
    assert int(reply.header("Retry-After") or 0) > 0
    assert PASSWORD.encode() not in reply.body


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("/files/~/Ubuntu%20One?page=2", "/files/~/Ubuntu%20One?page=2"),
        ("/account/", "/account/"),
        ("https://evil.example/", "/files/"),
        ("//evil.example/", "/files/"),
        ("/\\evil.example", "/files/"),
        ("/files/\\..\\x", "/files/"),
        ("/files/\r\nX: y", "/files/"),
        ("/logout", "/files/"),
        ("javascript:alert(1)", "/files/"),
    ],
)
async def test_log_in_leads_only_to_our_pages(
    stranger: Visitor, wanted: str, expected: str
) -> None:
    """No open redirect."""
    await stranger.get("/login")
    reply = await stranger.post("/login", email=EMAIL, password=PASSWORD, next=wanted)
    assert (reply.status, reply.header("Location")) == (303, expected)


async def test_stored_content_is_never_a_page(visitor: Visitor) -> None:
    """As an attachment of bytes, in a sandbox (10)."""
    evil = b"<script>alert(1)</script>"
    await visitor.put("/upload/~/Ubuntu%20One/evil.html", evil)
    reply = await visitor.get("/files/~/Ubuntu%20One/evil.html")
    assert (reply.status, reply.body) == (200, evil)
    assert reply.header("Content-Type") == "application/octet-stream"
    assert (reply.header("Content-Disposition") or "").startswith("attachment;")
    assert reply.header("Content-Security-Policy") == "sandbox"
    assert reply.header("X-Content-Type-Options") == "nosniff"
    assert reply.header("Cache-Control") == "private, no-cache"


async def test_names_are_text(visitor: Visitor) -> None:
    """Whatever a name holds, it makes no mark on a page."""
    evil = "\"><script>alert(1)</script><b x='"
    address = "/upload/~/Ubuntu%20One/%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    assert (await visitor.put(address, b"x")).status in (201, 400)
    await visitor.do("/files/~/Ubuntu%20One", action="new-folder", name=evil.replace("/", "|"))
    for target in ("/files/~/Ubuntu%20One", "/files/?q=script", "/files/?q=%22%3E%3Cscript%3E"):
        page = (await visitor.get(target)).body.decode()
        assert "<script>alert" not in page
        assert "<b x=" not in page
        assert "alert" in page or "Nothing" in page


async def test_nobody_reaches_anothers_files(visitor: Visitor) -> None:
    """By no page and no form."""
    await visitor.put("/upload/~/Ubuntu%20One/secret", b"ana's secret")
    await visitor.do("/files/~/Ubuntu%20One/secret", action="publish")
    await visitor.do("/files/", action="new-volume", name="Docs")
    await visitor.do("/files/", action="delete-volume", path="~/Docs")
    running = visitor.running
    await running.add_account("bob@example.com", "Bob")
    bob = Visitor(running)
    await bob.log_in("bob@example.com")
    await bob.get("/files/")
    assert (await bob.get("/files/~/Ubuntu%20One/secret")).status == 404
    assert (await bob.get("/move/~/Ubuntu%20One/secret")).status == 404
    assert "secret" not in text_of(await bob.get("/files/?q=secre")).replace("like “secre”", "")
    for action in ("rename", "move", "publish", "unpublish", "delete"):
        reply = await bob.post(
            "/files/~/Ubuntu%20One/secret", action=action, name="mine", into="/", back="/files/"
        )
        assert "not here" in await bob.follow(reply)
    for number in range(1, 4):
        assert "not here" in await bob.do("/files/", action="undo", deletion=str(number))
    assert "Docs" not in text_of(await bob.get("/files/"))
    for route in WEB_ROUTES:
        for method in route.open:
            if route.pattern != "/logout":
                answer = await _send(bob, method, target_of(route.pattern), bob.token)
                assert answer.status < 500, route.pattern
                assert b"ana" not in answer.body, route.pattern
    await bob.get("/files/")
    await bob.do("/account/", action="end-session", session="1")
    await bob.do("/devices/", device="id")
    assert (await visitor.get("/files/~/Ubuntu%20One/secret")).body == b"ana's secret"


async def test_session_signs_no_request_of_the_api(visitor: Visitor) -> None:
    """The cookie means nothing there, and nothing there leads elsewhere (2.2)."""
    for target in ("/api/quota/", "/content/~/Ubuntu%20One/x", "/api/file_storage/v1/volumes"):
        reply = await visitor.get(target)
        assert (reply.status, reply.code) == (401, "oauth_missing")


def test_no_page_shadows_a_public_id() -> None:
    """Public ids are 22 base62 digits at the top (10)."""
    for route in WEB_ROUTES:
        assert len(route.segments) != 1 or not re.fullmatch(
            f"[0-9A-Za-z]{{{PUBLIC_ID_DIGITS}}}", route.segments[0]
        )
        assert not route.segments or route.segments[0] not in ("api", "content", "oauth")
        assert not route.signed


async def test_log_tells_no_secret(stranger: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    """Neither passwords nor cookies nor form tokens."""
    caplog.set_level("DEBUG")
    await stranger.log_in()
    await stranger.get("/files/")
    await stranger.post("/login", email=EMAIL, password=PASSWORD + "x")
    for secret in (PASSWORD, stranger.session(), stranger.token):
        assert secret not in caplog.text


@pytest.mark.parametrize("name", ["nothing.css", "..%2F__init__.py", "style.css%00"])
async def test_only_our_assets_are_served(running: Running, name: str) -> None:
    """Nothing else of the disk."""
    assert (await running.request("GET", f"/static/{name}")).status == 404


async def test_asset_is_kept_by_its_version(visitor: Visitor) -> None:
    """For a year under the address of the page, not at all under another."""
    page = (await visitor.get("/files/")).body.decode()
    found = re.search(r'"(/static/style\.css\?v=\w+)"', page)
    assert found
    reply = await visitor.get(found[1])
    assert reply.header("Content-Type") == "text/css; charset=utf-8"
    assert "immutable" in (reply.header("Cache-Control") or "")
    assert (await visitor.get("/static/style.css")).header("Cache-Control") == "no-cache"
    tag = {"If-None-Match": reply.header("ETag") or ""}
    assert (await visitor.ask("GET", found[1], None, tag)).status == 304


async def _send(visitor: Visitor, method: str, target: str, token: str) -> Reply:
    if method == "PUT":
        header = {"X-Form-Token": token.encode().decode("latin-1")}
        return await visitor.ask("PUT", target, b"x", header)
    if method == "POST" and target.startswith("/upload/"):
        visitor.token, kept = token, visitor.token
        reply = await visitor.send_files(target, [("f", b"x")])
        visitor.token = kept
        return reply
    if method == "POST":
        return await visitor.post(target, token=token, action="delete", name="x")
    return await visitor.get(target)


def _loopback() -> tuple[object, ...]:
    from ipaddress import ip_network

    return (ip_network("127.0.0.1"),)
