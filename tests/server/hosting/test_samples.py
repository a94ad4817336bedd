"""The other files of data/hosting, and docs/hosting.md: they say what the program does."""

from __future__ import annotations

import configparser
import re
import shutil
from dataclasses import fields
from pathlib import Path

import pytest

from tests.rig.ports import free_port
from tests.rig.processes import Processes, wait_until
from tests.server.hosting.client import Client
from u1tray.server.settings.options import _PARSERS, Settings, load_settings
from u1tray.vocabulary.errors import MEANINGS

REPOSITORY = Path(__file__).parents[3]
SAMPLES = REPOSITORY / "data/hosting"
PAGE = (REPOSITORY / "docs/hosting.md").read_text()
UNITS = sorted(path.name for path in SAMPLES.glob("u1server*.*") if path.suffix != ".conf")
# Which options have no default that could be written down.
WITHOUT = {
    "database_url", "content_url", "object_store_endpoint", "object_store_region",
    "object_store_access_key_id", "object_store_secret_access_key", "tls_certificate", "tls_key",
    "public_url_prefix", "trusted_proxies",
}  # fmt: skip


@pytest.mark.core
def test_sample_configuration_has_every_option_with_its_default(home: Path) -> None:
    """Uncommented, it is the defaults, and is read without a fault."""
    text = (SAMPLES / "u1server.conf").read_text()
    said = re.findall(r"(?m)^#?([a-z_]+) =", text)
    assert sorted(said) == sorted(_PARSERS)
    lines = [
        line.removeprefix("#") if re.match(r"#[a-z_]+ = .", line) else line
        for line in text.splitlines()
    ]
    config = home / "u1server.conf"
    config.write_text("\n".join(lines))
    assert load_settings(config, {}, {}) == Settings(data=Path("/var/lib/u1server"))
    empty = {name for name in said if re.search(rf"(?m)^#{name} =$", text)}
    assert empty == WITHOUT


@pytest.mark.core
def test_page_has_every_option_with_its_default(home: Path) -> None:
    """One row each; what stands there as a value is the default."""
    table = PAGE.partition("## Options")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"(?m)^\| `([a-z_]+)` \| ([^|]*) \|", table))
    assert sorted(rows) == sorted(_PARSERS)
    defaults = {
        name: cell.strip("`")
        for name, cell in rows.items()
        if cell.startswith("`") and not cell.startswith("`AWS_")
    }
    environment = {f"U1SERVER_{name.upper()}": text for name, text in defaults.items()}
    assert load_settings(None, environment, {}) == Settings()
    assert set(defaults) == set(rows) - WITHOUT - {"data"}
    assert {field.name for field in fields(Settings)} == {*rows, "sources"}


@pytest.mark.core
def test_page_and_manual_have_every_exit_code() -> None:
    """Of the families that a server's command can end with."""
    table = PAGE.partition("## Exit codes")[2].partition("\n## ")[0]
    codes = {int(n) for row in re.findall(r"(?m)^\| ([0-9, ]+) \|", table) for n in row.split(",")}
    clients_only = {3, 8, 11, 12}
    assert codes == {0, 20, 21} | {m.exit_code for m in MEANINGS.values()} - clients_only


@pytest.mark.core
def test_links_inside_the_page_lead_somewhere() -> None:
    """Headings are where the table of contents says."""
    headings = re.findall(r"(?m)^##+ (.*)$", PAGE)
    places = {re.sub(r"[^a-z0-9 -]", "", text.lower()).replace(" ", "-") for text in headings}
    linked = set(re.findall(r"\]\(#([^)]*)\)", PAGE))
    assert linked
    assert linked <= places
    for target in re.findall(r"\]\((\.\.?/[^)#]*|[a-z][^):#]*)", PAGE):
        assert (REPOSITORY / "docs" / target).exists(), target


@pytest.mark.core
@pytest.mark.parametrize("name", UNITS)
def test_unit_is_whole(started: Processes, home: Path, name: str) -> None:
    """systemd finds nothing wrong, where it is there; each unit says where it belongs."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    text = (SAMPLES / name).read_text()
    unit.read_string(text)
    assert text.startswith(f"# /etc/systemd/system/{name}")
    assert unit["Unit"]["Description"]
    if name.endswith(".service"):
        service = unit["Service"]
        assert (service["User"], service["NoNewPrivileges"]) == ("u1server", "yes")
        assert service["ProtectSystem"] == "strict"
        assert "--config /etc/u1server/u1server.conf" in service["ExecStart"]
    if shutil.which("systemd-analyze"):
        for other in UNITS:
            body = (SAMPLES / other).read_text().replace("/opt/u1tray/bin/u1server", "/bin/true")
            # No manual is installed where this runs.
            (home / other).write_text(re.sub(r"(?m)^Documentation=.*\n", "", body))
        done = started.run("systemd-analyze", "verify", str(home / name))
        assert (done.returncode, done.stderr) == (0, "")
        if name.endswith(".service"):
            limit = ("--offline=true", "--threshold=20")  # tenths of what systemd calls exposure
            done = started.run("systemd-analyze", "security", *limit, str(home / name))
            assert done.returncode == 0, done.stdout


@pytest.mark.core
def test_service_gives_a_stopping_server_its_time() -> None:
    """systemd kills later than the server's own patience ends."""
    text = (SAMPLES / "u1server.service").read_text()
    found = re.search(r"(?m)^TimeoutStopSec=(\d+)$", text)
    assert found is not None
    assert int(found[1]) >= Settings().stop_timeout + 15


def blocks(mark: str) -> list[str]:
    """The shell blocks behind a mark."""
    return re.findall(rf"<!-- {mark} -->\n```sh\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.end2end
def test_first_steps_of_the_page_work(started: Processes, home: Path) -> None:
    """Its marked commands, one after the other in a fresh home; only the ports are others."""
    api, admin = free_port(), free_port()
    started.env |= {
        "U1SERVER_LISTEN": f"127.0.0.1:{api}",
        "U1SERVER_ADMIN_LISTEN": f"127.0.0.1:{admin}",
    }

    def run(block: str) -> str:
        text = block.replace("127.0.0.1:9180", f"127.0.0.1:{api}")
        text = text.replace("127.0.0.1:9181", f"127.0.0.1:{admin}")
        done = started.run("sh", "-euc", text, seconds=200)
        assert done.returncode == 0, (text, done.stdout, done.stderr)
        return done.stdout

    first, asking, keeping = blocks("run")
    (serving,) = blocks("serve")
    run(first)
    server = started.start("sh", "-euc", f"exec {serving}")
    assert server.wait_for_line("listening on", 60) == f"listening on http://127.0.0.1:{api}"
    said = run(asking)
    assert '"signature_methods"' in said
    assert said.rstrip().endswith("ok")
    client = Client(f"http://127.0.0.1:{api}")
    page = client.ask("GET", "/login")
    client.close()
    assert page.status == 200
    run(keeping)
    wait_until((home / "cloud-again/metadata.sqlite").exists, 60, "the restored cloud")
