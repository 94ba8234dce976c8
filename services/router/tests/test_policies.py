"""R5: the routing policies, one by one, and why each choice was made."""

from __future__ import annotations

from typing import Any

import pytest
from floor_words import (
    MINUTE,
    S,
    add,
    admin,
    call_waits,
    closed,
    floor,
    item,
    log_out,
    online,
    pick,
    picked,
    pushed,
    queue,
    ready,
    requested,
    rings,
    waits,
    wake,
    wrap_up,
)
from parley_chassis.stories import Story
from parley_contracts import commands as c
from parley_contracts.shapes import Routing
from parley_router.domain import events as e
from parley_router.domain import policies
from parley_router.domain.floor import Floor
from parley_router.domain.state import WorkItem


def given(*happened: Any, **settings: Any) -> Story[Floor]:
    return floor.given(queue(**settings), happened)


def routed(*happened: Any, limit: int = 3, **routing: Any) -> Story[Floor]:
    return given(*happened, chats_per_agent=limit, routing=routing)


def why(story: Story[Floor], name: str) -> e.Why:
    """Why the item went to whom it went."""
    found = [event.why for event in story.happened if isinstance(event, e.ItemAssigned) and event.item == name]
    assert found[-1] is not None
    return found[-1]


def owners(story: Story[Floor], *names: str) -> list[str | None]:
    return [item(story.state, name).owner for name in names]


# --- the order of a queue ---------------------------------------------------------------------------------------------


def waiting_item(name: str, priority: int, since: int) -> WorkItem:
    return WorkItem(item=name, kind="chat", queue="help", priority=priority, waiting_since=since, changed_at=since)


@pytest.mark.parametrize("points", [1, 3, 10])
def test_R4_a_priority_that_ages_overtakes_when_it_has_more_points(points: int) -> None:
    routing = Routing(order="ageing", points_per_minute=points)
    old, new = waiting_item("old", 50, 0), waiting_item("new", 80, 7 * MINUTE)
    for at in (7 * MINUTE, 60 * MINUTE, 600 * MINUTE):
        old_points, new_points = 50 + points * at / MINUTE, 80 + points * (at - 7 * MINUTE) / MINUTE
        assert policies.score(old, routing, at) / MINUTE == pytest.approx(old_points)
        first = policies.order(old, routing) < policies.order(new, routing)
        assert first == (old_points >= new_points), "the order never changes, whenever one looks"


def test_R4_points_count_for_nothing_where_priority_decides() -> None:
    routing = Routing(order="priority", points_per_minute=9)
    assert policies.score(waiting_item("a", 50, 0), routing, 600 * MINUTE) == 50 * MINUTE


def test_R4_among_several_queues_points_are_compared_at_the_moment() -> None:
    ageing = queue("old", routing={"order": "ageing", "points_per_minute": 10})
    for minutes, first in ((2, "c2"), (4, "c1")):
        story = floor.given(queue(), ageing, waits("c1", 0, "old"), waits("c2", 1, priority=80))
        story.given(online("anna", ready=False)).when(ready("anna"), minutes * MINUTE)
        assert [name for name in ("c1", "c2") if item(story.state, name).owner] == [first]


# --- the choice of an agent -------------------------------------------------------------------------------------------


def test_R7_longest_idle_prefers_whoever_has_nothing_to_do() -> None:
    story = routed(online("anna", 1 * S), online("ben", 5 * S)).when(requested("c1", 9 * S), 9 * S)
    story.when(requested("c2", 10 * S), 10 * S).when(requested("c3", 11 * S), 11 * S)
    assert owners(story, "c1", "c2", "c3") == ["anna", "ben", "anna"]
    assert why(story, "c2") == e.Why(policy="longest_idle", out_of="free", passed={"busy": ["anna"]})
    assert why(story, "c3") == e.Why(policy="longest_idle", out_of="room", passed={"idle_shorter": ["ben"]})


