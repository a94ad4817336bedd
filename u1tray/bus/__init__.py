"""D-Bus plumbing over dbus-python for the tray, u1sync and u1file: the only importer of `dbus`.

Foreign values become plain and foreign errors become ours in here; a bus name, a path or a rule
of what to do with an answer has no place here.
"""
