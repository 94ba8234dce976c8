"""The state of a tenant's floor, and how each event changes it.

Changed in place; its queues and its free agents are kept in order, so that each event costs the logarithm of their
number, not the number.
"""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from parley_contracts.shapes import Activity, Kind, QueueSettings, Stage
from parley_contracts.timer import Timer
from sortedcontainers import SortedKeyList

from . import events as e

CLOSED_KEPT = 1_000
COMMANDS_KEPT = 128


class WorkItem(msgspec.Struct, kw_only=True):
    """One piece of work, waiting or owned."""

    item: str
    kind: Kind
    queue: str
    priority: int
    waiting_since: int
    changed_at: int
    stage: Stage = "waiting"
    activity: Activity | None = None
    owner: str | None = None
    interrupted_by: str | None = None
    wait: Timer = Timer()
    handle: Timer = Timer()
    wrap_up: Timer = Timer()
    limit_ms: int | None = None
    extensions_left: int | None = None
    touched_at: int = 0
    touch: int = 0
    unread: int = 0
    ended_by: str | None = None
    name: str | None = None
    language: str | None = None
    subject: str | None = None
    code: str | None = None
    note: str | None = None


def place(item: WorkItem) -> tuple[int, int, str]:
    """R4: priority first (higher first), then the time of first entering the queue."""
    return (-item.priority, item.waiting_since, item.item)


class Agent(msgspec.Struct, kw_only=True):
    """Who is there, and what they own."""

    agent: str
    name: str
    state: Literal["ready", "not_ready", "logged_out"] = "logged_out"
    reason: str | None = None
    connections: list[str] = []
    lost_at: int | None = None
    grace_ms: int = 60_000
    idle_since: int = 0
    owned: dict[str, None] = {}
    active_chats: int = 0
    active_others: int = 0
    active_wrap_ups: int = 0
    active_calls: int = 0
    commands: dict[str, int] = {}


class Queue:
    """A queue: its settings, what waits in order, who could take the next item, the one idle longest first."""

    __slots__ = ("available", "queue", "settings", "waiting")

    def __init__(self, queue: str, settings: QueueSettings) -> None:
        self.queue, self.settings = queue, settings
        self.waiting: SortedKeyList[WorkItem] = SortedKeyList(key=place)
        self.available: SortedKeyList[tuple[int, int, str]] = SortedKeyList(key=lambda entry: entry)


class Frozen(msgspec.Struct):
    """A floor as it is kept in a snapshot: what the indexes are built from."""

    queues: dict[str, dict[str, Any]]
    agents: list[Agent]
    items: list[WorkItem]
    closed: list[WorkItem]
    last_at: int
    touches: int


