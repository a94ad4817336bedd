"""D-Bus plumbing of our two asyncio services: the only importer of dbus_fast.

Knows objects, names, calls and signals; must not know what any of them mean.
"""
