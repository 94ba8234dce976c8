"""Letters: what cannot be taken waits in its place, what was said about the same waits behind it, everything else goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley_chassis.bus import Inbox
from parley_chassis.keeping import GIVEN_UP_AFTER
from parley_chassis.letters import Letter
from parley_chassis.store import Commit, Stale, Store, open_store
from parley_contracts.chat_events import ChatTouched
from parley_contracts.commands import Pick
from parley_contracts.shapes import Sender
from parley_contracts.topology import gateway_inbox, partition_of
from parley_contracts.wire import encode, pack, unpack
from test_group_commit import Counted, Counting, World
from test_projector import Told

PARTITION = partition_of("a")
BESIDE = [f"s{number}" for number in range(40) if partition_of(f"s{number}") == PARTITION]
INBOX = f"counting.{PARTITION}"


def said(position: int, chat: str, agent: str, timeline: str | None = None) -> bytes:
    """What another service says, each naming the one before it."""
    place = {"source": "up.1", "position": position, "before": position - 1, "timeline": timeline}
    return encode(ChatTouched(tenant="t", at=1, chat=chat, n=1, agent=agent, **place))  # type: ignore[arg-type]


def newer(position: int, chat: str, **fields: Any) -> bytes:
    """Something of a version that is not known yet."""
    place = {"source": "up.1", "position": position, "before": position - 1}
    return json.dumps({"type": "chat.danced.v7", "tenant": "t", "chat": chat, "n": 1, **place, **fields}).encode()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Letters are looked after more often than once a second."""
    monkeypatch.setattr("parley_chassis.tenure.LEASE_EVERY_S", 0.02)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    await world.listen()
    yield world
    if world.loop is not None:
        await world.loop.stop()


def kinds(world: World) -> list[tuple[str, str]]:
    return [(letter.stream, letter.kind) for letter in world.dead]


async def test_R34_what_is_said_about_the_same_waits_behind_a_letter_and_a_retry_takes_it_in_order(
    world: World,
) -> None:
    await world.start()
    world.service.break_on = {"poison"}
    other = BESIDE[0]
    parts = [(1, "a", "1"), (2, "a", "poison"), (3, other, "x"), (4, "a", "2"), (5, other, "y"), (6, "a", "3")]
    await world.bus.publish(INBOX, pack([said(*part) for part in parts]))
    await world.until(lambda: len(world.said) == 3 and len(world.dead) == 3)
    assert (world.stored("a"), world.stored(other)) == (["1"], ["x", "y"])
    assert kinds(world) == [("t/a", "failed"), ("t/a", "behind"), ("t/a", "behind")]

    world.store.letters.retry([world.dead[0].number])
    await world.until(lambda: world.dead[0].tries == 10)
    assert world.stored("a") == ["1"], "what is not cured is kept, and what is behind it waits"
    assert kinds(world) == [("t/a", "failed"), ("t/a", "behind"), ("t/a", "behind")]

    world.service.break_on = set()
    world.store.letters.retry([world.dead[0].number])
    await world.until(lambda: len(world.said) == 6)
    assert (world.stored("a"), world.dead) == (["1", "poison", "2", "3"], [])
    await world.bus.publish(INBOX, pack([said(7, "a", "4")]))
    await world.until(lambda: len(world.said) == 7)
    assert world.stored("a")[-1] == "4", "the stream is free again"


async def test_R34_what_is_discarded_is_passed_over_and_who_and_why_is_kept(world: World) -> None:
    await world.start()
    world.service.break_on = {"poison"}
    await world.bus.publish(INBOX, pack([said(1, "a", "poison"), said(2, "a", "2")]))
    await world.until(lambda: len(world.dead) == 2)
    assert world.store.letters.discard(world.dead[0].number, "ada", "made by a test")
    await world.until(lambda: len(world.said) == 1)
    assert (world.stored("a"), world.dead) == (["2"], [])
    (kept,) = world.store.letters.page(discarded=True)
    assert (kept.state, kept.decided_by, kept.because) == ("discarded", "ada", "made by a test")
    assert not world.store.letters.discard(kept.number, "ada", "again")


