"""The gateway's link to the services: commands out, packed; replies and showings in, by one private inbox."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from itertools import count
from random import getrandbits
from typing import Any, Protocol
from uuid import uuid4

from parley_chassis.bus import Bus, BusDown, Delivery, Inbox
from parley_chassis.courier import Courier
from parley_chassis.logs import facts_of
from parley_chassis.tasks import Tasks
from parley_contracts.pages import Parts
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Message, Reply, Sender
from parley_contracts.showings import (
    ChatShown,
    ContactsChanged,
    DirectoryChanged,
    FloorShown,
    InboxThere,
    LoginsEnded,
    PartitionTaken,
    Replied,
    ReplyPart,
    SignalShown,
)
from parley_contracts.topology import (
    CRM_QUESTIONS,
    chat_stream,
    floor_stream,
    gateway_inbox,
    partition_of,
    router_inbox,
    session_inbox,
)
from parley_contracts.wire import Unreadable, encode, pack, unpack

from .domain.masking import masked_in

ANSWER_WITHIN_S = 15.0
MOST_WAITING = 20_000

log = logging.getLogger("parley.gateway")


class Answers(Protocol):
    """Whoever sent a command: a socket, or an HTTP request that waits."""

    def replied(self, reply: Reply) -> None:
        """The answer to one of its commands."""


class _Waiting:
    def __init__(self) -> None:
        self.future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def replied(self, reply: Reply) -> None:
        if not self.future.done():
            self.future.set_result(reply)


class ServiceLink:
    """One gateway process's way to the others. `shown` is called with what is shown to this gateway, in order."""

    def __init__(self, bus: Bus, tasks: Tasks) -> None:
        self.gateway = f"g{uuid4().hex[:10]}"
        self._bus = bus
        self._courier = Courier(bus, tasks)
        self._courier.show_for("gateway")
        self._senders: dict[int, Answers] = {}
        self._parts = Parts()
        self._numbers = count(1)
        self.answers: Callable[[str], bool] = lambda inbox: True
        """Whether there is hope for an answer from an inbox."""
        self.masks: Callable[[str], Collection[str]] = lambda tenant: ()
        """What a company has masked in whatever is written: every command leaves through `_send`."""
        self.most_attached: Callable[[str], int] = lambda tenant: 0
        """Bytes of files that a company lets go along with one answer to an e-mail."""
        self.on_chat: Callable[[ChatShown], None] = lambda shown: None
        self.on_floor: Callable[[FloorShown], None] = lambda shown: None
        self.on_signal: Callable[[SignalShown], None] = lambda shown: None
        self.on_partition: Callable[[PartitionTaken], None] = lambda taken: None
        self.on_inbox: Callable[[InboxThere], None] = lambda there: None
        self.on_directory: Callable[[DirectoryChanged], None] = lambda changed: None
        self.on_contacts: Callable[[ContactsChanged], None] = lambda changed: None
        self.on_logins: Callable[[LoginsEnded], None] = lambda ended: None

    async def start(self) -> None:
        """Open the inbox."""
        await self._bus.consume(Inbox(gateway_inbox(self.gateway), "private"), self._receive, prefetch=1_000)

    def troubles(self) -> list[str]:
        """What stands still on its way to the services."""
        return self._courier.troubles()

    # --- out ----------------------------------------------------------------------------------------------------------

    def join(self, sender: Answers) -> int:
        """A number for somebody who will send commands; replies find them by it."""
        number = next(self._numbers)
        self._senders[number] = sender
        return number

    def leave(self, number: int) -> None:
        self._senders.pop(number, None)
        self._parts.forget(number)

    def sender(
        self,
        number: int,
        id: str,
        role: Any,
        user: str | None = None,
        name: str | None = None,
        within: str | None = None,
        content: int | None = None,
    ) -> Sender:
        """Who asks, for a command; `content`: a digest of what the client sent."""
        return Sender(
            gateway=self.gateway,
            connection=number,
            id=id,
            role=role,
            user=user,
            name=name,
            within=within,
            content=content,
        )

    def to_session(self, tenant: str, chat: str, message: Message) -> None:
        """To the chat's partition. Raises Refused `unavailable` when too much waits for a broker that is away."""
        self._send(session_inbox(partition_of(chat_stream(tenant, chat))), message)

    def to_router(self, tenant: str, message: Message) -> None:
        """To the floor's partition. Raises Refused `unavailable`."""
        self._send(router_inbox(partition_of(floor_stream(tenant))), message)

    def to_crm(self, message: Message) -> None:
        """To whichever crm-logger takes it. Raises Refused `unavailable`."""
        self._send(CRM_QUESTIONS, message)

    def post(self, inbox: str, encoded: bytes) -> None:
        """Send something of this gateway's own; what is said again anyway waits in no line for a broker that is away."""
        if self._courier.waiting < MOST_WAITING:
            self._courier.send(inbox, encoded)

    def tell(self, inbox: str, message: Message) -> None:
        """Send what nobody says again, however much waits: at most one message for each connection that ends."""
        self._courier.send(inbox, encode(message))

    async def announce(self, message: Message) -> None:
        """To all gateways, this one as well; who misses it asks when the broker is back."""
        try:
            await self._bus.announce(pack([encode(message)]))
        except BusDown:
            log.warning("an announcement was not sent: the broker is away", extra=facts_of(message))

    def require_session(self, tenant: str, chat: str) -> None:
        """Who begins something with a chat is told at once when nobody works on it (R33). Raises Refused `unavailable`."""
        self._require(session_inbox(partition_of(chat_stream(tenant, chat))))

    def require_router(self, tenant: str) -> None:
        """The same of a floor. Raises Refused `unavailable`."""
        self._require(router_inbox(partition_of(floor_stream(tenant))))

    def _require(self, inbox: str) -> None:
        if not self.answers(inbox):
            raise Refused("unavailable", "The system does not answer at the moment: send it again in a moment.")

    def _send(self, inbox: str, message: Message) -> None:
        if self._courier.waiting > MOST_WAITING:
            raise Refused("unavailable", "The system is catching up: send it again in a moment.")
        kinds = self.masks(message.tenant)
        self._courier.send(inbox, encode(masked_in(message, kinds) if kinds else message))

    async def ask(
        self, inbox: str, command: Command, role: Any, user: str, id: str | None = None, name: str | None = None
    ) -> Reply:
        """Send a command on an HTTP request's behalf and wait for its answer. Raises Refused `unavailable`: at once where it is
        known that none comes."""
        self._require(inbox)
        waiting = _Waiting()
        number = self.join(waiting)
        # Before anything is masked in it: what is masked may be set otherwise when it comes again.
        sender = self.sender(number, id or uuid4().hex, role, user, name, content=command.own_digest())
        try:
            self._send(inbox, command.model_copy(update={"sender": sender}))
            async with asyncio.timeout(ANSWER_WITHIN_S):
                reply = await waiting.future
        except TimeoutError:
            raise Refused("unavailable", "No answer in time: try again.") from None
        finally:
            self.leave(number)
        if reply.code is not None:
            raise Refused(reply.code, reply.message or "", **(reply.facts or {}))
        return reply

    # --- in -----------------------------------------------------------------------------------------------------------

    async def _receive(self, delivery: Delivery) -> None:
        try:
            for message in unpack(delivery.body):
                try:
                    self._take(message)
                except Exception:  # the others in the same parcel are for others
                    log.exception("a message for this gateway could not be taken", extra=facts_of(message))
        except Unreadable as error:
            log.error("an unreadable message for this gateway", extra={"reason": str(error)[:500]})
        await delivery.ack()

    def _take(self, message: Message) -> None:
        match message:
            case ChatShown():
                if message.only is None:
                    self._reply(message.reply)
                self.on_chat(message)
            case FloorShown():
                # The desk first: whoever is acknowledged finds it so there.
                self.on_floor(message)
                self._reply(message.reply)
            case Replied():
                self._reply(message.reply)
            case ReplyPart():
                if message.connection in self._senders:
                    self._reply(self._parts.add(message))
            case SignalShown():
                self.on_signal(message)
            case PartitionTaken():
                self.on_partition(message)
            case InboxThere():
                self.on_inbox(message)
            case DirectoryChanged():
                self.on_directory(message)
            case ContactsChanged():
                self.on_contacts(message)
            case LoginsEnded():
                self.on_logins(message)
            case _:
                log.error("nothing is known here about this message", extra=facts_of(message))

    def _reply(self, reply: Reply | None) -> None:
        if reply is not None and (sender := self._senders.get(reply.connection)) is not None:
            sender.replied(reply)


def traceparent() -> str:
    """A new W3C trace context."""
    noise = f"{getrandbits(192):048x}"  # it need only be new, not secret
    return f"00-{noise[:32]}-{noise[32:]}-01"
