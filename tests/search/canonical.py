"""The canonical form of a small floor: as few bytes as tell what can happen on it from now on.

What is left out, and why nothing is lost by it:

- **Times** are replaced by their order, where two of them are ever compared: when items first entered (R4), which of an
  agent's chats was touched last (R6), since when agents are idle (R7), when they were interrupted (R10). Where the router
  decides ties by name, the order here has decided them already.
- **Durations** are left open: whatever limit runs may be over next, in any order (`Action.late`). That is more than can
  happen with any one setting, and includes what extensions do (R18).
- **Names**: agents who stand alike are interchangeable, and so are items; both get new names by their place.
- **The past**: closed items, commands that were seen, settled timers, what an agent would find on coming back
  (`not_ready`'s reason, unread messages): no decision asks for them by the default policies.
- An order is left out where it cannot matter any more: of agents who will be idle anew before they can be given anything, of
  interruptions when there is no call to come, of items in wrap-up, which never wait again.

`test_search.py` goes at random through floors that keep all of this, and finds no state that the search has not seen.
"""

from __future__ import annotations

from parley_contracts.timer import Timer
from parley_router.domain.floor import Floor
from parley_router.domain.queue_settings import read
from parley_router.domain.queues import Queue
from parley_router.domain.state import Agent, WorkItem

from .world import NOW, QUEUES, TENANT, World

STAGES = ("waiting", "conversation", "wrap_up")
ACTIVITIES = (None, "active", "parked", "interrupted")
STATES = ("logged_out", "not_ready", "ready")
LONG_AGO = NOW - 100_000
"""About when everything has happened so far."""
DUE = NOW - 1_000 - LONG_AGO
"""How much later what is late was due."""
FAR = 86_400_000
AWAY = 3

Left = tuple[int, int]
"""How many chats, and how many calls, have not come yet."""


def canonical(floor: Floor, left: Left) -> tuple[bytes, list[str], list[str]]:
    """The canonical form, and which agents and items stand at which place in it."""
    entered = _entered(floor)
    calls_matter = left[1] > 0 or any(item.kind == "call" for item in floor.items.values())
    idle = sorted(
        (agent.idle_since, agent.agent)
        for agent in floor.agents.values()
        if agent.state == "ready" and not agent.active_calls and not agent.active_wrap_ups
    )
    idle_rank = {name: rank for rank, (_, name) in enumerate(idle, 1)}
    moments = sorted({agent.interrupted_at for agent in floor.agents.values()} - {0}) if calls_matter else []
    found = []
    for agent in floor.agents.values():
        parts, names = _inbox(floor, agent, entered)
        away = AWAY if agent.state != "logged_out" and not agent.connections else 0
        interrupted = moments.index(agent.interrupted_at) + 1 if agent.interrupted_at and calls_matter else 0
        given = _given(floor, agent, entered)
        head = (STATES.index(agent.state) + away, idle_rank.get(agent.agent, 0), interrupted, *given, len(names))
        found.append((bytes(head) + b"".join(parts), agent.agent, names))
    found.sort()
    waiting = sorted(
        (_coded(item, entered[name], 0, 0), name) for name, item in floor.items.items() if item.stage == "waiting"
    )
    key = bytes(left) + b"".join(part for part, _, _ in found) + b"".join(part for part, _ in waiting)
    items = [name for _, _, names in found for name in names] + [name for _, name in waiting]
    return key, [name for _, name, _ in found], items


def _entered(floor: Floor) -> dict[str, int]:
    """By item, its place among those of its kind that wait or may wait again."""
    ranks: dict[str, int] = {}
    for kind in ("chat", "call"):
        alive = sorted(
            (item.waiting_since, name)
            for name, item in floor.items.items()
            if item.kind == kind and item.stage != "wrap_up"
        )
        ranks |= {name: rank for rank, (_, name) in enumerate(alive, 1)}
    return ranks


def _given(floor: Floor, agent: Agent, entered: dict[str, int]) -> tuple[int, int]:
    """The chats, and the calls, that the agent gave away and that nobody has taken yet (R23): a bit for each place."""
    marks = [0, 0]
    for name, item in floor.items.items():
        if item.given_by == agent.agent and (item.stage == "waiting" or _rings(item)):
            marks[item.kind == "call"] |= 1 << entered[name]
    return marks[0], marks[1]


def _rings(item: WorkItem) -> bool:
    return item.stage == "conversation" and item.answered is False


def _inbox(floor: Floor, agent: Agent, entered: dict[str, int]) -> tuple[list[bytes], list[str]]:
    """An agent's items in canonical order, calls first, as bytes and by name."""
    if not agent.owned:
        return [], []
    owned = [floor.items[name] for name in agent.owned]
    touched = sorted(
        (item.touch, item.item)
        for item in owned
        if item.kind == "chat" and item.stage == "conversation" and item.activity != "parked"
    )
    touch = {name: rank for rank, (_, name) in enumerate(touched, 1)}
    calls = sorted((_coded(item, entered.get(item.item, 0), 0, 0), item.item) for item in owned if item.kind == "call")
    numbers = {name: number for number, (_, name) in enumerate(calls)}
    others = sorted(
        (
            _coded(item, entered.get(item.item, 0), touch.get(item.item, 0), numbers.get(item.interrupted_by or "", 0)),
            item.item,
        )
        for item in owned
        if item.kind != "call"
    )
    found = [*calls, *others]
    return [part for part, _ in found], [name for _, name in found]


