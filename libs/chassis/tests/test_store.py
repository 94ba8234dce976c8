"""What the services rely on in a store: the same class of tests holds PostgreSQL, SQLite and memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from parley_chassis.store import Commit, OpenStream, Stale, Store, StoreDown, connecting, open_store

Open = Callable[[], Store]
NOW = 1_700_000_000_000


def event(stream: str, version: int, text: str = "x") -> StoredEvent:
    return StoredEvent(stream, version, "Said.1", text.encode())


class TestStore:
    """Run once on each store."""

    @pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
    def reopen(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
        """Opens the same store again, as another process would; memory is opened once."""
        opened: list[Store] = []
        url = {"memory": "memory:", "sqlite": f"sqlite:{tmp_path}"}.get(request.param)
        url = url or request.getfixturevalue("database_url")

        def open_it() -> Store:
            if url == "memory:" and opened:
                return opened[0]
            opened.append(open_store(url, "testing-service"))
            return opened[-1]

        yield open_it
        for store in opened:
            store.close()

    @pytest.fixture
    def store(self, reopen: Open) -> Store:
        return reopen()

    def test_events_come_back_by_stream_and_by_log_in_their_order(self, store: Store, reopen: Open) -> None:
        positions = [
            *store.commit(Commit(events=[event("a", 1), event("b", 1), event("a", 2, "ü 😀 \\ \" '")])),
            *store.commit(Commit(events=[event("b", 2)])),
        ]
        assert positions == sorted(set(positions))
        again = reopen()
        assert [(e.originator_id, e.originator_version) for e in again.streams(["a"])] == [("a", 1), ("a", 2)]
        assert again.streams(["a"], after=1)[0].state.decode() == "ü 😀 \\ \" '"
        assert {e.originator_id for e in again.streams(["a", "b", "none"])} == {"a", "b"}
        log = again.log(0, 100)
        assert [(n.id, n.originator_id) for n in log] == list(zip(positions, ["a", "b", "a", "b"], strict=True))
        assert [n.id for n in again.log(positions[0], 2)] == positions[1:3]
        assert again.end() == positions[-1]

    def test_events_of_some_names_come_from_one_stream_in_order(self, store: Store) -> None:
        def named(stream: str, version: int, topic: str) -> StoredEvent:
            return StoredEvent(stream, version, topic, b"x")

        topics = ["Set.1", "Said.1", "Set.2", "Removed.1"]
        store.commit(Commit(events=[named("a", number, topic) for number, topic in enumerate(topics, 1)]))
        store.commit(Commit(events=[named("b", 1, "Set.1")]))
        found = store.events_of("a", ["Removed.1", "Set.1", "Set.2"])
        assert [(each.originator_id, each.originator_version, each.topic, each.state) for each in found] == [
            ("a", 1, "Set.1", b"x"),
            ("a", 3, "Set.2", b"x"),
            ("a", 4, "Removed.1", b"x"),
        ]
        assert store.events_of("c", ["Set.1"]) == []

    def test_a_version_that_is_taken_is_stale_and_nothing_of_the_commit_is_written(self, store: Store) -> None:
        store.commit(Commit(events=[event("a", 1)], tracking={"up": 5}))
        with pytest.raises(Stale):
            store.commit(Commit(events=[event("b", 1), event("a", 1)], tracking={"up": 6}))
        assert len(store.log(0, 10)) == 1
        assert store.streams(["b"]) == []

    def test_R30_an_upstream_event_is_consumed_once_in_the_transaction_of_its_effect(
        self, store: Store, reopen: Open
    ) -> None:
        store.commit(Commit(events=[event("a", 1)], tracking={"router.1>1": 7, "router.2>1": 3}))
        assert reopen().tracking() == {"router.1>1": 7, "router.2>1": 3}
        for position in (6, 7):
            with pytest.raises(Stale):
                store.commit(Commit(events=[event("a", 2)], tracking={"router.1>1": position}))
        assert store.streams(["a"], after=1) == []
        store.commit(Commit(tracking={"router.1>1": 8}))
        assert store.tracking()["router.1>1"] == 8

    def test_the_agenda_holds_open_streams_until_they_are_closed(self, store: Store, reopen: Open) -> None:
        store.commit(
            Commit(agenda={"a": OpenStream("a", 1, None), "b": OpenStream("b", 1, NOW), "c": OpenStream("c", 2, NOW)})
        )
        store.commit(Commit(agenda={"a": OpenStream("a", 1, NOW + 5), "b": None}))
        assert reopen().agenda(1) == [OpenStream("a", 1, NOW + 5)]
        assert reopen().agenda(2) == [OpenStream("c", 2, NOW)]

    def test_published_positions_are_kept(self, store: Store, reopen: Open) -> None:
        assert store.published(3) == 0
        store.commit(Commit(published={3: 10, 4: 11}))
        store.commit(Commit(published={3: 12}))
        assert (reopen().published(3), reopen().published(4)) == (12, 11)

    def test_the_newest_snapshot_is_found(self, store: Store, reopen: Open) -> None:
        assert store.snapshot("a") is None
        for version in (10, 20):
            store.save_snapshot(StoredEvent("a", version, "Snapshot.1", b"%d" % version))
        found = reopen().snapshot("a")
        assert found is not None
        assert (found.originator_version, found.state) == (20, b"20")

    def test_who_has_lost_the_lease_writes_nothing(self, store: Store) -> None:
        mine = store.leases.acquire(1, "me", 10_000, NOW)
        assert mine is not None
        store.commit(Commit(fence={1: mine}, events=[event("a", 1)]))
        theirs = store.leases.acquire(1, "me", 10_000, NOW)  # taken anew: another epoch
        assert theirs == mine + 1
        with pytest.raises(Stale):
            store.commit(Commit(fence={1: mine}, events=[event("a", 2)], published={1: 9}))
        assert store.streams(["a"], after=1) == []
        assert store.published(1) == 0
        store.commit(Commit(fence={1: theirs}, events=[event("a", 2)]))

    def test_a_lease_is_given_back_and_taken(self, store: Store) -> None:
        assert (epoch := store.leases.acquire(1, "me", 10_000, NOW)) is not None
        assert store.leases.renew("me", 10_000, NOW + 5_000).held == {1: epoch}
        assert store.leases.owners(NOW + 12_000) == {1: "me"}
        store.leases.release("me", [1])
        assert store.leases.owners(NOW) == {}
        assert store.leases.renew("me", 10_000, NOW).held == {}
        assert store.leases.acquire(1, "you", 10_000, NOW) is not None
        assert store.leases.owners(NOW) == {1: "you"}


@pytest.mark.servers
class TestLeasesOfSeveralProcesses:
    """Only on PostgreSQL can several processes share the work."""

    def test_a_lease_holds_against_others_until_it_runs_out(self, database_url: str) -> None:
        one, two = open_store(database_url, "testing"), open_store(database_url, "testing")
        assert one.leases.acquire(1, "one", 10_000, NOW) == 1
        assert two.leases.acquire(1, "two", 10_000, NOW + 9_000) is None
        assert two.leases.acquire(1, "two", 10_000, NOW + 10_001) == 2
        assert one.leases.renew("one", 10_000, NOW + 10_002).held == {}
        one.close()
        two.close()

    def test_what_a_dead_process_held_is_taken_at_once(self, database_url: str) -> None:
        one, two = open_store(database_url, "testing"), open_store(database_url, "testing")
        assert one.leases.acquire(1, "one", 10_000, NOW) == 1
        assert two.leases.acquire(1, "two", 10_000, NOW) is None
        one.close()  # its connections are gone, as with a process that was killed
        epoch = None
        while epoch is None:  # the server notices the closed connection in its own time
            epoch = two.leases.acquire(1, "two", 10_000, NOW)
        assert epoch == 2
        two.close()


def test_a_url_that_names_no_store_is_refused() -> None:
    with pytest.raises(ValueError, match="no store is known for mysql"):
        open_store("mysql://localhost/", "testing")


@pytest.mark.slow
@pytest.mark.servers
def test_a_database_that_falls_silent_is_given_up_and_found_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "ANSWER_WITHIN_S", 0.3)
    store = open_store(database_url, "testing")
    store.commit(Commit(events=[event("a", 1)]))
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE testing.stored_events IN ACCESS EXCLUSIVE MODE")  # as good as silent
        with pytest.raises(StoreDown):
            store.commit(Commit(events=[event("a", 2)]))
    store.commit(Commit(events=[event("a", 3)]))
    # The one that was given up may have been carried out all the same: whoever asked finds out by trying again.
    assert {found.originator_version for found in store.streams(["a"])} - {2} == {1, 3}
    store.close()
