"""The visitor's socket: `/v1/chat`."""

from __future__ import annotations

from typing import Any

from parley_chassis.tasks import Tasks
from parley_contracts.commands import EndChat, PostMessage, RateChat, Signal, StartChat, WatchChat
from parley_contracts.contacts import IdentifyVisitor, SendTranscript
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply
from parley_contracts.showings import ChatShown
from parley_contracts.topology import CRM_QUESTIONS

from .access import Access, check_origin
from .admission import Admission, Portion
from .asgi import Channel
from .contact_checks import email
from .directories import Directories
from .domain.directory import Directory, ServiceSet
from .frames import (
    VISITOR,
    Command,
    Frame,
    Start,
    VisitorEnd,
    VisitorMessage,
    VisitorRate,
    VisitorRead,
    VisitorResume,
    VisitorTranscript,
    VisitorTyping,
)
from .identities import Vouched, check
from .link import Link, traceparent
from .metrics import SOCKETS
from .positions import Positions
from .rooms import Rooms, visitor_frame
from .socket import Socket

TRANSCRIPTS = Portion(3)
"""Of one chat: nobody has more letters than these sent, to their own address or to another's."""

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
        link: Link,
        tasks: Tasks,
        rooms: Rooms,
        positions: Positions,
        directories: Directories,
        access: Access,
        admission: Admission,
    ) -> None:
        super().__init__(channel, link, tasks)
        self._tasks_of = tasks
        self._rooms, self._positions, self._directories = rooms, positions, directories
        self._access, self._admission = access, admission
        self.tenant, self.chat = "", ""
        self._told: tuple[int, int] | None = None
        self._joining: str | None = None
        SOCKETS.labels(self.label).inc()

    # --- what the visitor asks ----------------------------------------------------------------------------------------

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
            case VisitorTyping():
                self._signal(signal="typing", on=frame.on)
            case VisitorRead():
                self._signal(signal="read", seq=frame.seq)

    def _start_chat(self, frame: Start) -> None:
        found = self._directories.by_token(frame.token)
        if found is None:
            raise Refused("unknown_token", "This token names no chat service: check the snippet.")
        tenant, service = found
        check_origin(service, self.channel.headers.get("origin"), self.channel.headers.get("host", ""))
        chat = self._access.chat_of(tenant, service.service, frame.id)
        self._one_chat(frame.id, chat)
        directory = self._directories.tenants[tenant]
        vouched = self._vouched(directory, service, frame.identity) if frame.identity is not None else None
        if (before := frame.previous) is not None and self._access.tenant_of(before.chat, before.secret) != tenant:
            raise Refused("unauthorized", "The previous chat is not of this company: leave it out.")
        command = StartChat(
            tenant=tenant,
            chat=chat,
            traceparent=traceparent(),
            sender=self.link.sender(self.number, frame.id, "visitor"),
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
        )
        if not self.chat:
            self._joining = frame.id
        self._tasks_of.start(self._admit(frame.id, service, command, vouched), "admission")

    def _vouched(self, directory: Directory, service: ServiceSet, identity: str) -> Vouched:
        """R24: whom the company's website vouches for. Raises Refused."""
        made = directory.identity_keys.get(service.service)
        key = None
        if made is not None and made.salt is not None:
            key = self._access.identity_key(directory.tenant, service.service, made.salt)
        return check(identity, key, service.token, directory.settings.region)

    async def _admit(self, id: str, service: ServiceSet, command: StartChat, vouched: Vouched | None) -> None:
        """R1, R5, R8, R24: whether a chat may start now, and whose it is; then it is asked for."""
        try:
            await self._admission.admit(command.tenant, service, command.chat)
            if vouched is not None:
                command = command.model_copy(update={"contact": await self._contact_of(service, command, vouched)})
            if self.chat != command.chat:
                self._enter(id, command.tenant, command.chat, 0)
            self.link.to_session(command.tenant, command.chat, command)
        except Refused as refusal:
            self._joining = None
            self.refuse(id, refusal)

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
        asked = SendTranscript(tenant=self.tenant, item=self.chat, to=email(frame.to), language=frame.language)
        TRANSCRIPTS.take(self.tenant, self.chat, frame.id)
        sender = self.link.sender(self.number, frame.id, "visitor")
        self.link.to_crm(asked.model_copy(update={"sender": sender, "traceparent": traceparent()}))

    def _resume(self, frame: VisitorResume) -> None:
        tenant = self._access.tenant_of(frame.chat, frame.secret)
        self._one_chat(frame.id, frame.chat)
        self._enter(frame.id, tenant, frame.chat, None)
        self._watch(frame.id, frame.after)

    def _watch(self, id: str, after: int) -> None:
        """Ask for the chat's entries beyond `after`, and for everything from now on."""
        self._rooms.join(self.tenant, self.chat, self, None)
        command = WatchChat(
            tenant=self.tenant,
            chat=self.chat,
            traceparent=traceparent(),
            sender=self.link.sender(self.number, id, "visitor"),
            gateway=self.link.gateway,
            after=after,
            visitor=True,
        )
        self.link.to_session(self.tenant, self.chat, command)

    def _one_chat(self, id: str, chat: str) -> None:
        """A connection has one chat; the same command may come again, as long as it is about the same one."""
        if self._joining not in (None, id) or (self.chat and self.chat != chat):
            raise Refused("wrong_state", "This connection has a chat already: open another connection for another.")

    def _enter(self, id: str, tenant: str, chat: str, n: int | None) -> None:
        if not self.chat:
            self._joining = id
        self.tenant, self.chat = tenant, chat
        self._rooms.join(tenant, chat, self, n)

    def _command(self, kind: Any, frame: Command, **fields: Any) -> None:
        if not self.chat:
            raise Refused("wrong_state", "There is no chat on this connection: start or resume one first.")
        sender = self.link.sender(self.number, frame.id, "visitor")
        command = kind(tenant=self.tenant, chat=self.chat, traceparent=traceparent(), sender=sender, **fields)
        self.link.to_session(self.tenant, self.chat, command)

    def _signal(self, **fields: Any) -> None:
        if self.chat:
            sender = self.link.sender(self.number, "signal", "visitor")
            self.link.to_session(
                self.tenant, self.chat, Signal(tenant=self.tenant, chat=self.chat, sender=sender, **fields)
            )

    # --- what the visitor is told -------------------------------------------------------------------------------------

    def acknowledged(self, frame: Command | None, reply: Reply) -> None:
        fields = dict(reply.ack or {})
        if reply.id == self._joining:
            self._joining = None
        match frame:
            case Start():
                secret = self._access.secret_of(self.tenant, self.chat)
                again = fields["again"]
                fields = {"chat": self.chat, "secret": secret, "seq": fields["seq"]}
                if again:
                    self.ack(reply.id, **fields)
                    return self._watch(CATCH_UP, 0)
            case VisitorMessage():
                fields = {"seq": fields["seq"], "at": fields["at"]}
        self.ack(reply.id, **fields)
        return None

    def watched(self, shown: ChatShown) -> None:
        """R22: the ack of `resume`, then everything that was missed."""
        if shown.reply is None:
            return
        self._joining = None
        if shown.stage == "waiting":
            self._positions.note(shown.tenant, shown.queue)
        if shown.reply.id != CATCH_UP:
            self.ack(shown.reply.id, stage=shown.stage, seq=shown.seq)
        for entry in shown.entries:
            if entry.seq is not None:
                self.send(visitor_frame(entry))

    def waits(self, position: int, wait_s: int) -> None:
        """R8: where the chat stands in its queue, when that is new."""
        if self._told != (position, wait_s):
            self._told = (position, wait_s)
            self.send({"type": "position", "position": position, "estimated_wait_s": wait_s})

    def refused(self, frame: Command | None, reply: Reply) -> None:
        # Nothing else gives back: a `conflict` is told of a command that has had its letter.
        if isinstance(frame, VisitorTranscript) and reply.code in ("wrong_state", "not_found", "unavailable"):
            TRANSCRIPTS.give_back(self.tenant, self.chat, reply.id)
        if reply.id == self._joining:
            self._joining = None
            self._rooms.leave(self.tenant, self.chat, self)
            self.tenant, self.chat = "", ""

    def chat_closed(self, chat: str) -> None:
        """The chat stays on this connection: its visitor may still read it."""

    def gone(self) -> None:
        SOCKETS.labels(self.label).dec()
        if self.chat:
            self._rooms.leave(self.tenant, self.chat, self)
