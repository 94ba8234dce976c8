"""A tenant's floor as this gateway knows it: a snapshot and then changes.

`apply` puts whole pieces in place of old ones, so that a floor that was changed equals one that was fetched anew. What is
asked of a floor at each change is kept ready: what waits in a queue (`line.py`), what an agent has (`inboxes.py`), who serves
what (`serving.py`). A change costs as much on a large floor as on a small one, or nearly.
"""

from __future__ import annotations

from itertools import count

from parley_contracts.refusal import Refused
from parley_contracts.shapes import Item
from parley_contracts.showings import AgentShown, FloorChange, QueueShown

from .floor_names import FloorNames
from .inboxes import Inboxes
from .line import Line
from .serving import Serving
from .waiting_times import USUAL, Waits, hands, places

Moved = list[tuple[Item | None, Item | None]]
"""Items that changed, before and after."""


class FloorView:
    """What is known of a tenant's floor, as of `version`."""

    def __init__(self, tenant: str, names: FloorNames | None = None) -> None:
        self.tenant = tenant
        self.names = names
        """How a contact is called, as far as it is known here (R24)."""
        self.version = -1
        self.items: dict[str, Item] = {}
        self.agents: dict[str, AgentShown] = {}
        self.queues: dict[str, QueueShown] = {}
        self.readied: tuple[str, ...] = ()
        """The queues of which more or fewer agents are ready since the last change."""
        self._lines: dict[str, Line] = {}
        self._inboxes = Inboxes()
        self._serving = Serving()
        self._numbers: dict[str, int] = {}
        self._next = count()

    # --- what changes -------------------------------------------------------------------------------------------------

    def become(self, fresh: FloorView) -> Moved:
        """Be as it was fetched anew; the items that differ. Whoever follows items misses nothing but what came and went
        between."""
        here, there = self.items, fresh.items
        moved: Moved = [(here.get(name), item) for name, item in there.items() if here.get(name) != item]
        moved += [(item, None) for name, item in here.items() if name not in there]
        self.version, self.items, self.agents, self.queues = fresh.version, fresh.items, fresh.agents, fresh.queues
        self._lines, self._inboxes, self._serving = fresh._lines, fresh._inboxes, fresh._serving
        self._numbers, self._next = fresh._numbers, fresh._next
        self.readied = ()
        return moved

    def apply(self, change: FloorChange) -> Moved:
        """Put the change in place, a snapshot in the place of everything; the items that changed."""
        if change.kind != "snapshot":
            return self.put(change)
        fresh = FloorView(self.tenant)
        fresh.put(change)
        return self.become(fresh)

    def put(self, change: FloorChange) -> Moved:
        """Put the pieces of a change, or of a page, in place of the old ones; the items that changed."""
        touched = [queue.queue for queue in change.queues]
        touched += [queue for agent in change.agents for queue in self._serving.queues_of(agent.agent)]
        touched += [queue for name in change.agents_gone for queue in self._serving.queues_of(name)]
        ready = {queue: self.ready_in(queue) for queue in touched}
        moved = [self._put(item) for item in change.items]
        moved += [self._drop(name) for name in change.gone]
        for name, pace in change.paces.items():
            if (known := self.queues.get(name)) is not None:
                self.queues[name] = known.model_copy(update={"pace": pace})
        for agent in change.agents:
            self.agents[agent.agent] = agent
            self._serving.put_agent(agent.agent, agent.state != "logged_out", agent.state == "ready")
        for queue in change.queues:
            self.queues[queue.queue] = queue
            self._serving.put_queue(queue.queue, queue.agents)
        for name in change.agents_gone:
            self.agents.pop(name, None)
            self._serving.put_agent(name, False)
        for name in change.queues_gone:
            self.queues.pop(name, None)
            self._serving.drop_queue(name)
        self._age(change)
        self.readied = tuple(queue for queue, before in ready.items() if self.ready_in(queue) != before)
        self.version = change.version
        return moved

    def _age(self, change: FloorChange) -> None:
        """The lines of the queues that have changed are in the order of their queues' settings."""
        for name in [queue.queue for queue in change.queues] + [*change.queues_gone]:
            if (line := self._lines.get(name)) is not None:
                line.age(self._points(name))

    def _points(self, queue: str) -> int:
        return shown.points_per_minute if (shown := self.queues.get(queue)) is not None else 0

    def _put(self, item: Item) -> tuple[Item | None, Item | None]:
        old = self.items.get(item.item)
        if old is None:
            self._numbers[item.item] = next(self._next)
        else:
            self._out_of_place(old)
        self.items[item.item] = item
        self._inboxes.add(self._numbers[item.item], item)
        if item.stage == "waiting":
            line = self._lines.get(item.queue)
            if line is None:
                line = self._lines[item.queue] = Line(self._points(item.queue))
            line.add(item)
        return old, item

    def _drop(self, name: str) -> tuple[Item | None, Item | None]:
        old = self.items.pop(name, None)
        if old is not None:
            self._out_of_place(old)
            del self._numbers[name]
        return old, None

    def _out_of_place(self, item: Item) -> None:
        self._inboxes.remove(item)
        if item.stage == "waiting":
            line = self._lines[item.queue]
            line.remove(item)
            if not line:
                del self._lines[item.queue]

    # --- what is asked ------------------------------------------------------------------------------------------------

    def waiting(self, queue: str) -> list[Item]:
        """What waits in a queue, in the order in which it goes: waiting counts where the queue's priorities age."""
        return [*self._lines.get(queue, ())]

    def position(self, item: Item) -> int:
        """The place of an item that waits: everything ahead counts, calls and e-mails too."""
        return self._lines[item.queue].position(item)

    def length(self, queue: str) -> int:
        """How many chats and calls wait in a queue: what its maximum length is about."""
        line = self._lines.get(queue)
        return line.length if line is not None else 0

    def owned(self, agent: str) -> list[Item]:
        """An agent's inbox."""
        return self._inboxes.of(agent)

    def taken(self) -> list[Item]:
        """What is in any agent's inbox."""
        return self._inboxes.all()

    def contacts(self) -> set[str | None]:
        """Those of whom there is an item."""
        return {item.contact for item in self.items.values()}

    def served_by(self, agent: str) -> dict[str, QueueShown]:
        """The queues that an agent serves."""
        return {name: self.queues[name] for name in self._serving.queues_of(agent)}

    def admit(self, queue: str) -> None:
        """Whether a chat may enter the queue now (R5). Raises Refused `queue_full`, `no_agents`."""
        settings = self.queues.get(queue)
        if settings is None:
            return
        length = self.length(queue)
        full = settings.max_length is not None and length >= settings.max_length
        if full and (length or settings.distribution == "pick" or 0 not in self._places(settings)):
            raise Refused("queue_full", "All our agents are busy, and the queue is full: try again later.")
        if not settings.wait_without_agents and not self._serving.anybody_here(queue):
            raise Refused("no_agents", "Nobody is here at the moment: try again later.")

    def ready_in(self, queue: str) -> int:
        """How many agents of the queue are ready."""
        return self._serving.ready_in(queue)

    def anybody_here(self, queue: str) -> bool:
        """Whether an agent of the queue is logged in."""
        return self._serving.anybody_here(queue)

    def waits(self, queue: str) -> Waits:
        """How long those who wait in the queue may have to wait, and whether anybody is there (R8)."""
        shown = self.queues.get(queue)
        pace = shown.pace if shown is not None else USUAL
        found = self._places(shown) if shown is not None else []
        kinds = (item.kind for item in self._lines.get(queue, ()))
        return Waits(found, kinds, pace, self.anybody_here(queue))

    def _places(self, queue: QueueShown) -> list[int]:
        """When each place of the queue's agents who are ready is free, in milliseconds from now."""
        agents = (self.agents[name] for name in queue.agents if name in self.agents)
        ready = [hands(self._inboxes.of(agent.agent)) for agent in agents if agent.state == "ready"]
        return places(ready, queue.chats_per_agent, queue.pace.turns)
