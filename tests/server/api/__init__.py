"""Tests of u1tray.server.api."""
