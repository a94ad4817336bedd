"""The u1server program: its commands, its exit codes, and serving as a process."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import sqlite3
import time
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.rig.processes import Process, Processes
from u1tray import __version__
from u1tray.rest.signing import authorization
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

PASSWORD = "correct horse ñ"
EMAIL = "ana@example.com"


def run(started: Processes, *words: str, stdin: str = "") -> CompletedProcess[str]:
    return started.run("u1server", *words, stdin=stdin)


def add(started: Processes, data: Path, *words: str, email: str = EMAIL) -> CompletedProcess[str]:
    stdin = PASSWORD + "\n"
    return run(
        started, "user", "add", email, "--data", str(data), "--password-stdin", *words, stdin=stdin
    )


def listed(started: Processes, data: Path) -> list[dict[str, object]]:
    done = run(started, "user", "list", "--data", str(data), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert isinstance(found, list)
    return found


def serve(started: Processes, data: Path, *words: str, **env: str) -> tuple[Process, str, str]:
    """A serving process, and the URLs it printed."""
    ports = ("--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0")
    command = ("u1server", "serve", "--data", str(data), *(() if words else ports), *words)
    process = started.start(*command, env=env)
    api = process.wait_for_line("listening on ").removeprefix("listening on ")
    return process, api, process.wait_for_line("admin on ").removeprefix("admin on ")


def get(url: str, target: str, body: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    connection.request("GET" if body is None else "POST", target, body)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def log_in(url: str, password: str = PASSWORD) -> int:
    body = json.dumps({"email": EMAIL, "password": password, "token_name": "x"})
    return get(url, "/api/v2/tokens/oauth", body)[0]


def test_version_and_help_are_told(started: Processes) -> None:
    """Exit code 0."""
    assert run(started, "--version").stdout == f"u1server, version {__version__}\n"
    for words in ([], ["serve"], ["user"], ["user", "add"], ["token", "revoke"]):
        done = run(started, *words, "--help")
        assert (done.returncode, "Usage:" in done.stdout) == (0, True)


def test_user_add_makes_an_account(started: Processes, data: Path) -> None:
    """Name and quota as said; no password anywhere."""
    done = add(started, data, "--name", "Ana Example", "--quota", "2GB")
    assert (done.returncode, done.stdout) == (0, "added ana@example.com (id 1, 2.0 GB)\n")
    (account,) = listed(started, data)
    assert account.pop("created")
    assert account == {
        "id": 1,
        "email": EMAIL,
        "name": "Ana Example",
        "state": "active",
        "quota_bytes": 2_000_000_000,
        "used_bytes": 0,
    }


@pytest.mark.parametrize(
    ("words", "quota"),
    [([], 5_000_000_000), (["--quota", "none"], None), (["--quota", "1.5 GiB"], 1610612736)],
)
def test_user_add_takes_a_size_or_none(started: Processes, data: Path, words, quota) -> None:
    """5 GB unless said otherwise."""
    assert add(started, data, *words, "--json").returncode == 0
    assert listed(started, data)[0]["quota_bytes"] == quota


def test_user_add_twice_is_a_conflict(started: Processes, data: Path) -> None:
    """Exit code 6, in any case of the address."""
    add(started, data)
    done = add(started, data, email="ANA@example.com")
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr == "u1server: there is an account for ANA@example.com already\n"


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (["user", "add", "not an address"], PASSWORD),
        (["user", "add", EMAIL, "--quota", "huge"], PASSWORD),
        (["user", "add", EMAIL, "--quota", "99999999999PB"], PASSWORD),
        (["user", "add", EMAIL, "--name", "a\nb"], PASSWORD),
        (["user", "add", EMAIL], ""),
        (["user", "add", EMAIL], "x" * 2000),
    ],
)
def test_bad_words_are_usage_errors(started: Processes, data: Path, words, stdin) -> None:
    """Exit code 2, no traceback, nothing made."""
    done = run(started, *words, "--password-stdin", "--data", str(data), stdin=stdin)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert not data.exists()


def test_password_is_never_asked_without_a_terminal(started: Processes, data: Path) -> None:
    """A script gets an error, not a prompt."""
    done = run(started, "user", "add", EMAIL, "--data", str(data))
    assert (done.returncode, "--password-stdin" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "words",
    [["list"], ["quota", EMAIL, "1GB"], ["disable", EMAIL], ["enable", EMAIL]],
)
def test_commands_without_a_cloud_are_not_found(started: Processes, data: Path, words) -> None:
    """Exit code 4; nothing is made."""
    done = run(started, "user", *words, "--data", str(data))
    assert (done.returncode, "there is no cloud in" in done.stderr) == (4, True)
    assert not data.exists()


def test_unknown_account_is_not_found(started: Processes, data: Path) -> None:
    """Exit code 4."""
    add(started, data)
    for words in (["user", "quota", "bob@example.com", "1GB"], ["token", "list", "bob@b.com"]):
        assert run(started, *words, "--data", str(data)).returncode == 4


def test_changes_take_effect_while_the_server_runs(started: Processes, data: Path) -> None:
    """Quota, password, disable, enable and tokens, from another process."""
    add(started, data)
    _, url, _ = serve(started, data)
    where = ("--data", str(data))
    assert log_in(url) == 201
    assert run(started, "user", "quota", EMAIL, "1048576", *where).returncode == 0
    assert listed(started, data)[0]["quota_bytes"] == 1048576
    assert run(started, "user", "disable", EMAIL, *where).returncode == 0
    assert log_in(url) == 403
    assert run(started, "user", "enable", EMAIL, *where).returncode == 0
    assert log_in(url) == 200
    changed = run(started, "user", "passwd", EMAIL, "--password-stdin", *where, stdin="new\n")
    assert changed.returncode == 0
    assert (log_in(url), log_in(url, "new")) == (401, 200)
    (token,) = json.loads(run(started, "token", "list", EMAIL, "--json", *where).stdout)
    assert token["name"] == "x"
    assert run(started, "token", "revoke", EMAIL, token["id"], *where).returncode == 0
    assert run(started, "token", "revoke", EMAIL, token["id"], *where).returncode == 4
    assert run(started, "token", "revoke", EMAIL, *where).returncode == 2
    assert log_in(url, "new") == 201
    assert run(started, "token", "revoke", EMAIL, "--all", *where).returncode == 0
    assert json.loads(run(started, "token", "list", EMAIL, "--json", *where).stdout) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_says_where_and_stops_on_a_signal(
    started: Processes, data: Path, number: signal.Signals
) -> None:
    """Two lines when ready; exit code 0, also with an idle connection open."""
    process, api, admin = serve(started, data)
    assert get(api, "/api/features/")[0] == 200
    assert get(admin, "/healthz") == (200, b"ok")
    host, _, port = api.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port))):
        process.signal(number)
        assert process.wait() == 0
    assert "Traceback" not in process.output
    assert process.output.startswith(f"listening on {api}\nadmin on {admin}\n")


def test_serve_listens_on_ipv6(started: Processes, data: Path) -> None:
    """Printed with brackets."""
    words = ("--listen", "[::1]:0", "--admin-listen", "[::1]:0")
    _, api, admin = serve(started, data, *words)
    assert (api.startswith("http://[::1]:"), admin.startswith("http://[::1]:")) == (True, True)
    assert get(api, "/api/time")[0] == 200


def test_serve_reads_file_and_environment(started: Processes, data: Path, home: Path) -> None:
    """`--config`, U1SERVER_*."""
    config = home / "server.conf"
    config.write_text(f"[server]\ndata = {data}\nname = kiwi\nlisten = 127.0.0.1:0\n")
    command = ("u1server", "serve", "--config", str(config))
    process = started.start(*command, env={"U1SERVER_ADMIN_LISTEN": "127.0.0.1:0"})
    api = process.wait_for_line("listening on ").removeprefix("listening on ")
    assert json.loads(get(api, "/api/features/")[1])["server"]["name"] == "kiwi"


def test_administration_reads_the_configuration_too(
    started: Processes, data: Path, home: Path, postgres_url: str
) -> None:
    """One file for `serve` and all commands: the database is the one it names."""
    config = home / "server.conf"
    config.write_text(f"[server]\ndata = {data}\ndatabase_url = {postgres_url}\n")
    words = ("user", "add", EMAIL, "--config", str(config), "--password-stdin")
    assert run(started, *words, stdin=PASSWORD).returncode == 0
    assert not (data / "metadata.sqlite").exists()
    done = run(started, "user", "list", "--config", str(config), "--json")
    assert [account["email"] for account in json.loads(done.stdout)] == [EMAIL]
    others = run(started, "user", "list", "--data", str(data))
    assert (others.returncode, "there is no cloud in" in others.stderr) == (4, True)
    config.write_text(f"[server]\ndata = {data}\ndatabase_url = postgresql://h\n")
    done = run(started, "user", "list", "--config", str(config))
    assert (done.returncode, f"{config} line 3: database_url: " in done.stderr) == (2, True)


def test_serve_refuses_bad_configuration(started: Processes, data: Path, home: Path) -> None:
    """Exit code 2 and the line at fault."""
    config = home / "server.conf"
    config.write_text("[server]\n\nwep_oauth = true\n")
    done = run(started, "serve", "--data", str(data), "--config", str(config))
    assert done.returncode == 2
    assert done.stderr == f"u1server: {config} line 3: unknown option 'wep_oauth'\n"
    assert run(started, "serve").returncode == 2
    assert not data.exists()


def test_serve_refuses_a_port_in_use(started: Processes, data: Path) -> None:
    """Exit code 2, one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run(started, "serve", "--data", str(data), "--listen", address)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"u1server: option --listen: cannot listen on {address}: Address already in use"
        " (is another server running there?)"
    )
    assert "Traceback" not in done.stderr


