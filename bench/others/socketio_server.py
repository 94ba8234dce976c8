"""`python -m bench.others.socketio_server DATABASE_URL PORT`: a chat as it is written in an afternoon.

One process, a room a chat, one INSERT a message; the sender's callback is called when it is stored.
"""

from __future__ import annotations

import sys
from typing import Any

import socketio  # type: ignore[import-untyped]
import uvicorn
from psycopg_pool import AsyncConnectionPool

database_url, port = sys.argv[1], int(sys.argv[2])
pool = AsyncConnectionPool(database_url, min_size=8, max_size=8, open=False)
server = socketio.AsyncServer(async_mode="asgi")


@server.event  # type: ignore[untyped-decorator]
async def join(sid: str, chats: list[str]) -> bool:
    """An agent takes chats."""
    for chat in chats:
        await server.enter_room(sid, chat)
    return True


@server.event  # type: ignore[untyped-decorator]
async def message(sid: str, said: dict[str, Any]) -> bool:
    """Somebody says something in a chat."""
    async with pool.connection() as connection:
        await connection.execute("INSERT INTO messages (chat, text) VALUES (%s, %s)", (said["chat"], said["text"]))
    await server.emit("message", said, room=said["chat"], skip_sid=sid)
    return True


async def started() -> None:
    """Open the database's connections."""
    await pool.open()
    async with pool.connection() as connection:
        await connection.execute("CREATE TABLE messages (id bigserial PRIMARY KEY, chat text, text text)")
    print("ready", flush=True)


app = socketio.ASGIApp(server, on_startup=started)
uvicorn.run(app, host="127.0.0.1", port=port, ws="websockets-sansio", loop="uvloop", log_level="warning")
