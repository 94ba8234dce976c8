"""The state of a tenant's floor, and how each event changes it.

Changed in place; its queues and its agents are kept in order, so that each event costs the logarithm of their number, not
the number.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from . import events as e
from . import life, presence, queue_settings
from .dues import Dues
from .memory import ClosedItems, Commands
from .queue_settings import Settings
from .queues import Queue
from .room import has_room
from .state import Agent, ChatServiceOf, Due, Frozen, WorkItem, waiting_item


class Floor:
    """Everything that the router knows of one tenant. `tells_why`: assignments say who was passed over, and why (R38)."""

    tells_why = True

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.queues: dict[str, Queue] = {}
        self.agents: dict[str, Agent] = {}
        self.items: dict[str, WorkItem] = {}
        self.services: dict[str, ChatServiceOf] = {}
        self.closed = ClosedItems()
        self.last_at = 0
        self.touches = 0
        self.assignments = 0
        self.commands = Commands()
        self.unsettled: set[str] = set()
        """Queues in which an assignment may have become possible since the last look."""
        self.returning: set[str] = set()
        """Agents of whom something is interrupted by a call that they do not have any more (R13)."""
        self.taking_up: set[str] = set()
        """Agents who have room now for what they were given when they had none (R23)."""
        self._served: dict[str, dict[str, None]] = {}
        self._dues = Dues(self._due_of)
        self._looks: dict[str, int] = {}

    # --- questions ----------------------------------------------------------------------------------------------------

    def serves(self, agent: str, queue: str) -> bool:
        """Whether an administrator has put the agent into the queue (R5)."""
        return queue in self._served.get(agent, ())

    def served_by(self, agent: str) -> list[str]:
        """The queues that the agent serves."""
        return list(self._served.get(agent, ()))

    def limit_of(self, item: WorkItem) -> int:
        """How many active chats of its queue an agent may take on (R6)."""
        return self.queues[item.queue].settings.chats_per_agent

    def has_room(self, agent: Agent, chat: WorkItem) -> bool:
        """Whether the agent can have the chat active at once: what they are busy with is not taken from their hands (R6)."""
        on_something_else = agent.active_calls or agent.active_wrap_ups
        return not on_something_else and has_room(agent, chat.queue, self.limit_of(chat))

    def owned(self, agent: Agent) -> list[WorkItem]:
        """The agent's inbox, the item left untouched longest first."""
        return sorted((self.items[name] for name in agent.owned), key=lambda item: item.touch)

    def active_chats(self, agent: Agent) -> list[WorkItem]:
        """The agent's active chats in conversation, the one left untouched longest first (R6)."""
        return [
            item
            for item in self.owned(agent)
            if item.kind == "chat" and item.activity == "active" and item.stage == "conversation"
        ]

    def to_return(self, agent: Agent) -> list[WorkItem]:
        """What is interrupted by a call that the agent does not have any more (R13), the one left untouched longest first."""
        return [
            item
            for item in self.owned(agent)
            if item.activity == "interrupted" and not self._goes_on(agent, item.interrupted_by)
        ]

    def _goes_on(self, agent: Agent, interrupter: str | None) -> bool:
        """Whether what interrupted something is not over: a call as long as the agent has it, its wrap-up too (R18); anything else
        until the agent parks it."""
        if interrupter is None or interrupter not in agent.owned:
            return False
        return self.items[interrupter].kind == "call" or self.items[interrupter].activity != "parked"

    def to_take_up(self, agent: Agent) -> list[WorkItem]:
        """What the agent was given when they had no room for it, and has now (R23)."""
        mine = (self.items[name] for name in agent.owned)
        return [item for item in mine if item.for_lack_of_room and self.has_room(agent, item)]

    def next_due(self) -> int | None:
        """When something is due by itself next."""
        return self._dues.next()

    def overdue(self, at: int) -> Due | None:
        """The next of what is due at `at`."""
        return self._dues.overdue(at)

    def _due_of(self, kind: str, name: str) -> int | None:
        if kind == "look":
            return self._looks.get(name)
        if kind == "grace":
            agent = self.agents.get(name)
            return agent.grace_ends if agent is not None else None
        item = self.items.get(name)
        if item is None:
            return None
        return {"wrap_up": item.wrap_up_ends, "ring": item.rings_until, "follow_up": item.follow_up_at}[kind]

    # --- looking again ------------------------------------------------------------------------------------------------

    def look_again(self, queue: str, at: int) -> None:
        """Something in the queue may become possible at `at`, without an event."""
        if self._looks.get(queue, at + 1) > at:
            self._looks[queue] = at
            self._dues.note(Due(at, "look", queue))

    def look(self, queue: str) -> None:
        """The time for another look has come."""
        self._looks.pop(queue, None)
        self.unsettled.add(queue)

    # --- what events change -------------------------------------------------------------------------------------------

    def _note_due(self, kind: Literal["wrap_up", "ring", "grace", "follow_up"], name: str) -> None:
        due = self._due_of(kind, name)
        if due is not None:
            self._dues.note(Due(due, kind, name))

    def _offer(self, agent: Agent) -> None:
        """Put the agent where they stand now, in each queue that they serve."""
        for name in self._served.get(agent.agent, ()):
            queue = self.queues[name]
            # Who gave something away may take it once nobody else is there (R23).
            if queue.place(agent) or queue.given:
                self.unsettled.add(name)

    def _widen(self, agent: Agent) -> None:
        """How many chats the agent may have in all, by the queues that they serve now (R6); and what they are busy with."""
        limits = (self.queues[name].settings.chats_per_agent for name in self.served_by(agent.agent))
        agent.most_chats = max(limits, default=1)
        self._weigh(agent)

    def _weigh(self, agent: Agent) -> None:
        """What the agent is busy with, anew; whether a call may interrupt it; whether something is to return, or to be taken
        up."""
        chats = others = wrap_ups = calls = 0
        chats_in: dict[str, int] = {}
        ceiling, interruptible, returning, lacking = -1, True, False, False
        for name in agent.owned:
            item = self.items[name]
            if item.activity != "active":
                lacking = lacking or item.for_lack_of_room
                interrupted = item.activity == "interrupted"
                returning = returning or (interrupted and not self._goes_on(agent, item.interrupted_by))
                continue
            if item.stage == "wrap_up":
                wrap_ups += 1
            elif item.kind == "call":
                calls += 1
            else:
                if item.kind == "chat":
                    chats, chats_in[item.queue] = chats + 1, chats_in.get(item.queue, 0) + 1
                else:
                    others += 1
                ceiling = max(ceiling, item.priority)
                interruptible = interruptible and item.kind in self.queues[item.queue].settings.interruptible
        agent.active_chats, agent.active_others, agent.active_wrap_ups, agent.active_calls = (
            chats,
            others,
            wrap_ups,
            calls,
        )
        agent.active_in = chats_in
        agent.ceiling = ceiling if interruptible and ceiling >= 0 else None
        for those, is_one in ((self.returning, returning), (self.taking_up, lacking and bool(self.to_take_up(agent)))):
            (those.add if is_one else those.discard)(agent.agent)

    def _recount(self, agent: Agent, at: int) -> None:
        """As above; an agent who has become busier or less so is idle, or busy, from `at` on."""
        before = agent.busy
        self._weigh(agent)
        if agent.busy != before:
            agent.idle_since = at
        self._offer(agent)

    def _touch(self, item: WorkItem, at: int) -> None:
        self.touches += 1
        item.touched_at, item.touch = at, self.touches

    def _wait(self, item: WorkItem) -> None:
        self.queues[item.queue].add(item)
        self.unsettled.add(item.queue)

    def evolve(self, event: e.Happened) -> Floor:
        """The floor after an event, the same object. Never fails on an event that the log holds."""
        self.last_at = max(self.last_at, event.at)
        match event:
            case e.ItemQueued():
                self._queue_item(event)
            case (
                e.ItemAssigned()
                | e.ItemParked()
                | e.ItemResumed()
                | e.ItemRequeued()
                | e.ItemTransferred()
                | e.WrapUpStarted()
            ):
                self._move(self.items[event.item], event)
            case e.ItemClosed():
                self._close(self.items[event.item], event)
            case e.UnreadCounted():
                self.items[event.item].unread = event.count
            case e.ItemTouched():
                self._touch(self.items[event.item], event.at)
            case e.ItemClassified():
                self.items[event.item].code, self.items[event.item].note = event.code, event.note
            case e.ItemNoted():
                self.items[event.item].notes += 1
            case e.ItemIdentified():
                self.items[event.item].contact = event.contact
            case e.WrapUpExtended():
                item = self.items[event.item]
                item.limit_ms = (item.limit_ms or 0) + event.extension_ms
                item.extensions_left = max(0, (item.extensions_left or 0) - 1)
                self._note_due("wrap_up", item.item)
            case e.FollowUpSet() | e.ItemReminded():
                life.followed_up(self.items[event.item], event)
                self._note_due("follow_up", event.item)
            case e.CallAnswered():
                life.answered(self.items[event.item], event)
            case e.ItemReordered():
                self._reorder(self.items[event.item], event)
            case e.InterrupterChanged():
                self.items[event.item].interrupted_by = event.interrupted_by
                self._recount(self.agents[event.agent], event.at)
            case e.QueueSet():
                self._set_queue(event)
            case e.QueueRemoved():
                self._remove_queue(event.queue)
            case e.ServiceSet():
                self.services[event.service] = ChatServiceOf(priority=event.priority, skills=event.skills)
            case e.ItemMoved():
                self._put_elsewhere(self.items[event.item], event)
            case e.CommandSeen() | e.CallKept() | e.Intervened():
                pass
            case _:
                self._change_agent(event)
        self._remember(event)
        return self

    # --- agents -------------------------------------------------------------------------------------------------------

    def _change_agent(self, event: Any) -> None:
        if isinstance(event, e.AgentForgotten):
            self.agents.pop(event.agent, None)
            return
        agent = self.agents.get(event.agent)
        if agent is None:
            agent = self.agents[event.agent] = Agent(agent=event.agent, name=getattr(event, "name", event.agent))
            self._widen(agent)
        presence.changed(agent, event)
        match event:
            case e.AgentDisconnected() if not agent.connections:
                self._note_due("grace", event.agent)
            case e.AgentSkilled():
                self.unsettled.update(self._served.get(event.agent, ()))
        self._offer(agent)

    # --- queues -------------------------------------------------------------------------------------------------------

    def _set_queue(self, event: e.QueueSet) -> None:
        settings = queue_settings.read(event.settings)
        old = self.queues.get(event.queue)
        queue = self.queues[event.queue] = Queue(event.queue, settings, old.items if old is not None else 0)
        if old is not None:
            queue.figures = old.figures
            for name in old.settings.agents:
                self._served[name].pop(event.queue, None)
        for name in settings.agents:
            self._served.setdefault(name, {})[event.queue] = None
        for name in old.waiting if old is not None else ():
            queue.add(self.items[name])
        self.unsettled.add(event.queue)
        concerned = {*settings.agents, *(old.settings.agents if old is not None else ())}
        for agent in self.agents.values():
            if agent.agent in concerned or any(self.items[name].queue == event.queue for name in agent.owned):
                self._widen(agent)
                self._offer(agent)

    def _remove_queue(self, name: str) -> None:
        served = self.queues.pop(name).settings.agents
        for agent in served:
            self._served[agent].pop(name, None)
        for known in filter(None, map(self.agents.get, served)):
            self._widen(known)
            self._offer(known)
        self.unsettled.discard(name)
        self._looks.pop(name, None)

    # --- items --------------------------------------------------------------------------------------------------------

    def _queue_item(self, event: e.ItemQueued) -> None:
        if event.queue not in self.queues:  # nobody serves it until an administrator says who, but nothing is lost
            self.queues[event.queue] = Queue(event.queue, Settings(name=event.queue))
        item = self.items[event.item] = waiting_item(event)
        self.queues[event.queue].items += 1
        self._wait(item)

    def _reorder(self, item: WorkItem, event: e.ItemReordered) -> None:
        waits = item.stage == "waiting"
        if waits:
            self.queues[item.queue].remove(item)
        item.priority, item.own_priority, item.skills = event.priority, event.own_priority, event.skills
        if waits:
            self._wait(item)
        elif item.owner is not None:
            self._weigh(self.agents[item.owner])
            self._offer(self.agents[item.owner])

    def _move(self, item: WorkItem, event: Any) -> None:
        """The events that change who works on an item, and with it its timers (R17)."""
        agent, at = self.agents[event.agent], event.at
        item.changed_at = max(item.changed_at, at)
        match event:
            case e.ItemAssigned():
                self._assign(item, agent, event)
            case e.ItemParked():
                life.parked(item, event)
                if event.interrupted_by is not None:
                    agent.interrupted_at = at
            case e.ItemResumed():
                life.resumed(item, event)
                self._note_due("wrap_up", item.item)
                self._touch(item, at)
            case e.ItemRequeued() | e.ItemTransferred():
                self._take_back(item, agent, event)
            case e.WrapUpStarted():
                life.over(item, event)
                self._note_due("wrap_up", item.item)
        self._recount(agent, at)

    def _assign(self, item: WorkItem, agent: Agent, event: e.ItemAssigned) -> None:
        self._leave_line(item, event.at, gave_up=False)
        life.assigned(item, event)
        agent.owned[item.item] = None
        self.assignments += 1
        agent.assigned = self.assignments
        self._note_due("ring", item.item)
        self._touch(item, event.at)

    def _take_back(self, item: WorkItem, agent: Agent, event: e.ItemRequeued | e.ItemTransferred) -> None:
        self.queues[item.queue].items -= 1
        life.taken_back(item, event)
        self.queues[item.queue].items += 1
        agent.owned.pop(item.item, None)
        self._wait(item)

    def _put_elsewhere(self, item: WorkItem, event: e.ItemMoved) -> None:
        left = self.queues[item.queue]
        left.remove(item)
        left.items -= 1
        life.moved(item, event)
        self.queues[item.queue].items += 1
        self._wait(item)

    def _leave_line(self, item: WorkItem, at: int, gave_up: bool) -> None:
        queue = self.queues[item.queue]
        queue.remove(item)
        queue.figures.left(item.wait.at(at) - item.wait.ms, gave_up)

    def _close(self, item: WorkItem, event: e.ItemClosed) -> None:
        if item.stage == "waiting":
            self._leave_line(item, event.at, gave_up=True)
        life.closed(item, event)
        if item.handle.ms:
            self.queues[item.queue].figures.took(item.kind, item.held.ms)
        self.queues[item.queue].items -= 1
        del self.items[item.item]
        self.closed.add(item)
        self.closed.forget(self.last_at)
        if item.owner is not None:
            agent = self.agents[item.owner]
            agent.owned.pop(item.item, None)
            self._recount(agent, event.at)

    def _remember(self, event: e.Happened) -> None:
        """Which commands have had their effect: told again they have no second one."""
        if event.command_key is not None:
            self.commands.add(event.command_key, event.digest, self.last_at)

    # --- snapshots ----------------------------------------------------------------------------------------------------

    def freeze(self) -> bytes:
        """Everything but the indexes, as bytes."""
        return msgspec.json.encode(
            Frozen(
                queues={name: queue.settings.stored() for name, queue in self.queues.items()},
                agents=list(self.agents.values()),
                items=list(self.items.values()),
                closed=self.closed.frozen(),
                last_at=self.last_at,
                touches=self.touches,
                assignments=self.assignments,
                commands=self.commands.frozen(),
                services=self.services,
                figures={name: queue.figures for name, queue in self.queues.items()},
            )
        )

    @classmethod
    def thaw(cls, tenant: str, frozen: bytes) -> Floor:
        """A floor from its bytes, with its indexes built anew."""
        kept = msgspec.json.decode(frozen, type=Frozen)
        floor = cls(tenant)
        floor.last_at, floor.touches, floor.services = kept.last_at, kept.touches, kept.services
        floor.commands, floor.closed = Commands(kept.commands), ClosedItems(kept.closed)
        floor.assignments = kept.assignments
        for name, settings in kept.queues.items():
            floor.queues[name] = Queue(name, queue_settings.read(settings))
            floor.queues[name].figures = kept.figures.get(name, floor.queues[name].figures)
            for agent in floor.queues[name].settings.agents:
                floor._served.setdefault(agent, {})[name] = None
        floor.items = {item.item: item for item in kept.items}
        for item in kept.items:
            floor.queues[item.queue].items += 1
            if item.stage == "waiting":
                floor._wait(item)
            floor._note_due("wrap_up", item.item)
            floor._note_due("ring", item.item)
            floor._note_due("follow_up", item.item)
        for known in kept.agents:
            floor.agents[known.agent] = known
            floor._widen(known)
            floor._offer(known)
            floor._note_due("grace", known.agent)
        return floor
