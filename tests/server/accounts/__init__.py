"""Tests of u1tray.server.accounts."""
