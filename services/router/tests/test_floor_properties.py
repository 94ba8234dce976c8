"""Whatever happens on a floor, in whatever order: what must always be so (R4 to R23, R29, R30).

Random lives go through the router as the loop drives it; after each message everything is looked at from scratch, and
what a gateway and the agents' desks made of the changes is compared with what they would be shown anew.
"""

from __future__ import annotations

import json
import os
from itertools import pairwise
from typing import Any

from floor_words import (
    AGENTS,
    MINUTE,
    TENANT,
    S,
    add,
    answer,
    by,
    classify,
    complete,
    connect,
    disconnect,
    end,
    ended,
    extend,
    log_out,
    miss,
    not_ready,
    owner_wrote,
    park,
    pick,
    put_queue,
    ready,
    requested,
    resume,
    supervise,
    transfer,
    wake,
    wrote_to_parked,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley_chassis.service import Out
from parley_chassis.streams import Live
from parley_contracts import commands as c
from parley_contracts import supervision as s
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command, Message
from parley_contracts.wire import encode, pack, unpack
from parley_gateway.shown.desk import Desk
from parley_gateway.shown.floor_view import FloorView as ShownFloor
from parley_router import views
from parley_router.domain import events as e
from parley_router.domain.decide import decide
from parley_router.domain.floor import Floor
from parley_router.domain.state import WorkItem
from parley_router.handlers import Router
from protocol import apply

OPEN_CHATS = 5
OPEN_OTHERS = 3
QUEUES = {
    "calm": [
        {"distribution": "push", "chats_per_agent": 2},
        {"distribution": "push", "wrap_up": {"on": False}, "priority": {"chat": 95, "call": 40}},
    ],
    "busy": [
        {"distribution": "pick", "wrap_up": {"limit_s": 60, "calls": True}},
        {"distribution": "push", "chats_per_agent": 2, "agents": ("anna", "ben"), "interruptible": ("email",)},
    ],
}
QUICK = settings(
    max_examples=min(200, int(os.environ.get("PARLEY_TRIES", "200"))),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# --- random lives -----------------------------------------------------------------------------------------------------

an_agent = st.sampled_from(AGENTS)
a_number = st.integers(0, 9)
step = st.one_of(
    st.tuples(st.sampled_from(["pick", "park", "resume", "extend", "complete", "classify"]), an_agent, a_number),
    st.tuples(st.sampled_from(["pick", "park", "resume"]), an_agent, a_number),
    st.tuples(st.sampled_from(["call", "answer", "miss", "over", "transfer", "transfer_to"]), an_agent, a_number),
    st.tuples(st.sampled_from(["request", "request", "end", "end", "unread", "touch"]), a_number, a_number),
    st.tuples(
        st.sampled_from(["ready", "ready", "ready", "not_ready", "log_out", "connect", "disconnect"]),
        an_agent,
        a_number,
    ),
    st.tuples(st.sampled_from(["wake", "set", "service", "again"]), a_number, a_number),
    st.tuples(
        st.sampled_from(["assign", "take_over", "move", "state", "force", "queues", "help", "watch"]),
        an_agent,
        a_number,
    ),
)
passes = st.sampled_from([0, 1, 250, 5 * S, 61 * S, 3 * MINUTE, -700])
lives = st.integers(1, 90).flatmap(lambda n: st.lists(st.tuples(step, passes), min_size=n, max_size=n))


class World:
    """A floor in the router's hands, with a gateway that shows it and a desk for each agent."""

    def __init__(self) -> None:
        self.router = Router()
        self.live: Live[Floor] = Live(TENANT, self.router.new(TENANT), 0, self.router.evolve)
        self.at = 1_000_000
        self.happened: list[e.Happened] = []
        self.sent: list[tuple[Command, bool]] = []
        self.chats = self.others = 0
        self.shown = ShownFloor(TENANT)
        self.handle(c.WatchFloor(tenant=TENANT, gateway="g1"))
        for name, variants in QUEUES.items():
            self.handle(put_queue(name, **variants[0]))
        self.desks = {name: Desk(self.shown, name) for name in AGENTS}
        self.desk_views = {name: desk.snapshot(0) for name, desk in self.desks.items()}
        for name in AGENTS:
            self.handle(connect(name))
            self.handle(ready(name))

    @property
    def floor(self) -> Floor:
        return self.live.state

    def handle(self, message: Message) -> list[e.Happened]:
        """As the loop does it, with everything that must be so for each message."""
        out = Out()
        shows = isinstance(message, c.WatchFloor | c.ShowFloor)
        # What has been refused is remembered by the process, not by the floor (R31).
        refused = isinstance(message, Command) and self.router._refusals.of(TENANT, message, self.at) is not None
        foreseen = self._foreseen(message) if not (shows or refused) else None
        self.router.handle(self.live, message, self.at, out)
        followed = [event for _, event in self.live.gathered]
        self.live.gathered.clear()
        assert foreseen is None or followed == foreseen, "a floor from its snapshot decides the same"
        self.happened += followed
        self._show(out)
        return followed

    def _foreseen(self, message: Message) -> list[e.Happened]:
        """What a floor that was thawed from this one's snapshot decides; deciding changes nothing."""
        before = self.floor.freeze()
        other = Floor.thaw(TENANT, before)
        assert indexes(other) == indexes(self.floor)
        try:
            decided = decide(self.floor, message, self.at)
        except Refused:
            assert_refused(other, message, self.at)
        else:
            assert decide(other, message, self.at) == decided
        assert self.floor.freeze() == before, "deciding changes nothing"
        thawed: Live[Floor] = Live(TENANT, other, 0, self.router.evolve)
        Router().handle(thawed, message, self.at, Out())
        return [event for _, event in thawed.gathered]

    def _show(self, out: Out) -> None:
        """The gateway puts the changes in place, and the desks' frames are applied to the agents' views."""
        for inbox, body in out.showings:
            assert inbox == "gateway.g1"
            for shown in unpack(pack([body])):
                for change in getattr(shown, "changes", ()):
                    assert change.kind == "snapshot" or change.version == self.shown.version + 1
                    moved = self.shown.apply(change)
                    for name, desk in getattr(self, "desks", {}).items():
                        if (frame := desk.event(change, moved)) is not None:
                            self.desk_views[name] = apply(self.desk_views[name], json.loads(json.dumps(frame)))

    def play(self, step: tuple[str, Any, int]) -> None:
        what, who, number = step
        floor = self.floor
        match what:
            case "pick" | "park" | "resume" | "extend" | "complete" | "classify":
                words: dict[str, Any] = {"park": park, "resume": resume, "extend": extend, "complete": complete}
                words["pick"], words["classify"] = pick, lambda item, who: classify(item, who, f"code {number}")
                self.command(words[what](self.some_item(what, who, number), who))
            case "ready":
                self.handle(connect(who))
                self.command(ready(who))
            case "not_ready":
                self.command(not_ready(who, "break" if number % 2 else None))
            case "log_out":
                self.command(log_out(who))
            case "connect":
                self.handle(connect(who, 1 + number % 2))
            case "disconnect":
                self.handle(disconnect(who, 1 + number % 2))
            case "request":
                name = self.any_chat(who)
                if sum(item.kind == "chat" for item in floor.items.values()) < OPEN_CHATS:
                    name = f"c{self.chats}"
                    self.chats += 1
                self.handle(requested(name, self.at, list(QUEUES)[number % 2], 90 if number > 7 else None))
            case "end":
                talking = [
                    name for name, item in floor.items.items() if (item.stage, item.kind) == ("conversation", "chat")
                ]
                name = talking[who % len(talking)] if talking and number < 8 else self.any_chat(who)
                self.handle(ended(name, self.at, ("visitor", "agent", "absence")[number % 3]))
            case "call":
                others = [item for item in floor.items.values() if item.kind != "chat"]
                if len(others) < OPEN_OTHERS:
                    kind = ("call", "call", "email", "task")[number % 4]
                    self.others += 1
                    self.handle(add(f"k{self.others}", kind, queue=list(QUEUES)[number % 2]))
            case "answer" | "miss" | "over":
                others = [name for name, item in floor.items.items() if item.kind != "chat"]
                if others:
                    self.command({"answer": answer, "miss": miss, "over": end}[what](others[number % len(others)]))
            case "transfer":
                self.command(transfer(self.some_item(what, who, number), who, list(QUEUES)[number % 2]))
            case "transfer_to":
                self.command(transfer(self.some_item(what, who, number), who, to_agent=AGENTS[number % 3]))
            case "unread":
                self.handle(wrote_to_parked(self.any_chat(who), self.at - number, number))
            case "touch":
                name = self.any_chat(who)
                owner = floor.items[name].owner if name in floor.items else None
                self.handle(owner_wrote(name, owner or AGENTS[number % 3], self.at - number))
            case "assign" | "take_over" | "move" | "state" | "force" | "queues" | "help" | "watch":
                self.command(self._supervision(what, who, number))
            case "wake":
                self.handle(wake())
            case "set":
                name = list(QUEUES)[who % 2]
                self.handle(put_queue(name, **QUEUES[name][number % 2]))
            case "service":
                given = {"priority": (None, 20, 120)[number % 3], "skills": {}}
                self.handle(c.SetService(tenant=TENANT, sender=by("ada"), service="web", **given))
            case "again" if self.sent:
                command, had_effect = self.sent[-1 - who % len(self.sent)]
                self.handle(wake())  # what is due happens by itself, whatever is told again
                followed = self.handle(command)
                assert not (had_effect and followed), "R30: told twice it happens once"

    def _supervision(self, what: str, who: str, number: int) -> Command:
        """R36: what a supervisor does, who works as an agent as well; and who asks for their help."""
        other = AGENTS[number % 3]
        names = [*self.floor.items]
        item = names[number % len(names)] if names else "nothing"
        queues = tuple(name for place, name in enumerate(QUEUES) if number >> place & 1)
        state: Any = ("ready", "not_ready")[number % 2]
        kinds: dict[str, tuple[type[Any], dict[str, Any]]] = {
            "assign": (s.AssignItem, {"item": item, "agent": other, "note": "busy"}),
            "take_over": (s.TakeOver, {"item": item}),
            "move": (s.MoveItem, {"item": item, "queue": list(QUEUES)[number % 2]}),
            "state": (s.SetAgentState, {"agent": other, "state": state, "reason": "meeting"}),
            "force": (s.LogOutAgent, {"agent": other}),
            "queues": (s.SetAgentQueues, {"agent": other, "queues": queues}),
            "help": (s.AskForHelp, {"item": item if number % 2 else None, "on": number < 7}),
            "watch": (s.Supervise, {"item": item, "act": "watch"}),
        }
        kind, fields = kinds[what]
        return supervise(kind, **fields).model_copy(
            update={"sender": by(who).model_copy(update={"role": "agent" if what == "help" else "supervisor"})}
        )

    def some_item(self, what: str, who: str, number: int) -> str:
        """Mostly one that the command makes sense for."""
        if number < 8:
            names = (
                [name for queue in self.floor.queues.values() for name in queue.waiting]
                if what == "pick"
                else list(self.floor.agents[who].owned)
            )
            if names:
                return names[number % len(names)]
        return self.any_chat(number)

    def any_chat(self, number: int) -> str:
        """One of those that there have been, or the next."""
        return f"c{number % (self.chats + 1)}"

    def command(self, command: Command) -> None:
        known = len(self.happened)
        self.handle(command)
        assert command.sender is not None
        key = command.sender.key
        self.sent.append((command, any(event.command_key == key for event in self.happened[known:])))


def assert_refused(floor: Floor, message: Message, at: int) -> None:
    try:
        decide(floor, message, at)
    except Refused:
        return
    raise AssertionError("a floor from its snapshot refuses the same")


def indexes(floor: Floor) -> dict[str, Any]:
    """Everything that a snapshot does not hold."""
    found: dict[str, Any] = {
        name: (list(queue.waiting), list(queue.free), list(queue.room), queue.busy, queue.placements, queue.items)
        for name, queue in floor.queues.items()
    }
    return {**found, " due": floor.next_due()}


# --- what must always be so -------------------------------------------------------------------------------------------


def check(floor: Floor) -> None:
    """R4, R6, R7, R18, R20, R21: looked at from scratch, item by item and agent by agent."""
    lists = {name: list(queue.waiting) for name, queue in floor.queues.items()}
    for name, found in floor.items.items():
        owners = [agent.agent for agent in floor.agents.values() if name in agent.owned]
        places = [queue for queue, names in lists.items() for waiting in names if waiting == name]
        if found.stage == "waiting":
            assert (owners, places, found.owner, found.activity) == ([], [found.queue], None, None)
        else:
            assert (owners, places) == ([found.owner], [])
            assert found.activity in ("active", "parked", "interrupted")
            interrupter = floor.items[found.interrupted_by].owner if found.activity == "interrupted" else None
            assert interrupter == (found.owner if found.activity == "interrupted" else None), "R13: none is left behind"
        assert_running(found)
    for name, names in lists.items():
        waiting = [found for found in floor.items.values() if found.stage == "waiting" and found.queue == name]
        assert names == [w.item for w in sorted(waiting, key=lambda w: (-w.priority, w.waiting_since, w.item))]
    dues = []
    for agent in floor.agents.values():
        owned = [floor.items[name] for name in agent.owned]
        if agent.state == "logged_out":
            assert [found for found in owned if not found.answered] == [], "R15: only an answered call is still theirs"
            assert agent.connections == []
        elif not agent.connections:
            assert agent.lost_at is not None
            dues.append(agent.lost_at + agent.grace_ms)
        assert agent.active_chats == len(active_chats(floor, agent.agent))
        assert sum(found.kind == "call" and found.activity == "active" for found in owned) <= 1, "R15"
        dues += [found.rings_until for found in owned if found.kind == "call" and found.answered is False]
        dues += [
            found.wrap_up.running_since + max(0, (found.limit_ms or 0) - found.wrap_up.ms)
            for found in owned
            if found.stage == "wrap_up" and found.wrap_up.running_since is not None
        ]
    assert floor.next_due() == min(dues, default=None)
    for queue in floor.queues.values():
        assert queue.items == sum(found.queue == queue.queue for found in floor.items.values())
        if queue.settings.distribution == "push":
            assert_no_call_waits_for_nothing(floor, queue.queue)
        able = [name for name in floor.agents if available(floor, name, queue.queue)]
        assert sorted(entry[-1] for entry in (*queue.free, *queue.room)) == sorted(able)
        for found in floor.items.values():
            if (found.queue, found.stage, found.kind) == (queue.queue, "waiting", "chat"):
                back = found.given_by if somebody_else(floor, queue.queue, found.given_by) else None
                others = [name for name in able if name != back]
                assert queue.settings.distribution == "pick" or not others, "R7: somebody could have it"


def assert_no_call_waits_for_nothing(floor: Floor, queue: str) -> None:
    """R9, R10: nobody could take what waits, or be interrupted for it."""
    for found in floor.items.values():
        if (found.queue, found.stage) != (queue, "waiting") or found.kind == "chat":
            continue
        for name in floor.queues[queue].settings.agents:
            if name == found.given_by and somebody_else(floor, queue, name):
                continue  # R23
            active = [floor.items[i] for i in floor.agents[name].owned if floor.items[i].activity == "active"]
            if there(floor, name) and not any(item.kind == "call" or item.stage == "wrap_up" for item in active):
                assert active, f"R9: {name} is free"
                assert found.kind != "call" or not all(
                    item.priority < found.priority and item.kind in floor.queues[item.queue].settings.interruptible
                    for item in active
                ), f"R10: {name} could be interrupted"


def somebody_else(floor: Floor, queue: str, giver: str | None) -> bool:
    """R23: whether anybody but the giver could take it, now or once they have room."""
    return any(name != giver and there(floor, name) for name in floor.queues[queue].settings.agents)


def there(floor: Floor, name: str) -> bool:
    return floor.agents[name].state == "ready" and bool(floor.agents[name].connections)


def assert_running(found: WorkItem) -> None:
    """R17: exactly the timer runs that should; that of a call from the answer on."""
    running = [name for name in ("wait", "handle", "wrap_up") if getattr(found, name).running_since is not None]
    if found.stage == "waiting" or (found.kind == "call" and found.answered is False):
        assert running == ["wait"]
    elif found.activity != "active":
        assert running == []
    else:
        assert running == (["handle"] if found.stage == "conversation" else ["wrap_up"])


def active_chats(floor: Floor, agent: str) -> list[WorkItem]:
    owned = [floor.items[name] for name in floor.agents[agent].owned]
    return [item for item in owned if (item.kind, item.activity, item.stage) == ("chat", "active", "conversation")]


def available(floor: Floor, name: str, queue: str) -> bool:
    agent, wanted = floor.agents[name], floor.queues[queue].settings
    active = [floor.items[i] for i in agent.owned if floor.items[i].activity == "active"]
    taken = any(item.stage == "wrap_up" or item.kind == "call" for item in active)
    return there(floor, name) and name in wanted.agents and not taken and (not active or room_for(floor, name, queue))


def room_for(floor: Floor, name: str, queue: str, one: int = 0) -> bool:
    """R6, worked out anew: fewer of the queue than its limit, and fewer in all than the largest limit of the agent's queues;
    `one`: the chat itself is counted among them already."""
    chats = [chat.queue for chat in active_chats(floor, name)]
    limits = {key: each.settings.chats_per_agent for key, each in floor.queues.items()}
    largest = max((limit for key, limit in limits.items() if name in floor.queues[key].settings.agents), default=1)
    return chats.count(queue) - one < limits[queue] and len(chats) - one < largest


def spent(happened: list[e.Happened], name: str) -> tuple[int, int]:
    """R17: handle and wrap-up time of an item, as a plain sum of the intervals between its events."""
    moments: list[tuple[int, str]] = []
    wrapping, now = False, "none"
    for event in happened:
        if not isinstance(event, e.ItemHappened) or event.item != name:
            continue
        match event:
            case e.ItemAssigned():
                now = "none" if event.waits else "handle"
            case e.CallAnswered():
                now = "handle"
            case e.ItemResumed():
                now = "wrap_up" if wrapping else "handle"
            case e.WrapUpStarted():
                wrapping, now = True, "wrap_up" if now == "handle" else "none"
            case e.ItemParked() | e.ItemRequeued() | e.ItemTransferred() | e.ItemClosed():
                now = "none"
            case _:
                continue
        moments.append((event.at, now))
    assert [at for at, _ in moments] == sorted(at for at, _ in moments), "never before the last change"
    sums = {"handle": 0, "wrap_up": 0, "none": 0}
    for (at, what), (until, _) in pairwise(moments):
        sums[what] += until - at
    return sums["handle"], sums["wrap_up"]


def settled(floor: Floor, name: str) -> tuple[int, int]:
    """The item's timers up to their last stop."""
    found = floor.items.get(name) or floor.closed[name]
    return found.handle.ms, found.wrap_up.ms


def seen(view: dict[str, Any]) -> dict[str, Any]:
    """A desk without what has no meaning: the order of the inbox and of the queues, and the version."""
    return {
        "agent": view["agent"],
        "inbox": {item["item"]: item for item in view["inbox"]},
        "queues": {queue["queue"]: queue for queue in view["queues"]},
    }


@QUICK
@given(lives)
def test_R4_R6_R7_R17_R20_whatever_happens_the_floor_is_in_order(life: list[tuple[Any, int]]) -> None:
    world = World()
    for moved, ms in life:
        world.at += ms
        before = len(world.happened)
        world.play(moved)
        check(world.floor)
        for event in world.happened[before:]:
            assert_within_limit(world, event)
        for name in {*world.floor.items, *world.floor.closed} & {
            getattr(event, "item", None) for event in world.happened[before:]
        }:
            assert settled(world.floor, name) == spent(world.happened, name)
    assert_rebuilt(world)


def assert_within_limit(world: World, event: e.Happened) -> None:
    """R6: whom a chat is pushed to, or given back when there is room, has room for it: what else they have been given in the same
    breath had room, too."""
    by_itself = (isinstance(event, e.ItemAssigned) and event.how == "pushed") or (
        isinstance(event, e.ItemResumed) and event.why == "room"
    )
    found = world.floor.items.get(event.item) if by_itself else None  # type: ignore[attr-defined]
    if found is not None and (found.kind, found.stage, found.activity) == ("chat", "conversation", "active"):
        assert room_for(world.floor, found.owner or "", found.queue, one=1)


def assert_rebuilt(world: World) -> None:
    """R29: folding everything that happened gives the same floor, also from a snapshot on the way."""
    fresh = Floor(TENANT)
    middle = len(world.happened) // 2
    for event in world.happened[:middle]:
        fresh.evolve(event)
    thawed = Floor.thaw(TENANT, fresh.freeze())
    for event in world.happened[middle:]:
        fresh.evolve(event)
        thawed.evolve(event)
    assert fresh.freeze() == thawed.freeze() == world.floor.freeze()
    assert indexes(fresh) == indexes(thawed) == indexes(world.floor)
    journal = Router.journal
    for number, event in enumerate(world.happened):
        stored = journal.stored(TENANT, number, event)
        assert journal.event(stored.topic, stored.state) == event


@QUICK
@given(lives)
def test_R29_changes_applied_to_what_was_shown_equal_what_is_shown_anew(life: list[tuple[Any, int]]) -> None:
    world = World()
    for moved, ms in life:
        world.at += ms
        world.play(moved)
        anew = ShownFloor(TENANT)
        [snapshot] = unpack(pack([encode(views.snapshot(world.floor, world.live.version))]))
        anew.apply(snapshot)  # type: ignore[arg-type]
        assert world.shown.version == anew.version
        assert (world.shown.items, world.shown.agents, world.shown.queues) == (anew.items, anew.agents, anew.queues)
        for name in AGENTS:
            fresh = json.loads(json.dumps(Desk(anew, name).snapshot(0)))
            assert seen(world.desk_views[name]) == seen(fresh)
