"""What the parts of a running cloud share. Made once, in `app`, and handed to every call."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from u1tray.server.accounts.login import Login
from u1tray.server.accounts.mint import Mint
from u1tray.server.accounts.password_thread import PasswordThread
from u1tray.server.accounts.registration import Registration
from u1tray.server.admin.metrics import Metrics
from u1tray.server.auth.nonces import NonceMemory
from u1tray.server.auth.secrets import SecretMemory
from u1tray.server.changes.hub import Hub
from u1tray.server.clock import Clock
from u1tray.server.settings.options import Settings
from u1tray.server.storage.contents import ContentStore
from u1tray.server.storage.workers import Workers
from u1tray.server.uploads.store import UploadStore


@dataclass(frozen=True)
class Cloud:
    """The collaborators of the rules."""

    settings: Settings
    directory: Path
    clock: Clock
    mint: Mint
    workers: Workers
    contents: ContentStore
    uploads: UploadStore
    passwords: PasswordThread
    login: Login
    registration: Registration
    nonces: NonceMemory
    secrets: SecretMemory
    metrics: Metrics
    hub: Hub

    def close(self) -> None:
        """End the threads and close the database."""
        self.passwords.close()
        self.uploads.close()
        self.contents.close()
        self.workers.close()
