"""Which cloud is in use, read when needed, and choosing another one."""

from __future__ import annotations

import logging

from u1tray.rest import settings
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
        if url:
            settings.save(settings.CloudSettings.of(url))
        else:
            settings.forget()
        self.reload()

    def _read(self) -> str:
        try:
            cloud = settings.load()
        except UsageError as error:
            log.warning("%s", error.text)
            return ""
        return "" if cloud is None else cloud.api_url
