"""The members of SyncDaemon that clients use, with their time-outs (D-Bus contract, 5; C6).

Not in here, on purpose: wait_for_nirvana (T22), and everything on `/events` (T31).
"""

from __future__ import annotations

from u1tray.bus.calls import Method
from u1tray.bus.signals import Signal
from u1tray.vocabulary import names

READ_SECONDS = 5.0
CONNECT_SECONDS = 10.0
QUIT_SECONDS = 15.0


def _root(name: str, signature: str = "", seconds: float = READ_SECONDS) -> Method:
    return Method(
        names.SYNCDAEMON, names.ROOT_PATH, names.SYNCDAEMON_INTERFACE, name, signature, seconds
    )


def _status(name: str, signature: str = "") -> Method:
    return Method(
        names.SYNCDAEMON, names.STATUS_PATH, names.STATUS_INTERFACE, name, signature, READ_SECONDS
    )


def _config(name: str, signature: str = "") -> Method:
    return Method(
        names.SYNCDAEMON, names.CONFIG_PATH, names.CONFIG_INTERFACE, name, signature, READ_SECONDS
    )


def _folders(name: str, signature: str = "") -> Method:
    return Method(
        names.SYNCDAEMON, names.FOLDERS_PATH, names.FOLDERS_INTERFACE, name, signature, READ_SECONDS
    )


CONNECT = _root("connect", seconds=CONNECT_SECONDS)
DISCONNECT = _root("disconnect", seconds=CONNECT_SECONDS)
QUIT = _root("quit", seconds=QUIT_SECONDS)
GET_ROOTDIR = _root("get_rootdir")
GET_HOMEDIR = _root("get_homedir")
RESCAN_FROM_SCRATCH = _root("rescan_from_scratch", "s")

CURRENT_STATUS = _status("current_status")
CURRENT_UPLOADS = _status("current_uploads")
CURRENT_DOWNLOADS = _status("current_downloads")
FREE_SPACE = _status("free_space", "s")
WAITING = _status("waiting")
SYNC_MENU = _status("sync_menu")

GET_THROTTLING_LIMITS = _config("get_throttling_limits")
SET_THROTTLING_LIMITS = _config("set_throttling_limits", "ii")
ENABLE_BANDWIDTH_THROTTLING = _config("enable_bandwidth_throttling")
DISABLE_BANDWIDTH_THROTTLING = _config("disable_bandwidth_throttling")
BANDWIDTH_THROTTLING_ENABLED = _config("bandwidth_throttling_enabled")
ENABLE_FILES_SYNC = _config("enable_files_sync")
DISABLE_FILES_SYNC = _config("disable_files_sync")
FILES_SYNC_ENABLED = _config("files_sync_enabled")
ENABLE_AUTOCONNECT = _config("enable_autoconnect")
DISABLE_AUTOCONNECT = _config("disable_autoconnect")
AUTOCONNECT_ENABLED = _config("autoconnect_enabled")

CREATE_FOLDER = _folders("create", "s")
DELETE_FOLDER = _folders("delete", "s")
SUBSCRIBE_FOLDER = _folders("subscribe", "s")
UNSUBSCRIBE_FOLDER = _folders("unsubscribe", "s")
VALIDATE_PATH = _folders("validate_path", "s")
GET_FOLDERS = _folders("get_folders")
GET_FOLDER_INFO = _folders("get_info", "s")
REFRESH_VOLUMES = _folders("refresh_volumes")


def _status_signal(name: str, arguments: int) -> Signal:
    return Signal(
        names.SYNCDAEMON, names.STATUS_PATH, names.STATUS_INTERFACE, name, arguments=arguments
    )


def _root_signal(name: str, arguments: int) -> Signal:
    return Signal(
        names.SYNCDAEMON, names.ROOT_PATH, names.SYNCDAEMON_INTERFACE, name, arguments=arguments
    )


STATUS_CHANGED = _status_signal("StatusChanged", 1)
UPLOAD_STARTED = _status_signal("UploadStarted", 1)
DOWNLOAD_STARTED = _status_signal("DownloadStarted", 1)
UPLOAD_FILE_PROGRESS = _status_signal("UploadFileProgress", 2)
DOWNLOAD_FILE_PROGRESS = _status_signal("DownloadFileProgress", 2)
UPLOAD_FINISHED = _status_signal("UploadFinished", 2)
DOWNLOAD_FINISHED = _status_signal("DownloadFinished", 2)
REQUEST_QUEUE_ADDED = _status_signal("RequestQueueAdded", 3)
REQUEST_QUEUE_REMOVED = _status_signal("RequestQueueRemoved", 3)
INVALID_NAME = _status_signal("InvalidName", 2)
QUOTA_EXCEEDED = _root_signal("QuotaExceeded", 1)
ROOT_MISMATCH = _root_signal("RootMismatch", 2)
VOLUMES_CHANGED = _root_signal("VolumesChanged", 1)
