"""The judge says so: for each kind of breach a clean case is doctored, and that breach must be found."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from parley_contracts.instant import rfc3339

from .evidence import Event, Evidence, Record
from .judge import judge
from .ledger import AgentLedger, Ask, Ledgers, Seen, TabLedger, VisitorLedger

CHAT = "chat1"
START = 1_000_000_000_000
KINDS = {"MessagePosted": "message", "Assigned": "joined", "Parked": "paused", "Resumed": "resumed", "Ended": "ended"}

Case = tuple[Ledgers, Evidence]


def at(second: float) -> int:
    return START + int(second * 1000)


def event(n: int, second: float, name: str, /, **fields: Any) -> Event:
    return {"stream": f"demo/{CHAT}", "n": n, "event": name, "at": at(second), **fields}


def clean() -> Case:
    """One chat, in two windows, from the start to the completed wrap-up: everything as it should be."""
    session = [
        event(1, 0, "Requested", by="/start", queue="support", service="demo"),
        event(2, 0, "MessagePosted", seq=1, author="visitor", text="hello"),
        event(3, 2, "Assigned", seq=2, agent="a1", name="A", queue="support"),
        event(4, 3, "MessagePosted", seq=3, author="agent", agent="a1", by="a1/m1", text="good day"),
        event(5, 4, "MessagePosted", seq=4, author="visitor", by="/m2", text="one"),
        event(6, 4, "MessagePosted", seq=5, author="visitor", by="/m3", text="two"),
        event(7, 5, "Parked", seq=6, agent="a1", why="agent"),
        event(8, 7, "Resumed", seq=7, agent="a1", why="agent"),
        event(9, 9, "Ended", seq=8, who="agent", agent="a1", by="a1/end"),
        event(10, 9, "WrapUpStarted", agent="a1", limit_ms=60_000, extensions=3),
        event(11, 12, "Closed", outcome="handled", why="completed", wait_ms=2000, handle_ms=5000, wrap_up_ms=3000),
    ]
    names = {
        "Assigned": "ItemAssigned",
        "Parked": "ItemParked",
        "Resumed": "ItemResumed",
        "WrapUpStarted": "WrapUpStarted",
        "Closed": "ItemClosed",
    }
    marks = {"Parked": "a1/park", "Resumed": "a1/resume", "Closed": "a1/complete"}
    router = [{"stream": "demo", "n": 1, "event": "ItemQueued", "item": CHAT, "at": at(0)}]
    router += [
        {"stream": "demo", "n": 2 + e["n"], "event": names[e["event"]], "item": CHAT, "at": e["at"]}
        | ({"agent": "a1"} if e["event"] != "Closed" else {})
        | ({"by": marks[e["event"]]} if e["event"] in marks else {})
        for e in session
        if e["event"] in names
    ]
    lines = [{"author": e["author"], "seq": e["seq"], "text": e["text"]} for e in session if "text" in e]
    facts = {"stage": "closed", "wait_ms": 2000, "handle_ms": 5000, "wrap_up_ms": 3000}
    seen = [Seen(1, e["seq"], None, e["at"], KINDS[e["event"]], e.get("text")) for e in session if "seq" in e]
    visitor = VisitorLedger("v", CHAT, asks=visitor_asks())
    visitor.tabs = [TabLedger({1: [0]}, seen=seen), TabLedger({1: [0]}, seen=deepcopy(seen))]
    agent = AgentLedger(agent="a1", asks=agent_asks())
    agent.seen[CHAT] = [
        Seen(1, e.get("seq"), e["n"], e["at"], KINDS.get(e["event"], "other"), e.get("text"), live=e["n"] > 3)
        for e in session
    ]
    return Ledgers([visitor], [agent]), Evidence(session, router, {CHAT: Record(facts, lines)})


def ask(id: str, kind: str, second: float, text: str | None = None, seq: int | None = None) -> Ask:
    ack = {"type": "ack", "id": id} if seq is None else {"type": "ack", "id": id, "seq": seq}
    if kind == "message":
        ack["at"] = rfc3339(at(second))
    return Ask(id, kind, CHAT, at(second - 0.1), text, at(second + 0.1), ack)


def visitor_asks() -> list[Ask]:
    return [ask("start", "start", 0, "hello", 1), ask("m2", "message", 4, "one", 4), ask("m3", "message", 4, "two", 5)]


def agent_asks() -> list[Ask]:
    spoken = ask("m1", "message", 3, "good day", 3)
    return [
        spoken,
        ask("park", "park", 5),
        ask("resume", "resume", 7),
        ask("end", "end", 9),
        ask("complete", "complete", 12),
    ]


def test_a_clean_case_is_kept() -> None:
    verdict = judge(*clean())
    assert verdict.kept, verdict.report()
    assert (verdict.chats, verdict.messages, verdict.answers) == (1, 4, 8)


def test_what_is_said_again_after_a_refusal_under_another_id_is_no_breach() -> None:
    """The agent had lost the chat, got it back, and says what they wanted to say."""
    ledgers, evidence = clean()
    said = ledgers.agents[0].asks[0]
    ledgers.agents[0].asks.append(Ask("m9", "message", CHAT, at(8), said.text, at(8.1), refused="wrong_state"))
    assert judge(ledgers, evidence).kept


# --- doctors: each spoils one thing -----------------------------------------------------------------------------------


def messages(evidence: Evidence) -> list[Event]:
    return [event for event in evidence.session if event["event"] == "MessagePosted"]


def an_acked_message_is_not_in_the_log(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.session.remove(messages(evidence)[2])


def a_message_is_in_the_log_twice(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.session.insert(6, dict(messages(evidence)[2]))


def another_number_was_acked(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.visitors[0].asks[1].ack = {"seq": 9, "at": rfc3339(at(4))}


def another_time_was_acked(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.visitors[0].asks[1].ack = {"seq": 4, "at": rfc3339(at(4.002))}


def a_refused_message_is_in_the_log(ledgers: Ledgers, evidence: Evidence) -> None:
    said = ledgers.agents[0].asks[0]
    said.ack, said.refused = None, "wrong_state"
    next(event for event in evidence.session if event.get("text") == said.text)["by"] = f"a1/{said.id}"


def a_visitor_is_refused(ledgers: Ledgers, evidence: Evidence) -> None:
    refused = Ask("m9", "message", CHAT, at(5), "more", at(5), refused="wrong_state")
    ledgers.visitors[0].asks.append(refused)


def the_owner_is_refused(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.agents[0].asks.append(Ask("m9", "message", CHAT, at(8), "more", at(8.1), refused="not_yours"))


def an_agent_is_refused_for_no_reason(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.agents[0].asks.append(Ask("m9", "message", CHAT, at(8), "more", at(8.1), refused="conflict"))


def an_acked_park_is_not_in_the_log(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.agents[0].asks.append(ask("park2", "park", 8))


def a_command_takes_effect_twice(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.router.append(dict(evidence.router[2]))


def nobody_answers(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.visitors[0].asks[2].answered = ledgers.visitors[0].asks[2].ack = None


def the_log_has_a_gap(ledgers: Ledgers, evidence: Evidence) -> None:
    for event in evidence.session[5:]:
        if "seq" in event:
            event["seq"] += 1


def a_stream_has_a_gap(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.session[10]["n"] = 12


def two_messages_stand_the_wrong_way_round(ledgers: Ledgers, evidence: Evidence) -> None:
    asks = ledgers.visitors[0].asks
    asks[1], asks[2] = asks[2], asks[1]


def a_window_missed_something(ledgers: Ledgers, evidence: Evidence) -> None:
    del ledgers.visitors[0].tabs[0].seen[3]


def a_window_missed_the_end(ledgers: Ledgers, evidence: Evidence) -> None:
    del ledgers.visitors[0].tabs[0].seen[-1]


def a_window_saw_something_twice(ledgers: Ledgers, evidence: Evidence) -> None:
    seen = ledgers.visitors[0].tabs[0].seen
    seen.insert(3, seen[2])


def a_window_saw_the_wrong_order(ledgers: Ledgers, evidence: Evidence) -> None:
    seen = ledgers.visitors[0].tabs[0].seen
    seen[3], seen[4] = seen[4], seen[3]


def a_window_saw_other_words(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.visitors[0].tabs[0].seen[3].text = "other"


def a_window_saw_what_never_was(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.visitors[0].tabs[0].seen.append(Seen(1, 9, None, at(10), "message", "ghost"))


def a_reconnected_window_missed_something(ledgers: Ledgers, evidence: Evidence) -> None:
    tab = ledgers.visitors[0].tabs[0]
    tab.catch_ups[2] = [4]
    for seen in tab.seen[5:]:
        seen.connection = 2


def the_windows_differ(ledgers: Ledgers, evidence: Evidence) -> None:
    del ledgers.visitors[0].tabs[1].seen[-1]


def the_agent_did_not_see_a_message(ledgers: Ledgers, evidence: Evidence) -> None:
    del ledgers.agents[0].seen[CHAT][4]


def the_agent_saw_a_jump(ledgers: Ledgers, evidence: Evidence) -> None:
    del ledgers.agents[0].seen[CHAT][7]


def the_agents_view_jumped(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.agents[0].troubles.append("versions rise by one")


def two_own_it(ledgers: Ledgers, evidence: Evidence) -> None:
    assigned = dict(evidence.router[1])
    evidence.router.insert(2, assigned | {"agent": "a2"})


def somebody_else_parks_it(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.router[2]["agent"] = "a2"


def the_session_did_not_hear_the_router(ledgers: Ledgers, evidence: Evidence) -> None:
    del evidence.session[7]


def the_session_heard_the_router_twice(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.session.insert(8, dict(evidence.session[7]))


def it_is_not_closed(ledgers: Ledgers, evidence: Evidence) -> None:
    del evidence.session[-1]


def it_was_queued_twice(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.router.append(dict(evidence.router[0]))


def nobody_got_the_chat(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.visitors.append(VisitorLedger("w"))


def a_timer_is_wrong(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.session[-1]["wait_ms"] += 1_500


def the_visitor_saw_another_handle_time(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.visitors[0].tabs[0].seen[-1].at += 1_500


def it_happened_before_it_was_asked(ledgers: Ledgers, evidence: Evidence) -> None:
    ledgers.agents[0].asks[3].asked = at(11)
    ledgers.agents[0].asks[3].answered = at(11.1)


def the_crm_lacks_it(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.crm.clear()


def the_crm_lacks_a_line(ledgers: Ledgers, evidence: Evidence) -> None:
    del evidence.crm[CHAT].lines[1]


def the_crm_has_a_line_twice(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.crm[CHAT].lines.append(evidence.crm[CHAT].lines[1])


def the_crm_has_another_order(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.crm[CHAT].lines.reverse()


def the_crm_has_not_closed_it(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.crm[CHAT].facts["stage"] = "wrap_up"


def the_crm_has_another_time(ledgers: Ledgers, evidence: Evidence) -> None:
    evidence.crm[CHAT].facts["handle_ms"] = 4_999


def nothing_was_said(ledgers: Ledgers, evidence: Evidence) -> None:
    for person in (*ledgers.visitors, *ledgers.agents):
        person.asks.clear()


DOCTORS: list[tuple[str, Callable[[Ledgers, Evidence], None]]] = [
    ("lost", an_acked_message_is_not_in_the_log),
    ("doubled", a_message_is_in_the_log_twice),
    ("number", another_number_was_acked),
    ("clock", another_time_was_acked),
    ("refused", a_refused_message_is_in_the_log),
    ("refused", a_visitor_is_refused),
    ("refused", the_owner_is_refused),
    ("refused", an_agent_is_refused_for_no_reason),
    ("lost", an_acked_park_is_not_in_the_log),
    ("doubled", a_command_takes_effect_twice),
    ("unanswered", nobody_answers),
    ("gap", the_log_has_a_gap),
    ("gap", a_stream_has_a_gap),
    ("order", two_messages_stand_the_wrong_way_round),
    ("seen", a_window_missed_something),
    ("seen", a_window_missed_the_end),
    ("seen", a_window_saw_something_twice),
    ("seen", a_window_saw_the_wrong_order),
    ("seen", a_window_saw_other_words),
    ("seen", a_window_saw_what_never_was),
    ("seen", a_reconnected_window_missed_something),
    ("windows", the_windows_differ),
    ("unseen", the_agent_did_not_see_a_message),
    ("seen", the_agent_saw_a_jump),
    ("seen", the_agents_view_jumped),
    ("owner", two_own_it),
    ("owner", somebody_else_parks_it),
    ("agree", the_session_did_not_hear_the_router),
    ("agree", the_session_heard_the_router_twice),
    ("open", it_is_not_closed),
    ("open", it_was_queued_twice),
    ("open", nobody_got_the_chat),
    ("timer", a_timer_is_wrong),
    ("timer", the_visitor_saw_another_handle_time),
    ("clock", it_happened_before_it_was_asked),
    ("crm", the_crm_lacks_it),
    ("crm", the_crm_lacks_a_line),
    ("crm", the_crm_has_a_line_twice),
    ("crm", the_crm_has_another_order),
    ("crm", the_crm_has_not_closed_it),
    ("crm", the_crm_has_another_time),
    ("nothing", nothing_was_said),
]


@pytest.mark.parametrize(("kind", "doctor"), DOCTORS, ids=[doctor.__name__ for _, doctor in DOCTORS])
def test_the_judge_says_that(kind: str, doctor: Callable[[Ledgers, Evidence], None]) -> None:
    ledgers, evidence = clean()
    doctor(ledgers, evidence)
    found = judge(ledgers, evidence)
    assert kind in {breach.kind for breach in found.breaches}, found.report() or "it found nothing"
    assert kind in found.report()
