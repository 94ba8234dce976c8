"""`parley whatif`: a recorded world meets the floor again. First history is reproduced, then settings are others."""

from __future__ import annotations

import gc
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from parley_chassis.store import Commit, open_store
from parley_ops.cli import main
from parley_ops.decisions import verify
from parley_ops.whatif import Changes, NoSuchChange, TooMany, World, read_settings, read_world, run
from parley_ops.whatif.outcomes import Outcome, intervals, quantile
from parley_ops.whatif.replaying import Replay
from parley_router.domain import events as e
from parley_router.domain import policies, queues
from recorded import as_store, recorded, stored
from theory.simulation import Arrivals, Centre, Simulation

sys.path.insert(0, str(Path(__file__).parents[3]))

from bench.waits import Day

CALM = Centre(4, (Arrivals(0.013, 180, patience_s=240),), 60)
BUSY = Centre(4, (Arrivals(0.022, 180, patience_s=120),), 60)
INTERRUPTED = Centre(4, (Arrivals(0.02, 60, "call"), Arrivals(0.009, 180)), 60, calls_interrupt=True)


@pytest.fixture(scope="module")
def busy() -> World:
    return read_world("acme", recorded(lambda: Simulation(BUSY, 3).run(150)))


@pytest.fixture(scope="module")
def day() -> list[e.Happened]:
    return recorded(lambda: Day(1).run())


@pytest.fixture(scope="module")
def morning(day: list[e.Happened]) -> World:
    return read_world("acme", day, until=12 * 3_600_000)


@pytest.mark.parametrize("works", [True, False])
def test_the_collector_is_as_it_was_whatever_comes_of_it(works: bool) -> None:
    before = gc.isenabled()
    (gc.enable if works else gc.disable)()
    try:
        with pytest.raises(TooMany):
            read_world("acme", recorded(lambda: Simulation(CALM, 1).run(5)), most=1)
        assert gc.isenabled() is works
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.parametrize("centre", [CALM, BUSY, INTERRUPTED], ids=["calm", "busy", "interrupted"])
def test_a_generated_day_is_reproduced(centre: Centre) -> None:
    result = run(read_world("acme", recorded(lambda: Simulation(centre, 3).run(150))), Changes())
    again = result.reproduction
    assert (again.owners, again.p50[0], again.p95[0]) == (1.0, again.p50[1], again.p95[1])
    assert result.rows[-1].before == result.rows[-1].after


@pytest.mark.slow
def test_a_day_with_several_chats_an_agent_calls_wrap_ups_and_breaks_is_reproduced(day: list[e.Happened]) -> None:
    result = run(read_world("acme", day), Changes())
    assert result.reproduction.owners == 1.0
    assert result.rows[-1].before == result.rows[-1].after
    assert result.rows[-1].before.interruptions > 500


def test_fewer_agents_more_wait_and_more_agents_less(busy: World) -> None:
    rows = [run(busy, Changes(agents=number)).rows[-1] for number in (-1, 0, 1)]
    fewer, same, more = (row.after for row in rows)
    assert fewer.abandoned > same.abandoned > more.abandoned
    assert fewer.service_level < same.service_level < more.service_level
    assert fewer.occupancy > same.occupancy > more.occupancy
    assert all(row.before == same for row in rows)


def test_the_settings_of_a_queue_have_their_effect(morning: World) -> None:
    three = run(morning, Changes(read_settings(["help.chats_per_agent=3"]))).rows[-1]
    assert three.after.wait_p95 < three.before.wait_p95 / 1.5
    nobody = run(morning, Changes(read_settings(["help.interrupts=[]"]))).rows[-1]
    assert (nobody.after.interruptions, nobody.before.interruptions > 0) == (0, True)
    longer = run(morning, Changes(read_settings(["help.chats_per_agent=3"]), factor=0.5)).rows[-1]
    assert longer.after.service_level < three.after.service_level


def test_what_the_floor_decides_anew_is_what_it_decides(morning: World) -> None:
    changes = Changes(read_settings(["help.chats_per_agent=3", "help.routing.agent=round_robin"]), agents=-2)
    anew = recorded(lambda: Replay(morning, changes, 1, tells_why=True).run())
    verified = verify(as_store(anew))
    assert not verified.different
    assert verified.decisions > 300


