"""A private PostgreSQL server: a real cluster in a temporary directory, on a Unix socket only."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from tests.rig.processes import wait_until

USER = "u1"
PASSWORD = "pg-top-secret"  # of no use: whoever reaches the socket is trusted
_PROGRAMS = Path("/usr/lib/postgresql")
# A test that is killed leaves no cluster behind.
_END_WITH_PARENT = ("setpriv", "--pdeathsig", "INT") if shutil.which("setpriv") else ()
_SETTINGS = {
    "listen_addresses": "",
    # A crash of the machine is not tested here; a crash of the programs is.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_wal_size": "128MB",
    "log_min_messages": "warning",
}


class Cluster:
    """One PostgreSQL server, which can be stopped and started again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._programs = newest_programs()
        self._process: subprocess.Popen[bytes] | None = None
        self._made = 0
        directory.chmod(0o711)  # other users come to the socket
        if os.geteuid() == 0:
            account = _account()
            os.chown(directory, account.pw_uid, account.pw_gid)
        initdb = [f"--pgdata={self._data}", f"--username={USER}", "--auth=trust", "--no-sync"]
        # Sorted by a language, so that a text column without a collation of its own is found out.
        self._run("initdb", *initdb, "--encoding=UTF8", *self._locale())

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        settings = {**_SETTINGS, "unix_socket_directories": str(self.directory)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_END_WITH_PARENT, self._programs / "postgres", "-D", self._data, *options],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._identity(),
            )
        wait_until(self._answers, 60.0, "PostgreSQL to take connections")

    def stop(self) -> None:
        """Break all connections and end it in good order."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection of the administrator."""
        return psycopg.connect(
            host=str(self.directory), user=USER, dbname=database, autocommit=True
        )

    def url(self, database: str) -> str:
        """What `--database-url` takes."""
        return f"postgresql://{USER}:{PASSWORD}@/{database}?host={quote(str(self.directory))}"

    @contextlib.contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """The name of a new database, which is dropped afterwards."""
        self._made += 1
        name = f"test{self._made}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            with self.connect() as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.directory / "log").read_text()
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _locale(self) -> list[str]:
        major = int(re.findall(r"\d+", self._run("initdb", "--version"))[0])
        if major < 15:
            return ["--locale=C.UTF-8"]
        return ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en"]

    def _run(self, program: str, *options: str) -> str:
        done = subprocess.run(
            [self._programs / program, *options],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            **self._identity(),
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _identity(self) -> dict[str, Any]:
        """PostgreSQL refuses to run as root."""
        common = {"cwd": self.directory, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}}
        if os.geteuid() != 0:
            return common
        account = _account()
        return {**common, "user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A started cluster, gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="u1-pg-"))
    try:
        cluster = Cluster(directory)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def newest_programs() -> Path:
    """The folder of the newest PostgreSQL here: Debian keeps it outside the PATH."""
    found = sorted(_PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    assert program is not None, "no PostgreSQL here: ./bootstrap.sh setup --with test brings it"
    return Path(program).resolve().parent


def _account() -> pwd.struct_passwd:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]
