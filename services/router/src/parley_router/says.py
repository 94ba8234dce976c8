"""What each event of the floor says to other services. From the event alone."""

from __future__ import annotations

from typing import Any

from parley_contracts import work_events as w
from parley_contracts.shapes import PLACE, Said
from parley_contracts.tables import Fields, same_named
from parley_contracts.topology import EVENT_STREAM, chat_stream, crm_inbox, partition_of, session_inbox

from .domain import events as e

SAID: dict[type[e.Happened], type[w.WorkSaid | w.FloorSaid] | None] = {
    e.QueueSet: w.QueueConfigured,
    e.QueueRemoved: w.QueueRemoved,
    e.AgentSkilled: w.AgentSkilled,
    e.AgentForgotten: w.AgentForgotten,
    e.ServiceSet: None,
    e.AgentLoggedIn: w.AgentLoggedIn,
    e.AgentConnected: None,
    e.AgentDisconnected: None,
    e.AgentSetReady: w.AgentReady,
    e.AgentSetNotReady: w.AgentNotReady,
    e.AgentLoggedOut: w.AgentLoggedOut,
    e.ItemQueued: w.WorkQueued,
    e.ItemReordered: None,
    e.ItemAssigned: w.WorkAssigned,
    e.CallAnswered: w.WorkAnswered,
    e.CallKept: w.WorkKept,
    e.ItemParked: w.WorkParked,
    e.ItemResumed: w.WorkResumed,
    e.FollowUpSet: None,
    e.ItemReminded: None,
    e.InterrupterChanged: None,
    e.ItemRequeued: w.WorkRequeued,
    e.ItemTransferred: w.WorkTransferred,
    e.WrapUpStarted: w.WorkWrapUpStarted,
    e.WrapUpExtended: w.WorkWrapUpExtended,
    e.ItemClassified: w.WorkClassified,
    e.ItemIdentified: w.WorkIdentified,
    e.ItemNoted: w.WorkNoted,
    e.ItemClosed: w.WorkClosed,
    e.UnreadCounted: None,
    e.ItemTouched: None,
    e.Intervened: None,
    e.ItemMoved: w.WorkTransferred,
    e.HelpAsked: None,
    e.HelpOver: None,
    e.CommandSeen: None,
}
"""By event, what it says; None: it is private. Each field of the message is the event's field of the same name."""

GIVEN = ("type", "tenant", "version", "traceparent", *PLACE)
"""What a message has from elsewhere: from its stream, and from its place in the log."""

_SAYINGS: dict[type[e.Happened], tuple[type[w.WorkSaid | w.FloorSaid], Fields]] = {
    event: (message, same_named(event, message, GIVEN)) for event, message in SAID.items() if message is not None
}


def says(tenant: str, version: int, event: Any) -> list[tuple[str, Said]]:
    """About a chat to the session, about another item to the CRM (R25), about the rest to the event stream alone; nothing
    for what is private."""
    saying = _SAYINGS.get(type(event))
    if saying is None:
        return []
    kind, fields = saying
    message = kind(tenant=tenant, version=version, traceparent=event.trace, **fields(event))
    if not isinstance(event, e.ItemHappened):
        return [(EVENT_STREAM, message)]
    partition = partition_of(chat_stream(tenant, event.item))
    return [(session_inbox(partition) if event.kind == "chat" else crm_inbox(partition), message)]
