"""Hears what is committed to a PostgreSQL database: LISTEN, on a connection of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from psycopg import AsyncConnection, Error

from u1tray.server.changes.hub import Hub
from u1tray.server.changes.notify import CHANNEL
from u1tray.server.changes.values import from_lines
from u1tray.server.upkeep.outliving import outlived

logger = logging.getLogger(__name__)

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0


async def hear(arguments: Mapping[str, Any], hub: Hub) -> None:
    """Deal what the database tells, for ever; after a lost connection all streams look anew.

    `arguments` are those of psycopg's `connect`.
    """
    delay_s = FIRST_DELAY_S
    is_gone = False
    while True:
        with outlived(logger, "hear the changes of other processes"):
            try:
                connection = await AsyncConnection.connect(**{**arguments, "autocommit": True})
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    if is_gone:
                        logger.warning("changes of other processes are heard again")
                    delay_s, is_gone = FIRST_DELAY_S, False
                    hub.look_again()
                    async for told in connection.notifies():
                        hub.deal(tuple(from_lines(told.payload.encode())))
            except (Error, OSError) as error:
                if not is_gone:
                    reason = str(error).strip().partition("\n")[0]
                    logger.error("changes of other processes are not heard: %s", reason)
        is_gone = True
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * 2, LONGEST_DELAY_S)
