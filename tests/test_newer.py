"""R34: versions that meet. What a newer version wrote holds its chat alone; an older process goes on with everything else, and
whoever knows it takes it up, in order, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio
from parley_chassis import keeping, lines, saying, taking, tenure
from parley_chassis.bus import Delivery, Inbox
from parley_chassis.journal import Journal
from parley_chassis.letters import Letter
from parley_chassis.store import Commit
from parley_contracts import wire
from parley_contracts.commands import NewerSaid, Pick, PostMessage
from parley_contracts.shapes import Message, Said, Sender
from parley_contracts.topology import chat_stream, gateway_inbox, partition_of, router_inbox, session_inbox
from parley_contracts.wire import Unreadable, encode, pack, unpack
from parley_router.domain import events as floor_events
from parley_router.handlers import Router
from parley_session.domain import events as chat_events
from parley_session.handlers import Session
from test_lost_broker import TENANT, Product, Records

NEW = "chat.note_added.v1"
"""What the older version of these tests does not know: notes."""


class KeptRecords(Records):
    """With what it could not take, and what was told of each chat."""

    def __init__(self, store: Any) -> None:
        super().__init__()
        self.store, self.letters = store, store.letters
        self.told: list[tuple[str, str]] = []

    def apply(
        self, events: Sequence[Said], positions: dict[str, int], letters: Sequence[Letter], settled: Sequence[int]
    ) -> None:
        self.store.commit(Commit(letters=[*letters], settled=[*settled]))
        super().apply(events, positions, (), ())
        self.told += [(event.chat, event.type) for event in events]  # type: ignore[attr-defined]


class Versions(Product):
    """The three, in the version of this code or in an older one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.records = KeptRecords(self.stores["crm-logger"])
        self._patch = monkeypatch
        self.replies: dict[str, str | None] = {}

    async def listen(self) -> None:
        async def answered(delivery: Delivery) -> None:
            for message in unpack(delivery.body):
                reply = getattr(message, "reply", None)
                if reply is not None:
                    self.replies[reply.id] = reply.code
            await delivery.ack()

        await self.out.start()
        await self.out.consume(Inbox(gateway_inbox("g")), answered)

    def is_older(self, *unknown: type) -> None:
        """From now on whoever starts does not know these events, nor messages about notes."""

        def reads(body: bytes) -> list[Message]:
            messages = wire.unpack(body)
            if any(message.type == NEW for message in messages):
                raise Unreadable("nothing is known of notes", body)
            return messages

        def reads_one_by_one(body: bytes) -> list[Message | Unreadable]:
            return [
                Unreadable(
                    "nothing is known of notes", pack([encode(part)]), wire.Envelope(**part.model_dump(by_alias=True))
                )
                if isinstance(part, Message) and part.type == NEW
                else part
                for part in wire.unpack_one_by_one(body)
            ]

        for service, events in ((Session, chat_events), (Router, floor_events)):
            known = [event for event in events.EVENTS if event not in unknown]
            self._patch.setattr(service, "journal", Journal(known))
        self._patch.setattr(keeping, "unpack", reads)
        self._patch.setattr(keeping, "unpack_one_by_one", reads_one_by_one)

    def is_of_today(self) -> None:
        """From now on whoever starts knows everything."""
        self._patch.undo()
        soon(self._patch)

    def append(self, service: type[Session | Router], stream: str, *events: Any) -> None:
        """Stored, and then the process was gone before it could say so."""
        store = self.stores[service.name]
        version = store.streams([stream])[-1].originator_version
        journal = Journal((chat_events if service is Session else floor_events).EVENTS)
        rows = [journal.stored(stream, version + number, event) for number, event in enumerate(events, 1)]
        store.commit(Commit(events=rows))

    def kept(self, service: str) -> list[tuple[str, str]]:
        return [(letter.stream, letter.kind) for letter in self.stores[service].letters.page()]

    async def ask(self, inbox: str, message: Message) -> str | None:
        """The code of the answer; None for an ack."""
        sender: Sender = message.sender  # type: ignore[attr-defined]
        await self.out.publish(inbox, pack([encode(message)]))
        await self.until(lambda: sender.id in self.replies)
        return self.replies[sender.id]


def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saying, "TIDES_EVERY", 1)
    monkeypatch.setattr(lines, "TIDE_AGAIN_S", 0.0)
    monkeypatch.setattr(taking, "TOLD_AGAIN_S", 0.2)
    monkeypatch.setattr(tenure, "LEASE_EVERY_S", 0.05)


def by(id: str, role: str = "visitor") -> Sender:
    return Sender(gateway="g", connection=1, id=id, role=role, user="anna" if role == "agent" else None)  # type: ignore[arg-type]


@pytest_asyncio.fixture
async def versions(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Versions]:
    soon(monkeypatch)
    versions = Versions(monkeypatch)
    await versions.listen()
    await versions.start("session", "router", "crm-logger")
    await versions.sells()
    yield versions
    await versions.stop(*versions.running)


ALL = ("session", "router", "crm-logger")
C0 = chat_stream(TENANT, "c0")
NOTE = chat_events.NoteAdded(at=10, agent="anna", text="of a newer version")
WRITTEN = chat_events.MessagePosted(at=11, seq=1, author="visitor", text="after it", unread=1)


