"""`u1server key lost`: a cloud whose server key is gone works again, and only devices notice."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.rig.processes import Processes
from tests.server.accounts.test_rotation import fill, opens_all
from tests.server.databases import both
from tests.server.files.client import Files
from tests.server.rig import PASSWORD, running_cloud

pytestmark = pytest.mark.end2end

V2 = "/api/v2/tokens/oauth"
EMAIL = "ana@example.com"


def lost(started: Processes, data: Path, *words: str):
    return started.run("u1server", "key", "lost", "--data", str(data), *words)


@both
async def test_cloud_goes_on_with_a_new_key(
    started: Processes, data: Path, database_url: str | None
) -> None:
    """Files and passwords stay; devices log in anew; no code is asked for; rotation works."""
    if database_url is not None:
        started.env["U1SERVER_DATABASE_URL"] = database_url
    async with running_cloud(data, database_url=database_url) as running:
        await fill(running)
        eve = await running.add_account("eve@example.com")
        credentials, _ = await running.add_token(eve)
        await Files(running, credentials).put("~/Ubuntu One/a", b"precious")
    (data / "server.key").unlink()
    refused = started.run("u1server", "user", "list", "--data", str(data))
    assert (refused.returncode, "key lost --help" in refused.stderr) == (2, True)
    done = lost(started, data, "--yes")
    assert done.returncode == 0, done.stderr
    assert "4 devices must log in anew; 1 second factors off" in done.stdout
    assert (data / "server.key").stat().st_mode & 0o777 == 0o600
    assert opens_all(data, url=database_url) == 6
    async with running_cloud(data, database_url=database_url) as running:
        assert (await running.signed(credentials, "GET", "/api/quota/")).code == "oauth_invalid"
        for email in (EMAIL, "eve@example.com"):
            body = {"email": email, "password": PASSWORD, "token_name": "device"}
            reply = await running.post_json(V2, body)
            assert reply.status == 201
        found = reply.json
        names = ("consumer_key", "token_key", "consumer_secret", "token_secret")
        renewed = type(credentials)("device", *(found[name] for name in names))
        got = await Files(running, renewed).content("GET", "~/Ubuntu One/a")
        assert got.body == b"precious"
    rotated = started.run("u1server", "key", "rotate", "--data", str(data))
    assert rotated.returncode == 0, rotated.stderr


async def test_key_that_is_there_is_kept(started: Processes, data: Path) -> None:
    """Nothing is changed, exit code 6; nor without somebody who agrees."""
    async with running_cloud(data) as running:
        credentials, _ = await running.add_token(await running.add_account())
    key = (data / "server.key").read_bytes()
    assert lost(started, data).returncode == 2
    done = lost(started, data, "--yes")
    assert (done.returncode, "is not lost" in done.stderr) == (6, True)
    assert (data / "server.key").read_bytes() == key
    async with running_cloud(data) as running:
        assert (await running.signed(credentials, "GET", "/api/quota/")).status == 200


async def test_key_of_the_environment_is_begun_with(started: Processes, data: Path) -> None:
    """As several machines have it; no file is made then."""
    async with running_cloud(data) as running:
        await fill(running)
    (data / "server.key").unlink()
    environment = {"U1SERVER_KEY": base64.urlsafe_b64encode(b"n" * 32).decode()}
    started.env |= environment
    assert lost(started, data, "--yes").returncode == 0
    assert not (data / "server.key").exists()
    assert opens_all(data, environment) == 4


def test_no_cloud_is_no_lost_key(started: Processes, data: Path) -> None:
    """Exit code 4, and nothing is made."""
    assert lost(started, data, "--yes").returncode == 4
    assert not data.exists()
