"""The session as the loop runs it: one stream a chat, what is shown of it, and who is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley_chassis.decider import Decider
from parley_chassis.deciding import Deciding, sender_of
from parley_chassis.journal import Journal
from parley_chassis.presence import Leases
from parley_chassis.service import Out
from parley_chassis.store import OpenStream
from parley_chassis.streams import Live
from parley_contracts import commands as c
from parley_contracts.instant import rfc3339
from parley_contracts.pages import page_of
from parley_contracts.shapes import Message, Reply, Said, Sender
from parley_contracts.showings import ChatShown, Entry, SignalShown
from parley_contracts.topology import (
    chat_stream,
    crm_inbox,
    floor_stream,
    gateway_inbox,
    partition_of,
    router_inbox,
    session_inbox,
)
from parley_contracts.work_events import WorkSaid

from . import says, views
from .domain import events as e
from .domain.chat import Chat
from .domain.decide import decide

UNKNOWN_GATEWAY = "?"

CHAT: Decider[Chat] = Decider(Chat, decide, Chat.evolve)
"""How a chat decides: in production and in the stories."""


class Session(Deciding[Chat]):
    """One stream a chat. Who watches and where the visitor is connected are leases, said again by the gateways."""

    name = "session"
    journal = Journal(e.EVENTS)
    decider = CHAT
    asked_again = (c.WatchChat,)

    def __init__(self) -> None:
        super().__init__()
        self._visitors = Leases()
        """By stream, the gateways at which the visitor is connected."""

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

    def hears(self, stream: str, item: str | None) -> list[str]:
        tenant = stream.partition("/")[0]
        return [crm_inbox(partition_of(stream)), router_inbox(partition_of(floor_stream(tenant)))]

    def due(self, state: Chat) -> int | None:
        return state.absence_due

    def agenda(self, live: Live[Chat]) -> OpenStream | None:
        """Open as long as the visitor may come and go."""
        return None if live.state.ended_by is not None else super().agenda(live)

    # --- what happened ------------------------------------------------------------------------------------------------

    def shows(
        self, live: Live[Chat], events: list[tuple[int, Any]], message: Message | None, at: int, out: Out
    ) -> None:
        """Entries to whoever watches; the ack goes with them to the one who caused them."""
        if isinstance(message, c.WatchChat):
            self._show_entries(live, events, None, None, out)
            return self._watch(live, message, at, out)
        sender = sender_of(message)
        if isinstance(message, c.StartChat) and sender is not None:
            self._present(live.stream, sender.gateway, at)
            self.watchers.hear(live.stream, sender.gateway, at)
        if isinstance(message, c.EndChat) and sender is not None and sender.role != "visitor":
            # The item as it is after the router has heard of the end: asked there, behind what this batch says.
            ask = c.AskItem(tenant=message.tenant, sender=sender, item=message.chat)
            out.send(router_inbox(partition_of(floor_stream(message.tenant))), ask)
            sender = None
        reply = None
        if sender is not None and message is not None:
            reply = Reply.to(sender, _ack(live.state, message, sender, again=not events))
        self._show_entries(live, events, sender, reply, out)
        if live.state.ended_by is not None:
            self._visitors.forget(live.stream)
        return None

    def _show_entries(
        self, live: Live[Chat], events: list[tuple[int, Any]], sender: Sender | None, reply: Reply | None, out: Out
    ) -> None:
        watching = self.watchers.of(live.stream) if events else []
        answered = False
        if watching:
            shown = _shown(live, _entries(live.state, events))
            answered = out.show(watching, shown, sender, reply)
        if sender is not None and reply is not None and not answered:
            out.reply(live.stream.partition("/")[0], sender, reply)

    # --- who watches, and who is there --------------------------------------------------------------------------------

    def _watch(self, live: Live[Chat], message: c.WatchChat, at: int, out: Out) -> None:
        """The entries that are missing, to the one who asked; everything new from now on to that gateway."""
        self.watchers.hear(live.stream, message.gateway, at)
        if message.visitor and live.state.ended_by is None:
            self._present(live.stream, message.gateway, at)
        sender = message.sender
        only = sender.connection if sender is not None else None
        ack = {"stage": live.state.stage, "seq": live.state.seq, "n": live.state.n, "service": live.state.service}
        reply = Reply.to(sender, ack) if sender is not None else None
        out.send(gateway_inbox(message.gateway), _page(live, message, only, reply))

    def handle_partition(
        self, message: Message, at: int, peek: Callable[[str], Live[Chat] | None], out: Out
    ) -> list[Message]:
        """A gateway's lease: these chats it shows, and these visitors are connected there; who lacks something is sent
        it."""
        if not isinstance(message, c.HoldChats):
            return super().handle_partition(message, at, peek, out)
        behind: list[Message] = []
        for held in message.chats:
            stream = chat_stream(held.tenant, held.chat)
            news = self.watchers.hear(stream, message.gateway, at)
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
                        beyond=held.n,
                        visitor=held.visitor,
                    )
                )
        return behind

    def _present(self, stream: str, gateway: str, at: int) -> None:
        self._visitors.release(stream, UNKNOWN_GATEWAY)
        self._visitors.hear(stream, gateway, at)

    def _visitor_gone(self, live: Live[Chat], message: c.VisitorGone, at: int, out: Out) -> None:
        self._visitors.release(live.stream, UNKNOWN_GATEWAY)
        if self._visitors.release(live.stream, message.gateway) and live.state.exists:
            self.decide(live, c.LoseVisitor(tenant=message.tenant, chat=message.chat), at, out)

    def partitions_taken(self, agenda: list[OpenStream], at: int) -> None:
        """The visitors who are connected have the length of a lease to be said so again by a gateway."""
        for entry in agenda:
            if entry.due is None and not self._visitors.of(entry.stream):
                self._visitors.hear(entry.stream, UNKNOWN_GATEWAY, at)

    def partitions_lost(self, partitions: set[int]) -> None:
        super().partitions_lost(partitions)
        self._visitors.keep(lambda stream: partition_of(stream) not in partitions)

    def paused(self, ms: int) -> None:
        super().paused(ms)
        self._visitors.prolong(ms)

    def every_second(self, at: int) -> list[Message]:
        """Visitors of whom no gateway has spoken for the length of a lease are away (R22)."""
        super().every_second(at)
        lost = (stream.partition("/") for stream in self._visitors.lapse(at))
        return [c.LoseVisitor(tenant=tenant, chat=chat) for tenant, _, chat in lost]

    # --- what stands --------------------------------------------------------------------------------------------------

    def _answer_chat(self, live: Live[Chat], message: c.AskChat, at: int, out: Out) -> None:
        if message.sender is None:
            raise TypeError("a question needs somebody who asks")
        out.reply(message.tenant, message.sender, {"exists": live.state.exists})

    # --- never stored -------------------------------------------------------------------------------------------------

    def _signal(self, live: Live[Chat], message: c.Signal, at: int, out: Out) -> None:
        """Typing and read marks go past the log, from the visitor or the owner to the others."""
        chat, sender = live.state, message.sender
        if sender is None or chat.ended_by is not None or (sender.role != "visitor" and chat.owner != sender.user):
            return
        for gateway in self.watchers.of(live.stream):
            out.send(
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

    asides = {c.AskChat: _answer_chat, c.Signal: _signal, c.VisitorGone: _visitor_gone}  # noqa: RUF012


def _entries(chat: Chat, events: list[tuple[int, Any]]) -> tuple[Entry, ...]:
    last = next((event.seq for _, event in reversed(events) if event.seq is not None), chat.seq)
    seqs = [event.seq for _, event in events if event.seq is not None]
    before = seqs[0] - 1 if seqs else last
    shown = []
    for version, event in events:
        before = event.seq if event.seq is not None else before
        shown.append(views.entry(chat, version, event, before))
    return tuple(shown)


def _page(live: Live[Chat], watch: c.WatchChat, only: int | None, reply: Reply | None) -> ChatShown:
    """The next of the entries that a gateway lacks."""
    chat = live.state
    if watch.since == "now":
        return _shown(live, (), only, reply)
    beyond = views.assigned_at(chat) if watch.since is not None else watch.beyond or 0
    page, more = page_of(views.entries(chat, watch.after, beyond))
    shown = _shown(live, page, only, reply)
    if more:
        shown = shown.model_copy(update={"n": page[-1].n, "seq": page[-1].last_seq, "more": True})
    return shown


def _shown(
    live: Live[Chat], entries: tuple[Entry, ...], only: int | None = None, reply: Reply | None = None
) -> ChatShown:
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


def _ack(chat: Chat, message: Message, sender: Sender, again: bool) -> dict[str, Any]:
    done = chat.commands.get(sender.key)
    match message:
        case c.StartChat():
            return {"chat": message.chat, "seq": 0 if message.text is None else 1, "again": again}
        case c.PostMessage() if done is not None:
            return {"seq": done.seq, "at": rfc3339(done.at)}
        case c.AddNote() if done is not None:
            return {"seq": done.seq, "n": done.n, "at": rfc3339(done.at)}
    return {}
