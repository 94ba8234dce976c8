"""The chats that are open at this gateway: who shows them, how far each one has been shown."""

from __future__ import annotations

from typing import Any, Protocol

from parley_contracts.commands import ChatHeld, HoldChats, VisitorGone, WatchChat
from parley_contracts.instant import rfc3339
from parley_contracts.showings import ChatShown, Entry, SignalShown
from parley_contracts.topology import chat_stream, partition_of, session_inbox
from parley_contracts.wire import encode

from .link import Link
from .socket import dumps


class Member(Protocol):
    """A socket in a room."""

    number: int
    is_visitor: bool

    def send_text(self, text: str) -> None:
        """Send an encoded frame."""

    def watched(self, shown: ChatShown) -> None:
        """The entries that this member asked for, and the reply to its asking."""

    def waits(self, position: int, wait_s: int) -> None:
        """Where the chat waits in its queue, and how long about (R8)."""

    def chat_closed(self, chat: str) -> None:
        """Nothing more will happen in this chat."""


class Room:
    """One chat: its members with the last entry (`n`) that each has, None while the first are on their way."""

    __slots__ = ("chat", "members", "n", "queue", "seq", "stage", "tenant")

    def __init__(self, tenant: str, chat: str) -> None:
        self.tenant, self.chat = tenant, chat
        self.n, self.seq = 0, 0
        self.stage, self.queue = "waiting", ""
        self.members: dict[Member, int | None] = {}

    @property
    def has_visitor(self) -> bool:
        return any(member.is_visitor for member in self.members)


def visitor_frame(entry: Entry) -> dict[str, Any]:
    """An entry as the visitor gets it: nothing internal."""
    return {"type": "event", "seq": entry.seq, "at": rfc3339(entry.at), "kind": entry.kind, **entry.fields}


def agent_entry(entry: Entry) -> dict[str, Any]:
    """An entry as agents get it, with what is internal."""
    shown = {"n": entry.n, "seq": entry.last_seq, "at": rfc3339(entry.at), "kind": entry.kind, **entry.fields}
    return {**shown, **entry.internal} if entry.internal else shown


class Rooms:
    """All rooms of this gateway."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._rooms: dict[tuple[str, str], Room] = {}

    def get(self, tenant: str, chat: str) -> Room | None:
        return self._rooms.get((tenant, chat))

    def join(self, tenant: str, chat: str, member: Member, n: int | None) -> Room:
        """The member shows this chat from now on; `n` None: what it lacks is on its way, with the next it is sent."""
        room = self._rooms.setdefault((tenant, chat), Room(tenant, chat))
        room.members[member] = n
        return room

    def leave(self, tenant: str, chat: str, member: Member) -> None:
        """The member shows this chat no more; the last visitor's going is told to the session (R22)."""
        room = self._rooms.get((tenant, chat))
        if room is None or member not in room.members:
            return
        del room.members[member]
        if member.is_visitor and not room.has_visitor and room.stage != "closed":
            gone = VisitorGone(tenant=tenant, chat=chat, gateway=self._link.gateway)
            self._link.to_session(tenant, chat, gone)
        if not room.members:
            del self._rooms[(tenant, chat)]

    # --- what the session shows ---------------------------------------------------------------------------------------

    def shown(self, shown: ChatShown) -> None:
        """New entries for everybody in the room, or the entries that one connection asked for."""
        room = self._rooms.get((shown.tenant, shown.chat))
        if room is None:
            return
        fresh = not room.n
        room.stage, room.queue = shown.stage, shown.queue
        if fresh and shown.only is not None:
            room.n, room.seq = shown.n, shown.seq
        for entry in shown.entries:
            if entry.n == room.n + 1:
                room.n, room.seq = entry.n, entry.last_seq
                self._give(room, entry, shown.only)
            elif entry.n > room.n + 1 and shown.only is None:
                # Something was lost on its way here (a new connection to the broker): asked for again.
                self.watch(room)
                break
        if shown.only is not None:
            self._give_missing(room, shown)
        if shown.stage == "closed":
            for member in list(room.members):
                member.chat_closed(room.chat)

    def _give(self, room: Room, entry: Entry, only: int | None) -> None:
        for_visitors = for_agents = None
        for member, n in room.members.items():
            if n is None or entry.n <= n or member.number == only:
                continue
            room.members[member] = entry.n
            if not member.is_visitor:
                for_agents = for_agents or dumps({"type": "chat", "item": room.chat, **agent_entry(entry)})
                member.send_text(for_agents)
            elif entry.seq is not None:
                for_visitors = for_visitors or dumps(visitor_frame(entry))
                member.send_text(for_visitors)

    def _give_missing(self, room: Room, shown: ChatShown) -> None:
        for member, n in list(room.members.items()):
            if member.number == shown.only:
                if n is None:
                    room.members[member] = shown.n
                member.watched(shown)

    def signal(self, shown: SignalShown) -> None:
        """Typing or a read mark, to everybody in the room but the one who sent it."""
        room = self._rooms.get((shown.tenant, shown.chat))
        if room is None:
            return
        what = {"on": shown.on} if shown.signal == "typing" else {"seq": shown.seq}
        plain = dumps({"type": shown.signal, **what})
        labelled = dumps({"type": shown.signal, "item": room.chat, "from": shown.author, **what})
        for member in room.members:
            if member.number == shown.connection:
                continue
            if not member.is_visitor:
                member.send_text(labelled)
            elif shown.author == "agent":
                member.send_text(plain)

    # --- what the session is told -------------------------------------------------------------------------------------

    def watch(self, room: Room) -> None:
        """Ask for what the room lacks, and for everything from now on."""
        self._link.to_session(
            room.tenant,
            room.chat,
            WatchChat(
                tenant=room.tenant,
                chat=room.chat,
                gateway=self._link.gateway,
                after=room.seq,
                visitor=room.has_visitor,
            ),
        )

    def hold(self, partition: int | None = None) -> list[tuple[str, bytes]]:
        """This gateway's lease on what it shows, by the session's inbox; of one partition, or of all."""
        held: dict[int, list[ChatHeld]] = {}
        for room in self._rooms.values():
            number = partition_of(chat_stream(room.tenant, room.chat))
            if room.stage != "closed" and partition in (None, number):
                held.setdefault(number, []).append(
                    ChatHeld(tenant=room.tenant, chat=room.chat, n=room.n, seq=room.seq, visitor=room.has_visitor)
                )
        return [
            (session_inbox(number), encode(HoldChats(tenant="", gateway=self._link.gateway, chats=tuple(chats))))
            for number, chats in held.items()
        ]