async def test_R30_a_command_that_cannot_be_carried_out_is_answered_and_holds_nothing(world: World) -> None:
    replies: list[Any] = []

    async def answered(delivery: Any) -> None:
        replies.extend(unpack(delivery.body))
        await delivery.ack()

    await world.bus.consume(Inbox(gateway_inbox("g")), answered)
    await world.start()
    world.service.break_on = {"poison"}
    sender = Sender(gateway="g", connection=1, id="1", role="agent", user="anna")
    body = pack([encode(Pick(tenant="t", item="a", traceparent=by, sender=sender)) for by in ("poison", "2")])
    await world.bus.publish(INBOX, body)
    await world.until(lambda: len(replies) == 1)
    assert (replies[0].reply.code, replies[0].reply.id) == ("unavailable", "1")
    assert world.stored("a") == ["2"]
    assert [(letter.holds, letter.trace) for letter in world.dead] == [(False, "poison")]


async def test_R34_what_a_newer_version_says_holds_its_stream_alone_and_is_taken_up_by_who_knows_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.start()
    other = BESIDE[0]
    body = pack(
        [newer(1, "a", agent="new"), said(2, "a", "2"), said(3, other, "x"), b'{"type":"leases.v9","tenant":"t"}']
    )
    await world.bus.publish(INBOX, body)
    await world.until(lambda: len(world.said) == 1 and len(world.dead) == 3)
    assert world.stored(other) == ["x"]
    assert kinds(world) == [("t/a", "newer"), ("t/a", "behind"), ("t", "newer")]
    for _ in range(3):  # as it would come every few seconds
        await world.bus.publish(INBOX, pack([b'{"type":"leases.v9","tenant":"t"}']))
    await world.send("then", stream=other)
    await world.until(lambda: len(world.said) == 2)
    assert len(world.dead) == 3, "what nobody waits for is one letter, however often it comes"

    await world.crash()

    class Danced(ChatTouched):
        type: str = "chat.danced.v7"  # type: ignore[assignment]

    def reads(body: bytes) -> list[Any]:
        fields = json.loads(body)
        return [Danced(at=1, **part) for part in fields] if fields[0]["type"] == "chat.danced.v7" else unpack(body)

    monkeypatch.setattr("parley_chassis.keeping.unpack", reads)
    await world.start(Counting())
    await world.until(lambda: len(world.said) == 4)
    assert world.stored("a") == ["new", "2"]
    assert kinds(world) == [("t", "newer")], "an old one that nobody waits for is not carried out late"


async def test_R34_what_comes_from_another_life_is_kept_apart_and_holds_nothing(world: World) -> None:
    await world.start()
    await world.bus.publish(INBOX, pack([said(7, "a", "ghost", timeline="lost"), said(1, "a", "1")]))
    await world.until(lambda: len(world.said) == 1 and len(world.dead) == 1)
    assert kinds(world) == [("t/a", "other_timeline")]
    world.store.letters.retry([world.dead[0].number])
    await world.until(lambda: world.dead[0].reason.startswith("of a life of its log that is lost"))
    assert world.stored("a") == ["1"]


async def test_R30_what_kills_whoever_takes_it_is_put_aside_before_the_broker_gives_it_up(world: World) -> None:
    inbox = Inbox(INBOX, "durable", dead="counting.dead")
    taken = asyncio.Event()

    async def dies(delivery: Any) -> None:
        taken.set()

    await world.bus.declare(inbox)
    await world.bus.publish(INBOX, pack([said(1, "a", "1"), said(2, BESIDE[0], "2")]))
    for _ in range(GIVEN_UP_AFTER):
        taken.clear()
        consumer = await world.bus.consume(inbox, dies)
        await taken.wait()
        await consumer.cancel()
    await world.bus.publish(INBOX, pack([said(3, BESIDE[1], "3")]))
    await world.start()
    await world.until(lambda: len(world.said) == 1)
    assert world.stored(BESIDE[1]) == ["3"]
    assert kinds(world) == [("t/a", "given_up"), (f"t/{BESIDE[0]}", "given_up")]
    world.store.letters.retry([letter.number for letter in world.dead])
    await world.until(lambda: len(world.said) == 3)
    assert (world.stored("a"), world.stored(BESIDE[0]), world.dead) == (["1"], ["2"], [])


