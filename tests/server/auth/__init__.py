"""Tests of u1tray.server.auth."""