def test_a_time_of_a_day_begins_with_the_floor_as_it_was(day: list[e.Happened]) -> None:
    since, until = 11 * 3_600_000, 15 * 3_600_000
    world = read_world("acme", day, since, until)
    assert all(since <= item.at < until for item in world.history.items.values())
    result = run(world, Changes())
    assert result.answers
    assert result.reproduction.owners > 0.99
    fewer = run(world, Changes(agents=-3))
    assert fewer.rows[-1].after.wait_p95 > fewer.rows[-1].before.wait_p95


def test_a_floor_of_other_rules_is_not_reproduced_and_there_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setitem(queues.AGENT, "longest_idle", lambda agent: (min(agent.working, 1), -agent.idle_since))
        log = recorded(lambda: Simulation(CALM, 3).run(100))
    result = run(read_world("acme", log), Changes(agents=1))
    assert policies.AGENT["longest_idle"] is policies.longest_idle
    assert not result.answers
    assert result.rows == []
    assert result.reproduction.owners < 0.95


def test_the_same_seed_gives_the_same_result(busy: World) -> None:
    shown = [run(busy, Changes(agents=-1), seed).shown() for seed in (1, 1, 2)]
    assert shown[0] == shown[1]
    assert shown[0]["rows"] != shown[2]["rows"]
    assert json.loads(json.dumps(shown[0])) == shown[0]


@pytest.mark.parametrize(
    ("asked", "agents", "says"),
    [
        ("help.chats_per_agent=0", 0, "help.chats_per_agent"),
        ("help.chats_per_agent=many", 0, "help.chats_per_agent"),
        ("help.colour=red", 0, "help.colour"),
        ("help.routing.agent=best", 0, "help.routing.agent"),
        ("help.name.first=x", 0, "holds no other fields"),
        ("nowhere.ring_s=10", 0, "there is no queue nowhere"),
        ("help", 0, "no setting"),
        ("help.ring_s=10", -5, "only 4 agents"),
    ],
)
def test_what_is_not_possible_is_said_in_a_sentence(busy: World, asked: str, agents: int, says: str) -> None:
    with pytest.raises(NoSuchChange, match=says):
        run(busy, Changes(read_settings([asked]), agents))


def test_too_much_at_once_is_refused(day: list[e.Happened]) -> None:
    with pytest.raises(TooMany, match="more than 100"):
        read_world("acme", day, most=100)


def test_quantiles_and_intervals_by_hand() -> None:
    assert [quantile([1_000, 2_000, 3_000, 4_000], share) for share in (0.25, 0.5, 0.95)] == [1, 2, 4]
    assert quantile([], 0.5) is None
    items = [Outcome(str(n), "chat", "q", n * 3_600_000, wait=10_000, answered=True) for n in range(12)]
    found = intervals(items, 0, 12 * 3_600_000, 20_000, 1, seed=1)
    assert found["service_level"] == (1.0, 1.0)
    low, high = found["wait_p95"]
    assert 9.9 < low == high < 10.1
    low, high = found["offered"]
    assert low < 12 <= high


def test_the_command_keeps_and_compares(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PARLEY_DATA", str(tmp_path))
    monkeypatch.delenv("PARLEY_DATABASE_URL", raising=False)
    from parley_ops.settings import OpsSettings

    log = recorded(lambda: Simulation(BUSY, 3).run(60))
    with closing(open_store(OpsSettings().store_url, "router")) as store:
        store.commit(Commit(events=[*stored(log, "other"), *stored(log, "demo")]))

    def parley(*words: str) -> Any:
        return CliRunner().invoke(main, ["whatif", *words])

    told = parley("--agents", "-1", "--keep", "fewer")
    assert told.exit_code == 0, told.output
    assert "100.0% of" in told.output
    assert "come, presence" not in told.output
    assert "who came last" in told.output
    assert parley("--agents", "1", "--keep", "fewer").exit_code == 1
    more = parley("--agents", "1", "--keep", "more", "--compare", "fewer", "--json")
    assert {*json.loads(more.stdout)["compared"]} == {"fewer"}
    compared = parley("--compare", "fewer", "--compare", "more")
    assert (compared.exit_code, "fewer" in compared.output, "more" in compared.output) == (0, True, True)
    assert parley("--compare", "nothing").exit_code == 1
    assert parley("--compare", "../x").exit_code == 1
    assert parley("--tenant", "nobody").exit_code == 3
    assert "there is no queue x" in parley("--set", "x.ring_s=3").output
