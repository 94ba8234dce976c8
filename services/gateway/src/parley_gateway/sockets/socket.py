"""What visitors' and agents' sockets have in common: reading frames, answering, sending without waiting for the slow."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import Any, ClassVar, NamedTuple

from parley_chassis.tasks import Tasks
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply

from ..close_codes import TOO_SLOW
from ..encoding import dumps
from ..metrics import ASKED_AGAIN, FRAMES, UNAVAILABLE
from ..service_link import ServiceLink
from .asgi import Channel
from .frames import Bad, Command, Frame, Own, Ping, read_frame

MOST_UNSENT_BYTES = 512 * 1024
"""So much waits for a client that has taken nothing for `TAKES_WITHIN_S`; it is closed then, and gets the rest when it resumes."""
TAKES_WITHIN_S = 1.0
MOST_AT_ONCE_BYTES = 8 * 1024 * 1024
"""So much waits for anybody: what comes at once, in all of an agent's chats, is sent as fast as it is taken."""
UNMADE_BYTES = 4 * 1024
"""What frames that are made when their turn comes count for."""
MOST_UNANSWERED = 512
UNANSWERED_S = 20.0
"""So long a client is left without an answer (R33)."""

MAY_TAKE_EFFECT = "No answer so far. It may still take effect: send it again with the same id."

log = logging.getLogger("parley.gateway")


class Asked(NamedTuple):
    """A command without an answer yet, when it was asked last, and when first (monotonic seconds)."""

    frame: Command
    at: float
    since: float

    @classmethod
    def now(cls, frame: Command) -> Asked:
        """Just now, for the first time."""
        moment = monotonic()
        return cls(frame, moment, moment)


class Socket:
    """One connection. Frames are sent in order by a task that lives only while there is something to send."""

    kinds: ClassVar[dict[str, type[Frame]]]
    label = ""

    def __init__(self, channel: Channel, link: ServiceLink, tasks: Tasks) -> None:
        self.channel, self.link, self._tasks = channel, link, tasks
        self.number = link.join(self)
        self._unsent: deque[str | Iterator[str]] = deque()
        self._unsent_bytes = 0
        self._sending = self._cut = False
        self._offered: float | None = None
        """Since when the client has been offered a frame that it has not taken."""
        self._close: int | None = None
        self._received_frames = FRAMES.labels(self.label)
        self.asked: dict[str, Asked] = {}

    # --- out ----------------------------------------------------------------------------------------------------------

    def send(self, frame: dict[str, Any]) -> None:
        """Send a frame, after those before it."""
        self.send_text(dumps(frame))

    def send_text(self, text: str) -> None:
        """Send an encoded frame. Who does not take what is sent is closed, and may resume."""
        self._put(text, _size(text))

    def send_all(self, frames: Iterable[dict[str, Any]]) -> None:
        """Send frames, after those before them: each is made when the one before it has been taken."""
        self._later(dumps(frame) for frame in frames)

    def after_this(self, do: Callable[[], None]) -> None:
        """Do something once what is to be sent has been taken by the client: whoever reads slowly is not sent more."""

        def nothing_to_send() -> Iterator[str]:
            do()
            yield from ()

        self._later(nothing_to_send())

    def _later(self, texts: Iterator[str]) -> None:
        self._put(texts, UNMADE_BYTES)

    def _put(self, what: str | Iterator[str], size: int) -> None:
        if self._close is not None:
            return
        if self._unsent and self._unsent_bytes + size > self._room():
            self._unsent.clear()
            self._cut = True
            return self.close(TOO_SLOW)
        self._unsent.append(what)
        self._unsent_bytes += size
        self._start()
        return None

    def _room(self) -> int:
        takes = self._offered is None or monotonic() - self._offered < TAKES_WITHIN_S
        return MOST_AT_ONCE_BYTES if takes else MOST_UNSENT_BYTES

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
                head = self._unsent.popleft()
                self._unsent_bytes -= _size(head) if isinstance(head, str) else UNMADE_BYTES
                for text in (head,) if isinstance(head, str) else head:
                    self._offered = monotonic()
                    await self.channel.send_text(text)
                    if self._cut:
                        break
            if self._close is not None:
                await self.channel.close(self._close)
        except (RuntimeError, OSError):
            # The other side is gone: the reader notices, and what was not sent is sent again when it resumes.
            self._unsent.clear()
            self._unsent_bytes = 0
        finally:
            self._sending = False
            self._offered = None

    # --- in -----------------------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Read frames until the connection ends."""
        try:
            while (text := await self.channel.receive()) is not None:
                self._received(text)
        finally:
            self.asked.clear()  # whoever works for one of these finds that nobody waits for it
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
                self.asked[frame.id] = Asked.now(frame)
            self.take(frame)
        except Bad as refusal:
            self.refuse(refusal.id, refusal)
        except Refused as refusal:
            self.refuse(id, refusal)

    def ask(self, frame: Own) -> None:
        """Ask on the gateway's own account: what is refused or stays without an answer is asked again (`ask_again`)."""
        self.asked[frame.id] = Asked.now(frame)
        try:
            self.take(frame)
        except Refused as refusal:
            log.info("asked again later", extra={"type": type(frame).__name__, "reason": refusal.code})

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
                    # What has been asked may have had its effect: where it cannot be asked now, it is asked later.
                    if refusal.code != "unavailable":
                        self.refuse(id, refusal)

    def give_up(self, unanswered_s: float) -> None:
        """R33: whoever has had no answer for so long is told so, and the command is forgotten here. It may still take effect:
        sent again with the same id it has no second one (R30). What the gateway asks on its own account goes on being
        asked."""
        now = monotonic()
        for id, asked in list(self.asked.items()):
            if now - asked.since >= unanswered_s and not isinstance(asked.frame, Own):
                UNAVAILABLE.labels(self.label).inc()
                self.refuse(id, Refused("unavailable", MAY_TAKE_EFFECT))
                self.given_up(asked.frame)

    def close_silent(self, within_s: float) -> None:
        """Who must say first what it wants, and has not within this time, is closed."""

    def refuse(self, id: str | None, refusal: Refused) -> None:
        """Answer with an error frame."""
        if id is not None:
            self.asked.pop(id, None)
        self.send({"type": "error", "id": id, "code": refusal.code, "message": refusal.message, **refusal.facts})

    def replied(self, reply: Reply) -> None:
        """A service's answer becomes `ack` or `error`. One that nobody waits for any more is dropped: the second to what was
        asked again, or one that came too late."""
        asked = self.asked.pop(reply.id, None)
        if asked is None or isinstance(frame := asked.frame, Own):
            return
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

    def given_up(self, frame: Command) -> None:
        """A command has had no answer, and its sender has been told that none may come."""

    def gone(self) -> None:
        """The connection is over."""
        raise NotImplementedError


def _size(text: str) -> int:
    """What an encoded frame takes in memory."""
    return text.__sizeof__()
