"""`u1server user` and `token`: all that an administrator does to an account."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import sqlite3
import time
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.rig.processes import Processes
from tests.rig.terminal import Terminal
from tests.server.databases import both
from tests.server.raw import connect
from tests.server.rig import NOW, PASSWORD, Running, running_cloud, until
from u1tray.rest.signing import HMAC_SHA1, authorization
from u1tray.server.accounts import removal, totp, two_factor
from u1tray.server.accounts.keys import RandomKeys
from u1tray.server.accounts.values import Account
from u1tray.server.storage.metadata import holdings
from u1tray.server.storage.metadata import tokens as token_rows
from u1tray.server.storage.metadata.schema import metadata
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

EMAIL = "ana@example.com"
FILES = "/api/file_storage/v1"
V2 = "/api/v2/tokens/oauth"


def run(started: Processes, data: Path, *words: str, stdin: str = "") -> CompletedProcess[str]:
    return started.run("u1server", *words, "--data", str(data), stdin=stdin)


def told(started: Processes, data: Path, *words: str, stdin: str = "") -> Any:
    """What a command prints as JSON."""
    done = run(started, data, *words, "--json", stdin=stdin)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def fill(running: Running) -> tuple[Account, Credentials]:
    """An account with two volumes, a folder, two files and two tokens."""
    account = await running.add_account()
    credentials, _ = await running.add_token(account)
    await running.add_token(account, "old telephone")
    for path in ("~/Ubuntu One", "~/Docs"):
        target = f"{FILES}/volumes/{path}".replace(" ", "%20")
        assert (await running.signed(credentials, "PUT", target)).status in (200, 201)
    body = json.dumps({"kind": "directory"}).encode()
    made = await running.signed(credentials, "PUT", f"{FILES}/~/Docs/sub", body=body)
    assert made.status in (200, 201)
    for name, size in (("a", 11), ("sub/b", 100_000)):
        target = f"/content/~/Docs/{name}"
        put = await running.signed(credentials, "PUT", target, body=b"x" * size)
        assert put.status in (200, 201)
    return account, credentials


def rows_of(running: Running, account_id: int) -> dict[str, int]:
    """How many rows name an account, in tables that do."""
    found = {}
    with running.cloud.workers.database.reading() as connection:
        for table in metadata.sorted_tables:
            column = table.c.get("account_id", table.c.id if table.name == "accounts" else None)
            if column is not None:
                rows = connection.execute(table.select().where(column == account_id)).all()
                found[table.name] = len(rows)
    return {name: count for name, count in found.items() if count}


async def test_show_tells_what_an_account_holds(started: Processes, data: Path) -> None:
    """As text and as JSON; without what nobody made and without secrets."""
    async with running_cloud(data, RandomKeys()) as running:
        account, credentials = await fill(running)
        write = running.cloud.workers.write
        begun = await write(two_factor.begin, running.cloud.mint, account, "kiwi", NOW)
        code = totp.code_at(begun.secret, int(NOW) // totp.STEP_S)
        await write(two_factor.confirm, running.cloud.mint, account.id, code, NOW)
    shown = told(started, data, "user", "show", EMAIL)
    assert shown == {
        "id": 1,
        "email": EMAIL,
        "name": "Ana Example",
        "state": "active",
        "quota_bytes": 5368709120,
        "used_bytes": 100_011,
        "created": "2012-01-01T00:00:00Z",
        "two_factor": True,
        "recovery_codes_left": 10,
        "volumes": 2,
        "directories": 1,
        "files": 2,
        "tokens": 2,
    }
    text = run(started, data, "user", "show", EMAIL).stdout
    assert "files\t2\n" in text
    assert "two factor\ton\n" in text
    assert credentials.token not in text
    assert run(started, data, "user", "show", "bob@example.com").returncode == 4


async def test_delete_leaves_nothing_of_an_account_and_all_of_others(
    started: Processes, data: Path
) -> None:
    """While a server runs on it: its tokens stop, `fsck` finds nothing, contents stay for gc."""
    async with running_cloud(data, RandomKeys()) as running:
        account, credentials = await fill(running)
        bob = await running.add_account("bob@example.com")
        of_bob, _ = await running.add_token(bob)
        before = rows_of(running, bob.id)
        put = await running.signed(of_bob, "PUT", "/content/~/Ubuntu%20One/same", body=b"x" * 11)
        assert put.status in (200, 201)
        deleted = told(started, data, "user", "delete", EMAIL, "--yes")
        assert (deleted["email"], deleted["state"]) == (EMAIL, "deleted")
        assert rows_of(running, account.id) == {}
        assert rows_of(running, bob.id) == before | {"nodes": before["nodes"] + 1}
        reply = await running.signed(credentials, "GET", "/api/quota/")
        assert (reply.status, reply.code) == (401, "oauth_invalid")
        kept = await running.signed(of_bob, "GET", "/content/~/Ubuntu%20One/same")
        assert (kept.status, kept.body) == (200, b"x" * 11)
        body = {"email": EMAIL, "password": PASSWORD, "token_name": "x"}
        assert (await running.post_json(V2, body)).status == 401
        again = await running.add_account()
        assert again.id not in (account.id, bob.id)
    assert run(started, data, "user", "delete", "carl@example.com", "--yes").returncode == 4
    checked = run(started, data, "fsck")
    assert checked.returncode == 0, checked.stdout


@both
async def test_delete_takes_more_than_one_transaction_and_may_be_interrupted(
    data: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half deleted, an account is refused everywhere; the next `delete` ends it."""
    monkeypatch.setattr(holdings, "ROWS_AT_ONCE", 2)
    async with running_cloud(data, RandomKeys(), database_url=database_url) as running:
        account, credentials = await fill(running)
        database = running.cloud.workers.database
        with database.writing() as connection:
            removal.begin(connection, EMAIL)
        with database.writing() as connection:
            assert holdings.remove_some(connection, account.id)
        assert rows_of(running, account.id)["nodes"] == 3
        reply = await running.signed(credentials, "GET", "/api/quota/")
        assert (reply.status, reply.code) == (403, "account_disabled")
        body = {"email": EMAIL, "password": PASSWORD, "token_name": "x"}
        reply = await running.post_json(V2, body)
        assert (reply.status, reply.json["code"]) == (403, "ACCOUNT_SUSPENDED")
        assert removal.remove(database, EMAIL).id == account.id
        assert rows_of(running, account.id) == {}


