"""Which cloud is in use, read when needed, and choosing another one."""

from __future__ import annotations

import logging
import os

from u1tray.vocabulary import places
from u1tray.vocabulary.errors import UsageError

log = logging.getLogger(__name__)


class CloudAddress:
    """The configured cloud. What is wrong with its file is logged when it is read."""

    def __init__(self) -> None:
        self._url: str | None = None

    @property
    def url(self) -> str:
        """The root of its API and web pages, `''` for none; as last read."""
        if self._url is None:
            self._url = self._read()
        return self._url

    def reload(self) -> str:
        """Read the file again: another program may have written it."""
        self._url = self._read()
        return self._url

    def choose(self, url: str) -> None:
        """Keep another address, `''` for none. Raises UsageError or OSError."""
        from u1tray.rest import settings  # noqa: PLC0415 - see _read

        if url:
            settings.save(settings.CloudSettings.of(url))
        else:
            settings.forget()
        self.reload()

    def _read(self) -> str:
        if not _may_be_set():
            return ""
        # Parsing addresses is a heavy import, and many run the indicator without a cloud.
        from u1tray.rest import settings  # noqa: PLC0415

        try:
            cloud = settings.load()
        except UsageError as error:
            log.warning("%s", error.text)
            return ""
        return "" if cloud is None else cloud.api_url


def _may_be_set() -> bool:
    """Whether there is anything to read at all."""
    files = (
        d / places.PROGRAM / "cloud.conf" for d in (places.config_home(), *places.config_dirs())
    )
    return bool(os.environ.get("U1_API_URL")) or any(file.exists() for file in files)
