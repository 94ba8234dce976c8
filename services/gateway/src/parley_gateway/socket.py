"""What visitors' and agents' sockets have in common: reading frames, answering, sending without waiting for the slow."""

from __future__ import annotations

import logging
from collections import deque
from time import monotonic
from typing import Any, ClassVar, NamedTuple

import msgspec
from parley_chassis.tasks import Tasks
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply

from .asgi import Channel
from .frames import Bad, Command, Frame, Ping, read_frame
from .link import Link
from .metrics import ASKED_AGAIN, FRAMES

MOST_UNSENT = 2_000
MOST_UNANSWERED = 512

GOING_AWAY = 1012
TOO_SLOW = 4008
LOGGED_OUT = 4001
LOGIN_EXPIRED = 4003

log = logging.getLogger("parley.gateway")


_encode = msgspec.json.Encoder().encode


def dumps(frame: dict[str, Any]) -> str:
    """A frame as it is sent."""
    return _encode(frame).decode()


class Asked(NamedTuple):
    """A command without an answer yet, and when it was asked (monotonic seconds)."""

    frame: Command
    at: float


class Socket:
    """One connection. Frames are sent in order by a task that lives only while there is something to send."""

    kinds: ClassVar[dict[str, type[Frame]]]
    label = ""

    def __init__(self, channel: Channel, link: Link, tasks: Tasks) -> None:
        self.channel, self.link, self._tasks = channel, link, tasks
        self.number = link.join(self)
        self._unsent: deque[str] = deque()
        self._sending = False
        self._close: int | None = None
        self._received_frames = FRAMES.labels(self.label)
        self.asked: dict[str, Asked] = {}

    # --- out ----------------------------------------------------------------------------------------------------------

    def send(self, frame: dict[str, Any]) -> None:
        """Send a frame, after those before it."""
        self.send_text(dumps(frame))

    def send_text(self, text: str) -> None:
        """Send an encoded frame. Who does not take what is sent is closed, and may resume."""
        if self._close is not None:
            return
        if len(self._unsent) > MOST_UNSENT:
            return self.close(TOO_SLOW)
        self._unsent.append(text)
        self._start()
        return None

    def close(self, code: int) -> None:
        """Close, once what waits has been sent."""
        if self._close is None:
            self._close = code
            self._start()

    def _start(self) -> None:
        if not self._sending:
            self._sending = True
            self._tasks.start(self._drain(), "socket")

    async def _drain(self) -> None:
        try:
            while self._unsent:
                await self.channel.send_text(self._unsent.popleft())
            if self._close is not None:
                await self.channel.close(self._close)
        except (RuntimeError, OSError):
            # The other side is gone: the reader notices, and what was not sent is sent again when it resumes.
            self._unsent.clear()
        finally:
            self._sending = False

    # --- in -----------------------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Read frames until the connection ends."""
        try:
            while (text := await self.channel.receive()) is not None:
                self._received(text)
        finally:
            self.link.leave(self.number)
            self.gone()

    def _received(self, text: str | bytes) -> None:
        id: str | None = None
        try:
            if isinstance(text, bytes):
                raise Bad("bad_frame", "A frame is text: one JSON object.")
            frame = read_frame(text, self.kinds)
            self._received_frames.inc()
            if isinstance(frame, Ping):
                return self.send({"type": "pong"})
            if isinstance(frame, Command):
                id = frame.id
                if len(self.asked) >= MOST_UNANSWERED:
                    raise Refused("rate_limited", "Too many commands without an answer: wait for the answers.")
                self.check(frame)
                self.asked[frame.id] = Asked(frame, monotonic())
            self.take(frame)
        except Bad as refusal:
            self.refuse(refusal.id, refusal)
        except Refused as refusal:
            self.refuse(id, refusal)

    def ask_again(self, unanswered_s: float) -> None:
        """Ask again what has had no answer for so long: the answer may have been lost on its way here, with a process or
        a connection. The ids keep it from having a second effect (R30)."""
        now = monotonic()
        for id, asked in list(self.asked.items()):
            if now - asked.at >= unanswered_s:
                self.asked[id] = asked._replace(at=now)
                ASKED_AGAIN.inc()
                try:
                    self.take(asked.frame)
                except Refused as refusal:
                    self.refuse(id, refusal)

    def refuse(self, id: str | None, refusal: Refused) -> None:
        """Answer with an error frame."""
        if id is not None:
            self.asked.pop(id, None)
        self.send({"type": "error", "id": id, "code": refusal.code, "message": refusal.message, **refusal.facts})

    def replied(self, reply: Reply) -> None:
        """A service's answer becomes `ack` or `error`."""
        asked = self.asked.pop(reply.id, None)
        frame = asked.frame if asked is not None else None
        if reply.code is not None:
            self.send(
                {"type": "error", "id": reply.id, "code": reply.code, "message": reply.message, **(reply.facts or {})}
            )
            self.refused(frame, reply)
        else:
            self.acknowledged(frame, reply)

    def ack(self, id: str, **fields: Any) -> None:
        """Answer a command."""
        self.asked.pop(id, None)
        self.send({"type": "ack", "id": id, **fields})

    # --- what the kinds of sockets do ---------------------------------------------------------------------------------

    def check(self, frame: Command) -> None:
        """Whether this connection may ask anything now. Raises Refused."""

    def take(self, frame: Frame) -> None:
        """Carry out a frame. Raises Refused."""
        raise NotImplementedError

    def acknowledged(self, frame: Command | None, reply: Reply) -> None:
        """A command has had its effect."""
        self.ack(reply.id, **(reply.ack or {}))

    def refused(self, frame: Command | None, reply: Reply) -> None:
        """A command has been refused, and its sender told."""

    def gone(self) -> None:
        """The connection is over."""
        raise NotImplementedError