async def test_R30_what_the_broker_gave_up_becomes_a_letter(world: World) -> None:
    await world.start()
    headers = {"x-parley-inbox": INBOX, "x-parley-reason": "delivery_limit"}
    await world.bus.publish(
        "counting.dead", pack([encode(Pick(tenant="t", item="a", traceparent="lost"))]), dict(headers)
    )
    await world.bus.publish("counting.dead", b"rubbish", dict(headers))
    await world.until(lambda: len(world.dead) == 2)
    assert [(letter.kind, letter.inbox, letter.partition) for letter in world.dead] == [
        ("set_aside", INBOX, PARTITION)
    ] * 2
    world.store.letters.retry([world.dead[0].number])
    await world.until(lambda: len(world.said) == 1)
    assert (world.stored("a"), [letter.body for letter in world.dead]) == (["lost"], [b"rubbish"])


Script = list[tuple[int, bool, bool]]
"""About which stream, whether it is poison, whether the process dies afterwards."""


async def lived(script: Script) -> None:
    """Poison anywhere, deaths anywhere; then the cure, and everything is tried again."""
    world = World()
    await world.listen()
    names = [f"{number}!" if poison else str(number) for number, (_, poison, _) in enumerate(script, 1)]
    streams = [BESIDE[stream] for stream, _, _ in script]
    bad = {name for name in names if name.endswith("!")}
    first = Counting()
    first.break_on = bad
    await world.start(first)
    bodies = [said(number, *part) for number, part in enumerate(zip(streams, names, strict=True), 1)]
    for number, (_, _, dies) in enumerate(script):
        await world.bus.publish(INBOX, pack([bodies[number]]))
        if dies:
            await world.crash()
            again = Counting()
            again.break_on = bad
            await world.start(again)
            await world.bus.publish(INBOX, pack(bodies[: number + 1]))  # what was not acknowledged comes again
    clean = {stream: [n for s, n in zip(streams, names, strict=True) if s == stream] for stream in streams}
    before = {
        stream: said_[: next((i for i, name in enumerate(said_) if name in bad), len(said_))]
        for stream, said_ in clean.items()
    }
    await world.until(lambda: all(world.stored(stream) == said_ for stream, said_ in before.items()))
    kept = len(script) - sum(len(said_) for said_ in before.values())
    await world.until(lambda: len(world.dead) == kept)
    assert world.loop is not None
    world.loop.service.break_on = set()  # type: ignore[attr-defined]
    for _ in range(2):  # twice is once
        world.store.letters.retry([letter.number for letter in world.dead])
    await world.until(lambda: not world.dead)
    assert {stream: world.stored(stream) for stream in clean} == clean
    await world.loop.stop()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=8))
def test_R34_whatever_fails_only_its_stream_waits_and_after_the_cure_each_is_whole_and_in_order(script: Script) -> None:
    asyncio.run(lived(script))


async def test_R34_a_stream_that_cannot_be_folded_is_halted_and_the_others_go_on(world: World) -> None:
    class Mended(Counting):
        """The next version: what could not be folded can."""

    class Broken(Counting):
        def evolve(self, state: Any, event: Any) -> Any:
            if getattr(event, "by", "") == "bad":
                raise KeyError("no such field")
            return super().evolve(state, event)

    journal = Counting().journal
    world.store.commit(
        Commit(events=[journal.stored("a", 1, Counted(1, "1")), journal.stored("a", 2, Counted(1, "bad"))])
    )
    await world.start(Broken())
    await world.bus.publish(INBOX, pack([said(1, "a", "2"), said(2, BESIDE[0], "x")]))
    await world.until(lambda: world.stored(BESIDE[0]) == ["x"] and len(world.dead) == 1)
    assert kinds(world) == [("t/a", "newer")]
    assert world.loop is not None
    assert "cannot be folded" in world.loop.notices()[0]
    assert world.loop.troubles() == []
    await world.crash()
    await world.start(Mended())
    await world.until(lambda: not world.dead)
    assert world.stored("a") == ["1", "bad", "2"]


# --- the loop that projects -------------------------------------------------------------------------------------------


async def test_R34_a_record_waits_behind_a_letter_and_is_whole_after_a_retry() -> None:
    told = Told()
    told.records.refuses = "poison"
    await told.bus.start()
    await told.projector.start()
    await told.tell("1", "poison", "2")
    letters = told.records.letters
    await until(lambda: len(letters.page()) == 1)
    assert told.records.rows == ["1", "2"]
    await told.tell("later", poison="later")
    await until(lambda: [letter.kind for letter in letters.page()] == ["failed", "behind"])
    letters.retry([letters.page()[0].number])
    await until(lambda: letters.page()[0].tries == 6)
    told.records.refuses = ""
    letters.retry([letters.page()[0].number])
    await until(lambda: not letters.page())
    assert told.records.rows == ["1", "2", "poison", "later"]
    await told.projector.stop()


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():
            await asyncio.sleep(0.01)


