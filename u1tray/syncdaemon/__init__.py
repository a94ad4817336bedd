"""`u1tray-syncdaemon`: com.ubuntuone.SyncDaemon. A program: nothing imports it."""
