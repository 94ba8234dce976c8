"""The chats that are open at this gateway: who shows them, how far each one has been shown."""

from __future__ import annotations

from itertools import chain
from typing import Any, Protocol

from parley_contracts.commands import ChatHeld, HoldChats, VisitorGone, WatchChat
from parley_contracts.instant import rfc3339
from parley_contracts.pages import in_pages
from parley_contracts.shapes import Message
from parley_contracts.showings import ChatShown, Entry, SignalShown
from parley_contracts.topology import chat_stream, partition_of, session_inbox
from parley_contracts.wire import encode

from ..encoding import dumps
from ..service_link import ServiceLink

HELD_AT_ONCE = 1_000
"""Chats in one message of a lease."""


class Member(Protocol):
    """A socket in a room."""

    number: int
    is_visitor: bool

    def send_text(self, text: str) -> None:
        """Send an encoded frame."""

    def watched(self, shown: ChatShown, before: int) -> int | None:
        """The entries that this member asked for, and the reply to its asking. It has been shown those up to number
        `before`. Up to where it goes on from now; None where it did not wait for this answer any more."""

    def lacks(self, chat: str, beyond: int) -> None:
        """Ask for what is beyond the entry of this number: it was not shown to this member."""

    def may_hear(self, room: Room) -> bool:
        """Whether what happens in the chat is for this member now: asked before each thing that it is sent (R23)."""

    def waits(self, position: int, wait_s: int, *, nobody_here: bool) -> None:
        """Where the chat waits in its queue, how long about, and whether none of the queue's agents is logged in (R8)."""

    def chat_closed(self, chat: str) -> None:
        """Nothing more will happen in this chat."""


class Place:
    """How far a member has been shown its chat: each entry up to `n`.

    A member that is `live` gets what is new, and has all that the room has. For one that is not, what it lacks is on its
    way; what is new comes with that.
    """

    __slots__ = ("live", "n")

    def __init__(self) -> None:
        self.live, self.n = False, 0


class Room:
    """One chat as far as this gateway has it, and who shows it."""

    __slots__ = ("chat", "members", "n", "owner", "queue", "seq", "stage", "tenant")

    def __init__(self, tenant: str, chat: str) -> None:
        self.tenant, self.chat = tenant, chat
        self.n, self.seq = 0, 0
        self.stage, self.queue = "waiting", ""
        self.owner: str | None = None
        self.members: dict[Member, Place] = {}

    @property
    def has_visitor(self) -> bool:
        return any(member.is_visitor for member in self.members)

    def listening(self) -> list[tuple[Member, Place]]:
        """Who may hear what happens in the chat now. Who may not any more leaves it."""
        hears = {member: member.may_hear(self) for member in self.members}
        for member in [member for member, may in hears.items() if not may]:
            member.chat_closed(self.chat)
        return [(member, place) for member, place in self.members.items() if hears.get(member)]


def goes_on(shown: ChatShown, n: int) -> bool:
    """Whether an answer goes on from the entry `n`, where there is one: another may have been asked for before it was shown."""
    begin = shown.entries[0].n if shown.entries else shown.n
    return not n or begin <= n + 1


def visitor_frame(entry: Entry) -> dict[str, Any]:
    """An entry as the visitor gets it: nothing internal."""
    return {"type": "event", "seq": entry.seq, "at": rfc3339(entry.at), "kind": entry.kind, **entry.fields}


def agent_entry(entry: Entry) -> dict[str, Any]:
    """An entry as agents get it, with what is internal."""
    shown = {"n": entry.n, "seq": entry.last_seq, "at": rfc3339(entry.at), "kind": entry.kind, **entry.fields}
    return {**shown, **entry.internal} if entry.internal else shown


