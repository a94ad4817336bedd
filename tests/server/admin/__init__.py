"""Tests of u1tray.server.admin."""
