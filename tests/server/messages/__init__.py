"""Tests of u1tray.server.messages."""
