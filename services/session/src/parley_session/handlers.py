"""The session as the group-commit loop knows it: decide, apply, show to the gateways that have the chat open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from parley_chassis.journal import Journal
from parley_chassis.refusals import Refusals
from parley_chassis.service import Out
from parley_chassis.store import Due
from parley_chassis.streams import Live
from parley_chassis.watchers import LEASE_MS, Watchers
from parley_contracts import commands as c
from parley_contracts.instant import rfc3339
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message, Reply, Said, Sender
from parley_contracts.showings import ChatShown, Entry, Replied, SignalShown
from parley_contracts.topology import (
    chat_stream,
    floor_stream,
    gateway_inbox,
    partition_of,
    router_inbox,
    session_inbox,
)
from parley_contracts.work_events import WorkSaid

from . import says, views
from .domain.chat import Chat
from .domain.decide import decide
from .domain.events import EVENTS, Happened

UNKNOWN_GATEWAY = "?"


class Session:
    """One stream a chat. Who watches and where the visitor is connected are leases, said again by the gateways."""

    name = "session"
    snapshot_every: int | None = None
    journal = Journal(EVENTS)

    def __init__(self) -> None:
        self._watchers = Watchers()
        self._refusals = Refusals()
        self._visitors: dict[str, dict[str, int]] = {}

    # --- folding ------------------------------------------------------------------------------------------------------

    def new(self, stream: str) -> Chat:
        return Chat(stream)

    def evolve(self, state: Chat, event: Happened) -> Chat:
        return state.evolve(event)

    def freeze(self, state: Chat) -> bytes:
        raise TypeError("a chat's stream is short: it has no snapshots")

    def thaw(self, stream: str, frozen: bytes) -> Chat:
        raise TypeError("a chat's stream is short: it has no snapshots")

    # --- the loop's questions -----------------------------------------------------------------------------------------

    def inbox(self, partition: int) -> str:
        return session_inbox(partition)

    def stream_of(self, message: Message) -> str | None:
        if isinstance(message, c.ChatCommand):
            return chat_stream(message.tenant, message.chat)
        if isinstance(message, WorkSaid):
            return chat_stream(message.tenant, message.item)
        return None

    def says(self, stream: str, version: int, event: Any) -> list[tuple[str, Said]]:
        return says.says(stream, version, event)

    def due(self, state: Chat) -> int | None:
        return state.absence_due

    def agenda(self, live: Live[Chat]) -> Due | None:
        """Open as long as the visitor may come and go."""
        return None if live.state.ended_by is not None else Due(live.stream, live.partition, live.state.absence_due)

    def took_over(self, agenda: list[Due], at: int) -> None:
        """The visitors who are connected have the length of a lease to be said so again by a gateway."""
        for entry in agenda:
            if entry.due is None:
                self._visitors.setdefault(entry.stream, {UNKNOWN_GATEWAY: at})

    def gave_up(self, partitions: set[int]) -> None:
        self._visitors = {
            stream: seen for stream, seen in self._visitors.items() if partition_of(stream) not in partitions
        }

    def stood_still(self, ms: int) -> None:
        self._watchers.shift(ms)
        for gateways in self._visitors.values():
            for gateway in gateways:
                gateways[gateway] += ms

    # --- messages -----------------------------------------------------------------------------------------------------

    def handle(self, live: Live[Chat], message: Message, at: int, out: Out) -> None:
        sender = message.sender if isinstance(message, c.ChatCommand) else None
        if isinstance(message, c.Signal):
            return self._signal(live, message, out)
        if isinstance(message, c.VisitorGone):
            return self._visitor_gone(live, message, at, out)
        first = len(live.gathered)
        # Somebody who only looks may look again.
        command = message if isinstance(message, c.ChatCommand) and not isinstance(message, c.WatchChat) else None
        try:
            if command is not None and (before := self._refusals.of(live.stream, command, at)) is not None:
                raise before
            for event in decide(live.state, message, at):
                live.apply(_traced(event, message))
        except Refused as refusal:
            if command is not None:
                self._refusals.note(live.stream, command, refusal, at)
            if sender is not None:
                self._refuse(out, message.tenant, sender, refusal)
            return None
        new = live.gathered[first:]
        if isinstance(message, c.WatchChat):
            self._show(live, new, None, None, out)
            return self._watch(live, message, at, out)
        if isinstance(message, c.StartChat) and sender is not None:
            self._present(live.stream, sender.gateway, at)
            self._watchers.add(live.stream, sender.gateway, at)
        self._show(live, new, message, sender, out)
        if live.state.ended_by is not None:
            self._visitors.pop(live.stream, None)
        return None

    def _show(
        self,
        live: Live[Chat],
        events: list[tuple[int, Any]],
        message: Message | None,
        sender: Sender | None,
        out: Out,
    ) -> None:
        """Entries to whoever watches; the ack goes with them to the one who caused them."""
        chat = live.state
        if isinstance(message, c.EndChat) and sender is not None and sender.role != "visitor":
            # The item as it is after the router has heard of the end: asked there, behind what this batch says.
            ask = c.AskItem(tenant=message.tenant, sender=sender, item=message.chat)
            out.show(router_inbox(partition_of(floor_stream(message.tenant))), ask)
            sender = None
        reply = None
        if sender is not None and message is not None:
            reply = self._ack(chat, message, sender, again=not events)
        watching = self._watchers.of(live.stream) if events else []
        if watching:
            entries = self._entries(chat, events)
            asking = sender.gateway if sender is not None else None
            if others := [gateway for gateway in watching if gateway != asking]:
                shown = self._shown(live, entries, None, None)
                for gateway in others:
                    out.show(gateway_inbox(gateway), shown)
            if asking in watching:
                out.show(gateway_inbox(asking), self._shown(live, entries, None, reply))
                return
        if sender is not None and reply is not None:
            out.show(gateway_inbox(sender.gateway), Replied(tenant=live.stream.partition("/")[0], reply=reply))

    def _entries(self, chat: Chat, events: list[tuple[int, Any]]) -> tuple[Entry, ...]:
        last = next((event.seq for _, event in reversed(events) if event.seq is not None), chat.seq)
        seqs = [event.seq for _, event in events if event.seq is not None]
        before = seqs[0] - 1 if seqs else last
        shown = []
        for version, event in events:
            before = event.seq if event.seq is not None else before
            shown.append(views.entry(chat, version, event, before))
        return tuple(shown)

    def _shown(self, live: Live[Chat], entries: tuple[Entry, ...], only: int | None, reply: Reply | None) -> ChatShown:
        chat = live.state
        tenant, _, name = live.stream.partition("/")
        return ChatShown(
            tenant=tenant,
            chat=name,
            entries=entries,
            n=chat.n,
            seq=chat.seq,
            stage=chat.stage,
            queue=chat.queue,
            owner=chat.owner,
            only=only,
            reply=reply,
        )

    def _ack(self, chat: Chat, message: Message, sender: Sender, again: bool) -> Reply:
        done = chat.commands.get(sender.key)
        ack: dict[str, Any] = {}
        match message:
            case c.StartChat():
                ack = {"chat": message.chat, "seq": 0 if message.text is None else 1, "again": again}
            case c.PostMessage() if done is not None:
                ack = {"seq": done.seq, "at": rfc3339(done.at)}
            case c.AddNote() if done is not None:
                ack = {"seq": done.seq, "n": done.n, "at": rfc3339(done.at)}
        return Reply.to(sender, ack)

    def _refuse(self, out: Out, tenant: str, sender: Sender, refusal: Refused) -> None:
        out.show(gateway_inbox(sender.gateway), Replied(tenant=tenant, reply=Reply.to(sender, refusal)))

    # --- who watches --------------------------------------------------------------------------------------------------

    def _watch(self, live: Live[Chat], message: c.WatchChat, at: int, out: Out) -> None:
        """The entries that are missing, to the one who asked; everything new from now on to that gateway."""
        self._watchers.add(live.stream, message.gateway, at)
        if message.visitor and live.state.ended_by is None:
            self._present(live.stream, message.gateway, at)
        sender = message.sender
        only = sender.connection if sender is not None else None
        ack = {"stage": live.state.stage, "seq": live.state.seq, "n": live.state.n}
        reply = Reply.to(sender, ack) if sender is not None else None
        missing = tuple(views.entries(live.state, message.after))
        out.show(gateway_inbox(message.gateway), self._shown(live, missing, only, reply))

    def handle_wide(self, message: Message, at: int, peek: Callable[[str], Live[Chat] | None]) -> list[Message]:
        """A gateway's lease: these chats it shows, and these visitors are connected there; who lacks something is sent
        it."""
        if not isinstance(message, c.HoldChats):
            raise TypeError(f"nothing is known about {message.type} for a whole partition")
        behind: list[Message] = []
        for held in message.chats:
            stream = chat_stream(held.tenant, held.chat)
            news = self._watchers.add(stream, message.gateway, at)
            live = peek(stream)
            returned = held.visitor and (live is None or live.state.absent_since is not None)
            if held.visitor and (live is None or live.state.ended_by is None):
                self._present(stream, message.gateway, at)
            if news or returned or live is None or live.state.n != held.n:
                behind.append(
                    c.WatchChat(
                        tenant=held.tenant,
                        chat=held.chat,
                        gateway=message.gateway,
                        after=held.seq,
                        visitor=held.visitor,
                    )
                )
        return behind

    def _present(self, stream: str, gateway: str, at: int) -> None:
        gateways = self._visitors.setdefault(stream, {})
        gateways.pop(UNKNOWN_GATEWAY, None)
        gateways[gateway] = at

    def _visitor_gone(self, live: Live[Chat], message: c.VisitorGone, at: int, out: Out) -> None:
        gateways = self._visitors.get(live.stream, {})
        gateways.pop(message.gateway, None)
        gateways.pop(UNKNOWN_GATEWAY, None)
        if gateways or not live.state.exists:
            return
        self._visitors.pop(live.stream, None)
        first = len(live.gathered)
        for event in decide(live.state, c.LoseVisitor(tenant=message.tenant, chat=message.chat), at):
            live.apply(event)
        self._show(live, live.gathered[first:], None, None, out)

    def reflect(self, at: int) -> list[Message]:
        """Visitors of whom no gateway has spoken for the length of a lease are away (R22)."""
        self._watchers.expire(at)
        lost: list[Message] = []
        for stream, gateways in list(self._visitors.items()):
            for gateway, seen in list(gateways.items()):
                if at - seen > LEASE_MS:
                    del gateways[gateway]
            if not gateways:
                del self._visitors[stream]
                tenant, _, chat = stream.partition("/")
                lost.append(c.LoseVisitor(tenant=tenant, chat=chat))
        return lost

    # --- never stored -------------------------------------------------------------------------------------------------

    def _signal(self, live: Live[Chat], message: c.Signal, out: Out) -> None:
        """Typing and read marks go past the log, from the visitor or the owner to the others."""
        chat, sender = live.state, message.sender
        if sender is None or chat.ended_by is not None or (sender.role != "visitor" and chat.owner != sender.user):
            return
        for gateway in self._watchers.of(live.stream):
            out.show(
                gateway_inbox(gateway),
                SignalShown(
                    tenant=message.tenant,
                    chat=message.chat,
                    signal=message.signal,
                    author="visitor" if sender.role == "visitor" else "agent",
                    connection=sender.connection if gateway == sender.gateway else None,
                    on=message.on,
                    seq=message.seq,
                ),
            )


def _traced(event: Happened, message: Message) -> Happened:
    """The event as part of the trace that led to it."""
    return msgspec.structs.replace(event, trace=message.traceparent) if message.traceparent else event