class Rooms:
    """All rooms of this gateway."""

    def __init__(self, link: ServiceLink) -> None:
        self._link = link
        self._rooms: dict[str, dict[str, Room]] = {}

    def get(self, tenant: str, chat: str) -> Room | None:
        return self._rooms.get(tenant, {}).get(chat)

    def reached(self, tenant: str, chat: str, member: Member) -> int:
        """The number of the last entry that the member has been shown; 0 for none."""
        room = self.get(tenant, chat)
        place = room.members.get(member) if room is not None else None
        return place.n if place is not None else 0

    def of(self, tenant: str) -> list[Room]:
        """A tenant's rooms."""
        return [*self._rooms.get(tenant, {}).values()]

    def join(self, tenant: str, chat: str, member: Member, *, new: bool = False) -> None:
        """The member shows this chat from now on. Of a `new` chat it lacks nothing; else it has asked for what it lacks."""
        rooms = self._rooms.setdefault(tenant, {})
        room = rooms.get(chat)
        if room is None:
            room = rooms[chat] = Room(tenant, chat)
        place = room.members.setdefault(member, Place())
        place.live = new and place.n >= room.n

    def leave(self, tenant: str, chat: str, member: Member) -> None:
        """The member shows this chat no more; the last visitor's going is told to the session (R22)."""
        room = self.get(tenant, chat)
        if room is None or member not in room.members:
            return
        del room.members[member]
        if member.is_visitor and not room.has_visitor and room.stage != "closed":
            # Where it is lost, the lease lapses.
            self._post(room, VisitorGone(tenant=tenant, chat=chat, gateway=self._link.gateway))
        if not room.members:
            del self._rooms[tenant][chat]
            if not self._rooms[tenant]:
                del self._rooms[tenant]

    # --- what the session shows ---------------------------------------------------------------------------------------

    def shown(self, shown: ChatShown) -> None:
        """New entries for everybody in the room, or the entries that one connection asked for.

        No member is shown an entry without the one before it: what was lost on its way here is asked for again.
        """
        room = self.get(shown.tenant, shown.chat)
        if room is None:
            return
        room.stage, room.queue, room.owner = shown.stage, shown.queue, shown.owner
        if shown.only is not None and room.n == 0 and not shown.more:
            room.n, room.seq = shown.n, shown.seq
        for entry in shown.entries:
            if entry.n == room.n + 1:
                room.n, room.seq = entry.n, entry.last_seq
                self._give(room, entry)
        if shown.only is not None:
            self._answer(room, shown)
        behind = shown.n > room.n or (shown.more and shown.only is None)
        if behind and any(place.live for place in room.members.values()):
            self.watch(room)
        if shown.stage == "closed":
            # Whoever lacks something is told with the answer that brings it.
            for member in [member for member, place in room.members.items() if place.live]:
                member.chat_closed(room.chat)

    def _give(self, room: Room, entry: Entry) -> None:
        for_visitors = for_agents = None
        for member, place in room.listening():
            if not place.live or entry.n <= place.n:
                continue
            place.n = entry.n
            if not member.is_visitor:
                for_agents = for_agents or dumps({"type": "chat", "item": room.chat, **agent_entry(entry)})
                member.send_text(for_agents)
            elif entry.seq is not None:
                for_visitors = for_visitors or dumps(visitor_frame(entry))
                member.send_text(for_visitors)

    def _answer(self, room: Room, shown: ChatShown) -> None:
        """The one who asked is given what it lacks. An answer that was overtaken by what the room has seen meanwhile leaves
        something lacking; so does a room that has moved on without a member."""
        for member, place in list(room.members.items()):
            if member.number == shown.only and (reached := member.watched(shown, place.n)) is not None:
                place.n = reached
                place.live = not shown.more
                if shown.more:
                    member.lacks(room.chat, place.n)
            if place.live and place.n < room.n:
                place.live = False
                member.lacks(room.chat, place.n)

    def signal(self, shown: SignalShown) -> None:
        """Typing or a read mark, to everybody in the room but the one who sent it."""
        room = self.get(shown.tenant, shown.chat)
        if room is None:
            return
        what = {"on": shown.on} if shown.signal == "typing" else {"seq": shown.seq}
        plain = dumps({"type": shown.signal, **what})
        labelled = dumps({"type": shown.signal, "item": room.chat, "from": shown.author, **what})
        for member, _ in room.listening():
            if member.number == shown.connection:
                continue
            if not member.is_visitor:
                member.send_text(labelled)
            elif shown.author == "agent":
                member.send_text(plain)

    # --- what the session is told -------------------------------------------------------------------------------------

    def watch(self, room: Room) -> None:
        """Ask for what the room lacks, and for everything from now on; where that is lost, the lease asks again."""
        watch = WatchChat(
            tenant=room.tenant,
            chat=room.chat,
            gateway=self._link.gateway,
            beyond=room.n,
            visitor=room.has_visitor,
        )
        self._post(room, watch)

    def _post(self, room: Room, message: Message) -> None:
        self._link.post(session_inbox(partition_of(chat_stream(room.tenant, room.chat))), encode(message))

    def hold(self, partition: int | None = None) -> list[tuple[str, bytes]]:
        """This gateway's lease on what it shows, by the session's inbox; of one partition, or of all."""
        held: dict[int, list[ChatHeld]] = {}
        for room in chain.from_iterable(rooms.values() for rooms in self._rooms.values()):
            number = partition_of(chat_stream(room.tenant, room.chat))
            if room.stage != "closed" and partition in (None, number):
                held.setdefault(number, []).append(
                    ChatHeld(tenant=room.tenant, chat=room.chat, n=room.n, seq=room.seq, visitor=room.has_visitor)
                )
        return [
            (session_inbox(number), encode(HoldChats(tenant="", gateway=self._link.gateway, chats=page)))
            for number, chats in held.items()
            for page in in_pages(chats, HELD_AT_ONCE)
        ]
