"""R30: an answer that was lost on its way to the gateway is asked for again, by the same id."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.tasks import Tasks
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply
from parley_gateway.service_link import ServiceLink
from parley_gateway.sockets import socket as socket_module
from parley_gateway.sockets.frames import VISITOR, CatchUp, Frame, VisitorMessage
from parley_gateway.sockets.socket import Socket


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
        super().__init__(line, ServiceLink(MemoryBus(MemoryBroker()), tasks), tasks)  # type: ignore[arg-type]
        self.taken: list[str] = []
        self.full = False

    def take(self, frame: Frame) -> None:
        assert isinstance(frame, VisitorMessage | CatchUp)
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


async def test_R30_what_cannot_be_asked_again_now_is_asked_later() -> None:
    tasks, line = Tasks(), Line()
    socket = Asking(line, tasks)
    socket.say("one")
    socket.full = True
    socket.ask_again(unanswered_s=0)
    await socket._drain()
    assert line.frames == [], "it may have had its effect: to call it refused would be a guess"
    socket.full = False
    socket.ask_again(unanswered_s=0)
    assert socket.taken == ["one", "one"]
    await tasks.stop()


async def test_R33_what_has_no_answer_for_long_is_given_up_and_the_client_is_told() -> None:
    tasks, line = Tasks(), Line()
    socket = Asking(line, tasks)
    socket.say("one")
    socket.give_up(unanswered_s=60)
    await socket._drain()
    assert line.frames == []
    socket.give_up(unanswered_s=0)
    await socket._drain()
    [told] = line.frames
    assert (told["type"], told["id"], told["code"]) == ("error", "one", "unavailable")
    assert "may still take effect" in told["message"]
    assert "same id" in told["message"]
    socket.ask_again(unanswered_s=0)
    assert socket.taken == ["one"], "it is not asked again"
    socket.give_up(unanswered_s=0)
    socket.replied(Reply(connection=1, id="one", ack={"seq": 1}))
    await socket._drain()
    assert len(line.frames) == 1, "it is told once, and nobody waits for what comes late"
    socket.say("one")
    socket.replied(Reply(connection=1, id="one", ack={"seq": 1}))
    socket.replied(Reply(connection=1, id="one", ack={"seq": 1}))
    await socket._drain()
    assert line.frames[1:] == [{"type": "ack", "id": "one", "seq": 1}], "sent again with the same id, it is answered"
    await tasks.stop()


async def test_R33_to_ask_again_does_not_put_off_that_the_client_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    tasks, line, now = Tasks(), Line(), [1_000.0]
    monkeypatch.setattr(socket_module, "monotonic", lambda: now[0])
    socket = Asking(line, tasks)
    socket.say("one")
    for _ in range(2):
        now[0] += 8
        socket.ask_again(unanswered_s=8)
    socket.give_up(unanswered_s=20)
    assert "one" in socket.asked
    now[0] += 5
    socket.give_up(unanswered_s=20)
    assert socket.asked == {}
    await tasks.stop()


async def test_R33_what_the_gateway_asks_on_its_own_account_is_never_given_up() -> None:
    tasks, line = Tasks(), Line()
    socket = Asking(line, tasks)
    socket.ask(CatchUp(id="\x00catch up"))
    socket.give_up(unanswered_s=0)
    socket.ask_again(unanswered_s=0)
    await socket._drain()
    assert socket.taken == ["\x00catch up"] * 2
    assert line.frames == []
    await tasks.stop()
