"""The routes of the pages. None shadows a public id, which has 22 base62 digits."""

from __future__ import annotations

from u1tray.server.api.routing import Route
from u1tray.server.web.account import change_account, show_account
from u1tray.server.web.assets import show_asset, show_icon
from u1tray.server.web.changes import change_all, change_node
from u1tray.server.web.devices import revoke_device, show_devices
from u1tray.server.web.files import choose_folder, show_all, show_node
from u1tray.server.web.login import (
    enter_code,
    go_home,
    log_in,
    log_out,
    register,
    show_code,
    show_login,
    show_registration,
)
from u1tray.server.web.second_factor import change_factor, show_factor
from u1tray.server.web.upload import post_files, put_file
from u1tray.server.web.visits import for_anyone, for_members

WEB_ROUTES = (
    Route("/", open={"GET": for_anyone(go_home)}),
    Route("/login", open={"GET": for_anyone(show_login), "POST": for_anyone(log_in)}),
    Route("/login/code", open={"GET": for_anyone(show_code), "POST": for_anyone(enter_code)}),
    Route("/logout", open={"GET": for_anyone(go_home), "POST": for_members(log_out)}),
    Route("/register", open={"GET": for_anyone(show_registration), "POST": for_anyone(register)}),
    Route("/files/", open={"GET": for_members(show_all), "POST": for_members(change_all)}),
    Route(
        "/files/~/{path...}",
        open={"GET": for_members(show_node), "POST": for_members(change_node)},
    ),
    Route("/move/~/{path...}", open={"GET": for_members(choose_folder)}),
    Route(
        "/upload/~/{path...}",
        open={
            "PUT": for_members(put_file),
            "POST": for_members(post_files, takes_form=False),
        },
    ),
    Route("/devices/", open={"GET": for_members(show_devices), "POST": for_members(revoke_device)}),
    Route(
        "/account/", open={"GET": for_members(show_account), "POST": for_members(change_account)}
    ),
    Route(
        "/account/two-factor",
        open={"GET": for_members(show_factor), "POST": for_members(change_factor)},
    ),
    Route("/static/{name}", open={"GET": show_asset}),
    Route("/favicon.ico", open={"GET": show_icon}),
)
