"""What an event makes of one item: its stage, whose it is, and its timers (R17). What follows from it for queues and agents is the
floor's."""

from __future__ import annotations

from parley_contracts.timer import Timer

from . import events as e
from .state import WorkItem


def assigned(item: WorkItem, event: e.ItemAssigned) -> None:
    """An agent's from now on. While a call rings, whoever calls still waits."""
    item.stage, item.activity, item.owner = "conversation", "active", event.agent
    item.assignment += 1
    item.held = Timer(0, event.at)
    if item.kind == "call":
        item.answered = False
    if not event.waits:
        item.wait, item.handle = item.wait.stopped(event.at), item.handle.started(event.at)
    if event.ring_ms is not None:
        item.rings_until = event.at + event.ring_ms


def answered(call: WorkItem, event: e.CallAnswered) -> None:
    """The time spent on the call begins now."""
    call.answered, call.rings_until, call.changed_at = True, None, max(call.changed_at, event.at)
    call.wait = call.wait.stopped(event.at)
    if call.activity == "active":
        call.handle = call.handle.started(event.at)


def parked(item: WorkItem, event: e.ItemParked) -> None:
    """By its agent, for want of room, or by a call."""
    item.activity = "interrupted" if event.interrupted_by is not None else "parked"
    item.interrupted_by = event.interrupted_by
    item.for_lack_of_room = event.why == "transfer"
    item.handle, item.wrap_up = item.handle.stopped(event.at), item.wrap_up.stopped(event.at)
    if event.interrupted_by is None:
        item.held = item.held.stopped(event.at)


def followed_up(item: WorkItem, event: e.FollowUpSet | e.ItemReminded) -> None:
    """Its agent is to be reminded of it, or has been."""
    item.follow_up_at = event.until if isinstance(event, e.FollowUpSet) else None
    item.reminded = isinstance(event, e.ItemReminded)


def resumed(item: WorkItem, event: e.ItemResumed) -> None:
    """Active again, and its timer goes on."""
    item.activity, item.interrupted_by, item.unread = "active", None, 0
    item.for_lack_of_room, item.held = False, item.held.started(event.at)
    item.follow_up_at, item.reminded = None, False
    if item.stage == "wrap_up":
        item.wrap_up = item.wrap_up.started(event.at)
    elif item.wait.running_since is None:  # while it rings, whoever calls still waits
        item.handle = item.handle.started(event.at)


def taken_back(item: WorkItem, event: e.ItemRequeued | e.ItemTransferred) -> None:
    """It waits again, at its old place; after a transfer that of its new queue, and who gave it away is remembered (R23)."""
    item.last_agent = event.agent
    if isinstance(event, e.ItemTransferred):
        item.queue, item.priority, item.given_by = event.queue, event.priority, event.agent
    elif event.why != "no_answer":
        item.given_by = None
    item.stage, item.activity, item.owner, item.interrupted_by = "waiting", None, None, None
    item.answered, item.rings_until, item.for_lack_of_room = None, None, False
    item.follow_up_at, item.reminded = None, False
    item.handle, item.unread, item.wait = item.handle.stopped(event.at), 0, item.wait.started(event.at)


def moved(item: WorkItem, event: e.ItemMoved) -> None:
    """It waits on, in another queue."""
    item.queue, item.priority, item.given_by = event.queue, event.priority, None
    item.changed_at = max(item.changed_at, event.at)


def over(item: WorkItem, event: e.WrapUpStarted) -> None:
    """The conversation is over, and its wrap-up begins: active or parked, as it was."""
    item.stage, item.handle, item.ended_by = "wrap_up", item.handle.stopped(event.at), event.ended_by
    item.limit_ms, item.extensions_left, item.rings_until = event.limit_ms, event.extensions, None
    item.for_lack_of_room = False
    if item.activity == "active":
        item.wrap_up = item.wrap_up.started(event.at)


def closed(item: WorkItem, event: e.ItemClosed) -> None:
    """Nothing more comes of it."""
    item.changed_at = max(item.changed_at, event.at)
    item.stage, item.activity, item.interrupted_by, item.rings_until = "closed", None, None, None
    item.follow_up_at, item.reminded = None, False
    item.wait, item.handle = item.wait.stopped(event.at), item.handle.stopped(event.at)
    item.wrap_up, item.held = item.wrap_up.stopped(event.at), item.held.stopped(event.at)
