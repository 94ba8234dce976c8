"""Connections as the client uses them: frames in by a callback, frames out as bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

json_of = msgspec.json.Encoder().encode
"""A text as JSON, with everything that need not be escaped as it is: what the services send, too."""

Took = Callable[["Line", bytes], None]


class Line(WSListener):
    """A WebSocket. `took` gets the line and each text frame; `troubles` is told of what should not happen."""

    def __init__(self, took: Took, troubles: list[str]) -> None:
        self._took, self._troubles = took, troubles
        self._transport: WSTransport | None = None
        self._closing = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT:
            try:
                self._took(self, frame.get_payload_as_bytes())
            except Exception as error:
                self._troubles.append(f"{type(error).__name__}: {error}")
        elif frame.msg_type == WSMsgType.CLOSE:
            if not self._closing:
                self._troubles.append(f"the other side closed a connection ({frame.get_close_code()})")
            transport.disconnect()

    def send(self, frame: bytes) -> None:
        """Send a text frame at once."""
        assert self._transport is not None
        self._transport.send(WSMsgType.TEXT, frame)

    async def close(self) -> None:
        """In an orderly way."""
        self._closing = True
        if self._transport is not None:
            self._transport.send_close()
            self._transport.disconnect()
            await self._transport.wait_disconnected()


async def connect(url: str, took: Took, troubles: list[str], headers: Mapping[str, str] | None = None) -> Line:
    """An open connection."""
    _, line = await ws_connect(lambda: Line(took, troubles), url, extra_headers=headers or {})
    assert isinstance(line, Line)
    return line
