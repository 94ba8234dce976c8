"""What each event of the floor says to other services. From the event alone."""

from __future__ import annotations

from typing import Any

from parley_contracts import work_events as w
from parley_contracts.shapes import QueueSettings, Said
from parley_contracts.topology import EVENT_STREAM, chat_stream, crm_inbox, partition_of, session_inbox

from .domain import events as e


def says(tenant: str, version: int, event: Any) -> list[tuple[str, Said]]:
    """About a chat to the session, about another item to the CRM (R25), about the rest to the event stream alone; nothing
    for what is private."""
    message = _message(tenant, version, event)
    if message is None:
        return []
    if not isinstance(event, e.ItemHappened):
        return [(EVENT_STREAM, message)]
    partition = partition_of(chat_stream(tenant, event.item))
    return [(session_inbox(partition) if event.kind == "chat" else crm_inbox(partition), message)]


def _message(tenant: str, version: int, event: Any) -> Said | None:
    head: dict[str, Any] = {"tenant": tenant, "version": version, "at": event.at, "cause": event.by}
    head["traceparent"] = event.trace
    if isinstance(event, e.ItemHappened):
        head |= {"item": event.item, "kind": event.kind, "queue": event.queue}
    match event:
        case e.QueueSet():
            settings = QueueSettings.model_validate(event.settings)
            return w.QueueConfigured(**head, queue=event.queue, settings=settings, by=event.user)
        case e.QueueRemoved():
            return w.QueueRemoved(**head, queue=event.queue, by=event.user)
        case e.AgentSkilled():
            return w.AgentSkilled(**head, agent=event.agent, skills=event.skills, by=event.user)
        case e.AgentForgotten():
            return w.AgentForgotten(**head, agent=event.agent, by=event.user)
        case e.AgentLoggedIn():
            return w.AgentLoggedIn(**head, agent=event.agent)
        case e.AgentLoggedOut():
            return w.AgentLoggedOut(**head, agent=event.agent, why=event.why)
        case e.AgentSetReady():
            return w.AgentReady(**head, agent=event.agent)
        case e.AgentSetNotReady():
            return w.AgentNotReady(**head, agent=event.agent, reason=event.reason)
        case e.ItemQueued():
            facts = {"priority": event.priority, "subject": event.subject, "name": event.name, "text": event.text}
            return w.WorkQueued(**head, **facts)
        case e.ItemAssigned():
            return w.WorkAssigned(**head, agent=event.agent, name=event.name, how=event.how, report_touch=event.several)
        case e.CallAnswered():
            return w.WorkAnswered(**head, agent=event.agent)
        case e.ItemTransferred():
            facts = {"agent": event.agent, "from_queue": event.from_queue, "to_agent": event.to_agent}
            return w.WorkTransferred(**head, **facts, note=event.note)
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
        case e.ItemIdentified():
            return w.WorkIdentified(**head, agent=event.agent, contact=event.contact)
        case e.ItemClassified():
            return w.WorkClassified(**head, agent=event.agent, code=event.code, note=event.note)
        case e.ItemClosed():
            spent = {"wait_ms": event.wait_ms, "handle_ms": event.handle_ms, "wrap_up_ms": event.wrap_up_ms}
            return w.WorkClosed(**head, outcome=event.outcome, why=event.why, **spent)
        case _:
            return None
