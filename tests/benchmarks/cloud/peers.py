"""Other people's servers, each started in a folder of its own. Gives their ports."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from pathlib import Path

from tests.benchmarks.cloud.bench import Bench
from tests.benchmarks.cloud.client import HOST

_NGINX = """
daemon off; worker_processes 2; pid {home}/nginx.pid; error_log {home}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; keepalive_requests 1000000; default_type application/octet-stream;
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fcgi;
  uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  server {{ listen {host}:{port}; root {root}; dav_methods PUT; client_max_body_size 0; }}
}}
"""


def start_bare(bench: Bench, folder: Path, durability: str) -> int:
    """The smallest server that hashes and stores the same."""
    process = bench.started.module("tests.benchmarks.cloud.bare_store", str(folder), durability)
    return int(process.wait_for_line("listening on").split()[-1])


def start_rclone(bench: Bench, folder: Path, kind: str, *options: str) -> int:
    """`rclone serve webdav` or `sftp`."""
    address = ("--addr", f"{HOST}:0", "-v", "--vfs-cache-mode", "off")
    process = bench.started.start("rclone", "serve", kind, str(folder), *address, *options)
    line = process.wait_for_match(
        lambda line: re.search(rf"{re.escape(HOST)}:\d+", line) is not None, "its port", 60
    )
    return int(line.rpartition(f"{HOST}:")[2].split("/")[0].rstrip("]"))


def start_wsgidav(bench: Bench, folder: Path) -> int:
    """wsgidav on cheroot."""
    port = free_port()
    command = str(Path(sys.executable).parent / "wsgidav")
    options = ("--host", HOST, "--port", str(port), "--root", str(folder))
    bench.started.start(command, *options, "--auth", "anonymous", "--no-config", "-q")
    _wait_for(port)
    return port


def start_nginx(bench: Bench, folder: Path) -> int:
    """nginx with two workers: static files, and PUT through its WebDAV module."""
    home, port = bench.folder(f"nginx-{folder.name}"), free_port()
    configuration = home / "nginx.conf"
    configuration.write_text(_NGINX.format(home=home, host=HOST, port=port, root=folder))
    for one in (bench.home, folder):
        one.chmod(0o755)  # its workers may run as somebody else
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    bench.started.start(program, "-c", str(configuration), "-p", str(home))
    _wait_for(port)
    return port


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


def _wait_for(port: int) -> None:
    from tests.rig.processes import wait_until

    def answers() -> bool:
        with socket.socket() as wire:
            return wire.connect_ex((HOST, port)) == 0

    wait_until(answers, 30, f"something listens on {port}")
