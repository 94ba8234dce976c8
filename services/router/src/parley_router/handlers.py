"""The router as the loop runs it: one floor a tenant, what is shown of it, and who is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parley_chassis.decider import Decider
from parley_chassis.deciding import Deciding, sender_of
from parley_chassis.journal import Journal
from parley_chassis.presence import LEASE_MS
from parley_chassis.service import Out
from parley_chassis.shape import shape_of
from parley_chassis.store import OpenStream
from parley_chassis.streams import Live
from parley_contracts import commands as c
from parley_contracts.pages import in_pages
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Message, Reply, Said
from parley_contracts.showings import FloorShown
from parley_contracts.topology import (
    chat_stream,
    crm_inbox,
    floor_stream,
    gateway_inbox,
    partition_of,
    router_inbox,
    session_inbox,
)

from . import says, views
from .domain import events as e
from .domain.decide import decide
from .domain.floor import Floor
from .domain.queue_settings import Settings
from .domain.routing import next_step
from .domain.state import Frozen

SNAPSHOT_EVERY = 2_000
CHANGES_AT_ONCE = 200
"""In one message to a gateway; each is about one item at most."""

FLOOR: Decider[Floor] = Decider(Floor, decide, Floor.evolve, by_itself=next_step)
"""How a floor decides: in production, in the stories, in the search, in the simulation and in the benchmarks."""


class Router(Deciding[Floor]):
    """One floor a tenant. What is volatile here (who watches, which gateways live) is a lease, said again by gateways."""

    name = "router"
    journal = Journal(e.EVENTS)
    decider = FLOOR
    snapshot_shape = shape_of(Frozen, Settings)
    """`Frozen` has the settings of queues as they are stored; what that holds follows from `Settings`."""

    def __init__(self) -> None:
        super().__init__()
        self.snapshot_every = SNAPSHOT_EVERY
        self._gateways: dict[str, int] = {}
        self._floors: dict[str, Floor] = {}
        self._showing: dict[tuple[str, str], views.Showing] = {}
        """By floor and gateway, what is being shown from its beginning."""
        self._told: dict[tuple[str, str], int] = {}
        """By floor and gateway, the version that had been told when the gateway's lease was heard last."""

    def freeze(self, state: Floor) -> bytes:
        return state.freeze()

    def thaw(self, stream: str, frozen: bytes) -> Floor:
        return Floor.thaw(stream, frozen)

    def inbox(self, partition: int) -> str:
        return router_inbox(partition)

    def stream_of(self, message: Message) -> str | None:
        return None if isinstance(message, (c.HoldFloors, c.AreYouThere)) else message.tenant

    def says(self, stream: str, version: int, event: Any) -> list[tuple[str, Said]]:
        return says.says(stream, version, event)

    def hears(self, stream: str, item: str | None) -> list[str]:
        partition = partition_of(chat_stream(stream, item)) if item is not None else None
        return [] if partition is None else [session_inbox(partition), crm_inbox(partition)]

    def due(self, state: Floor) -> int | None:
        return state.next_due()

    def agenda(self, live: Live[Floor]) -> OpenStream | None:
        # Always due: a floor is loaded as soon as its partition is taken, and knows itself what is due when.
        return OpenStream(live.stream, live.partition, 0)

    # --- what happened ------------------------------------------------------------------------------------------------

    def handle(self, live: Live[Floor], message: Message, at: int, out: Out) -> None:
        self._floors[live.stream] = live.state
        super().handle(live, message, at, out)

    def decide(self, live: Live[Floor], message: Message, at: int, out: Out) -> None:
        if (sender := sender_of(message)) is not None:
            self._gateways[sender.gateway] = at
        super().decide(live, message, at, out)

    def shows(
        self, live: Live[Floor], events: list[tuple[int, Any]], message: Message | None, at: int, out: Out
    ) -> None:
        """The changes to every gateway that watches; the ack goes with them to the one who caused them."""
        sender = sender_of(message)
        reply = Reply.to(sender, _ack(live.state, message)) if sender is not None else None
        watching = self.watchers.of(live.stream) if events else []
        answered = False
        if watching:
            changes = [views.change(live.state, event, version) for version, event in events]
            *first, last = in_pages(changes, CHANGES_AT_ONCE)
            for page in first:
                out.show(watching, FloorShown(tenant=live.stream, changes=page), None, None)
            answered = out.show(watching, FloorShown(tenant=live.stream, changes=last), sender, reply)
        if sender is not None and reply is not None and not answered:
            out.reply(live.stream, sender, reply)

    # --- what stands --------------------------------------------------------------------------------------------------

    def _answer_item(self, live: Live[Floor], message: c.AskItem, at: int, out: Out) -> None:
        if message.sender is None:
            raise TypeError("a question needs somebody who asks")
        ack, item = _ack(live.state, message), _item(live.state, message.item)
        if item is not None and item.text is not None:
            ack["item"]["text"] = item.text
        known = ack or message.forgiving
        out.reply(message.tenant, message.sender, ack if known else Refused("not_found", "There is no such item."))

    def _answer_queue(self, live: Live[Floor], message: c.AskQueue, at: int, out: Out) -> None:
        if message.sender is None:
            raise TypeError("a question needs somebody who asks")
        queues = live.state.queues
        answer: dict[str, Any] | Refused
        if message.queue is None:
            answer = {"queues": {name: queue.settings.stored() for name, queue in queues.items()}}
        elif (queue := queues.get(message.queue)) is None:
            answer = Refused("not_found", "There is no such queue.")
        else:
            answer = {"queue": message.queue, **queue.settings.stored()}
        out.reply(message.tenant, message.sender, answer)

    # --- who watches, and who is there --------------------------------------------------------------------------------

    def _watch(self, live: Live[Floor], message: c.WatchFloor, at: int, out: Out) -> None:
        self._gateways[message.gateway] = at
        self.watchers.hear(live.stream, message.gateway, at)
        if message.version != live.version:
            self._showing[(live.stream, message.gateway)] = views.Showing(live.state)
            self._show_page(live, message.gateway, out)

    def _show_next(self, live: Live[Floor], message: c.ShowFloor, at: int, out: Out) -> None:
        showing = self._showing.get((live.stream, message.gateway))
        if showing is not None and showing.page + 1 == message.page:
            self._show_page(live, message.gateway, out)

    def _show_page(self, live: Live[Floor], gateway: str, out: Out) -> None:
        """One page a batch, so that a large floor keeps nobody else waiting."""
        showing = self._showing[(live.stream, gateway)]
        page = showing.next(live.version)
        shown = FloorShown(tenant=live.stream, snapshot=True, page=showing.page, more=showing.more, changes=(page,))
        out.send(gateway_inbox(gateway), shown)
        if showing.more:
            out.next.append(c.ShowFloor(tenant=live.stream, gateway=gateway, page=showing.page + 1))
        else:
            del self._showing[(live.stream, gateway)]

    def handle_partition(
        self, message: Message, at: int, peek: Callable[[str], Live[Floor] | None], out: Out
    ) -> list[Message]:
        """A gateway's lease: it lives, and shows these floors; whoever lacks something gets a fresh snapshot."""
        if not isinstance(message, c.HoldFloors):
            return super().handle_partition(message, at, peek, out)
        self._gateways[message.gateway] = at
        behind: list[Message] = []
        for held in message.floors:
            shown = (held.tenant, message.gateway)
            news = self.watchers.hear(held.tenant, message.gateway, at)
            live = peek(held.tenant)
            # What was told since the last lease may still be on its way; what was told before has arrived, or is lost.
            told = self._told.get(shown, 0)
            lacks = live is not None and held.version < (live.version if message.nothing_on_its_way else told)
            if live is not None:
                self._told[shown] = live.version
            if (news or live is None or lacks) and (shown not in self._showing or message.nothing_on_its_way):
                behind.append(c.WatchFloor(tenant=held.tenant, gateway=message.gateway, version=held.version))
        return behind

    def partitions_taken(self, agenda: list[OpenStream], at: int) -> None:
        """The gateways of the agents who are connected have the length of a lease to say that they are still there."""
        self._gateways = dict.fromkeys(self._gateways, at)

    def partitions_lost(self, partitions: set[int]) -> None:
        super().partitions_lost(partitions)
        self._keep_shown(lambda tenant, _: partition_of(floor_stream(tenant)) not in partitions)
        self._floors = {
            tenant: floor
            for tenant, floor in self._floors.items()
            if partition_of(floor_stream(tenant)) not in partitions
        }

    def _keep_shown(self, keep: Callable[[str, str], bool]) -> None:
        self._showing = {shown: showing for shown, showing in self._showing.items() if keep(*shown)}
        self._told = {shown: version for shown, version in self._told.items() if keep(*shown)}

    def paused(self, ms: int) -> None:
        super().paused(ms)
        self._gateways = {gateway: heard + ms for gateway, heard in self._gateways.items()}

    def every_second(self, at: int) -> list[Message]:
        """Connections whose gateway has not been heard of for the length of a lease are gone (R21)."""
        super().every_second(at)
        self._keep_shown(lambda _, gateway: at - self._gateways.get(gateway, 0) <= LEASE_MS)
        lost: list[Message] = []
        for tenant, floor in self._floors.items():
            for agent in floor.agents.values():
                for connection in agent.connections:
                    gateway = connection.partition(".")[0]
                    if at - self._gateways.setdefault(gateway, at) > LEASE_MS:
                        lost.append(c.DisconnectAgent(tenant=tenant, agent=agent.agent, connection=connection))
        return lost

    asides = {  # noqa: RUF012
        c.AskItem: _answer_item,
        c.AskQueue: _answer_queue,
        c.WatchFloor: _watch,
        c.ShowFloor: _show_next,
    }


def _item(floor: Floor, name: str) -> Any:
    return floor.items.get(name) or floor.closed.get(name)


def _ack(floor: Floor, message: Message | None) -> dict[str, Any]:
    """R31's other half: the item as it is now, or as it was last."""
    item = _item(floor, message.item) if isinstance(message, c.ItemCommand) else None
    return {} if item is None else {"item": views.item_shown(item).frame()}