async def test_R34_an_event_of_a_newer_version_holds_its_chat_and_nothing_else(versions: Versions) -> None:
    await versions.chat(3)
    await versions.is_whole()
    await versions.stop(*ALL)
    versions.append(Session, C0, NOTE, WRITTEN)
    versions.is_older(chat_events.NoteAdded)
    await versions.start(*ALL)
    await versions.chat(10)
    await versions.is_whole()
    await versions.until(lambda: len(versions.kept("crm-logger")) == 2 and len(versions.kept("router")) == 2)
    assert versions.kept("crm-logger") == [(C0, "newer"), (C0, "behind")] == versions.kept("router")

    inbox = session_inbox(partition_of(C0))
    assert await versions.ask(inbox, PostMessage(tenant=TENANT, chat="c0", sender=by("1"), text="x")) == "unavailable"
    other = session_inbox(partition_of(chat_stream(TENANT, "c1")))
    assert await versions.ask(other, PostMessage(tenant=TENANT, chat="c1", sender=by("2"), text="x")) is None
    assert any("NoteAdded.1" in notice for notice in versions.running["session"].notices())
    assert versions.running["session"].troubles() == []
    await versions.stop(*ALL)
    await versions.start(*ALL)  # an older one again: it is held again, and nothing is doubled
    await versions.chat(1)
    await versions.is_whole()
    assert len(versions.kept("crm-logger")) == 2
    await versions.stop(*ALL)

    versions.is_of_today()
    await versions.start(*ALL)
    await versions.until(lambda: not versions.kept("crm-logger") and not versions.kept("router"))
    assert [type_ for chat, type_ in versions.records.told if chat == "c0"] == [  # type: ignore[attr-defined]
        "chat.requested.v1",
        "chat.note_added.v1",
        "chat.message_posted.v1",
    ]
    assert await versions.ask(inbox, PostMessage(tenant=TENANT, chat="c0", sender=by("3"), text="x")) is None
    await versions.is_whole()


async def test_R34_a_floor_of_a_newer_version_waits_whole_and_what_is_said_to_it_is_kept(versions: Versions) -> None:
    await versions.chat(2)
    await versions.is_whole()
    await versions.stop(*ALL)
    event = floor_events.ItemIdentified(at=10, item="c0", kind="chat", queue="sales", agent="anna", contact="k1")
    versions.append(Router, TENANT, event)
    versions.is_older(floor_events.ItemIdentified)
    await versions.start(*ALL)
    await versions.chat(3)
    await versions.until(lambda: len(versions.records.chats) == 5)
    await versions.until(lambda: len(versions.kept("router")) == 3)
    assert {kind for _, kind in versions.kept("router")} == {"newer"}
    inbox = router_inbox(partition_of(TENANT))
    assert await versions.ask(inbox, Pick(tenant=TENANT, item="c1", sender=by("p", "agent"))) == "unavailable"
    await versions.until(lambda: versions.kept("session") == [(C0, "newer")])
    assert versions.running["router"].troubles() == []
    await versions.stop(*ALL)
    versions.is_of_today()
    await versions.start(*ALL)
    await versions.is_whole()
    await versions.until(lambda: not versions.kept("router") and versions.kept("session") != [(C0, "newer")])
    # Nobody is there to be given it: the session refuses what a made-up event says, and that is a letter like any other.
    assert all(kind == "failed" for _, kind in versions.kept("session"))


async def test_R34_a_message_of_a_newer_version_holds_its_chat_and_nothing_else(versions: Versions) -> None:
    await versions.chat(2)
    await versions.is_whole()
    await versions.stop("crm-logger")
    versions.is_older()
    await versions.start("crm-logger")  # it is older; the session is of today, and says what it does not know
    await versions.stop("session")
    versions.append(Session, C0, NOTE, WRITTEN)
    versions._patch.setattr(Session, "journal", Journal(chat_events.EVENTS))
    await versions.start("session")
    await versions.chat(5)
    await versions.is_whole()
    await versions.until(lambda: versions.kept("crm-logger") == [(C0, "newer"), (C0, "behind")])
    await versions.stop("crm-logger")
    versions.is_of_today()
    await versions.start("crm-logger")
    await versions.until(lambda: not versions.kept("crm-logger"))
    assert [type_ for chat, type_ in versions.records.told if chat == "c0"][1:] == [NEW, "chat.message_posted.v1"]  # type: ignore[attr-defined]


async def test_R34_who_only_asks_about_something_newer_gets_an_answer(versions: Versions) -> None:
    await versions.chat(1)
    await versions.is_whole()
    body = b'[{"type":"dance","tenant":"%s","chat":"c0","sender":%s}]' % (TENANT.encode(), encode(by("d")))
    await versions.out.publish(session_inbox(partition_of(C0)), body)
    async with asyncio.timeout(10):
        while "d" not in versions.replies:
            await asyncio.sleep(0.01)
    assert versions.replies["d"] == "unavailable"


async def test_R34_what_is_refused_while_something_is_kept_is_no_refusal_to_be_remembered(versions: Versions) -> None:
    await versions.chat(2)
    await versions.is_whole()
    inbox = session_inbox(partition_of(C0))
    writing = PostMessage(tenant=TENANT, chat="c0", sender=by("w", "agent"), text="x")
    place = {"source": f"router.{partition_of(TENANT)}", "position": 10_000}
    kept = NewerSaid(tenant=TENANT, item="c0", topic="ItemLent.1", at=1, **place)  # type: ignore[arg-type]
    await versions.out.publish(inbox, pack([encode(kept)]))
    await versions.until(lambda: versions.kept("session") == [(C0, "newer")])
    assert await versions.ask(inbox, writing) == "unavailable", "whether it is hers is not known here"
    letter = versions.stores["session"].letters.page()[0]
    assert versions.stores["session"].letters.discard(letter.number, "ada", "made by a test")
    async with asyncio.timeout(10):
        while versions.replies.pop("w", None) != "not_yours":
            await versions.ask(inbox, writing)