def test_R7_among_busy_agents_it_is_the_time_that_counts_not_how_much_they_have() -> None:
    happened = [online("anna", 1 * S), online("ben", 2 * S)]
    happened += [[waits(f"c{n}", n), picked(f"c{n}", "anna", 3 * S, several=True)] for n in (1, 2)]
    happened += [[waits("c3", 3), picked("c3", "ben", 9 * S, several=True)]]
    story = routed(*happened).when(requested("c4", 20 * S), 20 * S)
    assert owners(story, "c4") == ["anna"]


def test_R7_fewest_active_counts_what_each_works_on() -> None:
    happened = [online("anna", 1 * S), online("ben", 2 * S)]
    happened += [[waits(f"c{n}", n), picked(f"c{n}", "anna", 3 * S, several=True)] for n in (1, 2)]
    happened += [[waits("c3", 3), picked("c3", "ben", 9 * S, several=True)]]
    story = routed(*happened, limit=5, agent="fewest_active").when(requested("c4", 20 * S), 20 * S)
    assert owners(story, "c4") == ["ben"]
    assert why(story, "c4") == e.Why(policy="fewest_active", out_of="room", passed={"more_active": ["anna"]})


def test_R7_round_robin_takes_turns_busy_or_not() -> None:
    story = routed(online("anna", 1 * S), online("ben", 2 * S), limit=9, agent="round_robin")
    for number in range(4):
        story.when(requested(f"c{number}", (10 + number) * S), (10 + number) * S)
    assert owners(story, "c0", "c1", "c2", "c3") == ["anna", "ben", "anna", "ben"]
    story.given(closed("c0", 20 * S, "x"), closed("c2", 20 * S, "x")).when(requested("c4", 21 * S), 21 * S)
    story.when(requested("c5", 22 * S), 22 * S)
    assert owners(story, "c4", "c5") == ["anna", "ben"], "ben's turn comes although anna has less to do"
    assert why(story, "c5") == e.Why(policy="round_robin", out_of="room", passed={"served_more_recently": ["anna"]})


def test_R7_the_visitors_last_agent_is_asked_first() -> None:
    before = [waits("c0", 0), pushed("c0", "ben", 3 * S), closed("c0", 4 * S, "no_wrap_up")]
    happened = [online("anna", 1 * S), online("ben", 2 * S), before]
    again = requested("c1", 9 * S).model_copy(update={"previous": "c0"})
    story = routed(*happened, agent="last_agent").when(again, 9 * S)
    assert owners(story, "c1") == ["ben"], "although anna has been idle longer"
    assert why(story, "c1").passed == {"idle_shorter": ["anna"]}
    plain = routed(*happened).when(again, 9 * S)
    assert owners(plain, "c1") == ["anna"], "only where the policy says so"


def test_R7_the_last_agent_is_asked_first_also_when_they_have_room_only() -> None:
    before = [waits("c0", 0), pushed("c0", "ben", 3 * S), closed("c0", 4 * S, "no_wrap_up")]
    busy_now = [waits("c9", 5 * S), picked("c9", "ben", 6 * S, several=True)]
    story = routed(online("anna", 1 * S), online("ben", 2 * S), before, busy_now, agent="last_agent")
    story.when(requested("c1", 9 * S).model_copy(update={"previous": "c0"}), 9 * S)
    assert owners(story, "c1") == ["ben"]
    assert why(story, "c1").out_of == "room"
    story.when(add("k1"), 10 * S)
    assert owners(story, "k1") == ["anna"], "a call goes to whoever is free"


def test_R7_if_the_last_agent_cannot_take_it_the_one_idle_longest_does() -> None:
    happened = [online("anna", 1 * S), online("ben", 2 * S), online("cleo", 3 * S), waits("c1", 4 * S)]
    story = routed(*happened, agent="last_agent").given(picked("c1", "cleo", 5 * S, several=True))
    story.when(log_out("cleo"), 9 * S)
    assert owners(story, "c1") == ["anna"]


# --- skills -----------------------------------------------------------------------------------------------------------


def skilled(agent: str, **skills: int) -> e.AgentSkilled:
    return e.AgentSkilled(at=0, agent=agent, skills=skills, user="ada")


def by_skills(*happened: Any, **routing: Any) -> Story[Floor]:
    return routed(*happened, agent="skills", relax_after_s=30, **routing)


