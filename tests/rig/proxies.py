"""A real nginx and a real Caddy in front of a cloud, from the sample files with other addresses."""

from __future__ import annotations

import os
import re
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.rig.certificates import MadeCertificate
from tests.rig.ports import free_port
from tests.rig.processes import Process, Processes, wait_until

SAMPLES = Path(__file__).parents[2] / "data/hosting"
NAME = "cloud.example.com"
START_TIMEOUT_S = 60.0

_NGINX = """\
daemon off;
worker_processes 1;
pid {home}/nginx.pid;
error_log stderr info;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {home}/nginx-body;
    proxy_temp_path {home}/nginx-proxy;
    fastcgi_temp_path {home}/nginx-fastcgi;
    uwsgi_temp_path {home}/nginx-uwsgi;
    scgi_temp_path {home}/nginx-scgi;
    include {sample};
}}
"""


@dataclass(frozen=True)
class Proxy:
    """`url` is the cloud's address for its clients; `plain_port` is that of http."""

    url: str
    port: int
    plain_port: int
    process: Process


def start_nginx(started: Processes, home: Path, upstream: str, made: MadeCertificate) -> Proxy:
    """nginx with the sample as one of its files."""
    tls, plain = free_port(), free_port()
    text = (SAMPLES / "nginx.conf").read_text()
    text = replaced(text, "server 127.0.0.1:9180;", f"server {upstream};")
    text = replaced(text, "listen 443 ssl http2;", f"listen 127.0.0.1:{tls} ssl http2;")
    text = replaced(text, "listen 80;", f"listen 127.0.0.1:{plain};")
    text = re.sub(r"(?m)^ *listen \[::\]:.*\n", "", text)
    text = replaced(text, "/etc/ssl/certs/cloud.pem", str(made.certificate))
    text = replaced(text, "/etc/ssl/private/cloud.key", str(made.key))
    sample = home / "u1server-nginx.conf"
    sample.write_text(text)
    main = home / "nginx.conf"
    main.write_text(_NGINX.format(home=home, sample=sample))
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None
    process = started.start(program, "-e", "stderr", "-p", str(home), "-c", str(main))
    return _ready(Proxy(f"https://{NAME}:{tls}", tls, plain, process))


def start_caddy(started: Processes, home: Path, upstream: str, made: MadeCertificate) -> Proxy:
    """Caddy with the sample as its file."""
    tls, plain, admin = free_port(), free_port(), free_port()
    text = (SAMPLES / "Caddyfile").read_text()
    text = replaced(text, "reverse_proxy 127.0.0.1:9180 {", f"reverse_proxy {upstream} {{")
    text = replaced(text, f"http://{NAME} {{", f"http://{NAME}:{plain} {{")
    text = replaced(text, f"\n{NAME} {{", f"\nhttps://{NAME}:{tls} {{")
    text = replaced(text, "#tls /etc/ssl/certs/cloud.pem", f"tls {made.certificate}")
    text = replaced(text, "/etc/ssl/private/cloud.key", str(made.key))
    sample = home / "Caddyfile"
    sample.write_text(text)
    process = started.start(
        *("caddy", "run", "--config", str(sample), "--adapter", "caddyfile"),
        env={"CADDY_ADMIN": f"127.0.0.1:{admin}"},
    )
    return _ready(Proxy(f"https://{NAME}:{tls}", tls, plain, process))


def replaced(text: str, old: str, new: str) -> str:
    """The sample with one address of its own; it must have had the old one."""
    assert old in text, old
    return text.replace(old, new)


def _ready(proxy: Proxy) -> Proxy:
    for port in (proxy.port, proxy.plain_port):
        wait_until(lambda port=port: _answers(port), START_TIMEOUT_S, "the proxy", proxy.process)
    return proxy


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return False
    return True
