"""The agent's socket: `/v1/agent`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any, Literal

from parley_chassis.clock import system_clock
from parley_chassis.tasks import Tasks
from parley_contracts import commands as c
from parley_contracts.reading import not_yours
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Reply
from parley_contracts.showings import ChatShown
from parley_contracts.topology import floor_stream, partition_of, router_inbox

from ..close_codes import LOGIN_EXPIRED
from ..contacts.merged_contact import merged_contact
from ..contacts.opened_item import opened_item
from ..domain.identity import Identity
from ..metrics import SOCKETS
from ..service_link import ServiceLink, traceparent
from ..shown.desk import Desk
from ..shown.floors import Floors
from ..shown.readers import reader_at
from ..shown.rooms import Room, Rooms, agent_entry, goes_on
from ..shown.telling import Pieces
from . import frames as f
from .agent_mails import AgentMails
from .asgi import Channel
from .socket import Asked, Socket
from .supervisor_frames import AGENT, COMMANDS, Conversing, JoinFrame, WhisperFrame, asked

ITEM_COMMANDS: dict[type[f.Frame], type[c.ItemCommand]] = {
    f.PickFrame: c.Pick,
    f.ResumeFrame: c.Resume,
    f.ExtendFrame: c.Extend,
    f.CompleteFrame: c.Complete,
}

MOST_OPEN = 500
"""So many chats one connection may have open beside the agent's own."""

FOLLOW = "\x00follow "
"""How the ids begin by which a connection's own chats are asked for."""


