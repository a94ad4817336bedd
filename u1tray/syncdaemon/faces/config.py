"""`/config`: the options a person changes (D-Bus contract, 5.3). Each change is written at once."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from u1tray.service.errors import MethodError, value_error
from u1tray.service.interfaces import Interface, method
from u1tray.syncdaemon import options
from u1tray.syncdaemon.configuration import Configuration
from u1tray.syncdaemon.options import Option
from u1tray.vocabulary import names
from u1tray.vocabulary.errors import U1Error
from u1tray.vocabulary.names import CONFIG_INTERFACE

_Value = TypeVar("_Value")
_LARGEST_INT32 = 2**31 - 1


class ConfigFace(Interface):
    """Getters and setters; there are no signals."""

    name: ClassVar[str] = CONFIG_INTERFACE

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def _set(self, values: dict[Option[_Value], _Value]) -> None:
        try:
            self._configuration.set_all(values)
        except U1Error as error:
            raise MethodError(names.FAILED, error.text) from error

    @method("", "a{si}")
    def get_throttling_limits(self) -> dict[str, int]:
        return {
            "download": min(self._configuration.get(options.READ_LIMIT), _LARGEST_INT32),
            "upload": min(self._configuration.get(options.WRITE_LIMIT), _LARGEST_INT32),
        }

    @method("ii")
    def set_throttling_limits(self, download: int, upload: int) -> None:
        if min(download, upload) < -1:
            text = "a limit is a number of bytes a second, or -1 for none"
            raise value_error(text)
        self._set({options.READ_LIMIT: download, options.WRITE_LIMIT: upload})

    @method()
    def enable_bandwidth_throttling(self) -> None:
        self._set({options.THROTTLING_ON: True})

    @method()
    def disable_bandwidth_throttling(self) -> None:
        self._set({options.THROTTLING_ON: False})

    @method("", "b")
    def bandwidth_throttling_enabled(self) -> bool:
        return self._configuration.get(options.THROTTLING_ON)

    @method()
    def enable_udf_autosubscribe(self) -> None:
        self._set({options.UDF_AUTOSUBSCRIBE: True})

    @method()
    def disable_udf_autosubscribe(self) -> None:
        self._set({options.UDF_AUTOSUBSCRIBE: False})

    @method("", "b")
    def udf_autosubscribe_enabled(self) -> bool:
        return self._configuration.get(options.UDF_AUTOSUBSCRIBE)

    @method()
    def enable_share_autosubscribe(self) -> None:
        self._set({options.SHARE_AUTOSUBSCRIBE: True})

    @method()
    def disable_share_autosubscribe(self) -> None:
        self._set({options.SHARE_AUTOSUBSCRIBE: False})

    @method("", "b")
    def share_autosubscribe_enabled(self) -> bool:
        return self._configuration.get(options.SHARE_AUTOSUBSCRIBE)

    @method()
    def enable_files_sync(self) -> None:
        self.set_files_sync_enabled(enabled=True)

    @method()
    def disable_files_sync(self) -> None:
        self.set_files_sync_enabled(enabled=False)

    @method("b")
    def set_files_sync_enabled(self, enabled: bool) -> None:
        self._set({options.FILES_SYNC_ENABLED: enabled})

    @method("", "b")
    def files_sync_enabled(self) -> bool:
        return self._configuration.get(options.FILES_SYNC_ENABLED)

    @method()
    def enable_autoconnect(self) -> None:
        self.set_autoconnect_enabled(enabled=True)

    @method()
    def disable_autoconnect(self) -> None:
        self.set_autoconnect_enabled(enabled=False)

    @method("b")
    def set_autoconnect_enabled(self, enabled: bool) -> None:
        self._set({options.AUTOCONNECT: enabled})

    @method("", "b")
    def autoconnect_enabled(self) -> bool:
        return self._configuration.get(options.AUTOCONNECT)

    @method()
    def enable_show_all_notifications(self) -> None:
        self._set({options.SHOW_ALL_NOTIFICATIONS: True})

    @method()
    def disable_show_all_notifications(self) -> None:
        self._set({options.SHOW_ALL_NOTIFICATIONS: False})

    @method("", "b")
    def show_all_notifications_enabled(self) -> bool:
        return self._configuration.get(options.SHOW_ALL_NOTIFICATIONS)
