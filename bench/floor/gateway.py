"""`python -m bench.floor.gateway MODE BROKER_URL PORT`: sockets on one side, the broker on the other.

The web server is the product's own, with its settings (uvicorn, websockets-sansio, no compression); as there, no framework
stands between it and the sockets.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from typing import Any

import uvloop
from parley_chassis.serving import Stopping, open_port, serve

from .chain import INBOX, REPLIES, Parcel, Sending, channels, take_all


async def main(mode: str, broker_url: str, port: int) -> None:
    """Until ended."""
    receiving, publishing = await channels(broker_url, 2)
    sending = Sending(publishing, INBOX, mode)
    sockets: dict[int, Any] = {}
    numbers = count(1)

    async def socket(scope: Any, receive: Any, send: Any) -> None:
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        number = next(numbers)
        sockets[number] = send
        try:
            while (event := await receive())["type"] != "websocket.disconnect":
                parcel = (number, event["text"].encode())
                if mode == "one by one":
                    await sending.confirmed([parcel])
                else:
                    sending.send(parcel)
        finally:
            del sockets[number]

    async def back(parcels: list[Parcel]) -> None:
        for number, frame in parcels:
            if (send := sockets.get(number)) is not None:
                await send({"type": "websocket.send", "text": frame.decode()})

    stopping = Stopping()
    stopping.listen()
    serving = asyncio.create_task(serve(socket, open_port("127.0.0.1", port), stopping, websockets=True))
    taking = asyncio.create_task(take_all(receiving, REPLIES, back, 1_000))
    print("ready", flush=True)
    await asyncio.wait({serving, taking}, return_when=asyncio.FIRST_COMPLETED)
    taking.cancel()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
