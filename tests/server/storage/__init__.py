"""Tests of u1tray.server.storage."""