@pytest.mark.parametrize("state", ["suspended", "deleting"])
async def test_upload_that_was_begun_before_is_refused_at_its_end(
    running: Running, state: str
) -> None:
    """What is open of a disabled account ends: 403 `account_disabled`, nothing is stored."""
    account = await running.add_account()
    credentials, _ = await running.add_token(account)
    target = "/content/~/Ubuntu%20One/late"
    fields = {"Authorization": running.sign(credentials, "PUT", target)}
    data = running.wire("PUT", target, fields, b"x" * 50_000)
    connection = await connect(running.api.host, running.api.port)
    await connection.send(data[:-10])
    await until(lambda: is_used(running, account), "the request to pass its checks", 30)
    await running.change_account(account, state=state)
    await connection.send(data[-10:])
    reply = await connection.reply()
    await connection.close()
    assert (reply.status, reply.code) == (403, "account_disabled")
    await running.change_account(account, state="active")
    assert (await running.signed(credentials, "GET", target)).status == 404


def is_used(running: Running, account: Account) -> bool:
    """Whether the account's token was used, so that its request has passed the checks."""
    with running.cloud.workers.database.reading() as connection:
        (token,) = token_rows.unrevoked(connection, account.id)
    return token.last_used_at is not None


def test_half_deleted_account_cannot_be_enabled(started: Processes, data: Path) -> None:
    """Exit code 6, and what to do."""
    add(started, data)
    with sqlite3.connect(data / "metadata.sqlite") as database:
        database.execute("UPDATE accounts SET state = 'deleting'")
    database.close()
    for verb in ("enable", "disable"):
        done = run(started, data, "user", verb, EMAIL)
        assert (done.returncode, "user delete" in done.stderr) == (6, True)


def test_delete_asks(started: Processes, data: Path) -> None:
    """On a terminal; without one --yes is needed (exit code 2); no is exit code 1."""
    add(started, data)
    done = run(started, data, "user", "delete", EMAIL)
    assert (done.returncode, "--yes" in done.stderr) == (2, True)
    asked, code = answer(started, data, "n")
    assert code == 1
    assert "1 volumes, 0 files (0 bytes) and 0 tokens?" in asked
    assert [user["email"] for user in told(started, data, "user", "list")] == [EMAIL]
    assert answer(started, data, "y")[1] == 0
    assert told(started, data, "user", "list") == []


