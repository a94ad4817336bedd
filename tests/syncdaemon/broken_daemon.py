"""The real daemon with one part that has a bug: connecting raises what nobody expects."""

from __future__ import annotations

import asyncio
import sys

from u1tray.syncdaemon import options
from u1tray.syncdaemon.configuration import Configuration
from u1tray.syncdaemon.daemon import Daemon
from u1tray.syncdaemon.locations import root_directory
from u1tray.syncdaemon.logs import start_logging
from u1tray.syncdaemon.program import Program


class BrokenDaemon(Daemon):
    async def _connect(self):
        raise ZeroDivisionError


class BrokenProgram(Program):
    def make_daemon(self, root_dir):
        daemon = super().make_daemon(root_dir)
        daemon.__class__ = BrokenDaemon
        return daemon


async def serve():
    configuration = Configuration.load()
    program = await BrokenProgram.build(
        configuration, root_directory(configuration.get(options.ROOT_DIR))
    )
    try:
        return await program.run()
    finally:
        await program.close()


start_logging(debug=False)
sys.exit(asyncio.run(serve()))
