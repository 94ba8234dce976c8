"""What each event of a chat says to other services. From the event alone."""

from __future__ import annotations

from typing import Any

from parley_contracts import chat_events as ce
from parley_contracts.shapes import PLACE, Said
from parley_contracts.tables import Fields, same_named
from parley_contracts.topology import crm_inbox, floor_stream, partition_of, router_inbox

from .domain import events as e

SAID: dict[type[e.Happened], type[ce.ChatSaid]] = {
    e.Requested: ce.ChatRequested,
    e.MessagePosted: ce.ChatMessagePosted,
    e.NoteAdded: ce.ChatNoteAdded,
    e.Assigned: ce.ChatAssigned,
    e.Parked: ce.ChatParked,
    e.Resumed: ce.ChatResumed,
    e.Requeued: ce.ChatRequeued,
    e.Transferred: ce.ChatTransferred,
    e.VisitorLost: ce.ChatVisitorLost,
    e.VisitorReturned: ce.ChatVisitorReturned,
    e.Ended: ce.ChatEnded,
    e.Rated: ce.ChatRated,
    e.WrapUpStarted: ce.ChatWrapUpStarted,
    e.WrapUpExtended: ce.ChatWrapUpExtended,
    e.Classified: ce.ChatClassified,
    e.Identified: ce.ChatIdentified,
    e.Closed: ce.ChatClosed,
}
"""By event, what it says. Each field of the message is the event's field of the same name."""

GIVEN = ("type", "tenant", "chat", "n", "traceparent", *PLACE)
"""What a message has from elsewhere: from its stream, and from its place in the log."""

_SAYINGS: dict[type[e.Happened], tuple[type[ce.ChatSaid], Fields]] = {
    event: (message, same_named(event, message, GIVEN)) for event, message in SAID.items()
}


def says(stream: str, n: int, event: Any) -> list[tuple[str, Said]]:
    """To the CRM everything; to the router what changes who works on what."""
    tenant, _, chat = stream.partition("/")
    head = {"tenant": tenant, "chat": chat, "n": n, "traceparent": event.trace}
    saying = _SAYINGS.get(type(event))
    if saying is None:
        raise TypeError(f"{type(event).__name__} says nothing")
    kind, fields = saying
    message = kind(**head, **fields(event))
    told: list[tuple[str, Said]] = [(crm_inbox(partition_of(stream)), message)]
    if isinstance(event, (e.Requested, e.Ended)):
        told.append((_router(tenant), message))
    elif isinstance(event, e.MessagePosted) and (event.unread or event.reports_touch):
        head |= {"seq": event.seq, "at": event.at, "command_key": event.command_key}
        touch = ce.ChatUnread(**head, count=event.unread) if event.unread else ce.ChatTouched(**head, agent=event.agent)
        told.append((_router(tenant), touch))
    return told


def _router(tenant: str) -> str:
    return router_inbox(partition_of(floor_stream(tenant)))
