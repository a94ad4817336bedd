"""The administration port (16.7): health, readiness, metrics; and nothing of it on the main one."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from tests.server.rig import Running
from u1tray.server.api.routes import ROUTES
from u1tray.server.storage.directory import DATABASE_FILE
from u1tray.vocabulary.credentials import Credentials

pytestmark = pytest.mark.end2end

WANTED = (
    "u1_http_requests_total",
    "u1_http_request_seconds_bucket",
    "u1_content_bytes_total",
    "u1_oauth_failures_total",
    "u1_quota_refusals_total",
    "u1_change_streams",
    "u1_stored_bytes",
)


@pytest.mark.parametrize("target", ["/healthz", "/readyz"])
async def test_healthy_server_says_ok(running: Running, target: str) -> None:
    """200 `ok` (16.7)."""
    reply = await running.ask_admin("GET", target)
    assert (reply.status, reply.body) == (200, b"ok")
    assert (await running.ask_admin("HEAD", target)).status == 200


async def test_damaged_database_is_not_ready_but_healthy(running: Running) -> None:
    """503 and one line per failed check (16.7)."""
    with contextlib.closing(sqlite3.connect(running.cloud.directory / DATABASE_FILE)) as database:
        database.execute("DROP TABLE facts")
        database.commit()
    reply = await running.ask_admin("GET", "/readyz")
    assert (reply.status, reply.body) == (503, b"database: does not answer\n")
    assert (await running.ask_admin("GET", "/healthz")).status == 200


async def test_metrics_have_at_least_the_named_ones(running: Running, ana: Credentials) -> None:
    """Prometheus text (16.7)."""
    await running.signed(ana, "GET", "/api/quota/")
    await running.request("GET", "/api/quota/")
    await running.request("GET", "/api/secret-name-of-a-file?oauth_token=topsecret")
    reply = await running.ask_admin("GET", "/metrics")
    text = reply.body.decode()
    assert reply.status == 200
    assert (reply.header("Content-Type") or "").startswith("text/plain; version=0.0.4")
    assert [name for name in WANTED if name not in text] == []
    assert 'u1_http_requests_total{method="GET",route="/api/quota/",status="200"} 1.0' in text
    assert 'u1_oauth_failures_total{code="oauth_missing"} 1.0' in text
    assert 'u1_oauth_failures_total{code="oauth_malformed"} 1.0' in text
    assert "secret" not in text


async def test_labels_hold_patterns_only(running: Running, ana: Credentials) -> None:
    """No label ever holds a name, path or address (16.7)."""
    for target in ("/api/tokens/abc", "/oauth/sso-finished-so-get-tokens/ana@example.com", "/x"):
        await running.signed(ana, "GET", target)
    text = (await running.ask_admin("GET", "/metrics")).body.decode()
    routes = {part.split('"')[1] for part in text.split("route=")[1:]}
    assert routes <= {route.pattern for route in ROUTES} | {"unknown"}


async def test_stored_bytes_are_those_of_all_accounts(running: Running) -> None:
    """Counted when asked."""
    for number, email in enumerate(("a@example.com", "b@example.com"), 1):
        await running.change_account(await running.add_account(email), used_bytes=number * 10)
    text = (await running.ask_admin("GET", "/metrics")).body.decode()
    assert "\nu1_stored_bytes 30.0\n" in text


@pytest.mark.parametrize("target", ["/healthz", "/readyz", "/metrics"])
async def test_admin_pages_are_not_on_the_main_port(running: Running, target: str) -> None:
    """Never reachable through the main port (16.7)."""
    assert (await running.request("GET", target)).status == 404


@pytest.mark.parametrize("target", ["/api/time", "/api/quota/", "/", "/healthz/x"])
async def test_api_is_not_on_the_admin_port(running: Running, target: str) -> None:
    """A separate listener (16.7)."""
    assert (await running.ask_admin("GET", target)).status == 404


async def test_admin_port_answers_get_and_head_only(running: Running) -> None:
    """405 with Allow."""
    reply = await running.ask_admin("POST", "/healthz")
    assert (reply.status, reply.header("Allow")) == (405, "GET, HEAD")
