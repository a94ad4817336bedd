"""The quota handler of the cloud for anybody: all of a request's way but its signature.

    python -m tests.benchmarks.cloud.unsigned_quota DATA

Still reads the account for every request: what it uses may have changed. Prints its address.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

from aiohttp import web

from u1tray.server.accounts.values import Token
from u1tray.server.api.calls import SignedCall
from u1tray.server.api.quota import show_quota
from u1tray.server.app import open_cloud
from u1tray.server.logs import set_up_logging
from u1tray.server.messages.answer import Answer
from u1tray.server.messages.request import Request
from u1tray.server.settings.options import Endpoint, Settings
from u1tray.server.sockets.binding import bind
from u1tray.server.storage.metadata import accounts
from u1tray.server.wire.listener import Listener

_ACCOUNT_ID = 1


async def main() -> None:
    """Serve until the process is ended."""
    cloud = open_cloud(Settings(data=Path(sys.argv[1])))

    @contextlib.asynccontextmanager
    async def exchange(request: Request) -> AsyncIterator[Answer]:
        account = await cloud.workers.find(accounts.by_id, _ACCOUNT_ID)
        assert account is not None
        call = SignedCall(cloud, request, {}, account, cast(Token, None))
        yield Answer(await show_quota(call), "/api/quota/", account.id)

    observer: Any = cloud.metrics.count_request
    listener = Listener(exchange, cloud.clock, observer=observer)
    runner = web.ServerRunner(listener.server())
    await runner.setup()
    listening = bind(Endpoint("127.0.0.1", 0))
    await web.SockSite(runner, listening).start()
    print(f"listening on 127.0.0.1:{listening.getsockname()[1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    os.umask(0o077)
    set_up_logging("INFO")
    asyncio.run(main())
