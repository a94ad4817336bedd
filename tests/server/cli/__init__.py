"""Tests of u1tray.server.cli."""
