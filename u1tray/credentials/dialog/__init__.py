"""Logging in by a window: the service's side, and the words both sides use (D-Bus contract, 9.2).

The window itself is `u1tray.credentials.window`, a process of its own; nothing here knows Qt.
"""
