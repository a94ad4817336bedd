"""Cloud, credentials, daemon and indicator together, as a person meets them in the panel."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.rig.bus import Bus
from tests.rig.credentials import INTERFACE, NAME, PATH
from tests.rig.display import Display
from tests.rig.keyring import start_keyring
from tests.rig.peer import Peer
from tests.rig.processes import Processes, wait_until
from tests.rig.secrets import leaks, watching_command_lines
from tests.rig.watcher import Item, Watcher

pytestmark = pytest.mark.end2end
UP_TO_DATE = "File sync is up to date"
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery staple 7"
# A line of each program at debug level: the search is worth nothing where nothing was written.
EVERYBODY_SPOKE = (
    "DEBUG u1tray.tray.cloud.quota",
    "u1tray-credentials: DEBUG: POST /api/v2/tokens/oauth",
    "DEBUG: GET /api/time",
    "u1tray-syncdaemon --debug",
    "GET /api/quota/",
)
TWO_MINUTES = 120
LOOK_EVERY_SECONDS = 5


async def test_embedded_cloud_shows_the_true_quota_and_follows_it(
    started: Processes, bus: Bus, display: Display, watcher: Watcher, home: Path
) -> None:
    """One command: up to date, the real quota; changed on the server, it changes in the menu."""
    await asyncio.to_thread(start_keyring, started)
    started.start("u1tray", "--embedded", "--yes")
    item = await watcher.item(120)
    await item.until_label(UP_TO_DATE)
    await item.until_label("0 bytes of 5.0 GB used, 0 %")
    made = json.loads((home / ".local/share/u1tray/embedded.json").read_text())
    data = str(home / ".local/share/u1tray/cloud")
    changed = await asyncio.to_thread(
        started.run, "u1server", "user", "quota", made["email"], "7000000000", "--data", data
    )
    assert changed.returncode == 0, changed.stderr
    # The cloud is asked at most once a minute, when somebody looks: so look, as a person does.
    await _until_seen(item, "0 bytes of 7.0 GB used, 0 %", TWO_MINUTES)


async def test_log_in_leaves_no_secret_in_any_log_or_command_line(
    started: Processes, bus: Bus, display: Display, watcher: Watcher, home: Path
) -> None:
    """From nothing to up to date with everything at debug level; then every log is searched."""
    with watching_command_lines(home) as watch:
        await asyncio.to_thread(_serve_cloud, started, bus, home)
        await asyncio.to_thread(start_keyring, started)
        started.start("u1tray", "--debug")
        item = await watcher.item()
        await item.click(await item.until_label("Start"))
        await item.until_label("Log in to start syncing")
        found = await _log_in(bus)
        await item.until_label(UP_TO_DATE)
        await item.until_label("0 bytes of 5.0 GB used, 0 %")

        def texts() -> dict[str, str]:
            commands = {f"the command line {line}": line for line in watch.seen}
            return _logs(started, home) | commands

        def have_all_spoken() -> bool:
            everything = "\n".join(texts().values())
            return all(word in everything for word in EVERYBODY_SPOKE)

        # Whoever answers writes its line of it afterwards.
        await asyncio.to_thread(wait_until, have_all_spoken, 60, f"{EVERYBODY_SPOKE}")
    assert {"token", "token_secret", "consumer_secret"} <= set(found)
    keys = ("token", "token_secret", "consumer_secret")
    secrets = [PASSWORD, PASSWORD.replace(" ", "+"), *(found[key] for key in keys)]
    assert leaks(secrets, texts()) == []


async def _log_in(bus: Bus) -> dict[str, str]:
    """What CredentialsFound says after a log-in without a window."""
    client = await Peer.connect(bus.address)
    heard: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    def hear(message) -> None:
        if message.member in ("CredentialsFound", "CredentialsError") and not heard.done():
            heard.set_result(message.body[0])

    client.on_signal(hear)
    await client.listen(f"type='signal',interface='{INTERFACE}'")
    account = {"email": EMAIL, "password": PASSWORD}
    await client.call(
        NAME, PATH, INTERFACE, "login_email_password", "a{ss}", account, auto_start=True
    )
    found = await asyncio.wait_for(heard, 60)
    await client.close()
    return found


def _serve_cloud(started: Processes, bus: Bus, home: Path) -> None:
    """A cloud with one account, and both services to be started by the bus, all at debug level."""
    data = str(home / "cloud")
    server = started.start(
        "u1server", "serve", "--data", data, "--listen", "127.0.0.1:0", "--admin-listen",
        "127.0.0.1:0", "--log-level", "debug",
    )  # fmt: skip
    url = server.wait_for_line("listening on ").partition("listening on ")[2]
    added = started.run(
        "u1server", "user", "add", EMAIL, "--data", data, "--password-stdin", stdin=PASSWORD + "\n"
    )
    assert added.returncode == 0, added.stderr
    settings = home / ".config/u1tray/cloud.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[cloud]\napi_url = {url}\n")
    scripts = started.env["PATH"].partition(":")[0]
    bus.activate("com.ubuntuone.Credentials", f"{scripts}/u1tray-credentials --debug")
    bus.activate("com.ubuntuone.SyncDaemon", f"{scripts}/u1tray-syncdaemon --debug --allow-root")


def _logs(started: Processes, home: Path) -> dict[str, str]:
    files = [*started.logs.iterdir(), *(home / ".cache").rglob("*"), *home.rglob("*.log")]
    return {str(file): file.read_text(errors="replace") for file in files if file.is_file()}


async def _until_seen(item: Item, label: str, seconds: float) -> None:
    """Open and close the menu, as somebody who is waiting, until it says `label`."""

    async def seen() -> None:
        while (await item.open_menu()).find(label) is None:
            await item.close_menu()
            await item.news(LOOK_EVERY_SECONDS)

    await asyncio.wait_for(seen(), seconds)
