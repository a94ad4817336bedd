"""A new server key: nothing is lost, whoever works meanwhile and whenever it is interrupted."""

from __future__ import annotations

import asyncio
import base64
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from tests.rig.processes import Processes
from tests.server.databases import both
from tests.server.rig import NOW, PASSWORD, Running, running_cloud
from u1tray.server.accounts import rotation, server_key, totp, two_factor
from u1tray.server.accounts.cipher import Cipher, key_id, key_id_of, token_place
from u1tray.server.accounts.keys import RandomKeys
from u1tray.server.storage.directory import open_directory
from u1tray.server.storage.metadata import facts, sealed
from u1tray.server.storage.metadata.address import parse_database_url
from u1tray.server.storage.metadata.database import Database
from u1tray.server.storage.metadata.schema import metadata, tokens
from u1tray.vocabulary.errors import UsageError

pytestmark = pytest.mark.end2end

V2 = "/api/v2/tokens/oauth"
KEYS = [base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in range(3)]


async def fill(running: Running, tokens: int = 3) -> None:
    """An account with tokens and a second factor."""
    account = await running.add_account()
    for number in range(tokens):
        await running.add_token(account, f"device {number}")
    write, mint = running.cloud.workers.write, running.cloud.mint
    begun = await write(two_factor.begin, mint, account, "kiwi", NOW)
    code = totp.code_at(begun.secret, int(NOW) // totp.STEP_S)
    await write(two_factor.confirm, mint, account.id, code, NOW)


def opens_all(
    directory: Path, environment: dict[str, str] | None = None, url: str | None = None
) -> int:
    """How many secrets there are; each opens with the key in use, found from the start."""
    environment = environment or {}
    database, _ = open_cloud_of(directory, environment, url)
    count = 0
    with database.writing() as connection:
        proof = facts.key_proof(connection)
        assert proof is not None
        keys = server_key.find_keys(directory, environment)
        (used,) = (key for key in keys if key_id(key) == key_id_of(proof))
        cipher = Cipher(used)
        for column, place_of in rotation.PLACES:
            for batch in sealed.batches(connection, column):
                assert all(cipher.open(row.secret, place_of(row.name)) for row in batch)
                count += len(batch)
    database.close()
    return count


def open_cloud_of(
    directory: Path, environment: dict[str, str], url: str | None
) -> tuple[Database, Cipher]:
    parsed = None if url is None else parse_database_url(url)
    return open_directory(directory, environment, create=False, database_url=parsed)


def rotate(
    directory: Path, environment: dict[str, str] | None = None, url: str | None = None
) -> int | None:
    database, _ = open_cloud_of(directory, environment or {}, url)
    try:
        return rotation.rotate(directory, database, environment or {})
    finally:
        database.close()


def test_every_sealed_column_is_sealed_anew() -> None:
    """One that is added to the schema must not be forgotten here."""
    in_schema = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if "sealed" in column.name
    }
    covered = {f"{column.table.name}.{column.secret.name}" for column, _ in rotation.PLACES}
    assert covered == in_schema


async def test_rotation_seals_everything_under_a_new_key(data: Path) -> None:
    """The old key opens nothing any more and is gone from the disk."""
    async with running_cloud(data, RandomKeys()) as running:
        await fill(running)
    (old,) = server_key.find_keys(data, {})
    assert opens_all(data) == 5
    assert rotate(data) == 5
    (new,) = server_key.find_keys(data, {})
    assert new != old
    assert opens_all(data) == 5
    assert (data / "server.key").stat().st_mode & 0o777 == 0o600
    kept = [
        path for path in data.rglob("server.key*") if server_key.encoded(old) in path.read_bytes()
    ]
    assert kept == []
    with pytest.raises(UsageError, match="another server key"):
        open_directory(data, {"U1SERVER_KEY": server_key.encoded(old).decode()}, create=False)


async def test_rotation_of_many_secrets_takes_all(data: Path) -> None:
    """More than are read at once."""
    async with running_cloud(data, RandomKeys()) as running:
        await fill(running, 3)
    opened, cipher = open_directory(data, {}, create=False)
    with opened.writing() as connection:
        row = dict(connection.execute(select(tokens)).mappings().first() or {})
        for number in range(sealed.ROWS_AT_ONCE + 100):
            secret = cipher.seal("s", token_place(f"id{number}"))
            fresh = {"id": f"id{number}", "key": f"key{number}", "name": f"name {number}"}
            values = row | fresh | {"sealed_secret": secret}
            connection.execute(insert(tokens).values(values))
    opened.close()
    assert rotate(data) == opens_all(data) == sealed.ROWS_AT_ONCE + 105


