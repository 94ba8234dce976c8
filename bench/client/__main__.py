"""`python -m bench.client TALK SETTINGS`: takes one JSON command a line from its input, answers each with a JSON line.

`{"do": "open", "conversations": 200}`, `{"do": "connect", …}`, `{"do": "start"}`, `{"do": "rate", "per_s": 20,
"seconds": 10}`, `{"do": "window", "in_flight": 400, "seconds": 10}`, `{"do": "close"}`. An answer with `failed` says what
went wrong.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from typing import Any

import uvloop

from .echo import EchoTalk
from .meter import Meter
from .parley import ParleyTalk
from .socketio import SocketIoTalk
from .xmpp import XmppTalk

TALKS: dict[str, Any] = {"parley": ParleyTalk, "echo": EchoTalk, "socketio": SocketIoTalk, "xmpp": XmppTalk}


async def _do(talk: Any, meter: Meter, command: dict[str, Any]) -> dict[str, Any]:
    match command["do"]:
        case "open":
            return await talk.open(command["conversations"])  # type: ignore[no-any-return]
        case "connect":
            await talk.connect(command["conversations"])
            return {}
        case "start":
            await talk.start()
            return {}
        case "rate":
            return await meter.at_rate(command["per_s"], command["seconds"])
        case "window":
            return await meter.window(command["in_flight"], command["seconds"])
        case "texts":
            return {"said": talk.said, "characters": talk.characters, "bytes": talk.bytes}
        case "close":
            await talk.close()
            return {}
        case other:
            raise ValueError(f"nothing is known about {other!r}")


async def main() -> None:
    """Until the input ends."""
    talk = TALKS[sys.argv[1]](**json.loads(sys.argv[2]))
    meter = Meter(talk)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        try:
            answer = await _do(talk, meter, json.loads(line))
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
        gc.collect()
        gc.freeze()  # what lives already is not looked at again and again while messages are counted


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
