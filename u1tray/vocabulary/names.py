"""Bus names, paths, interfaces and error names (D-Bus contract, sections 1, 3, 10.5).

They stand here and nowhere else.
"""

SYNCDAEMON = "com.ubuntuone.SyncDaemon"
CREDENTIALS = "com.ubuntuone.Credentials"
INDICATOR = "com.ubuntuone.Indicator"  # ours: one indicator a session, and the way to reach it

ROOT_PATH = "/"
STATUS_PATH = "/status"
CONFIG_PATH = "/config"
FOLDERS_PATH = "/folders"
SHARES_PATH = "/shares"
FILESYSTEM_PATH = "/filesystem"
PUBLICFILES_PATH = "/publicfiles"
EVENTS_PATH = "/events"
LAUNCHER_PATH = "/launcher"
CREDENTIALS_PATH = "/credentials"
INDICATOR_PATH = "/indicator"

SYNCDAEMON_INTERFACE = "com.ubuntuone.SyncDaemon.SyncDaemon"
STATUS_INTERFACE = "com.ubuntuone.SyncDaemon.Status"
CONFIG_INTERFACE = "com.ubuntuone.SyncDaemon.Config"
FOLDERS_INTERFACE = "com.ubuntuone.SyncDaemon.Folders"
SHARES_INTERFACE = "com.ubuntuone.SyncDaemon.Shares"
FILESYSTEM_INTERFACE = "com.ubuntuone.SyncDaemon.FileSystem"
PUBLICFILES_INTERFACE = "com.ubuntuone.SyncDaemon.PublicFiles"
EVENTS_INTERFACE = "com.ubuntuone.SyncDaemon.Events"
LAUNCHER_INTERFACE = "com.ubuntuone.SyncDaemon.Launcher"
CREDENTIALS_INTERFACE = "com.ubuntuone.CredentialsManagement"
SYNC_INTERFACE = "org.u1tray.Sync"  # ours, on `/` beside the contract's (10.7)
INDICATOR_INTERFACE = "com.ubuntuone.Indicator"

DBUS = "org.freedesktop.DBus"
DBUS_PATH = "/org/freedesktop/DBus"
DBUS_INTERFACE = "org.freedesktop.DBus"
WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
NOTIFICATIONS = "org.freedesktop.Notifications"
NOTIFICATIONS_PATH = "/org/freedesktop/Notifications"
SECRETS = "org.freedesktop.secrets"
SECRETS_PATH = "/org/freedesktop/secrets"
SECRETS_INTERFACE = "org.freedesktop.Secret.Service"
NETWORK_MANAGER = "org.freedesktop.NetworkManager"
NETWORK_MANAGER_PATH = "/org/freedesktop/NetworkManager"
LOGIND = "org.freedesktop.login1"
LOGIND_PATH = "/org/freedesktop/login1"
LOGIND_INTERFACE = "org.freedesktop.login1.Manager"

_DBUS_ERROR = "org.freedesktop.DBus.Error."
FAILED = _DBUS_ERROR + "Failed"
NAME_HAS_NO_OWNER = _DBUS_ERROR + "NameHasNoOwner"
SERVICE_UNKNOWN = _DBUS_ERROR + "ServiceUnknown"
NO_REPLY = _DBUS_ERROR + "NoReply"
TIMED_OUT = _DBUS_ERROR + "TimedOut"
TIMEOUT = _DBUS_ERROR + "Timeout"
UNKNOWN_METHOD = _DBUS_ERROR + "UnknownMethod"
UNKNOWN_OBJECT = _DBUS_ERROR + "UnknownObject"
UNKNOWN_INTERFACE = _DBUS_ERROR + "UnknownInterface"
NOT_SUPPORTED = _DBUS_ERROR + "NotSupported"
INVALID_ARGS = _DBUS_ERROR + "InvalidArgs"
DISCONNECTED = _DBUS_ERROR + "Disconnected"
UNREADABLE_REPLY = INDICATOR + ".Error.UnreadableReply"  # of another type than it should be
SPAWN_PREFIX = _DBUS_ERROR + "Spawn."

KEY_ERROR = "org.freedesktop.DBus.Python.KeyError"
VALUE_ERROR = "org.freedesktop.DBus.Python.ValueError"
VOLUME_DOES_NOT_EXIST = (
    "org.freedesktop.DBus.Python.ubuntuone.syncdaemon.volume_manager.VolumeDoesNotExist"
)
CREDENTIALS_ERROR_PREFIX = "com.ubuntuone.Credentials.Error."
