"""Two-factor log-in of an account of a running cloud, turned on as its web page does it."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import dataclass

from tests.rig.cloud import RunningCloud
from u1tray.server.accounts import register, totp, two_factor
from u1tray.server.accounts.keys import RandomKeys
from u1tray.server.accounts.mint import Mint
from u1tray.server.storage.directory import open_directory


@dataclass(frozen=True)
class Device:
    """What the person has: a secret on a telephone, and codes on paper."""

    secret: str
    recovery_codes: tuple[str, ...]

    def code(self) -> str:
        """A code that works now and was not used up by turning it on."""
        return totp.code_at(self.secret, int(time.time() // totp.STEP_S) + 1)


def enrol(cloud: RunningCloud, email: str) -> Device:
    """Turn it on, beside the running server."""
    database, cipher = open_directory(cloud.data, os.environ, create=False)
    mint = Mint(RandomKeys(), cipher)
    now = time.time()
    with closing(database), database.writing() as connection:
        account = register.find(connection, email)
        begun = two_factor.begin(connection, mint, account, "a cloud", now)
        code = totp.code_at(begun.secret, int(now // totp.STEP_S))
        codes = two_factor.confirm(connection, mint, account.id, code, now)
    return Device(begun.secret, codes)
