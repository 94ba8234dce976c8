"""The index over all logs: everything is in it once, cause before effect, and it holds nothing of what people say (R29). On both kinds of store."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

import msgspec
import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from parley_chassis.store import Commit, NothingThere, StoreDown, open_store
from parley_ops.app import Sources
from parley_ops.causes import in_order
from parley_ops.hiding import FACTS, NAMES, SECRETS, TEXTS, told
from parley_ops.index import filling, searching
from parley_ops.index.filling import Filler, NotThisIndex
from parley_ops.index.searching import Cursor, Place, Wanted, cursor_at, ends, find, news
from parley_ops.index.statements import LOGS
from parley_ops.index.table import Index, open_index
from parley_ops.logs import JOURNALS, Happening, happening
from parley_router.domain import events as r
from parley_router.handlers import Router
from random_days import SECRETS as SPOKEN
from random_days import TENANT, Day

EVERYTHING = Wanted(TENANT)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.servers, pytest.mark.stores])])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:{tmp_path}" if request.param == "sqlite" else str(request.getfixturevalue("database_url"))


def filled(url: str) -> Index:
    index = open_index(url)
    filler = Filler(index)
    filler.begin()
    while any(filler.step(service) for service in LOGS):
        pass
    return index


def read(index: Index, places: list[Place]) -> list[Happening]:
    stored = index.events([(LOGS[place.log], place.position) for place in places])
    return [happening(LOGS[place.log], stored[LOGS[place.log], place.position]) for place in places]


def pages(index: Index, wanted: Wanted, limit: int, *, newest_first: bool = False) -> list[Place]:
    found: list[Place] = []
    after = None
    while True:
        page = find(index, wanted, after, limit, newest_first=newest_first)
        assert len(page.places) <= limit
        found += page.places
        if page.next is None:
            return found
        assert page.next != after, "it goes on"
        after = page.next


def day(seed: int, steps: int = 150, skew_ms: int = 0) -> Day:
    made = Day(seed, skew_ms)
    made.go_on(steps)
    return made


@pytest.mark.parametrize("seed", range(4))
def test_everything_is_there_once_in_pages_of_any_size(url: str, seed: int) -> None:
    written = day(seed).write(url)
    with closing(filled(url)) as index:
        whole = pages(index, EVERYTHING, 500)
        assert len(whole) == len(set(whole)) == written
        assert whole == sorted(whole)
        assert pages(index, EVERYTHING, 7) == whole
        assert pages(index, EVERYTHING, 500, newest_first=True) == whole[::-1]
        assert pages(index, EVERYTHING, 3, newest_first=True) == whole[::-1]


@pytest.mark.parametrize(("seed", "skew_ms"), [(0, 0), (1, 0), (2, 0), (3, 250), (4, -250), (5, 24), (6, -24), (7, -3)])
def test_no_effect_stands_before_its_cause(url: str, seed: int, skew_ms: int) -> None:
    """What a chat records of the router stands behind it, what the router makes of a chat behind that; and nothing that is about one item goes
    back in its log."""
    day(seed, 300, skew_ms).write(url)
    caused = {"Assigned": "ItemAssigned", "Parked": "ItemParked", "Resumed": "ItemResumed", "Closed": "ItemClosed"}
    with closing(filled(url)) as index:
        places = pages(index, EVERYTHING, 500)
        stored = read(index, places)
        events = [stored[number] for number in in_order(stored, lambda number: places[number].at)]
    assert len(events) > 300
    place = {(event.service, event.item, event.type, event.at): number for number, event in enumerate(events)}
    looked = 0
    for number, event in enumerate(events):
        cause = None
        if event.service == "session" and event.type in caused:
            cause = place.get(("router", event.item, caused[event.type], event.at))
        elif event.type == "ItemQueued" and event.fields["kind"] == "chat":
            cause = place.get(("session", event.item, "Requested", event.at))
        elif event.type == "WrapUpStarted" and event.service == "router" and event.fields["kind"] == "chat":
            cause = place.get(("session", event.item, "Ended", event.at))
        if cause is not None:
            looked += 1
            assert cause < number, (events[cause], event)
    assert looked > 20
    of_item = defaultdict(list)
    for event in events:
        of_item[event.service, event.item or "", event.stream].append(event.n)
    for item, numbers in of_item.items():
        if item[1]:
            assert numbers == sorted(numbers), item
    at_once = defaultdict(list)
    for event in events:
        if event.service == "router":
            at_once[event.at].append(event.n)
    assert sum(numbers == sorted(numbers) for numbers in at_once.values()) >= len(at_once) * 0.97


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(TENANT, agent="anna"),
        Wanted(TENANT, queue="calm"),
        Wanted(TENANT, agent="anna", queue="calm"),
        Wanted(TENANT, types=("ItemParked", "Parked", "ItemClosed")),
        Wanted(TENANT, agent="ben", types=("ItemAssigned",)),
        Wanted(TENANT, since=1_790_000_100_000, until=1_790_000_900_000),
        Wanted(TENANT, agent="nobody"),
        Wanted("another", agent="anna"),
    ],
)
def test_a_filter_finds_what_a_look_at_everything_finds(
    url: str, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    day(9, 200).write(url)
    with closing(filled(url)) as index:
        whole = pages(index, EVERYTHING, 500)
        every = read(index, whole)
        expected = [
            place
            for place, event in zip(whole, every, strict=True)
            if wanted.tenant == event.tenant
            and (wanted.agent in (None, event.fields.get("agent"), event.fields.get("user")))
            and wanted.queue in (None, event.fields.get("queue"))
            and (not wanted.types or event.type in wanted.types)
            and (wanted.since is None or place.at >= wanted.since)
            and (wanted.until is None or place.at < wanted.until)
        ]
        for looked_at in (10_000, 20):  # also where one request looks at few rows
            monkeypatch.setattr(searching, "LOOKED_AT", looked_at)
            assert pages(index, wanted, 7) == expected
            assert pages(index, wanted, 500, newest_first=True) == expected[::-1]


@pytest.mark.slow
def test_followed_it_is_the_same_from_any_point(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "LOOKED_AT", 30)
    made = Day(11)
    with closing(open_first(url, made)) as index:
        filler = Filler(index)
        filler.begin()
        cursor, seen = Cursor(), []
        while len(made.happened) < 400:
            written = len(made.happened)
            made.go_on(10)
            made.write(url, written)
            while any(filler.step(service) for service in LOGS):
                pass
            for _ in range(1 + len(seen) % 3):
                places, cursor = news(index, EVERYTHING, Cursor.read(str(cursor)), 7)
                seen += places
        while str(cursor) != str(ends(index)):
            places, cursor = news(index, EVERYTHING, cursor, 7)
            seen += places
        assert len(seen) == len(set(seen))
        assert sorted(seen) == pages(index, EVERYTHING, 500)
        with closing(open_index(url)) as again:  # filled anew, it is the same, and the cursor holds
            again.empty()
            Filler(again).begin()
            assert pages(again, EVERYTHING, 500) == sorted(seen)
            assert news(again, EVERYTHING, cursor, 7)[0] == []


@pytest.mark.parametrize("skew_ms", [0, 250, -250])
def test_from_any_place_in_the_list_nothing_is_missed(url: str, skew_ms: int) -> None:
    day(22, 120, skew_ms).write(url)
    with closing(filled(url)) as index:
        whole = pages(index, EVERYTHING, 500)
        for number in range(0, len(whole), 9):
            rest: list[Place] = []
            cursor = cursor_at(index, whole[number])
            while str(cursor) != str(ends(index)):
                places, cursor = news(index, EVERYTHING, cursor, 50)
                rest += places
            assert set(whole[number + 1 :]) <= set(rest)
            assert len(rest) - len(whole[number + 1 :]) < 60, "and hardly anything twice"


def open_first(url: str, made: Day) -> Index:
    made.write(url)
    return open_index(url)


@pytest.mark.parametrize("at_once", [1, 3, 1_000])
def test_filled_in_parts_it_is_the_same(url: str, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    day(12).write(url)
    with closing(filled(url)) as index:
        whole = pages(index, EVERYTHING, 500)
        monkeypatch.setattr(filling, "AT_ONCE", at_once)
        index.empty()
        Filler(index).begin()
        assert pages(index, EVERYTHING, 500) == whole


def test_what_is_no_event_stands_there_and_hides_nothing_else(url: str) -> None:
    written = day(13, 40).write(url)
    with closing(open_store(url, "router")) as store:
        broken = [
            StoredEvent("broken", 1, "ItemQueued.1", b"{no json"),
            StoredEvent("broken", 2, "ItemQueued.1", b"\xff\xfe"),
            StoredEvent("broken", 3, "ItemMoved.7", b'{"at": 5, "item": "i1", "agent": "anna"}'),
            StoredEvent("broken", 4, "ItemQueued.1", b'"a text"'),
        ]
        for event in broken:
            store.commit(Commit(events=[event]))
    with closing(filled(url)) as index:
        assert len(pages(index, EVERYTHING, 500)) == written
        assert len(pages(index, Wanted("broken"), 10)) == len(broken)
        assert len(pages(index, Wanted("broken", item="i1"), 10)) == 1


def test_a_restored_log_and_a_lost_index_are_noticed(url: str) -> None:
    day(15, 60).write(url)
    with closing(filled(url)) as index:
        filler = Filler(index)
        filler.begin()
        with closing(open_store(url, "router")) as store:
            store.begin_timeline("another life", {})
        with pytest.raises(NotThisIndex):
            filler.step("router")
        filler.begin()
        assert filler.step("router") == 0
        index.empty()
        with closing(open_store(url, "router")) as store:
            store.commit(Commit(events=[Router.journal.stored("acme", 10_000, r.AgentSetReady(at=1, agent="anna"))]))
        with pytest.raises(NotThisIndex):
            filler.step("router")
        filler.begin()
        assert index.built() is not None


def test_another_log_in_the_same_place_is_noticed(tmp_path: Path) -> None:
    """As after an import into a folder in which an index was left."""
    day(23, 60).write(f"sqlite:{tmp_path}")
    filled(f"sqlite:{tmp_path}").close()
    for path in tmp_path.glob("[!o]*.db*"):
        path.unlink()
    other = day(24, 120)
    other.write(f"sqlite:{tmp_path}")
    with closing(filled(f"sqlite:{tmp_path}")) as index:
        whole = read(index, pages(index, EVERYTHING, 500))
        assert len(whole) == len(other.happened)
        assert Counter(event.at for event in whole) == Counter(event.at for _, _, event in other.happened)


@pytest.mark.slow
@pytest.mark.servers
def test_two_that_fill_the_same_index_add_nothing_twice(database_url: str) -> None:
    made = day(16, 60)
    written = made.write(database_url)
    with closing(filled(database_url)) as index, closing(open_index(database_url)) as other:
        fillers = [Filler(index), Filler(other)]
        for filler in fillers:
            filler.begin()
        for _ in range(5):
            written = len(made.happened)
            made.go_on(10)
            made.write(database_url, written)
            for _ in range(3):
                for filler in fillers:
                    for service in LOGS:
                        filler.step(service)
        assert len(pages(index, EVERYTHING, 500)) == len(made.happened)
        assert all(filler.behind() == dict.fromkeys(LOGS, 0) for filler in fillers)


def test_the_index_holds_no_words_and_no_names(tmp_path: Path) -> None:
    day(17).write(f"sqlite:{tmp_path}")
    filled(f"sqlite:{tmp_path}").close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("ops.db*"))
    assert b"anna" in kept, "names of agents are what is looked for"
    for spoken in SPOKEN:
        assert spoken.encode() not in kept
        assert spoken.encode() in (tmp_path / "session.db").read_bytes() + b"".join(
            path.read_bytes() for path in tmp_path.glob("session.db-*")
        )


@pytest.mark.servers
def test_on_postgresql_it_holds_numbers_only(database_url: str) -> None:
    day(18).write(database_url)
    filled(database_url).close()
    with psycopg.connect(database_url) as connection:
        kinds = connection.execute(
            "SELECT DISTINCT data_type FROM information_schema.columns WHERE table_schema = 'ops' AND table_name = 'rows'"
        ).fetchall()
    assert {kind for (kind,) in kinds} <= {"bigint", "integer"}


def test_a_place_where_nothing_is_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(NothingThere):
        Sources(f"sqlite:{tmp_path}")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("log", LOGS)
def test_the_logs_can_only_be_read(tmp_path: Path, log: str) -> None:
    day(21, 20).write(f"sqlite:{tmp_path}")
    with (
        closing(filled(f"sqlite:{tmp_path}")) as index,
        pytest.raises(StoreDown, match="readonly"),
        index.transaction(write=True) as cursor,
    ):
        cursor.execute(f"DELETE FROM {index.sources.table[log]}")


def test_every_field_of_every_event_is_a_fact_or_hidden() -> None:
    """A field that is new, and in no table, is hidden; and is put into one of them all the same."""
    unsaid = set()
    for journal in JOURNALS.values():
        for kind in journal.kinds():
            unsaid |= (
                {field.encode_name for field in msgspec.structs.fields(kind)} - FACTS - TEXTS - NAMES - SECRETS - {"at"}
            )
    assert unsaid == set()
    newer = Happening(1, "router", 1, "acme", 1, "ItemMoved.7", {"whatever": "Zenobia", "agent": "anna"})
    assert "Zenobia" not in str(told(newer))
    assert told(newer)["hidden"] == ["whatever"]


def test_nothing_that_was_said_is_told_unless_it_is_revealed() -> None:
    made = day(19)
    for number, (service, stream, event) in enumerate(made.happened, 1):
        told_as = Happening(event.at, service, number, stream, number, type(event).__name__, msgspec.to_builtins(event))
        shown = str(told(told_as))
        assert not any(spoken in shown for spoken in SPOKEN), told_as
    assert any(SPOKEN[0] in str(event) for _, _, event in made.happened)
