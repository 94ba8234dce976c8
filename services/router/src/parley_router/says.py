"""What each event of the floor says to other services. From the event alone."""

from __future__ import annotations

from typing import Any

from parley_contracts import work_events as w
from parley_contracts.shapes import QueueSettings, Said
from parley_contracts.topology import EVENT_STREAM, chat_stream, partition_of, session_inbox

from .domain import events as e


def says(tenant: str, version: int, event: Any) -> list[tuple[str, Said]]:
    """The message to the session (for a chat) or to nobody but the event stream; nothing for what is private."""
    message = _message(tenant, version, event)
    if message is None:
        return []
    if isinstance(event, e.ItemHappened) and event.kind == "chat":
        return [(session_inbox(partition_of(chat_stream(tenant, event.item))), message)]
    return [(EVENT_STREAM, message)]


def _message(tenant: str, version: int, event: Any) -> Said | None:
    head: dict[str, Any] = {"tenant": tenant, "version": version, "at": event.at, "cause": event.by}
    if isinstance(event, e.ItemHappened):
        head |= {"item": event.item, "kind": event.kind, "queue": event.queue}
    match event:
        case e.QueueSet():
            settings = QueueSettings.model_validate(event.settings)
            return w.QueueConfigured(**head, queue=event.queue, settings=settings, by=event.user)
        case e.AgentLoggedIn():
            return w.AgentLoggedIn(**head, agent=event.agent)
        case e.AgentLoggedOut():
            return w.AgentLoggedOut(**head, agent=event.agent, why=event.why)
        case e.AgentSetReady():
            return w.AgentReady(**head, agent=event.agent)
        case e.AgentSetNotReady():
            return w.AgentNotReady(**head, agent=event.agent, reason=event.reason)
        case e.ItemQueued():
            return w.WorkQueued(**head, priority=event.priority)
        case e.ItemAssigned():
            return w.WorkAssigned(**head, agent=event.agent, name=event.name, how=event.how, report_touch=event.several)
        case e.ItemParked():
            return w.WorkParked(**head, agent=event.agent, why=event.why, interrupted_by=event.interrupted_by)
        case e.ItemResumed():
            return w.WorkResumed(**head, agent=event.agent, why=event.why)
        case e.ItemRequeued():
            return w.WorkRequeued(**head, agent=event.agent, why=event.why)
        case e.WrapUpStarted():
            return w.WorkWrapUpStarted(**head, agent=event.agent, limit_ms=event.limit_ms, extensions=event.extensions)
        case e.WrapUpExtended():
            return w.WorkWrapUpExtended(**head, agent=event.agent, extension_ms=event.extension_ms)
        case e.ItemClassified():
            return w.WorkClassified(**head, agent=event.agent, code=event.code, note=event.note)
        case e.ItemClosed():
            return w.WorkClosed(**head, outcome=event.outcome, why=event.why)
        case _:
            return None
