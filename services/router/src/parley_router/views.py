"""What others are shown of a floor: whole pieces, put in place of the old ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from parley_contracts.pages import PAGE_BYTES
from parley_contracts.shapes import Classification, Item, TimerShown, WrapUpShown
from parley_contracts.showings import AgentShown, FloorChange, HelpShown, Intervention, Pace, QueueShown
from parley_contracts.wire import encode

from .domain import events as e
from .domain.floor import Floor
from .domain.queue_settings import read
from .domain.queues import Queue
from .domain.state import Agent, WorkItem

KINDS: dict[type[e.Happened], str] = {
    e.QueueSet: "queue_set",
    e.QueueRemoved: "queue_removed",
    e.AgentSkilled: "skilled",
    e.AgentForgotten: "forgotten",
    e.ServiceSet: "service_set",
    e.AgentLoggedIn: "logged_in",
    e.AgentConnected: "connected",
    e.AgentDisconnected: "disconnected",
    e.AgentSetReady: "ready",
    e.AgentSetNotReady: "not_ready",
    e.AgentLoggedOut: "logged_out",
    e.ItemQueued: "queued",
    e.ItemReordered: "reordered",
    e.ItemAssigned: "assigned",
    e.CallAnswered: "answered",
    e.CallKept: "kept",
    e.ItemParked: "parked",
    e.ItemResumed: "resumed",
    e.FollowUpSet: "follow_up",
    e.ItemReminded: "reminded",
    e.InterrupterChanged: "held_over",
    e.ItemRequeued: "requeued",
    e.ItemTransferred: "transferred",
    e.WrapUpStarted: "wrap_up_started",
    e.WrapUpExtended: "wrap_up_extended",
    e.ItemClassified: "classified",
    e.ItemIdentified: "identified",
    e.ItemNoted: "noted",
    e.ItemClosed: "closed",
    e.UnreadCounted: "unread",
    e.ItemTouched: "touched",
    e.Intervened: "intervened",
    e.ItemMoved: "moved",
    e.HelpAsked: "help_asked",
    e.HelpOver: "help_over",
    e.CommandSeen: "command_seen",
}


class QueueChange(NamedTuple):
    """R5: one change of a queue, as `AskQueueChanges` is answered: the floor's `version`, `at` in milliseconds since 1970, `by`
    whom, and the settings before and after, None where there was or is no such queue."""

    version: int
    at: int
    by: str
    queue: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None


def queue_changes(events: Iterable[tuple[int, e.Happened]], before: int | None, limit: int) -> list[QueueChange]:
    """The changes of queues that these events were, with their versions: the newest first, at most `limit`, of those before
    the version `before`. All of a floor's are given, from the first; settings that were stored before there was a field have
    it as it was meant then."""
    there: dict[str, dict[str, Any]] = {}
    found = []
    for version, event in events:
        if isinstance(event, e.QueueSet | e.QueueRemoved) and (before is None or version < before):
            old, new = there.pop(event.queue, None), None
            if isinstance(event, e.QueueSet):
                new = there[event.queue] = read(event.settings).stored()
            found.append(QueueChange(version, event.at, event.user, event.queue, old, new))
    return found[-limit:][::-1]


def item_shown(item: WorkItem) -> Item:
    """The item as protocol.md has it."""
    return Item.model_construct(
        item=item.item,
        kind=item.kind,
        queue=item.queue,
        priority=item.priority,
        stage=item.stage,
        activity=item.activity,
        owner=item.owner,
        waiting_since=item.waiting_since,
        handle=TimerShown.model_construct(ms=item.handle.ms, running_since=item.handle.running_since),
        wrap_up=WrapUpShown.model_construct(
            ms=item.wrap_up.ms,
            running_since=item.wrap_up.running_since,
            limit_ms=item.limit_ms,
            extensions_left=item.extensions_left,
        ),
        interrupted_by=item.interrupted_by,
        unread=item.unread,
        contact=item.contact,
        name=item.name,
        language=item.language,
        subject=item.subject,
        due_at=item.due_at,
        follow_up_at=item.follow_up_at,
        reminded=item.reminded or None,
        conversation=item.conversation,
        classification=None if item.code is None else Classification(code=item.code, note=item.note),
        answered=item.answered,
        assignment=item.assignment if item.owner is not None and item.stage != "closed" else None,
    )


def agent_shown(agent: Agent) -> AgentShown:
    """The agent's presence."""
    asked = agent.help
    return AgentShown(
        tenant="",
        agent=agent.agent,
        name=agent.name,
        state=agent.state,
        reason=agent.reason,
        since=agent.since or None,
        help=None if asked is None else HelpShown(since=asked.since, item=asked.item, text=asked.text),
    )


def intervention_shown(acted: e.Intervened) -> Intervention:
    """What a supervisor has done, as the agent concerned and other supervisors see it (R36)."""
    return Intervention(
        user=acted.user,
        name=acted.name,
        act=acted.act,
        agent=acted.agent,
        item=acted.item,
        to_agent=acted.to_agent,
        queue=acted.queue,
        why=acted.note,
    )


