"""The visitor's socket: `/v1/chat`."""

from __future__ import annotations

import asyncio
import logging
from secrets import token_hex
from time import monotonic
from typing import Any

from parley_chassis.clock import system_clock
from parley_chassis.tasks import Tasks
from parley_contracts.commands import AskChat, EndChat, PostMessage, RateChat, Signal, StartChat, WatchChat
from parley_contracts.contacts import IdentifyVisitor, SendTranscript
from parley_contracts.reading import Reader
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply
from parley_contracts.showings import ChatShown
from parley_contracts.topology import CRM_QUESTIONS, chat_stream, partition_of, session_inbox

from ..close_codes import SILENT
from ..contacts.contact_checks import email
from ..domain.directory import Directory, ServiceSet
from ..metrics import SOCKETS
from ..service_link import ServiceLink, traceparent
from ..shown.positions import Positions
from ..shown.rooms import Room, Rooms, goes_on, visitor_frame
from ..tenants.access import Access, check_origin
from ..tenants.admission import DEAD_ENDS, Admission
from ..tenants.callers import Caller
from ..tenants.directories import Directories
from ..tenants.identities import Vouched, check_identity
from ..tenants.limits import USUAL_PACE, ChatQuota, Limits, Pace
from .asgi import Channel
from .frames import (
    VISITOR,
    CatchUp,
    Command,
    Frame,
    Previous,
    Start,
    VisitorEnd,
    VisitorMessage,
    VisitorRate,
    VisitorRead,
    VisitorResume,
    VisitorTranscript,
    VisitorTyping,
)
from .socket import Socket

TRANSCRIPTS = ChatQuota(3)
"""Of one chat: nobody has more letters than these sent, to their own address or to another's."""

CAME_TO_NOTHING = ("wrong_state", "not_found", "forbidden", "rate_limited", "unavailable")
"""What gives the portion back. A `conflict` is told of a command that has had its letter."""

SECRET_CHARACTERS = 22
"""128 random bits in base64. A start's id of as many can be known to nobody else, and means the same chat on every connection. A
shorter one may be anybody's, such as a number: it means a chat only on the connection that began it."""

CONTACT_WITHIN_S = 3.0
"""So long a visitor waits for who they are to be looked up."""

log = logging.getLogger("parley.gateway")

CATCH_UP = "\x00catch up"
"""Stands for a command's id where the gateway itself asks: no client can send it, none is answered."""