def _coded(item: WorkItem, entered: int, touch: int, interrupter: int) -> bytes:
    answered = 0 if item.answered is None or item.stage == "wrap_up" else 1 + item.answered
    what = (item.kind == "call") | STAGES.index(item.stage) << 1 | ACTIVITIES.index(item.activity) << 3 | answered << 5
    what |= item.for_lack_of_room << 7
    return bytes((what, entered | QUEUES.index(item.queue) << 4 | interrupter << 6, touch))


# --- and back ---------------------------------------------------------------------------------------------------------


def floor_of(world: World, key: bytes, late: tuple[str, ...] = ()) -> tuple[Floor, Left]:
    """A floor of this form, with the names and times of `world.py`, on which the time of `late` is over at NOW."""
    agents: list[Agent] = []
    items: list[WorkItem] = []
    numbers = [0, 0]
    given: list[tuple[str, int, int]] = []
    place = 2
    for name in world.names:
        presence, idle, interrupted, chats_given, calls_given, owned = key[place : place + 6]
        given.append((name, chats_given, calls_given))
        place += 6
        agent = Agent(
            agent=name,
            name=name,
            state=STATES[presence % AWAY],  # type: ignore[arg-type]
            connections=[f"{name}.1"] if 0 < presence < AWAY else [],
            lost_at=LONG_AGO if presence > AWAY else None,
            grace_ms=DUE + late.index(name) if name in late else FAR,
            idle_since=LONG_AGO + idle,
            interrupted_at=LONG_AGO + interrupted if interrupted else 0,
        )
        calls: list[str] = []
        for _ in range(owned):
            item = _item(key, place, numbers, name, calls, late)
            agent.owned[item.item] = None
            items.append(item)
            place += 3
        agents.append(agent)
    while place < len(key):
        items.append(_item(key, place, numbers, None, [], late))
        place += 3
    for name, *marks in given:
        for item in items:
            if (item.stage == "waiting" or _rings(item)) and marks[
                item.kind == "call"
            ] >> item.waiting_since - LONG_AGO & 1:
                item.given_by = name
    return put_together(world, agents, items), (key[0], key[1])


def _item(
    key: bytes, place: int, numbers: list[int], owner: str | None, calls: list[str], late: tuple[str, ...]
) -> WorkItem:
    what, where, touch = key[place : place + 3]
    is_call, stage, activity, answered = what & 1, STAGES[what >> 1 & 3], ACTIVITIES[what >> 3 & 3], what >> 5 & 3
    name = f"{'ck'[is_call]}{numbers[is_call]}"
    numbers[is_call] += 1
    over = DUE + late.index(name) if name in late else None
    interrupter = calls[where >> 6] if activity == "interrupted" else None
    if is_call:
        calls.append(name)
    return WorkItem(
        item=name,
        kind="call" if is_call else "chat",
        queue=QUEUES[where >> 4 & 3],
        priority=100 if is_call else 50,
        waiting_since=LONG_AGO + (where & 15),
        changed_at=LONG_AGO,
        stage=stage,  # type: ignore[arg-type]
        activity=activity,  # type: ignore[arg-type]
        owner=owner,
        interrupted_by=interrupter,
        answered=None if answered == 0 else answered == 2,
        rings_until=None if answered != 1 else LONG_AGO + (over or FAR),
        wait=RUNNING if stage == "waiting" or answered == 1 else STANDING,
        handle=RUNNING if stage == "conversation" and activity == "active" and answered != 1 else STANDING,
        for_lack_of_room=bool(what >> 7),
        wrap_up=RUNNING if stage == "wrap_up" and activity == "active" else STANDING,
        limit_ms=None if stage != "wrap_up" else over or FAR,
        extensions_left=3 if stage == "wrap_up" else None,
        touch=touch,
        touched_at=LONG_AGO,
        ended_by="agent" if stage == "wrap_up" else None,
    )


RUNNING, STANDING = Timer(0, LONG_AGO), Timer()


def put_together(world: World, agents: list[Agent], items: list[WorkItem]) -> Floor:
    """A floor of these agents and items, its indexes built as when a snapshot is thawed."""
    floor = Floor(TENANT)
    floor.last_at, floor.touches = NOW - 1, 100
    for name, settings in world.settings.items():
        floor.queues[name] = Queue(name, read(settings.model_dump(mode="json")))
        for served_by in settings.agents:
            floor._served.setdefault(served_by, {})[name] = None
    floor.items = {item.item: item for item in items}
    for item in items:
        floor.queues[item.queue].items += 1
        if item.stage == "waiting":
            floor._wait(item)
        elif item.stage == "wrap_up":
            floor._note_due("wrap_up", item.item)
        elif item.kind == "call":
            floor._note_due("ring", item.item)
    for agent in agents:
        floor.agents[agent.agent] = agent
        floor._widen(agent)
        floor._offer(agent)
        if agent.lost_at is not None:
            floor._note_due("grace", agent.agent)
    return floor