def needs(name: str, at: int, **skills: int) -> Any:
    return requested(name, at).model_copy(update={"skills": skills})


def test_R5_only_who_can_do_it_is_given_an_item_that_asks_for_a_skill() -> None:
    people = [skilled("anna", german=9), online("anna", 1), skilled("ben", french=6), online("ben", 2 * S)]
    story = by_skills(*people).when(needs("c1", 9 * S, french=5), 9 * S)
    assert owners(story, "c1") == ["ben"]
    assert why(story, "c1") == e.Why(policy="skills", out_of="free", passed={"lacks_skill": ["anna"]})
    story.when(requested("c2", 10 * S), 10 * S)
    assert owners(story, "c2") == ["anna"], "what asks for nothing goes to the one idle longest"


def test_R5_what_nobody_can_do_asks_for_less_with_time_and_holds_up_nobody() -> None:
    story = by_skills(skilled("anna", french=3), online("anna", 1)).when(needs("c1", 10 * S, french=5), 10 * S)
    story.when(requested("c2", 11 * S), 11 * S)
    assert owners(story, "c1", "c2") == [None, "anna"]
    assert story.state.next_due() == 40 * S
    story.when(wake(), 40 * S)
    assert owners(story, "c1") == [None]
    assert story.state.next_due() == 70 * S
    story.when(wake(), 70 * S - 1).then_nothing()
    story.when(wake(), 70 * S)
    assert owners(story, "c1") == ["anna"], "after two steps of 30 s a level of 3 will do"
    assert story.state.next_due() is None


@pytest.mark.parametrize("since", [0, 100 * S])
def test_R5_in_the_end_anybody_will_do(since: int) -> None:
    story = by_skills(online("anna", 0)).when(needs("c1", since, french=2), since)
    for seconds in (29, 30, 59):
        story.when(wake(), since + seconds * S)
        assert owners(story, "c1") == [None], "not before it has waited for two steps"
    story.when(wake(), since + 60 * S)
    assert owners(story, "c1") == ["anna"]


def test_R5_who_has_no_skill_does_not_have_it_a_little() -> None:
    story = by_skills(online("anna", 0)).when(needs("c1", 9 * S, french=1), 9 * S)
    assert owners(story, "c1") == [None]


@pytest.mark.parametrize("priority", [99, 100, 101])
def test_R10_who_works_on_something_as_important_is_passed_over_and_told(priority: int) -> None:
    people = [busy("anna", ("a1", 50)), busy("ben", ("b1", priority), at=1)]
    found = why(routed(*people).when(add("k1"), 9 * S), "k1")
    reason = "interrupted_more_recently" if priority < 100 else "higher_priority"
    if priority < 100:
        assert found.passed == {reason: ["anna"]}
    else:
        assert found.passed == {reason: ["ben"]}


def test_R5_a_skill_that_is_learnt_counts_at_once() -> None:
    story = by_skills(online("anna", 1)).when(needs("c1", 9 * S, french=5), 9 * S)
    story.when(admin(c.SetSkills, agent="anna", skills={"french": 5}), 10 * S)
    assert owners(story, "c1") == ["anna"]


def test_R10_a_call_interrupts_only_who_can_take_it() -> None:
    people = [skilled("anna", german=9), online("anna", 1), skilled("ben", french=6), online("ben", 2)]
    chats = [[waits("c1", 3), pushed("c1", "anna", 3 * S)], [waits("c2", 4), pushed("c2", "ben", 4 * S)]]
    story = by_skills(*people, *chats).when(add("k1", skills={"french": 5}), 9 * S)
    assert owners(story, "k1") == ["ben"]
    assert why(story, "k1").out_of == "interrupted"


# --- whom to interrupt ------------------------------------------------------------------------------------------------


def busy(agent: str, *chats: tuple[str, int], at: int = 2) -> list[Any]:
    return [online(agent, 1), [[waits(n, 1, priority=p), picked(n, agent, at * S, several=True)] for n, p in chats]]


