"""R30: an answer that was lost on its way to the gateway is asked for again, by the same id."""

from __future__ import annotations

from typing import Any

import msgspec
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.tasks import Tasks
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply
from parley_gateway.frames import VISITOR, Frame, VisitorMessage
from parley_gateway.link import Link
from parley_gateway.socket import Socket


class Line:
    """The client's side of a socket."""

    def __init__(self) -> None:
        self.frames: list[Any] = []

    async def send_text(self, text: str) -> None:
        self.frames.append(msgspec.json.decode(text))


class Asking(Socket):
    """A socket that only notes what it is asked."""

    kinds = VISITOR
    label = "visitor"

    def __init__(self, line: Line, tasks: Tasks) -> None:
        super().__init__(line, Link(MemoryBus(MemoryBroker()), tasks), tasks)  # type: ignore[arg-type]
        self.taken: list[str] = []
        self.full = False

    def take(self, frame: Frame) -> None:
        assert isinstance(frame, VisitorMessage)
        if self.full:
            raise Refused("unavailable", "The system is catching up.")
        self.taken.append(frame.id)

    def say(self, id: str) -> None:
        self._received(f'{{"type": "message", "id": "{id}", "text": "hello"}}')


async def test_R30_what_has_no_answer_is_asked_again_and_what_has_one_is_not() -> None:
    tasks, line = Tasks(), Line()
    socket = Asking(line, tasks)
    socket.say("one")
    socket.say("two")
    socket.replied(Reply(connection=1, id="one", ack={}))
    socket.ask_again(unanswered_s=60)
    assert socket.taken == ["one", "two"], "the answer may still be on its way"
    socket.ask_again(unanswered_s=0)
    assert socket.taken == ["one", "two", "two"]
    socket.replied(Reply(connection=1, id="two", ack={}))
    socket.ask_again(unanswered_s=0)
    assert socket.taken == ["one", "two", "two"]
    await tasks.stop()


async def test_what_cannot_be_asked_again_is_refused() -> None:
    tasks, line = Tasks(), Line()
    socket = Asking(line, tasks)
    socket.say("one")
    socket.full = True
    socket.ask_again(unanswered_s=0)
    assert socket.asked == {}
    await socket._drain()
    assert [(frame["type"], frame["code"]) for frame in line.frames] == [("error", "unavailable")]
    await tasks.stop()
