"""What each event of a chat says to other services. From the event alone."""

from __future__ import annotations

from typing import Any

from parley_contracts import chat_events as ce
from parley_contracts.shapes import Said
from parley_contracts.topology import crm_inbox, floor_stream, partition_of, router_inbox

from .domain import events as e


def says(stream: str, n: int, event: Any) -> list[tuple[str, Said]]:
    """To the CRM everything; to the router what changes who works on what."""
    tenant, _, chat = stream.partition("/")
    head: dict[str, Any] = {
        "tenant": tenant,
        "chat": chat,
        "n": n,
        "seq": event.seq,
        "at": event.at,
        "cause": event.by,
        "traceparent": event.trace,
    }
    message = _message(head, event)
    router = router_inbox(partition_of(floor_stream(tenant)))
    told: list[tuple[str, Said]] = [(crm_inbox(partition_of(stream)), message)]
    if isinstance(event, e.Requested | e.Ended):
        told.append((router, message))
    elif isinstance(event, e.MessagePosted) and event.unread:
        told.append((router, ce.ChatUnread(**head, count=event.unread)))
    elif isinstance(event, e.MessagePosted) and event.touched:
        told.append((router, ce.ChatTouched(**head, agent=event.agent)))
    return told


def _message(head: dict[str, Any], event: Any) -> ce.ChatSaid:
    match event:
        case e.MessagePosted():
            return ce.ChatMessagePosted(
                **head, author=event.author, agent=event.agent, name=event.name, text=event.text
            )
        case e.Requested():
            return ce.ChatRequested(
                **head,
                service=event.service,
                queue=event.queue,
                priority=event.priority,
                name=event.name,
                language=event.language,
                page=event.page,
                skills=event.skills,
                previous=event.previous,
                contact=event.contact,
                consent=event.consent,
            )
        case e.NoteAdded():
            return ce.ChatNoteAdded(**head, agent=event.agent, name=event.name, text=event.text)
        case e.Assigned():
            return ce.ChatAssigned(**head, agent=event.agent, name=event.name, queue=event.queue)
        case e.Parked():
            return ce.ChatParked(**head, agent=event.agent, why=event.why, interrupted_by=event.interrupted_by)
        case e.Resumed():
            return ce.ChatResumed(**head, agent=event.agent, why=event.why)
        case e.Requeued():
            return ce.ChatRequeued(**head, agent=event.agent, queue=event.queue, why=event.why)
        case e.Transferred():
            facts = {"agent": event.agent, "queue": event.queue, "to_agent": event.to_agent, "note": event.note}
            return ce.ChatTransferred(**head, **facts)
        case e.VisitorLost():
            return ce.ChatVisitorLost(**head)
        case e.VisitorReturned():
            return ce.ChatVisitorReturned(**head)
        case e.Ended():
            return ce.ChatEnded(**head, by=event.who, agent=event.agent)
        case e.Rated():
            return ce.ChatRated(**head, score=event.score, comment=event.comment)
        case e.WrapUpStarted():
            return ce.ChatWrapUpStarted(**head, agent=event.agent)
        case e.WrapUpExtended():
            return ce.ChatWrapUpExtended(**head, agent=event.agent)
        case e.Classified():
            return ce.ChatClassified(**head, agent=event.agent, code=event.code, note=event.note)
        case e.Identified():
            return ce.ChatIdentified(**head, agent=event.agent, contact=event.contact)
        case e.Closed():
            return ce.ChatClosed(
                **head,
                outcome=event.outcome,
                why=event.why,
                started_at=event.started_at,
                wait_ms=event.wait_ms,
                handle_ms=event.handle_ms,
                wrap_up_ms=event.wrap_up_ms,
                interruptions=event.interruptions,
            )
        case _:
            raise TypeError(f"{type(event).__name__} says nothing")
