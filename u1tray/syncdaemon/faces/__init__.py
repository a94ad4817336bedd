"""One module per D-Bus interface of com.ubuntuone.SyncDaemon: convert, delegate, return."""