@pytest.mark.parametrize(
    ("policy", "chosen", "reason"),
    [
        ("least_recently_interrupted", "anna", "interrupted_more_recently"),
        ("lowest_priority", "ben", "higher_priority"),
        ("fewest_active", "cleo", "more_active"),
    ],
)
def test_R10_whom_a_call_interrupts_is_a_policy(policy: str, chosen: str, reason: str) -> None:
    people = [
        busy("anna", ("a1", 60), ("a2", 50), at=2),
        busy("ben", ("b1", 10), ("b2", 20), at=3),
        busy("cleo", ("c1", 70), at=4),
    ]
    story = routed(*people, interrupt=policy).when(add("k1"), 9 * S)
    assert owners(story, "k1") == [chosen]
    others = sorted({"anna", "ben", "cleo"} - {chosen})
    found = why(story, "k1")
    assert (found.policy, found.out_of, sorted(found.passed.pop(reason))) == (policy, "interrupted", others)
    assert found.passed == {}


# --- why --------------------------------------------------------------------------------------------------------------


def test_R10_an_assignment_tells_why_each_other_agent_was_passed_over() -> None:
    names = ("anna", "ben", "cleo", "dora", "emil", "fay", "gus", "hal")
    people = [
        online("anna", 1, ready=False),
        [*online("ben", 1), call_waits("k0", 1), rings("k0", "ben", 2 * S)],
        [*online("cleo", 1), waits("c1", 1), picked("c1", "cleo", 2 * S), wrap_up("c1", "cleo", 3 * S, limit_s=999)],
        [*online("dora", 1), waits("c2", 1), picked("c2", "dora", 2 * S)],
        [*online("emil", 1), waits("c3", 1, priority=150), picked("c3", "emil", 2 * S)],
        [*online("fay", 1), waits("c4", 1), picked("c4", "fay", 3 * S)],
        [online("gus", 1), e.AgentDisconnected(at=2, agent="gus", connection="gus.1")],
    ]
    story = floor.given(queue(agents=names[:-1]), queue("else", agents=("hal",)), people, online("hal", 1))
    story.when(add("k1"), 9 * S)
    assert why(story, "k1") == e.Why(
        policy="least_recently_interrupted",
        out_of="interrupted",
        passed={
            "not_ready": ["anna"],
            "on_call": ["ben"],
            "wrap_up": ["cleo"],
            "away": ["gus"],
            "interrupted_more_recently": ["fay"],
            "higher_priority": ["emil"],
            "not_in_queue": ["hal"],
        },
    )


def test_R7_an_agent_at_the_limit_is_passed_over() -> None:
    story = given(online("anna", 1), waits("c1", 1), picked("c1", "anna", 2 * S), online("ben", 9 * S))
    story.when(requested("c2", 20 * S), 20 * S)
    assert why(story, "c2") == e.Why(policy="longest_idle", out_of="free", passed={"at_limit": ["anna"]})


def test_R10_what_may_not_be_interrupted_is_told() -> None:
    kept = queue("kept", agents=("ben",), interruptible=())
    story = floor.given(queue(), kept, online("anna", 1), online("ben", 1))
    story.given(waits("c1", 1), picked("c1", "anna", 2 * S), waits("c2", 1, "kept"), picked("c2", "ben", 2 * S, "kept"))
    story.when(add("k1"), 9 * S)
    assert why(story, "k1").passed == {"not_interruptible": ["ben"]}


def test_an_assignment_names_a_few_and_counts_the_rest() -> None:
    many = tuple(f"a{number:02}" for number in range(30))
    story = floor.given(queue(agents=many), [online(name, 1, ready=name < "a10") for name in many])
    story.when(requested("c1", 9 * S), 9 * S)
    assert why(story, "c1") == e.Why(
        policy="longest_idle",
        out_of="free",
        passed={"not_ready": list(many[10:14]), "idle_shorter": list(many[1:5])},
        more={"not_ready": 16, "idle_shorter": 5},
    )


def crowd(free: bool) -> Story[Floor]:
    """Six agents with room for another chat, six at the limit of two; with one who is free or without."""
    some, full = [f"b{n}" for n in range(6)], [f"l{n}" for n in range(6)]
    story = floor.given(queue(agents=(*some, *full, "z"), chats_per_agent=2), online("z", 1, ready=free))
    for name in (*some, *full):
        story.given(
            online(name, 1),
            [[waits(f"{name}{n}", 1), picked(f"{name}{n}", name, 2 * S)] for n in range(1 + (name in full))],
        )
    return story