async def test_running_servers_go_on(started: Processes, data: Path) -> None:
    """Tokens made before and after work at both, and nothing is sealed under the old key."""
    async with running_cloud(data, RandomKeys()) as one, running_cloud(data, RandomKeys()) as other:
        account = await one.add_account()
        credentials, _ = await one.add_token(account)
        for round_number in range(2):
            done = await asyncio.to_thread(
                started.run, "u1server", "key", "rotate", "--data", str(data)
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout.startswith("sealed ")
            for cloud in (one, other):
                assert (await cloud.signed(credentials, "GET", "/api/quota/")).status == 200
            name = f"after {round_number}"
            body = {"email": account.email, "password": PASSWORD, "token_name": name}
            made = (await other.post_json(V2, body)).json
            assert (await one.post_json(V2, body)).json["token_secret"] == made["token_secret"]
        assert opens_all(data) == 4


@both
async def test_tokens_made_during_rotations_are_sealed_under_the_key_in_use(
    data: Path, database_url: str | None
) -> None:
    """Whichever key a server knew when it began."""
    async with running_cloud(data, RandomKeys(), database_url=database_url) as running:
        account = await running.add_account()
        stop = asyncio.Event()

        async def issue_all(worker: int) -> int:
            made = 0
            while not stop.is_set():
                await running.add_token(account, f"token {worker} {made}")
                made += 1
            return made

        issuing = [asyncio.create_task(issue_all(worker)) for worker in range(2)]
        for _ in range(4):
            assert await asyncio.to_thread(rotate, data, None, database_url)
        stop.set()
        made = sum(await asyncio.gather(*issuing))
        assert opens_all(data, None, database_url) == made + 1


async def test_killed_rotation_leaves_a_cloud_that_works(
    started: Processes, data: Path, home: Path
) -> None:
    """kill -9 before each step to disk and database; run again, it ends what was begun."""
    async with running_cloud(data, RandomKeys()) as running:
        await fill(running)
    copies = home / "copies"
    copies.mkdir()
    program = str(Path(__file__).with_name("dying_rotation.py"))
    done = started.run(sys.executable, program, str(data), str(copies), seconds=100)
    assert done.returncode == 0, done.stderr
    died = sorted(copies.iterdir())
    assert len(died) > 15
    (old,) = server_key.find_keys(data, {})
    states = set()
    for copy in died:
        assert opens_all(copy) == 5
        states.add(len(server_key.find_keys(copy, {})))
        finished = shutil.copytree(copy, home / "finished" / copy.name)
        rotate(finished)
        assert opens_all(finished) == 5
        (new,) = server_key.find_keys(finished, {})
        assert new != old
        left = [path.name for path in finished.iterdir() if "server.key" in path.name]
        assert left == ["server.key"]
    assert states == {1, 2}


async def test_key_of_the_environment_is_changed_step_by_step(data: Path) -> None:
    """Told how; then NEW,OLD; then NEW alone (no file is ever written)."""
    old, new = KEYS[:2]
    database, _ = open_directory(data, {"U1SERVER_KEY": old}, create=True)
    with database.writing() as connection:
        assert facts.key_proof(connection)
    database.close()
    with pytest.raises(UsageError, match="NEW,OLD") as caught:
        rotate(data, {"U1SERVER_KEY": old})
    assert old not in caught.value.text
    both = {"U1SERVER_KEY": f"{new},{old}"}
    assert opens_all(data, both) == 0
    assert rotate(data, both) == 0
    assert rotate(data, both) is None
    assert opens_all(data, {"U1SERVER_KEY": new}) == 0
    with pytest.raises(UsageError, match="another server key"):
        open_directory(data, {"U1SERVER_KEY": old}, create=False)
    assert not (data / "server.key").exists()


def test_damaged_secret_stops_the_rotation_and_changes_nothing(
    started: Processes, data: Path
) -> None:
    """Exit code 10, one line; everything else still opens."""
    added = started.run(
        *("u1server", "user", "add", "ana@example.com", "--data", str(data), "--password-stdin"),
        stdin="correct horse\n",
    )
    assert added.returncode == 0
    with sqlite3.connect(data / "metadata.sqlite") as database:
        database.execute("UPDATE accounts SET sealed_consumer_secret = x'00'")
    database.close()
    (old,) = server_key.find_keys(data, {})
    done = started.run("u1server", "key", "rotate", "--data", str(data))
    assert (done.returncode, done.stdout) == (10, "")
    assert done.stderr.startswith("u1server: nothing was changed: cannot open the secret of")
    assert old in server_key.find_keys(data, {})
    database, _ = open_directory(data, {}, create=False)
    database.close()


def test_made_key_is_one(started: Processes) -> None:
    """`key make` prints what U1SERVER_KEY takes, another each time."""
    printed = [started.run("u1server", "key", "make").stdout.strip() for _ in range(2)]
    assert printed[0] != printed[1]
    assert all(len(base64.urlsafe_b64decode(key)) == 32 for key in printed)