def test_log_of_a_whole_login_holds_no_secret(started: Processes, data: Path) -> None:
    """Not at debug level, not after errors, not after broken requests (12)."""
    add(started, data)
    process, url, admin = serve(
        started,
        data,
        "--listen",
        "127.0.0.1:0",
        "--admin-listen",
        "127.0.0.1:0",
        "--log-level",
        "debug",
    )
    body = json.dumps({"email": EMAIL, "password": PASSWORD, "token_name": "x"})
    status, answer = get(url, "/api/v2/tokens/oauth", body)
    assert status == 201
    token = json.loads(answer)
    query = (
        f"oauth_consumer_key={token['consumer_key']}&oauth_token={token['token_key']}"
        f"&oauth_signature_method=PLAINTEXT"
        f"&oauth_signature={token['consumer_secret']}%26{token['token_secret']}"
    )
    assert get(url, f"/api/quota/?{query}")[0] == 200
    assert get(url, f"/api/nothing?{query}")[0] == 404
    assert get(url, f"/api/quota/?{query}&%zz")[0] == 400
    assert log_in(url, "wr0ngpassword") == 401
    host, _, port = url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(f"GET /api/quota/?{query} HTTP/9.9\r\n\r\n".encode())
        assert b" 400 " in raw.recv(100)
    with contextlib.closing(sqlite3.connect(data / "metadata.sqlite")) as database:
        database.execute("ALTER TABLE tokens RENAME TO lost")
        database.commit()
    assert get(url, f"/api/quota/?{query}")[0] == 500
    assert get(admin, "/metrics")[0] == 200
    process.signal(signal.SIGTERM)
    process.wait()
    hidden = ("token_key", "token_secret", "consumer_secret")
    secrets = [PASSWORD, "wr0ngpassword", "oauth_", "argon2"] + [token[key] for key in hidden]
    assert "Traceback" in process.output
    assert "GET /api/quota/ 500" in process.output
    assert [secret for secret in secrets if secret in process.output] == []


