"""The router as the group-commit loop knows it: decide, apply, assign, show."""

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
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Message, Reply, Said, Sender
from parley_contracts.showings import FloorShown, Replied
from parley_contracts.topology import floor_stream, gateway_inbox, partition_of, router_inbox

from . import says, views
from .domain.decide import decide, known
from .domain.events import EVENTS, CommandSeen, Happened
from .domain.floor import Floor
from .domain.routing import next_step

SNAPSHOT_EVERY = 2_000


class Router:
    """One floor a tenant. What is volatile here (who watches, which gateways live) is a lease, said again by gateways."""

    name = "router"
    snapshot_every: int | None = SNAPSHOT_EVERY
    journal = Journal(EVENTS)

    def __init__(self) -> None:
        self._watchers = Watchers()
        self._refusals = Refusals()
        self._gateways: dict[str, int] = {}
        self._floors: dict[str, Floor] = {}

    # --- folding ------------------------------------------------------------------------------------------------------

    def new(self, stream: str) -> Floor:
        return Floor(stream)

    def evolve(self, state: Floor, event: Happened) -> Floor:
        return state.evolve(event)

    def freeze(self, state: Floor) -> bytes:
        return state.freeze()

    def thaw(self, stream: str, frozen: bytes) -> Floor:
        return Floor.thaw(stream, frozen)

    # --- the loop's questions -----------------------------------------------------------------------------------------

    def inbox(self, partition: int) -> str:
        return router_inbox(partition)

    def stream_of(self, message: Message) -> str | None:
        return None if isinstance(message, c.HoldFloors) else message.tenant

    def says(self, stream: str, version: int, event: Any) -> list[tuple[str, Said]]:
        return says.says(stream, version, event)

    def due(self, state: Floor) -> int | None:
        return state.next_due()

    def agenda(self, live: Live[Floor]) -> Due | None:
        # Always due: a floor is loaded as soon as its partition is taken, and knows itself what is due when.
        return Due(live.stream, live.partition, 0)

    def took_over(self, agenda: list[Due], at: int) -> None:
        """The gateways of the agents who are connected have the length of a lease to say that they are still there."""
        self._gateways = dict.fromkeys(self._gateways, at)

    def gave_up(self, partitions: set[int]) -> None:
        self._floors = {
            tenant: floor
            for tenant, floor in self._floors.items()
            if partition_of(floor_stream(tenant)) not in partitions
        }

    def stood_still(self, ms: int) -> None:
        self._watchers.shift(ms)
        self._gateways = {gateway: seen + ms for gateway, seen in self._gateways.items()}

    # --- messages -----------------------------------------------------------------------------------------------------

    def handle(self, live: Live[Floor], message: Message, at: int, out: Out) -> None:
        self._floors[live.stream] = live.state
        match message:
            case c.AskItem(sender=Sender() as sender):
                self._reply(out, message.tenant, sender, self._item(live.state, message))
            case c.AskQueue(sender=Sender() as sender):
                self._answer_queue(live.state, message, sender, out)
            case c.WatchFloor():
                self._watch(live, message, at, out)
            case _:
                self._decide(live, message, at, out)

    def _decide(self, live: Live[Floor], message: Message, at: int, out: Out) -> None:
        command = message if isinstance(message, Command) else None
        sender = command.sender if command is not None else None
        if sender is not None:
            self._gateways[sender.gateway] = at
        first = len(live.gathered)
        due = live.state.next_due()
        if due is not None and due <= at:
            # What is due comes before what is asked now, however late the clock is (R18).
            self._by_itself(live, message, at)
        try:
            if command is not None and (before := self._refusals.of(live.stream, command, at)) is not None:
                raise before
            self._carry_out(live, message, at)
        except Refused as refusal:
            if command is None or sender is None:
                raise
            self._refusals.note(live.stream, command, refusal, at)
            self._show(live, live.gathered[first:], message, None, out)
            self._reply(out, message.tenant, sender, refusal)
            return
        self._show(live, live.gathered[first:], message, sender, out)

    def _carry_out(self, live: Live[Floor], message: Message, at: int) -> None:
        """What the message leads to, and what the floor does by itself then. Raises Refused."""
        decided = decide(live.state, message, at)
        sender = message.sender if isinstance(message, Command) else None
        if not decided and isinstance(message, Command) and sender is not None and not known(live.state, message):
            decided = [CommandSeen(at=live.state.last_at, by=sender.key, digest=message.digest())]
        for event in decided:
            live.apply(_traced(event, message))
        self._by_itself(live, message, at)

    def _by_itself(self, live: Live[Floor], message: Message, at: int) -> None:
        while events := next_step(live.state, at):
            for event in events:
                live.apply(_traced(event, message))

    def _show(
        self, live: Live[Floor], events: list[tuple[int, Any]], message: Message, sender: Sender | None, out: Out
    ) -> None:
        ack = self._ack(live.state, message) if sender is not None else {}
        if not events:
            if sender is not None:
                self._reply(out, message.tenant, sender, ack)
            return
        changes = tuple(views.change(live.state, event, version) for version, event in events)
        gateways = self._watchers.of(live.stream)
        plain = FloorShown(tenant=live.stream, changes=changes)
        for gateway in gateways:
            if sender is not None and gateway == sender.gateway:
                reply = Reply.to(sender, ack)
                out.show(gateway_inbox(gateway), FloorShown(tenant=live.stream, changes=changes, reply=reply))
            else:
                out.show(gateway_inbox(gateway), plain)
        if sender is not None and sender.gateway not in gateways:
            self._reply(out, message.tenant, sender, ack)

    def _ack(self, floor: Floor, message: Message) -> dict[str, Any]:
        """R31's other half: the item as it is now, or as it was last."""
        if not isinstance(message, c.ItemCommand):
            return {}
        item = floor.items.get(message.item) or floor.closed.get(message.item)
        return {} if item is None else {"item": views.item_shown(item).frame()}

    def _item(self, floor: Floor, message: c.AskItem) -> dict[str, Any] | Refused:
        ack = self._ack(floor, message)
        item = floor.items.get(message.item) or floor.closed.get(message.item)
        if item is not None and item.text is not None:
            ack["item"]["text"] = item.text
        return ack if ack or message.forgiving else Refused("not_found", "There is no such item.")

    def _answer_queue(self, floor: Floor, message: c.AskQueue, sender: Sender, out: Out) -> None:
        if message.queue is None:
            queues = {name: queue.settings.model_dump(mode="json") for name, queue in floor.queues.items()}
            self._reply(out, message.tenant, sender, {"queues": queues})
        elif (queue := floor.queues.get(message.queue)) is None:
            self._reply(out, message.tenant, sender, Refused("not_found", "There is no such queue."))
        else:
            ack = {"queue": message.queue, **queue.settings.model_dump(mode="json")}
            self._reply(out, message.tenant, sender, ack)

    def _reply(self, out: Out, tenant: str, sender: Sender, answer: dict[str, Any] | Refused) -> None:
        out.show(gateway_inbox(sender.gateway), Replied(tenant=tenant, reply=Reply.to(sender, answer)))

    # --- who watches --------------------------------------------------------------------------------------------------

    def handle_wide(self, message: Message, at: int, peek: Callable[[str], Live[Floor] | None]) -> list[Message]:
        """A gateway's lease: it lives, and shows these floors; whoever lacks something gets a fresh snapshot."""
        if not isinstance(message, c.HoldFloors):
            raise TypeError(f"nothing is known about {message.type} for a whole partition")
        self._gateways[message.gateway] = at
        behind: list[Message] = []
        for held in message.floors:
            news = self._watchers.add(held.tenant, message.gateway, at)
            live = peek(held.tenant)
            if news or live is None or live.version != held.version:
                behind.append(c.WatchFloor(tenant=held.tenant, gateway=message.gateway, version=held.version))
        return behind

    def _watch(self, live: Live[Floor], message: c.WatchFloor, at: int, out: Out) -> None:
        self._gateways[message.gateway] = at
        self._watchers.add(live.stream, message.gateway, at)
        if message.version != live.version:
            shown = FloorShown(tenant=live.stream, snapshot=True, changes=(views.snapshot(live.state, live.version),))
            out.show(gateway_inbox(message.gateway), shown)

    def reflect(self, at: int) -> list[Message]:
        """Connections whose gateway has not been heard of for the length of a lease are gone (R21)."""
        self._watchers.expire(at)
        lost: list[Message] = []
        for tenant, floor in self._floors.items():
            for agent in floor.agents.values():
                for connection in agent.connections:
                    gateway = connection.partition(".")[0]
                    if at - self._gateways.setdefault(gateway, at) > LEASE_MS:
                        lost.append(c.DisconnectAgent(tenant=tenant, agent=agent.agent, connection=connection))
        return lost


def _traced(event: Happened, message: Message) -> Happened:
    """The event as part of the trace that led to it."""
    return msgspec.structs.replace(event, trace=message.traceparent) if message.traceparent else event
