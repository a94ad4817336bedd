"""Whether there is a display: Qt would end the process where there is none."""

from __future__ import annotations

import socket

import pytest

from u1tray.tray.session import display

pytestmark = pytest.mark.core


@pytest.mark.parametrize(
    ("environment", "reachable"),
    [
        ({}, False),
        ({"DISPLAY": ""}, False),
        ({"DISPLAY": "nonsense"}, False),
        ({"DISPLAY": ":7654321"}, False),
        ({"DISPLAY": "unix:7654321.0"}, False),
        ({"DISPLAY": "host.example.com:0"}, True),
        ({"DISPLAY": "/no/such/socket:0"}, True),
        ({"QT_QPA_PLATFORM": "offscreen"}, True),
        ({"QT_QPA_PLATFORM": "xcb"}, False),
        ({"QT_QPA_PLATFORM": "wayland", "DISPLAY": "host:0"}, False),
        ({"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": "/no/such/place"}, False),
    ],
)
def test_environment_tells_whether_there_is_a_display(environment, reachable) -> None:
    """A display on another machine is taken at its word."""
    assert display.is_reachable(environment) is reachable


def test_abstract_x_socket_is_found() -> None:
    """Some X servers listen at the abstract address only."""
    number = "7654322"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0/tmp/.X11-unix/X{number}")
        assert display.is_reachable({"DISPLAY": f":{number}"})
    assert not display.is_reachable({"DISPLAY": f":{number}"})


def test_wayland_socket_is_found(home) -> None:
    """The compositor's socket lies in the runtime directory."""
    (home / "wayland-0").touch()
    environment = {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(home)}
    assert display.is_reachable(environment)
    assert not display.is_reachable(environment | {"QT_QPA_PLATFORM": "xcb"})
