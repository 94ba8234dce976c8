"""Need to know: whose texts are for whom, whatever is asked."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parley_contracts import chat_events as ce
from parley_contracts import contacts as c
from parley_contracts import mails as m
from parley_contracts.reading import NOTHING, Reader, Reading
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command
from parley_crm_logger.store import outbox

from .conftest import Desk

CANARY = "canary"
ASKED: dict[type[Command], dict[str, Any]] = {
    c.AskInteraction: {"item": "c1"},
    c.AskTranscript: {"item": "c1", "internal": True},
    c.AskCandidates: {"item": "c1"},
    c.LinkInteraction: {"item": "c1", "contact": "kim"},
    c.SendTranscript: {"item": "c1", "to": "kim@example.org"},
    m.AskMail: {"item": "c1", "seq": 2},
}
"""What names one interaction, each refused to whoever may not read it; histories and searches leave out."""
LISTED = {c.AskHistory, c.SearchTranscripts}


@pytest.fixture
def talked(desk: Desk) -> Desk:
    """Kim has talked with Ben in a queue of his; a contact of the same person is merged into Kim's."""
    desk.contact("kim", "Kim", emails=("kim@example.org",))
    desk.contact("kim2", "Kim Again")
    desk.ask(c.MergeContact, contact="kim2", into="kim")
    desk.chat("c1", 1_000, contact="kim", texts=[CANARY, "kim@example.org"], agent="ben")
    head = {"tenant": desk.tenant, "chat": "c1"}
    desk.hear([ce.ChatNoteAdded(**head, n=200, at=1_300, agent="ben", name="Ben", text=f"note {CANARY}")])
    desk.ask(c.AnswerMail, item="c1", text="ours", to="kim@example.org", standing="active")
    return desk


def asked(desk: Desk, kind: type[Command], reader: Reader) -> dict[str, Any]:
    if kind is c.SendTranscript:
        command = c.SendTranscript(tenant=desk.tenant, sender=desk.sender(), reader=reader, **ASKED[kind])
        return outbox.put(desk.crm, command, 2_000, outbox.Rules(per_recipient=len(READERS)))
    return desk.ask(kind, reader=reader, **ASKED[kind])


def test_every_question_that_is_answered_with_texts_is_tried() -> None:
    assert {*ASKED, *LISTED} == set(Reading.__subclasses__())


STRANGERS = [NOTHING, Reader(agent="anna"), Reader(agent="anna", queues=("sales",), items=("c9",), contacts=("lou",))]
READERS = [
    Reader(everything=True),
    Reader(agent="ben"),
    Reader(agent="anna", queues=("help",)),
    Reader(agent="anna", items=("c1",)),
    Reader(agent="anna", contacts=("kim",)),
    Reader(agent="anna", contacts=("kim2",)),
]


@pytest.mark.parametrize("kind", ASKED, ids=lambda kind: kind.__name__)
def test_who_serves_the_queue_had_it_or_has_its_contact_reads_it_and_nobody_else(
    talked: Desk, kind: type[Command]
) -> None:
    for stranger in STRANGERS:
        with pytest.raises(Refused) as refused:
            asked(talked, kind, stranger)
        assert refused.value.code == "forbidden"
        assert CANARY not in str(refused.value.message)
    for reader in READERS:
        assert asked(talked, kind, reader)


def test_a_history_has_what_is_withheld_without_a_text(talked: Desk) -> None:
    for stranger in STRANGERS:
        (item,) = talked.ask(c.AskHistory, contact="kim", reader=stranger)["items"]
        assert (item["item"], item["queue"], item["withheld"]) == ("c1", "help", True)
        assert item["transcript"] == item["notes"] == []
        assert CANARY not in str(item)
    for reader in READERS:
        (item,) = talked.ask(c.AskHistory, contact="kim", reader=reader)["items"]
        assert "withheld" not in item
        assert str(item).count(CANARY) == 2


def test_what_was_linked_is_told_again_to_whoever_linked_it(talked: Desk) -> None:
    talked.contact("lou", "Lou")
    in_hand = Reader(agent="anna", contacts=("kim",))
    fields = {"item": "c1", "contact": "lou", "reader": in_hand, "id": "same"}
    assert talked.ask(c.LinkInteraction, **fields) == talked.ask(c.LinkInteraction, **fields)
    with pytest.raises(Refused, match="queue that you do not serve"):
        talked.ask(c.LinkInteraction, item="c1", contact="kim", reader=in_hand)


TENANTS = count(1)
names = st.sampled_from(["q1", "q2", "q3"])
agents = st.sampled_from(["anna", "ben", "eve"])
persons = st.sampled_from(["kim", "lou"])
readers = st.builds(
    Reader,
    everything=st.sampled_from([False] * 9 + [True]),
    agent=st.none() | agents,
    queues=st.sets(names, max_size=2).map(tuple),
    items=st.sets(st.sampled_from(["c0", "c1", "c2", "c3"]), max_size=1).map(tuple),
    contacts=st.sets(persons, max_size=1).map(tuple),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    chats=st.lists(st.tuples(names, st.lists(agents, max_size=2), st.none() | persons), min_size=1, max_size=4),
    reader=readers,
    limit=st.integers(1, 4),
)
def test_a_search_finds_what_its_reader_may_read(
    lasting_desk: Desk,
    chats: list[tuple[str, list[str], str | None]],
    reader: Reader,
    limit: int,
) -> None:
    """The database's condition and the rule say the same, in pages of any length."""
    desk = lasting_desk
    desk.tenant = f"t{next(TENANTS)}"
    for number, (queue, had_it, contact) in enumerate(chats):
        head: dict[str, Any] = {"tenant": desk.tenant, "chat": f"c{number}"}
        at = 1_000 * number
        said: list[Any] = [ce.ChatRequested(**head, n=1, at=at, service="web", queue=queue, contact=contact)]
        said.append(ce.ChatMessagePosted(**head, n=2, seq=1, at=at, author="visitor", text=CANARY))
        for n, agent in enumerate(had_it, 3):
            said.append(ce.ChatAssigned(**head, n=n, seq=n, at=at, agent=agent, name=agent, queue=queue))
        desk.hear([*said, ce.ChatEnded(**head, n=9, seq=9, at=at + 1, ended_by="visitor")])
    found: list[str] = []
    after = None
    while True:
        page = desk.ask(c.SearchTranscripts, query=CANARY, reader=reader, limit=limit, after=after)
        found += [item["item"] for item in page["items"]]
        assert not any("withheld" in item for item in page["items"])
        if (after := page.get("next")) is None:
            break
    allowed = [
        f"c{number}"
        for number, (queue, had_it, contact) in enumerate(chats)
        if reader.reads(f"c{number}", queue, had_it, contact)
    ]
    assert found == allowed[::-1]
