"""Why an item went the way it went: what the router decided about it, told as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley_chassis.store import Store
from parley_contracts.instant import rfc3339

from .logs import Happening, read_log

CHOSEN = {
    "longest_idle": "idle longest",
    "fewest_active": "with the fewest active items",
    "round_robin": "whose turn it was",
    "skills": "idle longest of those who can do it",
    "last_agent": "who had this visitor before, or else idle longest",
    "least_recently_interrupted": "interrupted least recently",
    "lowest_priority": "busy with what matters least",
}
OUT_OF = {
    "free": "free",
    "room": "with room for another chat",
    "interrupted": "busy, and interrupted for it, since nobody was free",
}
PASSED_OVER = {
    "not_ready": "not ready",
    "on_call": "on a call",
    "wrap_up": "in wrap-up",
    "away": "not connected",
    "at_limit": "at the limit of active chats",
    "busy": "busy",
    "not_in_queue": "free, but not in the queue",
    "lacks_skill": "not able to do it",
    "idle_shorter": "idle for a shorter time",
    "more_active": "busy with more",
    "served_more_recently": "given something more recently",
    "interrupted_more_recently": "interrupted more recently",
    "higher_priority": "busy with something that matters as much or more",
    "not_interruptible": "busy with something that may not be interrupted",
    "gave_it_away": "gave it away, and somebody else can take it",
}
PARKED = {
    "agent": "parked it",
    "limit": "took on another chat, so it was parked: it had been left untouched longest",
    "transfer": "had no room for it at once, so it was parked",
}
RESUMED = {
    "agent": "Resumed",
    "call_over": "The call is over, so it is back by itself",
    "room": "There is room for it now",
}
BACK = {
    "agent": "logged out",
    "connection_lost": "was away for longer than the grace period",
    "no_answer": "did not answer in time, and is not ready now",
}


def item_events(store: Store, tenant: str, item: str) -> Iterator[Happening]:
    """What the router's log holds about an item, in order. Reads the whole log."""
    return (event for event in read_log(store, "router", 0) if event.tenant == tenant and event.item == item)


def told(event: Happening) -> dict[str, Any]:
    """One event as JSON has it: when, what, and why as a sentence."""
    shown = {"at": rfc3339(event.at), "type": event.type, "sentence": sentence(event)}
    return {**shown, **{name: event.fields[name] for name in ("agent", "queue", "why") if name in event.fields}}


def sentence(event: Happening) -> str:
    """What happened, and why."""
    facts = event.fields
    agent, queue = facts.get("agent", ""), facts.get("queue", "")
    match event.type:
        case "ItemQueued":
            return f"A {facts['kind']} enters the queue {queue} with priority {facts['priority']}{_asks(facts)}."
        case "ItemAssigned" if facts["how"] == "picked":
            return f"{agent} picks it."
        case "ItemAssigned" if facts["how"] == "transferred":
            return f"{agent} has it now."
        case "ItemAssigned":
            return _assignment(agent, facts.get("why"))
        case "CallAnswered":
            return f"{agent} answers."
        case "CallKept":
            return f"{agent} {BACK[facts['why']]}, and the call goes on: it stays theirs until it is over."
        case "ItemReordered":
            return f"Settings were changed: its priority is {facts['priority']} now{_asks(facts)}."
        case "ItemParked" if facts["why"] in ("call", "item"):
            what = "call" if facts["why"] == "call" else "item"
            return f"The {what} {facts['interrupted_by']} interrupts it: {agent} was busy, and nobody else was free."
        case "ItemParked":
            return f"{agent} {PARKED[facts['why']]}."
        case "ItemResumed":
            return f"{RESUMED[facts['why']]}: {agent} works on it."
        case "InterrupterChanged":
            return f"The call is over, but another one, {facts['interrupted_by']}, waited and goes first."
        case "ItemRequeued":
            return f"Back in the queue {queue}, at its old place: {agent} {BACK[facts['why']]}."
        case "ItemTransferred":
            to = facts.get("to_agent") or f"the queue {queue}"
            return f"{agent} transfers it to {to}."
        case "WrapUpStarted":
            return f"The conversation was ended by the {facts.get('ended_by', 'agent')}: {agent} wraps it up."
        case "WrapUpExtended":
            return f"{agent} takes {facts['extension_ms'] // 1000} s more for the wrap-up."
        case "ItemClassified":
            return f"{agent} classifies it: {facts['code']}."
        case "FollowUpSet":
            return f"{agent} wants to be reminded of it at {rfc3339(facts['until'])}."
        case "ItemReminded":
            return f"{agent} is reminded of it."
        case "ItemNoted":
            return f"{agent} notes something about it."
        case "ItemClosed":
            return f"Closed: {facts['outcome'].replace('_', ' ')} ({facts['why'].replace('_', ' ')})."
        case "Intervened":
            return f"{facts['name']} {_acted(facts)}{_because(facts.get('note'))}."
        case "ItemMoved":
            return f"It waits in the queue {queue} now, with its age: before in {facts['from_queue']}."
        case "UnreadCounted":
            return f"{facts['count']} unread."
        case _:
            return f"{event.type}."


ACTS: dict[str, str] = {
    "watch": "watches it",
    "whisper": "whispers to its agent",
    "join": "writes in it",
    "take_over": "takes it over",
    "assign": "gives it to {to_agent}",
    "move": "puts it into the queue {queue}",
}


def _acted(facts: dict[str, Any]) -> str:
    return ACTS.get(facts["act"], "acts on it").format_map(facts)


def _because(why: str | None) -> str:
    return f": {why}" if why else ""


def _asks(facts: dict[str, Any]) -> str:
    needed = ", ".join(f"{skill} {level}" for skill, level in facts.get("skills", {}).items())
    return f", and it asks for {needed}" if needed else ""


def _assignment(agent: str, why: dict[str, Any] | None) -> str:
    if why is None:
        return f"The router gives it to {agent}."
    chosen = f"The router gives it to {agent}: {OUT_OF[why['out_of']]}, {CHOSEN[why['policy']]}."
    passed, more = why.get("passed", {}), why.get("more", {})
    if not passed:
        return f"{chosen} There was no other agent."
    return f"{chosen} Passed over: {'; '.join(_passed(reason, names, more) for reason, names in passed.items())}."


def _passed(reason: str, names: list[str], more: dict[str, int]) -> str:
    others = f" and {more[reason]} more" if reason in more else ""
    return f"{', '.join(names)}{others} ({PASSED_OVER[reason]})"