# --- where they are kept ----------------------------------------------------------------------------------------------


def kept(position: int, stream: str, kind: Any = "failed", holds: bool = True) -> Letter:
    return Letter(
        identity=f"up.1>{PARTITION}@:{position}",
        stream=stream,
        partition=PARTITION,
        inbox=INBOX,
        kind=kind,
        holds=holds,
        type="chat.touched.v1",
        tenant="t",
        trace=None,
        source="up.1",
        position=position,
        reason="why",
        tries=5,
        first_at=1_000 * position,
        last_at=1_000 * position,
        body=b"[]",
    )


class TestLetterBook:
    """Run once on each store."""

    @pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
    def store(self, request: pytest.FixtureRequest, tmp_path: Path) -> Any:
        url = {"memory": "memory:", "sqlite": f"sqlite:{tmp_path}"}.get(request.param)
        store = open_store(url or request.getfixturevalue("database_url"), "testing-letters")
        yield store
        store.close()

    def test_R30_a_letter_is_written_and_removed_with_its_commit_or_not_at_all(self, store: Store) -> None:
        store.commit(Commit(tracking={"up.1>0": 5}, letters=[kept(5, "t/a"), kept(6, "t/a", "behind")]))
        with pytest.raises(Stale):
            store.commit(Commit(tracking={"up.1>0": 5}, letters=[kept(7, "t/b")]))
        first, second = store.letters.page()
        assert (first.position, second.position, first.tries, first.body) == (5, 6, 5, b"[]")
        with pytest.raises(Stale):
            store.commit(Commit(tracking={"up.1>0": 8}, settled=[first.number, second.number + 99]))
        assert store.tracking() == {"up.1>0": 5}
        store.commit(Commit(settled=[first.number]))
        with pytest.raises(Stale):
            store.commit(Commit(settled=[first.number]))
        assert [letter.position for letter in store.letters.page()] == [6]

    def test_R34_only_the_first_of_a_stream_makes_it_due(self, store: Store) -> None:
        book = store.letters
        book.keep([kept(1, "t/a"), kept(2, "t/a", "behind"), kept(3, "t/b"), kept(4, "t/c", "set_aside", holds=False)])
        numbers = [letter.number for letter in book.page()]
        assert book.due([PARTITION]) == []
        assert book.held([PARTITION]) == {"t/a": PARTITION, "t/b": PARTITION}
        assert book.held([PARTITION + 1]) == {} == book.held([])
        book.retry([numbers[1], numbers[3]])
        assert [letter.number for letter in book.due([PARTITION])] == [numbers[3]]
        book.retry([numbers[0]])
        assert [letter.number for letter in book.due([PARTITION])] == [numbers[0], numbers[1], numbers[3]]
        assert book.due([PARTITION + 1]) == []
        assert book.discard(numbers[2], "ada", "why not")
        assert book.held([PARTITION]) == {"t/a": PARTITION}
        assert {count.kind: (count.letters, count.oldest_at) for count in book.counts()} == {
            "failed": (1, 1_000),
            "behind": (1, 2_000),
            "set_aside": (1, 4_000),
        }
        book.refuse(numbers[0], "still no")
        assert book.get(numbers[0]).reason == "still no"  # type: ignore[union-attr]
        assert [letter.number for letter in book.due([PARTITION])] == [numbers[3]]

    def test_R30_the_same_that_fails_again_is_the_same_letter(self, store: Store) -> None:
        store.letters.keep([kept(1, "t/a")])
        store.letters.keep([kept(1, "t/a")])
        (letter,) = store.letters.page()
        assert (letter.tries, letter.state) == (10, "kept")

    def test_R34_a_restored_log_knows_nothing_of_what_was_said_beyond_its_end(self, store: Store) -> None:
        store.letters.keep([kept(1, "t/a"), kept(9, "t/b")])
        store.begin_timeline("another", {"up.1": 5})
        assert [(letter.position, letter.kind, letter.holds) for letter in store.letters.page()] == [
            (1, "failed", True),
            (9, "other_timeline", False),
        ]