class Floor:
    """Everything that the router knows of one tenant."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.queues: dict[str, Queue] = {}
        self.agents: dict[str, Agent] = {}
        self.items: dict[str, WorkItem] = {}
        self.closed: OrderedDict[str, WorkItem] = OrderedDict()
        self.last_at = 0
        self.touches = 0
        self.unsettled: set[str] = set()
        """Queues in which an assignment may have become possible since the last look."""
        self._deadlines: list[tuple[int, str, str]] = []
        self._offered: dict[str, dict[str, tuple[int, int, str]]] = {}

    # --- questions ----------------------------------------------------------------------------------------------------

    def serves(self, agent: str, queue: str) -> bool:
        """Whether an administrator has put the agent into the queue (R5)."""
        found = self.queues.get(queue)
        return found is not None and agent in found.settings.agents

    def limit_of(self, item: WorkItem) -> int:
        """How many chats an owner of this item may have active (R6)."""
        queue = self.queues.get(item.queue)
        return queue.settings.chats_per_agent if queue is not None else 1

    def active_chats(self, agent: Agent) -> list[WorkItem]:
        """The agent's active chats in conversation, the one left untouched longest first (R6)."""
        chats = [
            item
            for name in agent.owned
            if (item := self.items[name]).kind == "chat" and item.activity == "active" and item.stage == "conversation"
        ]
        return sorted(chats, key=lambda item: item.touch)

    def next_due(self) -> int | None:
        """When something is due by itself: a wrap-up's limit (R18) or the end of a grace period (R21)."""
        while self._deadlines:
            due, kind, name = self._deadlines[0]
            if self._due_of(kind, name) == due:
                return due
            heapq.heappop(self._deadlines)
        return None

    def due(self, at: int) -> Iterator[tuple[int, str, str]]:
        """What is due at `at`: when, `wrap_up` or `grace`, and the item or agent; the earliest first."""
        return iter(
            sorted({entry for entry in self._deadlines if entry[0] <= at and self._due_of(*entry[1:]) == entry[0]})
        )

    def _due_of(self, kind: str, name: str) -> int | None:
        if kind == "grace":
            agent = self.agents[name]
            gone = agent.lost_at is not None and agent.state != "logged_out"
            return agent.lost_at + agent.grace_ms if gone and agent.lost_at is not None else None
        item = self.items.get(name)
        if item is None or item.stage != "wrap_up" or item.wrap_up.running_since is None or item.limit_ms is None:
            return None
        return item.wrap_up.running_since + max(0, item.limit_ms - item.wrap_up.ms)

    # --- what events change -------------------------------------------------------------------------------------------

    def _note_due(self, kind: str, name: str) -> None:
        due = self._due_of(kind, name)
        if due is not None:
            heapq.heappush(self._deadlines, (due, kind, name))

    def _offer(self, agent: Agent) -> None:
        """Put the agent among the available of each queue that they can take a chat from now (R7), and out of others."""
        offered = self._offered.setdefault(agent.agent, {})
        free = (
            agent.state == "ready" and bool(agent.connections) and not agent.active_calls and not agent.active_wrap_ups
        )
        entry = (min(agent.active_chats + agent.active_others, 1), agent.idle_since, agent.agent)
        for name, queue in self.queues.items():
            old = offered.get(name)
            able = free and agent.agent in queue.settings.agents and agent.active_chats < queue.settings.chats_per_agent
            if old is not None and (not able or old != entry):
                queue.available.remove(old)
                del offered[name]
            if able and old != entry:
                queue.available.add(entry)
                offered[name] = entry
                self.unsettled.add(name)

    def _recount(self, agent: Agent, at: int) -> None:
        """What the agent is busy with, anew; an agent who has just become free is idle from `at` on."""
        was_busy = agent.active_chats + agent.active_others + agent.active_wrap_ups + agent.active_calls
        agent.active_chats = agent.active_others = agent.active_wrap_ups = agent.active_calls = 0
        for name in agent.owned:
            item = self.items[name]
            if item.activity != "active":
                continue
            if item.stage == "wrap_up":
                agent.active_wrap_ups += 1
            elif item.kind == "call":
                agent.active_calls += 1
            elif item.kind == "chat":
                agent.active_chats += 1
            else:
                agent.active_others += 1
        if agent.active_chats + agent.active_others + agent.active_wrap_ups + agent.active_calls != was_busy:
            agent.idle_since = at
        self._offer(agent)

    def _touch(self, item: WorkItem, at: int) -> None:
        self.touches += 1
        item.touched_at, item.touch = at, self.touches

    def _wait(self, item: WorkItem) -> None:
        self.queues[item.queue].waiting.add(item)
        self.unsettled.add(item.queue)

    def _close(self, item: WorkItem) -> None:
        del self.items[item.item]
        self.closed[item.item] = item
        while len(self.closed) > CLOSED_KEPT:
            self.closed.popitem(last=False)

    def evolve(self, event: e.Happened) -> Floor:
        """The floor after an event, the same object. Never fails on an event that the log holds."""
        self.last_at = max(self.last_at, event.at)
        match event:
            case e.QueueSet():
                self._set_queue(event)
            case e.AgentLoggedIn():
                agent = self.agents.setdefault(event.agent, Agent(agent=event.agent, name=event.name))
                agent.state, agent.reason, agent.lost_at, agent.idle_since = "not_ready", None, None, event.at
            case e.AgentConnected():
                agent = self.agents[event.agent]
                agent.connections = [*agent.connections, event.connection]
                agent.name, agent.grace_ms, agent.lost_at = event.name, event.grace_ms, None
                self._offer(agent)
            case e.AgentDisconnected():
                agent = self.agents[event.agent]
                agent.connections = [held for held in agent.connections if held != event.connection]
                if not agent.connections:
                    agent.lost_at = event.at
                    self._note_due("grace", event.agent)
                self._offer(agent)
            case e.AgentSetReady():
                agent = self.agents[event.agent]
                agent.state, agent.reason, agent.idle_since = "ready", None, event.at
                self._offer(agent)
            case e.AgentSetNotReady():
                agent = self.agents[event.agent]
                agent.state, agent.reason = "not_ready", event.reason
                self._offer(agent)
            case e.AgentLoggedOut():
                agent = self.agents[event.agent]
                agent.state, agent.reason, agent.connections, agent.lost_at = "logged_out", None, [], None
                self._offer(agent)
            case e.ItemQueued():
                self._queue_item(event)
            case e.ItemAssigned() | e.ItemParked() | e.ItemResumed() | e.ItemRequeued() | e.WrapUpStarted():
                self._move(self.items[event.item], event)
            case e.WrapUpExtended():
                item = self.items[event.item]
                item.limit_ms = (item.limit_ms or 0) + event.extension_ms
                item.extensions_left = max(0, (item.extensions_left or 0) - 1)
                self._note_due("wrap_up", item.item)
            case e.ItemClassified():
                self.items[event.item].code, self.items[event.item].note = event.code, event.note
            case e.ItemClosed():
                self._close_item(self.items[event.item], event)
            case e.UnreadCounted():
                self.items[event.item].unread = event.count
            case e.ItemTouched():
                self._touch(self.items[event.item], event.at)
        self._remember(event)
        return self

    def _set_queue(self, event: e.QueueSet) -> None:
        settings = QueueSettings.model_validate(event.settings)
        queue = self.queues.get(event.queue)
        if queue is None:
            queue = self.queues[event.queue] = Queue(event.queue, settings)
        queue.settings = settings
        self.unsettled.add(event.queue)
        for agent in self.agents.values():
            self._offer(agent)

    def _queue_item(self, event: e.ItemQueued) -> None:
        if event.queue not in self.queues:  # nobody serves it until an administrator says who, but nothing is lost
            self.queues[event.queue] = Queue(event.queue, QueueSettings(name=event.queue))
        item = WorkItem(
            item=event.item,
            kind=event.kind,
            queue=event.queue,
            priority=event.priority,
            waiting_since=event.at,
            changed_at=event.at,
            wait=Timer().started(event.at),
            name=event.name,
            language=event.language,
            subject=event.subject,
        )
        self.items[event.item] = item
        self._wait(item)

    def _move(self, item: WorkItem, event: Any) -> None:
        """The events that change who works on an item, and with it its timers (R17)."""
        agent, at = self.agents[event.agent], event.at
        item.changed_at = max(item.changed_at, at)
        match event:
            case e.ItemAssigned():
                self.queues[item.queue].waiting.remove(item)
                item.stage, item.activity, item.owner = "conversation", "active", event.agent
                item.wait, item.handle = item.wait.stopped(at), item.handle.started(at)
                agent.owned[item.item] = None
                self._touch(item, at)
            case e.ItemParked():
                item.activity = "interrupted" if event.why == "call" else "parked"
                item.interrupted_by = event.interrupted_by
                item.handle, item.wrap_up = item.handle.stopped(at), item.wrap_up.stopped(at)
            case e.ItemResumed():
                item.activity, item.interrupted_by, item.unread = "active", None, 0
                if item.stage == "wrap_up":
                    item.wrap_up = item.wrap_up.started(at)
                    self._note_due("wrap_up", item.item)
                else:
                    item.handle = item.handle.started(at)
                self._touch(item, at)
            case e.ItemRequeued():
                item.stage, item.activity, item.owner, item.interrupted_by = "waiting", None, None, None
                item.handle, item.unread, item.wait = item.handle.stopped(at), 0, item.wait.started(at)
                agent.owned.pop(item.item, None)
                self._wait(item)
            case e.WrapUpStarted():
                item.stage, item.handle, item.ended_by = "wrap_up", item.handle.stopped(at), event.ended_by
                item.limit_ms, item.extensions_left = event.limit_ms, event.extensions
                if item.activity == "active":
                    item.wrap_up = item.wrap_up.started(at)
                    self._note_due("wrap_up", item.item)
        self._recount(agent, at)

    def _close_item(self, item: WorkItem, event: e.ItemClosed) -> None:
        if item.stage == "waiting":
            self.queues[item.queue].waiting.remove(item)
        item.changed_at = max(item.changed_at, event.at)
        item.stage, item.activity, item.interrupted_by = "closed", None, None
        item.wait, item.handle = item.wait.stopped(event.at), item.handle.stopped(event.at)
        item.wrap_up = item.wrap_up.stopped(event.at)
        self._close(item)
        if item.owner is not None:
            agent = self.agents[item.owner]
            agent.owned.pop(item.item, None)
            self._recount(agent, event.at)

    def _remember(self, event: e.Happened) -> None:
        """Which commands have had their effect: told again they have no second one."""
        if event.by is None:
            return
        user, _, name = event.by.partition(":")
        agent = self.agents.get(user)
        if agent is not None:
            agent.commands.pop(name, None)
            agent.commands[name] = event.digest
            while len(agent.commands) > COMMANDS_KEPT:
                del agent.commands[next(iter(agent.commands))]

    # --- snapshots ----------------------------------------------------------------------------------------------------

    def freeze(self) -> bytes:
        """Everything but the indexes, as bytes."""
        return msgspec.json.encode(
            Frozen(
                queues={name: queue.settings.model_dump(mode="json") for name, queue in self.queues.items()},
                agents=list(self.agents.values()),
                items=list(self.items.values()),
                closed=list(self.closed.values()),
                last_at=self.last_at,
                touches=self.touches,
            )
        )

    @classmethod
    def thaw(cls, tenant: str, frozen: bytes) -> Floor:
        """A floor from its bytes, with its indexes built anew."""
        kept = msgspec.json.decode(frozen, type=Frozen)
        floor = cls(tenant)
        floor.last_at, floor.touches = kept.last_at, kept.touches
        for name, settings in kept.queues.items():
            floor.queues[name] = Queue(name, QueueSettings.model_validate(settings))
        floor.items = {item.item: item for item in kept.items}
        floor.closed = OrderedDict((item.item, item) for item in kept.closed)
        for item in kept.items:
            if item.stage == "waiting":
                floor._wait(item)
            floor._note_due("wrap_up", item.item)
        for agent in kept.agents:
            floor.agents[agent.agent] = agent
            floor._offer(agent)
            floor._note_due("grace", agent.agent)
        return floor