@pytest.mark.parametrize(("people", "more"), [(5, {}), (6, {"idle_shorter": 1})])
def test_an_assignment_counts_whoever_is_left_beyond_those_it_names(people: int, more: dict[str, int]) -> None:
    names = tuple(f"a{number}" for number in range(people))
    story = floor.given(queue(agents=names), [online(name, 1) for name in names]).when(requested("c1", 9 * S), 9 * S)
    assert why(story, "c1").more == more


def test_an_interruption_counts_those_at_their_limit_who_may_not_be_interrupted() -> None:
    """Three who may be interrupted, one of them for it; of those who may not, five have room and five are at the limit."""
    kept = tuple(f"k{number}" for number in range(10))
    queues = [queue(agents=("a0", "a1", "a2", *kept), chats_per_agent=2), queue("kept", agents=kept, interruptible=())]
    story = floor.given(queues, [online(name, 1) for name in ("a0", "a1", "a2", *kept)])
    for number, name in enumerate(("a0", "a1", "a2", *kept)):
        where = "help" if name[0] == "a" else "kept"
        chats = 2 if name[0] == "k" and number % 2 else 1
        for n in range(chats):
            story.given(waits(f"{name}{n}", 1, where), picked(f"{name}{n}", name, 2 * S, where))
    found = why(story.when(add("k1"), 9 * S), "k1")
    assert (len(found.passed["not_interruptible"]), found.more["not_interruptible"]) == (4, 6)


def test_R5_a_level_counts_one_less_after_each_whole_time_of_waiting_and_never_more() -> None:
    routing = Routing(agent="skills", relax_after_s=30)
    asks = WorkItem(item="c", kind="chat", queue="q", priority=50, waiting_since=9 * S, changed_at=0, skills={"x": 3})
    assert [policies.relaxed(asks, routing, 9 * S + waited) for waited in (-1, 0, 29_999, 30_000, 59_999, 60_000)] == [
        *(0, 0, 0, 1, 1, 2),
    ]
    assert policies.relaxes_at(asks, routing, 9 * S + 89_999) == 99 * S
    assert policies.relaxes_at(asks, routing, 99 * S) is None
    asks.skills = {}
    assert policies.relaxes_at(asks, routing, 9 * S) is None


def test_an_assignment_counts_who_is_busy_with_room_or_without() -> None:
    found = why(crowd(free=True).when(add("k1"), 9 * S), "k1")
    assert (found.out_of, found.passed, found.more) == ("free", {"busy": ["b0", "b1", "b2", "b3"]}, {"busy": 8})


def test_an_interruption_counts_who_else_could_have_been_interrupted() -> None:
    found = why(crowd(free=False).when(add("k1"), 9 * S), "k1")
    assert found.more == {"interrupted_more_recently": 7}
    assert {reason: len(names) for reason, names in found.passed.items()} == {
        "not_ready": 1,
        "interrupted_more_recently": 4,
    }


def test_one_reason_for_two_kinds_of_others_is_told_once() -> None:
    people = [busy(f"a{n}", (f"c{n}", 10 + n)) for n in range(4)] + [busy(f"b{n}", (f"d{n}", 150)) for n in range(4)]
    names = tuple(f"{letter}{n}" for letter in "ab" for n in range(4))
    routing = {"interrupt": "lowest_priority"}
    story = floor.given(queue(agents=names, chats_per_agent=3, routing=routing), people).when(add("k1"), 9 * S)
    found = why(story, "k1")
    assert owners(story, "k1") == ["a0"]
    assert len(found.passed["higher_priority"]) == 4
    assert found.more == {"higher_priority": 3}


def test_what_an_agent_picks_is_no_choice_of_the_router() -> None:
    story = floor.given(queue(distribution="pick"), online("anna", 1), waits("c1", 1)).when(pick("c1", "anna"), 2 * S)
    assert [event.why for event in story.happened if isinstance(event, e.ItemAssigned)] == [None]