def queue_shown(queue: Queue) -> QueueShown:
    """Who serves the queue, and what decides whether a chat may enter it."""
    settings = queue.settings
    return QueueShown(
        tenant="",
        queue=queue.queue,
        name=settings.name,
        agents=settings.agents,
        max_length=settings.max_length,
        wait_without_agents=settings.wait_without_agents,
        hours=settings.opening_hours,
        points_per_minute=settings.routing.points_per_minute if settings.routing.order == "ageing" else 0,
        chats_per_agent=settings.chats_per_agent,
        distribution=settings.distribution,
        reply_target_s=settings.reply_target_s,
        mail_reply_target_s=settings.mail_reply_target_s,
        pace=pace_of(queue),
    )


def pace_of(queue: Queue) -> Pace:
    """What waiting times are worked out from (R8)."""
    turns = {kind: turn.ms for kind, turn in queue.figures.turns.items()}
    return Pace(turns=turns, patience_ms=queue.figures.patience_ms)


def change(floor: Floor, event: e.Happened, version: int) -> FloorChange:
    """What an event changed, as it stands after it."""
    items: tuple[Item, ...] = ()
    gone: tuple[str, ...] = ()
    agents: tuple[AgentShown, ...] = ()
    queues: tuple[QueueShown, ...] = ()
    agents_gone: tuple[str, ...] = ()
    queues_gone: tuple[str, ...] = ()
    paces: dict[str, Pace] = {}
    if isinstance(event, e.ItemHappened):
        item = floor.items.get(event.item)
        items, gone = ((item_shown(item),), ()) if item is not None else ((), (event.item,))
        if isinstance(event, e.ItemClosed | e.ItemAssigned) and (left := floor.queues.get(event.queue)) is not None:
            paces = {event.queue: pace_of(left)}
    elif isinstance(event, e.QueueSet):
        queue = floor.queues.get(event.queue)
        queues = (queue_shown(queue),) if queue is not None else ()
    elif isinstance(event, e.QueueRemoved):
        queues_gone = (event.queue,)
    elif isinstance(event, e.AgentForgotten):
        agents_gone = (event.agent,)
    elif isinstance(event, e.Intervened):
        known = floor.agents.get(event.agent or "")
        agents = (agent_shown(known),) if known is not None else ()
    elif not isinstance(event, e.CommandSeen | e.ServiceSet):
        agents = (agent_shown(floor.agents[event.agent]),)  # type: ignore[attr-defined]
    return FloorChange.model_construct(
        type="floor_change",
        tenant=floor.tenant,
        version=version,
        at=event.at,
        kind=KINDS[type(event)],
        items=items,
        gone=gone,
        agents=agents,
        queues=queues,
        agents_gone=agents_gone,
        queues_gone=queues_gone,
        paces=paces,
        intervention=intervention_shown(event) if isinstance(event, e.Intervened) else None,
    )


Piece = Item | AgentShown | QueueShown


class Showing:
    """A floor on its way to a gateway, page by page: what is on it when that begins, each piece as it stands when its page is
    made. What comes meanwhile is told as a change."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._left: deque[tuple[Callable[[Floor, str], Piece | None], str]] = deque()
        self._left.extend((_agent, name) for name in floor.agents)
        self._left.extend((_queue, name) for name in floor.queues)
        self._left.extend((_item, name) for name in floor.items)
        self.page = -1

    @property
    def more(self) -> bool:
        """Whether something is left."""
        return bool(self._left)

    def next(self, version: int) -> FloorChange:
        """The next page, with the floor's version now."""
        page: list[Piece] = []
        size = 0
        while self._left:
            shown, name = self._left[0]
            piece = shown(self._floor, name)
            if piece is not None:
                size += len(encode(piece))
                if page and size > PAGE_BYTES:
                    break
                page.append(piece)
            self._left.popleft()
        self.page += 1
        return FloorChange(
            tenant=self._floor.tenant,
            version=version,
            at=self._floor.last_at,
            kind="snapshot",
            items=tuple(piece for piece in page if isinstance(piece, Item)),
            agents=tuple(piece for piece in page if isinstance(piece, AgentShown)),
            queues=tuple(piece for piece in page if isinstance(piece, QueueShown)),
        )


def _agent(floor: Floor, name: str) -> Piece | None:
    agent = floor.agents.get(name)
    return agent_shown(agent) if agent is not None else None


def _queue(floor: Floor, name: str) -> Piece | None:
    queue = floor.queues.get(name)
    return queue_shown(queue) if queue is not None else None


def _item(floor: Floor, name: str) -> Piece | None:
    item = floor.items.get(name)
    return item_shown(item) if item is not None else None


def snapshot(floor: Floor, version: int) -> FloorChange:
    """Everything that is on the floor."""
    return FloorChange(
        tenant=floor.tenant,
        version=version,
        at=floor.last_at,
        kind="snapshot",
        items=tuple(item_shown(item) for item in floor.items.values()),
        agents=tuple(agent_shown(agent) for agent in floor.agents.values()),
        queues=tuple(queue_shown(queue) for queue in floor.queues.values()),
    )
