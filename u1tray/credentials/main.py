"""`u1tray-credentials`: the composition root of the Credentials service."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import Sequence

from u1tray import __version__
from u1tray.credentials import configuration
from u1tray.credentials.configuration import Store
from u1tray.credentials.dialog.windows import Windows
from u1tray.credentials.face import CredentialsFace
from u1tray.credentials.idle import Idle
from u1tray.credentials.keeper import Keeper
from u1tray.credentials.vaults import Vault
from u1tray.credentials.vaults.automatic import AutomaticVault
from u1tray.credentials.vaults.encrypted_file import EncryptedFileVault, vault_file
from u1tray.credentials.vaults.secret_service import SecretServiceVault
from u1tray.service.address import session_address
from u1tray.service.connection import Connection
from u1tray.service.lifecycle import on_termination, run
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import U1Error, meaning_of

_log = logging.getLogger(__name__)

PROGRAM = "u1tray-credentials"
LAST_REQUESTS_LIMIT_SECONDS = 5.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until idle or told to end; the exit code of `vocabulary.errors`."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        stream=sys.stderr, format=f"{PROGRAM}: %(levelname)s: %(message)s", level=logging.WARNING
    )
    if options.debug:
        # Only ours: libraries may log the messages they carry, and those hold secrets.
        logging.getLogger("u1tray").setLevel(logging.DEBUG)
    try:
        return run(serve(stay=options.stay))
    except U1Error as error:
        print(f"{PROGRAM}: {error.text}", file=sys.stderr)  # noqa: T201
        return meaning_of(error).exit_code
    except KeyboardInterrupt:
        return 0


async def serve(*, stay: bool = False) -> int:
    """Own the name and answer, until idle (not with `stay`), told to end, or without a bus: 0."""
    store = configuration.load()
    connection = await Connection.open(session_address())
    try:
        await _serve_on(connection, store, stay=stay)
    finally:
        await connection.close()
    return 0


async def _serve_on(connection: Connection, store: Store, *, stay: bool) -> None:
    host = socket.gethostname()
    file = EncryptedFileVault(vault_file(), os.environ, host)
    vault = _vault(connection, store, file, host)
    windows = Windows(vault, file if store is not Store.KEYRING else None, host)
    # A vault that a person opened would close with us, and they would be asked again and again.
    idle = Idle(is_held=lambda: file.is_opened_by_person)
    face = CredentialsFace(Keeper(vault, host, windows=windows), idle)
    connection.export(names.CREDENTIALS_PATH, face)
    if not await connection.own(names.CREDENTIALS):
        _log.info("another instance has the name")
        return
    told_to_end = asyncio.Event()
    on_termination(told_to_end.set)
    _log.debug("ready")
    causes = [told_to_end.wait(), connection.lost(), *([] if stay else [idle.over()])]
    ends = [asyncio.ensure_future(cause) for cause in causes]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    if not told_to_end.is_set():
        await _answer_last_requests(connection, idle)
    await face.stop()


async def _answer_last_requests(connection: Connection, idle: Idle) -> None:
    """Give the name back, then answer what came in before that: no request is lost."""
    with contextlib.suppress(U1Error, asyncio.TimeoutError):
        await connection.release(names.CREDENTIALS)
        await asyncio.wait_for(idle.quiet(), LAST_REQUESTS_LIMIT_SECONDS)


def _vault(connection: Connection, store: Store, file: EncryptedFileVault, host: str) -> Vault:
    keyring = SecretServiceVault(connection, host)
    vaults: dict[Store, Vault] = {
        Store.KEYRING: keyring,
        Store.FILE: file,
        Store.AUTO: AutomaticVault(keyring, file),
    }
    return vaults[store]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="The Credentials service: keeps the cloud's token in the keyring. "
        "The session bus starts it when it is needed.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument(
        "--stay",
        action="store_true",
        help="do not end when idle: for a session whose bus cannot start this service",
    )
    parser.add_argument("--debug", action="store_true", help="log what is done, without secrets")
    return parser