async def test_new_password_can_sign_out_every_device(started: Processes, data: Path) -> None:
    """`passwd --revoke-tokens`; without it they stay."""
    async with running_cloud(data, RandomKeys()) as running:
        account = await running.add_account()
        credentials, _ = await running.add_token(account)
        passwd = ("user", "passwd", EMAIL, "--password-stdin")
        assert told(started, data, *passwd, stdin="first\n")["revoked_tokens"] == 0
        assert (await running.signed(credentials, "GET", "/api/quota/")).status == 200
        told_now = told(started, data, *passwd, "--revoke-tokens", stdin="second\n")
        assert told_now["revoked_tokens"] == 1
        reply = await running.signed(credentials, "GET", "/api/quota/")
        assert (reply.status, reply.code) == (403, "token_revoked")
        body = {"email": EMAIL, "password": "second", "token_name": "x"}
        assert (await running.post_json(V2, body)).status == 201


async def test_lost_device_is_rescued_by_the_administrator(started: Processes, data: Path) -> None:
    """`user two-factor --disable` says what was done; without it, what there is."""
    async with running_cloud(data, RandomKeys()) as running:
        account = await running.add_account()
        write = running.cloud.workers.write
        begun = await write(two_factor.begin, running.cloud.mint, account, "kiwi", NOW)
        code = totp.code_at(begun.secret, int(NOW) // totp.STEP_S)
        await write(two_factor.confirm, running.cloud.mint, account.id, code, NOW)
        body = {"email": EMAIL, "password": PASSWORD, "token_name": "x"}
        assert (await running.post_json(V2, body)).json["code"] == "TWOFACTOR_REQUIRED"
        shown = told(started, data, "user", "two-factor", EMAIL)
        assert (shown["two_factor"], shown["recovery_codes_left"]) == (True, 10)
        done = run(started, data, "user", "two-factor", EMAIL, "--disable")
        assert done.stdout == f"{EMAIL} logs in without a code from now on\n"
        assert (await running.post_json(V2, body)).status == 201
    done = run(started, data, "user", "two-factor", EMAIL, "--disable")
    assert done.stdout == f"{EMAIL} logs in without a code\n"


async def test_revoke_tells_in_json(started: Processes, data: Path) -> None:
    """Which were revoked, and how many are left."""
    async with running_cloud(data, RandomKeys()) as running:
        account = await running.add_account()
        _, one = await running.add_token(account, "one")
        _, two = await running.add_token(account, "two")
    revoke = ("token", "revoke", EMAIL)
    assert told(started, data, *revoke, one.id) == {"revoked": [one.id], "left": 1}
    assert told(started, data, *revoke, "--all") == {"revoked": [two.id], "left": 0}


def test_deletion_under_way_does_not_disturb_a_client(started: Processes, data: Path) -> None:
    """A real server with a client that writes all the time: never a 5xx, and nothing is left."""
    add(started, data)
    server = started.start(
        *("u1server", "serve", "--data", str(data)),
        *("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"),
    )
    host = server.wait_for_line("listening on ").removeprefix("listening on http://")
    connection = http.client.HTTPConnection(host, timeout=60)
    login = json.dumps({"email": EMAIL, "password": PASSWORD, "token_name": "x"})
    connection.request("POST", V2, login)
    token = json.loads(connection.getresponse().read())
    keys = ("consumer_key", "token_key", "consumer_secret", "token_secret")
    credentials = Credentials("x", *(token[key] for key in keys))
    deleting = None
    statuses = []
    for number in itertools.count():
        target = f"/content/~/Ubuntu%20One/{number}"
        header = signed(credentials, host, target, number)
        connection.request("PUT", target, b"content %d" % number, {"Authorization": header})
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
        if number == 50:
            command = ("u1server", "user", "delete", EMAIL, "--yes", "--data", str(data))
            deleting = started.start(*command)
        if answer.status == 401:
            break
    connection.close()
    assert deleting is not None
    assert deleting.wait(60) == 0, deleting.output
    assert set(statuses) <= {201, 401, 403, 404}
    assert statuses[-1] == 401
    checked = run(started, data, "fsck")
    assert checked.returncode == 0, checked.stdout


def signed(credentials: Credentials, host: str, target: str, number: int) -> str:
    return authorization(
        "PUT",
        f"http://{host}{target}",
        credentials,
        nonce=f"n{number}",
        timestamp=int(time.time()),
        signature_method=HMAC_SHA1,
    )


def add(started: Processes, data: Path) -> None:
    done = run(started, data, "user", "add", EMAIL, "--password-stdin", stdin=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr


def answer(started: Processes, data: Path, reply: str) -> tuple[str, int]:
    """What `user delete` shows on a terminal where a person replies, and its exit code."""
    command = ("u1server", "user", "delete", EMAIL, "--data", str(data))
    with contextlib.closing(Terminal(started, *command)) as terminal:
        terminal.expect("[y/N]", 60)
        terminal.type(reply + "\n")
        return terminal.screen, terminal.wait(60)