class AgentSocket(Socket):
    """One connection of an agent; all connections of an agent see the same."""

    kinds = AGENT
    label = "agent"
    is_visitor = False

    def __init__(
        self, channel: Channel, link: ServiceLink, tasks: Tasks, rooms: Rooms, floors: Floors, identity: Identity
    ) -> None:
        super().__init__(channel, link, tasks)
        self._rooms, self._floors, self.identity = rooms, floors, identity
        self.connection = f"{link.gateway}.{self.number}"
        self.desk: Desk | None = None
        self._shown_up_to = self._grace_s = 0
        self._opened: set[str] = set()
        self._owned: set[str] = set()
        self._agreed: set[str] = set()
        """The ids of what a supervisor may say or read, by the floor; the session has not answered yet."""
        self._joined: set[str] = set()
        """Chats of others in which a supervisor may write."""
        self._identifying = asyncio.Lock()
        self._mails = AgentMails(self)
        SOCKETS.labels(self.label).inc()

    # --- coming -------------------------------------------------------------------------------------------------------

    async def connect(self, grace_s: int) -> Desk:
        """The floor learns of the connection; the snapshot of the desk is the first frame (R21). Raises Refused."""
        who = self.identity
        floor = await self._floors.of(who.tenant)
        self._grace_s = grace_s
        inbox = router_inbox(partition_of(floor_stream(who.tenant)))
        await self.link.ask(inbox, self._connecting(), who.role, who.user)
        self.desk = self._floors.desk(floor, who.user, supervises=who.role == "supervisor")
        self._show(self.desk)
        for item in self.desk.owned():
            if item.kind == "chat":
                self._follow(item.item, assigned=False)
        return self.desk

    def _connecting(self) -> c.ConnectAgent:
        who = self.identity
        return c.ConnectAgent(
            tenant=who.tenant,
            traceparent=traceparent(),
            agent=who.user,
            name=who.name,
            connection=self.connection,
            grace_s=self._grace_s,
        )

    def renamed(self, name: str) -> None:
        """An administrator has given the agent another name: by that they go from now on (R5)."""
        self.identity = self.identity._replace(name=name)
        self.link.tell(router_inbox(partition_of(floor_stream(self.identity.tenant))), self._connecting())

    # --- what the agent asks ------------------------------------------------------------------------------------------

    def check(self, frame: f.Command) -> None:
        if time.time() > self.identity.expires_at:
            raise Refused("unauthorized", "Your login has expired: log in again.")

    def ack(self, id: str, **fields: Any) -> None:
        self._agreed.discard(id)
        super().ack(id, **fields)

    def refuse(self, id: str | None, refusal: Refused) -> None:
        self._agreed.discard(id or "")
        super().refuse(id, refusal)
        if refusal.code == "unauthorized":
            self.close(LOGIN_EXPIRED)

    def take(self, frame: f.Frame) -> None:
        match frame:
            case f.Resync():
                self._resync(frame)
            case f.Ready():
                self.to_floor(c.SetReady, frame)
            case f.NotReady():
                self.to_floor(c.SetNotReady, frame, reason=frame.reason)
            case f.Logout():
                self.to_floor(c.LogOut, frame)
            case f.ClassifyFrame():
                self.to_floor(c.Classify, frame, item=frame.item, code=frame.code, note=frame.note)
            case f.IdentifyFrame():
                self._tasks.start(self._identify(frame), "identification")
            case f.TransferFrame():
                to = {"queue": frame.queue, "agent": frame.agent, "note": frame.note}
                self.to_floor(c.Transfer, frame, item=frame.item, **to)
            case f.Command() if type(frame) in COMMANDS:
                self._supervise(frame)
            case f.AgentMessage():
                self._may_write(frame.item)
                self._to_chat(c.PostMessage, frame, text=frame.text, touches=self._has_several())
            case f.Note():
                if self._is_chat(frame.item):
                    self._to_chat(c.AddNote, frame, text=frame.text)
                else:
                    self.to_floor(c.NoteItem, frame, item=frame.item, text=frame.text)
            case f.ReplyFrame():
                self._tasks.start(self._mails.reply(frame), "answer to an e-mail")
            case f.ComposeFrame():
                self._tasks.start(self._mails.compose(frame), "e-mail begun")
            case f.UndoFrame():
                self._tasks.start(self._mails.undo(frame), "answer withdrawn")
            case f.DraftFrame():
                self._tasks.start(self._mails.draft(frame), "draft")
            case f.EndFrame():
                if self._is_chat(frame.item):
                    self._to_chat(c.EndChat, frame)
                else:
                    self.to_floor(c.EndItem, frame, item=frame.item)
            case f.OpenFrame():
                self._open(frame)
            case f.Follow():
                has = self._rooms.reached(self.identity.tenant, frame.item, self)
                since: Literal["assigned", "now"] = "assigned" if frame.assigned else "now"
                self._watch(frame.item, frame.id, beyond=has, since=None if has else since)
            case f.AgentTyping():
                self._signal(frame.item, signal="typing", on=frame.on)
            case f.AgentRead():
                self._signal(frame.item, signal="read", seq=frame.seq)
            case f.ParkFrame():
                self.to_floor(c.Park, frame, item=frame.item, until=frame.until)
            case f.OnItem():
                self.to_floor(ITEM_COMMANDS[type(frame)], frame, item=frame.item)

    def _open(self, frame: f.OpenFrame) -> None:
        if len(self._opened) >= MOST_OPEN and frame.item not in self._opened:
            raise Refused("rate_limited", f"You have {MOST_OPEN} chats open: reload the page, or log in anew.")
        if not self._is_chat(frame.item):
            self._tasks.start(self._open_item(frame), "an item is opened")
            return
        self._watch(frame.item, frame.id, after=frame.after)
        self._opened.add(frame.item)

    def _supervise(self, frame: f.Command) -> None:
        """R36: the floor says whether they may, and notes who did what and why; then the session hears what is said."""
        if isinstance(frame, Conversing) and frame.id in self._agreed:
            return self._converse(frame)
        return self.to_floor(COMMANDS[type(frame)], frame, **asked(frame))

    def _converse(self, frame: Conversing) -> None:
        if isinstance(frame, WhisperFrame):
            return self._to_chat(c.AddNote, frame, text=frame.text)
        self._open(frame)
        if isinstance(frame, JoinFrame):
            self._joined.add(frame.item)
        return None

    def acknowledged(self, frame: f.Command | None, reply: Reply) -> None:
        if not isinstance(frame, Conversing) or frame.id in self._agreed:
            return super().acknowledged(frame, reply)
        self._agreed.add(frame.id)
        self.asked[frame.id] = Asked.now(frame)
        try:
            self._converse(frame)
        except Refused as refusal:
            self.refuse(frame.id, refusal)
        return None

    def _may_write(self, item: str) -> None:
        """R36: in a chat that is another's a supervisor writes only once they have joined it. Raises Refused."""
        if self.identity.role != "supervisor" or item in self._joined or self.desk is None:
            return
        known = self.desk.floor.items.get(item)
        if known is not None and known.owner not in (None, self.identity.user):
            raise Refused("not_yours", "Another agent has it: join the chat first, or take it over.")

    def _is_chat(self, item: str) -> bool:
        """Whether its conversation is the session's; what is not on the floor is taken for one."""
        known = self.desk.floor.items.get(item) if self.desk is not None else None
        return known is None or known.kind == "chat"

    def _has_several(self) -> bool:
        """Active chats, whatever the limits were when they were given (R6)."""
        owned = self.desk.owned() if self.desk is not None else []
        return sum(item.kind == "chat" and item.activity == "active" for item in owned) > 1

    def _sender(self, id: str, content: int | None = None) -> Any:
        who = self.identity
        return self.link.sender(self.number, id, who.role, who.user, who.name, who.login or None, content)

    def to_floor(self, kind: Any, frame: f.Command, **fields: Any) -> None:
        sender = self._sender(frame.id, frame.content())
        command = kind(tenant=self.identity.tenant, traceparent=traceparent(), sender=sender, **fields)
        self.link.to_router(self.identity.tenant, command)

    def _to_chat(self, kind: Any, frame: f.OnItem, **fields: Any) -> None:
        command = kind(
            tenant=self.identity.tenant,
            chat=frame.item,
            traceparent=traceparent(),
            sender=self._sender(frame.id, frame.content()),
            **fields,
        )
        self.link.to_session(self.identity.tenant, frame.item, command)

    def _signal(self, item: str, **fields: Any) -> None:
        tenant = self.identity.tenant
        self.link.to_session(tenant, item, c.Signal(tenant=tenant, chat=item, sender=self._sender("signal"), **fields))

    async def _identify(self, frame: f.IdentifyFrame) -> None:
        """R24: the CRM knows whether there is such a contact here, the floor whether the agent may say so."""
        contact = frame.contact
        try:
            # One after the other: what is said last stands, however long the CRM takes for what was said before.
            async with self._identifying:
                if contact is not None:
                    contact = await merged_contact(self.link, self.identity, contact)
                self.to_floor(c.Identify, frame, item=frame.item, contact=contact)
        except Refused as refusal:
            self.refuse(frame.id, refusal)

    async def _open_item(self, frame: f.OpenFrame) -> None:
        """An e-mail, a task or a call: the record has what it says."""
        try:
            if self.desk is None:
                raise Refused("unavailable", "The desk is not ready yet.")
            reader = reader_at(self.desk.floor, self.identity)
            self.ack(frame.id, **await opened_item(self.link, self.identity, reader, frame.item, frame.after))
        except Refused as refusal:
            self.refuse(frame.id, refusal)

    def _resync(self, frame: f.Resync) -> None:
        if self.desk is None:
            raise Refused("unavailable", "The desk is not ready yet.")
        # Who has not got all of what was shown at first lacks more than the events since.
        missed = self.desk.since(frame.after) if frame.after >= self._shown_up_to else None
        self.ack(frame.id, version=self.desk.version)
        if missed is None:
            return self._show(self.desk)
        self.send_all(missed)
        return None

    def _show(self, desk: Desk) -> None:
        """Everything that the desk shows."""
        pieces = Pieces(desk.floor)
        self._later(map(pieces.text, desk.whole(system_clock(), pieces)))
        self._shown_up_to = desk.version

    # --- chats --------------------------------------------------------------------------------------------------------

    def _watch(self, chat: str, id: str, **wanted: Any) -> None:
        tenant = self.identity.tenant
        command = c.WatchChat(
            tenant=tenant,
            chat=chat,
            traceparent=traceparent(),
            sender=self._sender(id),
            gateway=self.link.gateway,
            **wanted,
        )
        self.link.to_session(tenant, chat, command)
        self._rooms.join(tenant, chat, self)

    def _follow(self, chat: str, *, assigned: bool) -> None:
        """Live entries of a chat that the agent owns: from now on, or from when it was `assigned`."""
        self._owned.add(chat)
        self.ask(f.Follow(id=FOLLOW + chat, item=chat, assigned=assigned))

    def lacks(self, chat: str, beyond: int) -> None:
        self.after_this(lambda: self.ask(f.Follow(id=FOLLOW + chat, item=chat)))

    def watched(self, shown: ChatShown, before: int) -> int | None:
        """The ack of `open` with the chat's entries, the rest of a long chat as live ones are sent; or, of a chat that has
        become the agent's, what came since."""
        asked = self.asked.get(shown.reply.id) if shown.reply is not None else None
        match asked.frame if asked is not None else None:
            case f.OpenFrame(id=id):
                return self._opened_chat(shown, id, before)
            case f.Follow() if not self._may_read(shown):
                self.chat_closed(shown.chat)
            case f.Follow(id=id) if goes_on(shown, before):
                del self.asked[id]
                lacking = [entry for entry in shown.entries if entry.n > before]
                self.send_all({"type": "chat", "item": shown.chat, **agent_entry(entry)} for entry in lacking)
                return max(before, shown.n)
        return None

    def _opened_chat(self, shown: ChatShown, id: str, before: int) -> int | None:
        if not self._may_read(shown):
            self._opened.discard(shown.chat)
            self._forget(shown.chat)
            self.refuse(id, not_yours())
            return None
        events = [agent_entry(entry) for entry in shown.entries]
        stands = {"seq": shown.seq, "n": shown.n, **((shown.reply.ack if shown.reply is not None else None) or {})}
        more = {"more": True} if shown.more else {}
        self.ack(id, **{**stands, "item": shown.chat, "stage": shown.stage, "events": events, **more})
        return shown.n if shown.more else max(before, shown.n)

    def _may_read(self, shown: ChatShown) -> bool:
        """Theirs by the floor, which may know it before the session does, or by the session; or by queue or contact."""
        if self.desk is None:
            return False
        item = self.desk.floor.items.get(shown.chat)
        reader = reader_at(self.desk.floor, self.identity)
        return reader.reads(shown.chat, shown.queue, (shown.owner,), item.contact if item is not None else None)

    def may_hear(self, room: Room) -> bool:
        """What the floor says now: the chat may have been given away, or its queue may be another's, since it was opened."""
        if self.desk is None:
            return False
        item = self.desk.floor.items.get(room.chat)
        if item is not None and item.owner == self.identity.user:
            return True
        queue, owner, contact = (item.queue, item.owner, item.contact) if item else (room.queue, room.owner, None)
        return reader_at(self.desk.floor, self.identity).reads(room.chat, queue, (owner,), contact)

    def refused(self, frame: f.Command | None, reply: Reply) -> None:
        if frame is not None:
            self.given_up(frame)

    def given_up(self, frame: f.Command) -> None:
        self._agreed.discard(frame.id)
        if isinstance(frame, f.OpenFrame):
            self._opened.discard(frame.item)
            self._forget(frame.item)
            if frame.item in self._owned:
                self._follow(frame.item, assigned=False)

    def _forget(self, chat: str) -> None:
        if chat not in self._opened:
            self._joined.discard(chat)
        if chat not in self._owned and chat not in self._opened:
            self.asked.pop(FOLLOW + chat, None)
            self._rooms.leave(self.identity.tenant, chat, self)

    def chat_closed(self, chat: str) -> None:
        """Nothing more will come of it."""
        self._owned.discard(chat)
        self._opened.discard(chat)
        self._forget(chat)

    def waits(self, position: int, wait_s: int, *, nobody_here: bool) -> None:
        """Positions are for visitors: a desk shows the queues themselves."""

    # --- the floor ----------------------------------------------------------------------------------------------------

    def floor_changed(self, text: str) -> None:
        """The desk has changed; `text` is the encoded frame. Chats that have become the agent's are followed."""
        if self.desk is None:
            return
        self.send_text(text)
        self._follow_owned(self.desk)

    def floor_shown(self, texts: Iterator[str]) -> None:
        """The desk is shown anew."""
        if self.desk is None:
            return
        self._later(texts)
        self._shown_up_to = self.desk.version
        self._follow_owned(self.desk)

    def _follow_owned(self, desk: Desk) -> None:
        owned = {item.item for item in desk.owned() if item.kind == "chat"}
        for chat in owned - self._owned:
            self._follow(chat, assigned=True)
        for chat in self._owned - owned:
            # It went back to its queue or is closed: its last entry is on its way, then nothing more.
            item = desk.floor.items.get(chat)
            if item is not None:
                self._owned.discard(chat)
                self._forget(chat)

    def gone(self) -> None:
        SOCKETS.labels(self.label).dec()
        who = self.identity
        for chat in self._opened | self._owned:
            self._rooms.leave(who.tenant, chat, self)
        command = c.DisconnectAgent(
            tenant=who.tenant, traceparent=traceparent(), agent=who.user, connection=self.connection
        )
        self.link.tell(router_inbox(partition_of(floor_stream(who.tenant))), command)