class VisitorSocket(Socket):
    """One connection of a visitor: one chat at most."""

    kinds = VISITOR
    label = "visitor"
    is_visitor = True

    def __init__(
        self,
        channel: Channel,
        link: ServiceLink,
        tasks: Tasks,
        rooms: Rooms,
        positions: Positions,
        directories: Directories,
        access: Access,
        admission: Admission,
        limits: Limits,
    ) -> None:
        super().__init__(channel, link, tasks)
        self._tasks_of = tasks
        self._rooms, self._positions, self._directories = rooms, positions, directories
        self._access, self._admission, self._limits = access, admission, limits
        self.tenant, self.chat = "", ""
        self._told: tuple[int, int, bool] | None = None
        self._joining: str | None = None
        self._pace, self._service = USUAL_PACE, ""
        self._spoke = monotonic()
        self._counted: tuple[str, str] | None = None
        self._begins: tuple[str, str] | None = None
        """The chat that a short id is to begin here: it is this connection's once that has been said."""
        self._within = token_hex(6)
        self._unverified: str | None = None
        """The start whose identity was refused here."""
        SOCKETS.labels(self.label).inc()

    # --- what the visitor asks ----------------------------------------------------------------------------------------

    def check(self, frame: Command) -> None:
        """R32: who asks for more, or writes faster, than people do waits; what is asked again by the gateway is not counted again."""
        address, at = self.channel.address, system_clock()
        match frame:
            case VisitorMessage() if self.chat:
                of, size = (self.tenant, self._service), len(frame.text.encode())
                self._limits.message(address, of, self.chat, size, self._pace, at)
            case Start():
                self._limits.start(address, frame.token, at)
                self._spoke = monotonic()
            case VisitorResume():
                self._access.tenant_of(frame.chat, frame.secret)  # nobody else's returns are counted as this chat's
                self._limits.resume(address, frame.chat, at)
            case VisitorTranscript():
                self._limits.letter(address, at)
                self._spoke = monotonic()

    def close_silent(self, within_s: float) -> None:
        if not self.chat and self._joining is None and monotonic() - self._spoke > within_s:
            self.close(SILENT)

    def take(self, frame: Frame) -> None:
        match frame:
            case Start():
                self._start_chat(frame)
            case VisitorResume():
                self._resume(frame)
            case VisitorMessage():
                self._command(PostMessage, frame, text=frame.text)
            case VisitorEnd():
                self._command(EndChat, frame)
            case VisitorRate():
                self._command(RateChat, frame, score=frame.score, comment=frame.comment or None)
            case VisitorTranscript():
                self._send_transcript(frame)
            case CatchUp():
                has = self._rooms.reached(self.tenant, self.chat, self)
                self._watch(self.tenant, self.chat, frame.id, beyond=has)
            case VisitorTyping():
                self._signal(signal="typing", on=frame.on)
            case VisitorRead():
                self._signal(signal="read", seq=frame.seq)

    def _start_chat(self, frame: Start) -> None:
        found = self._directories.by_token(frame.token)
        if found is None:
            raise Refused("unknown_token", "This token names no chat service: check the snippet.")
        tenant, service = found
        check_origin(service, Caller.of(self.channel.headers, self.channel.scheme))
        chat = self._access.chat_of(tenant, service.service, frame.id)
        self._one_chat(frame.id, chat)
        self.link.require_session(tenant, chat)
        directory = self._directories.tenants[tenant]
        vouched = self._vouched(directory, service, frame)
        dropped: dict[str, str] = {**frame.dropped, **(vouched.dropped if vouched is not None else {})}
        if self._unverified == frame.id and vouched is None:
            dropped["identity"] = "unverified"
        if (before := frame.previous) is not None and not self._is_own(tenant, before):
            before, dropped["previous"] = None, "unverified"
        command = StartChat(
            tenant=tenant,
            chat=chat,
            traceparent=traceparent(),
            sender=self.link.sender(
                self.number,
                frame.id,
                "visitor",
                within=self._within if _short(frame.id) else None,
                content=frame.content(),
            ),
            service=service.service,
            queue=service.queue,
            priority=service.priority,
            text=frame.text,
            name=vouched.fields.name if vouched is not None else frame.name,
            language=frame.language,
            page=frame.page,
            absence_s=directory.settings.visitor_absence_s,
            skills=service.skills,
            previous=before.chat if before is not None else None,
            consent=frame.consent or None,
            dropped=dropped,
        )
        self._pace, self._service = _pace_of(service), service.service
        if not self.chat:
            self._joining = frame.id
        self._tasks_of.start(self._admit(frame.id, service, command, vouched), "admission")

    def _is_own(self, tenant: str, previous: Previous) -> bool:
        """Whether the visitor can show that a chat of this company before this one was theirs."""
        try:
            return self._access.tenant_of(previous.chat, previous.secret) == tenant
        except Refused:
            return False

    def _vouched(self, directory: Directory, service: ServiceSet, frame: Start) -> Vouched | None:
        """R24: whom the company's website vouches for. Raises Refused `unauthorized`; who then goes on without is a guest, and the agent is
        told."""
        if frame.identity is None:
            return None
        made = directory.identity_keys.get(service.service)
        key = None
        if made is not None and made.salt is not None:
            key = self._access.identity_key(directory.tenant, service.service, made.salt)
        try:
            return check_identity(frame.identity, key, service.token, directory.settings.region)
        except Refused:
            self._unverified = frame.id
            raise

    async def _admit(self, id: str, service: ServiceSet, command: StartChat, vouched: Vouched | None) -> None:
        """R1, R5, R8, R24: whether a chat may start now, and whose it is; then it is asked for."""
        try:
            await self._may_start(id, service, command)
            if vouched is not None:
                command = await self._with_contact(service, command, vouched)
            if id not in self.asked:
                return  # the visitor has been told meanwhile that no answer came
            self._count(command.tenant, command.chat)
            self.link.to_session(command.tenant, command.chat, command)
            if _short(id) and self.chat != command.chat:
                self._begins = (command.tenant, command.chat)
            elif self.chat != command.chat:
                self._enter(id, command.tenant, command.chat)
                self._rooms.join(command.tenant, command.chat, self, new=True)
        except Refused as refusal:
            self._joining = None
            if refusal.code == "unauthorized":
                self._unverified = id
            self.refuse(id, refusal)

    async def _may_start(self, id: str, service: ServiceSet, command: StartChat) -> None:
        """Who asks again gets the same answer, whether a new chat would be let in by now or not (R30). Raises Refused."""
        try:
            await self._admission.admit(command.tenant, service, command.chat)
        except Refused as refusal:
            if _short(id) or refusal.code not in DEAD_ENDS:
                raise
            inbox = session_inbox(partition_of(chat_stream(command.tenant, command.chat)))
            asked = AskChat(tenant=command.tenant, chat=command.chat)
            if not ((await self.link.ask(inbox, asked, "visitor", "visitor")).ack or {})["exists"]:
                raise refusal from None

    async def _with_contact(self, service: ServiceSet, command: StartChat, vouched: Vouched) -> StartChat:
        """With the contact that stands for the visitor. Nobody is kept out because the CRM does not answer: the agent reads that it did
        not. Raises Refused."""
        try:
            async with asyncio.timeout(CONTACT_WITHIN_S):
                return command.model_copy(update={"contact": await self._contact_of(service, command, vouched)})
        except TimeoutError:
            pass
        except Refused as refusal:
            if refusal.code != "unavailable":
                raise
        log.warning("a visitor's contact is not known: the CRM does not answer", extra={"chat": command.chat})
        return command.model_copy(update={"dropped": {**command.dropped, "identity": "unavailable"}})

    async def _contact_of(self, service: ServiceSet, command: StartChat, vouched: Vouched) -> str:
        """The contact that stands for the visitor, made where it is missing. Raises Refused."""
        asked = IdentifyVisitor(
            tenant=command.tenant,
            service=service.service,
            subject=vouched.subject,
            fields=vouched.fields,
            token_id=vouched.token_id,
            chat=command.chat,
            expires_at=vouched.expires_at,
        )
        found: str = ((await self.link.ask(CRM_QUESTIONS, asked, "system", "system")).ack or {})["contact"]
        return found

    def _send_transcript(self, frame: VisitorTranscript) -> None:
        if not self.chat:
            raise Refused("wrong_state", "There is no chat on this connection: start or resume one first.")
        own = Reader(items=(self.chat,))
        asked = SendTranscript(
            tenant=self.tenant, item=self.chat, to=email(frame.to), language=frame.language, reader=own
        )
        TRANSCRIPTS.take(self.tenant, self.chat, frame.id)
        sender = self.link.sender(self.number, frame.id, "visitor", content=frame.content())
        self.link.to_crm(asked.model_copy(update={"sender": sender, "traceparent": traceparent()}))

    def _resume(self, frame: VisitorResume) -> None:
        tenant = self._access.tenant_of(frame.chat, frame.secret)
        self._one_chat(frame.id, frame.chat)
        self.link.require_session(tenant, frame.chat)
        self._count(tenant, frame.chat)
        self._watch(tenant, frame.chat, frame.id, after=frame.after, secret_ms=self._limits.secret_ms)
        self._enter(frame.id, tenant, frame.chat)

    def _watch(self, tenant: str, chat: str, id: str, **wanted: int) -> None:
        """Ask for the chat's entries `after` a visible number or `beyond` one, and for everything from now on."""
        command = WatchChat(
            tenant=tenant,
            chat=chat,
            traceparent=traceparent(),
            sender=self.link.sender(self.number, id, "visitor"),
            gateway=self.link.gateway,
            visitor=True,
            **wanted,
        )
        self.link.to_session(tenant, chat, command)
        self._rooms.join(tenant, chat, self)

    def _one_chat(self, id: str, chat: str) -> None:
        """A connection has one chat; the same command may come again, as long as it is about the same one."""
        if self._joining not in (None, id) or (self.chat and self.chat != chat):
            raise Refused("wrong_state", "This connection has a chat already: open another connection for another.")

    def _enter(self, id: str, tenant: str, chat: str) -> None:
        if not self.chat:
            self._joining = id
        self.tenant, self.chat = tenant, chat

    def _count(self, tenant: str, chat: str) -> None:
        """The connection is to be this chat's. Raises Refused `rate_limited` where too many are."""
        if self._counted != (tenant, chat):
            self._count_no_more()
            self._limits.of_a_chat.enter((tenant, chat))
            self._counted = (tenant, chat)

    def _count_no_more(self) -> None:
        if self._counted is not None:
            self._limits.of_a_chat.leave(self._counted)
            self._counted = None

    def _command(self, kind: Any, frame: Command, **fields: Any) -> None:
        if not self.chat:
            raise Refused("wrong_state", "There is no chat on this connection: start or resume one first.")
        sender = self.link.sender(self.number, frame.id, "visitor", content=frame.content())
        command = kind(tenant=self.tenant, chat=self.chat, traceparent=traceparent(), sender=sender, **fields)
        self.link.to_session(self.tenant, self.chat, command)

    def _signal(self, **fields: Any) -> None:
        if self.chat:
            sender = self.link.sender(self.number, "signal", "visitor")
            self.link.to_session(
                self.tenant, self.chat, Signal(tenant=self.tenant, chat=self.chat, sender=sender, **fields)
            )

    def _goes_on(self, service: str) -> None:
        directory = self._directories.tenants.get(self.tenant)
        found = directory.services.get(service) if directory is not None else None
        if found is not None:
            self._pace, self._service = _pace_of(found), service

    # --- what the visitor is told -------------------------------------------------------------------------------------

    def acknowledged(self, frame: Command | None, reply: Reply) -> None:
        fields = dict(reply.ack or {})
        if reply.id == self._joining:
            self._joining = None
        match frame:
            case Start():
                if self._begins is not None:
                    (self.tenant, self.chat), self._begins = self._begins, None
                    self._rooms.join(self.tenant, self.chat, self, new=True)
                secret = self._access.secret_of(self.tenant, self.chat)
                again = fields["again"]
                fields = {"chat": self.chat, "secret": secret, "seq": fields["seq"]}
                if again:
                    self.ack(reply.id, **fields)
                    return self.lacks(self.chat, 0)
            case VisitorMessage():
                fields = {"seq": fields["seq"], "at": fields["at"]}
        self.ack(reply.id, **fields)
        return None

    def may_hear(self, room: Room) -> bool:
        return True

    def lacks(self, chat: str, beyond: int) -> None:
        self.after_this(lambda: self.ask(CatchUp(id=CATCH_UP)))

    def watched(self, shown: ChatShown, before: int) -> int | None:
        """R22: the ack of `resume`, then everything that was missed."""
        asked = self.asked.get(shown.reply.id) if shown.reply is not None else None
        match asked.frame if asked is not None else None:
            case VisitorResume(id=id):
                self._joining = None
                stands = (shown.reply.ack if shown.reply is not None else None) or {}
                self.ack(id, stage=shown.stage, seq=stands.get("seq", shown.seq))
                self._goes_on(stands.get("service", ""))
                lacking = shown.entries
                reached = shown.n if shown.more else max(before, shown.n)
            case CatchUp(id=id) if goes_on(shown, before):
                del self.asked[id]
                reached = max(before, shown.n)
                lacking = tuple(entry for entry in shown.entries if entry.n > before)
            case _:
                return None
        if shown.stage == "waiting":
            self._positions.note(shown.tenant, shown.queue)
        self.send_all(visitor_frame(entry) for entry in lacking if entry.seq is not None)
        return reached

    def waits(self, position: int, wait_s: int, *, nobody_here: bool) -> None:
        """R8: where the chat stands in its queue, when that is new; where nobody is there, a message can be left instead."""
        if self._told != (position, wait_s, nobody_here):
            self._told = (position, wait_s, nobody_here)
            alone = {"nobody_here": True, "leave_message": True} if nobody_here else {}
            self.send({"type": "position", "position": position, "estimated_wait_s": wait_s, **alone})

    def refused(self, frame: Command | None, reply: Reply) -> None:
        if isinstance(frame, VisitorTranscript) and reply.code in CAME_TO_NOTHING:
            TRANSCRIPTS.give_back(self.tenant, self.chat, reply.id)
        self._has_not_joined(reply.id)

    def given_up(self, frame: Command) -> None:
        self._has_not_joined(frame.id)

    def _has_not_joined(self, id: str) -> None:
        """This was not the chat's beginning here: another command may be."""
        if id == self._joining:
            self._joining = self._begins = None
            self.asked.pop(CATCH_UP, None)
            self._rooms.leave(self.tenant, self.chat, self)
            self._count_no_more()
            self.tenant, self.chat = "", ""
            self._spoke = monotonic()

    def chat_closed(self, chat: str) -> None:
        """The chat stays on this connection: its visitor may still read it."""

    def gone(self) -> None:
        SOCKETS.labels(self.label).dec()
        self._count_no_more()
        if self.chat:
            self._rooms.leave(self.tenant, self.chat, self)


def _short(id: str) -> bool:
    return len(id) < SECRET_CHARACTERS


def _pace_of(service: ServiceSet) -> Pace:
    return Pace(service.messages_per_s, service.burst, service.burst_bytes)