def test_serve_on_every_address_takes_both_families(started: Processes, data: Path) -> None:
    """`[::]` is IPv6 and IPv4; an IPv4 peer on this machine is still a loopback one (13.3)."""
    add(started, data)
    words = ("--listen", "[::]:0", "--admin-listen", "127.0.0.1:0")
    _, api, _ = serve(started, data, *words)
    port = api.rpartition(":")[2]
    assert api == f"http://[::]:{port}"
    assert log_in(f"http://127.0.0.1:{port}") == 201
    assert log_in(f"http://[::1]:{port}") == 200


def test_killed_server_remembers_tokens_and_used_nonces(started: Processes, data: Path) -> None:
    """What was acknowledged survives kill -9; a replay is refused afterwards too (2.1, 13.4)."""
    add(started, data)
    process, url, _ = serve(started, data)
    body = json.dumps({"email": EMAIL, "password": PASSWORD, "token_name": "x"})
    token = json.loads(get(url, "/api/v2/tokens/oauth", body)[1])
    keys = ("consumer_key", "token_key", "consumer_secret", "token_secret")
    signed = authorization(
        "GET",
        "http://cloud.example.com/api/quota/",
        Credentials("x", *(token[key] for key in keys)),
        nonce="n1",
        timestamp=int(time.time()),
    )
    first = get_signed(url, "/api/quota/", signed)
    process.signal(signal.SIGKILL)
    process.wait()
    _, url, _ = serve(started, data)
    assert first[0] == 200
    status, answer = get_signed(url, "/api/quota/", signed)
    assert (status, json.loads(answer)["code"]) == (401, "oauth_nonce_used")
    assert log_in(url) == 200


def get_signed(url: str, target: str, header: str) -> tuple[int, bytes]:
    """A GET for the virtual host cloud.example.com."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    fields = {"Host": "cloud.example.com", "Authorization": header}
    connection.request("GET", target, headers=fields)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found
