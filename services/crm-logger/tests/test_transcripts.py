"""R26: conversations are searched through, and put out as documents. On each store."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts import chat_events as ce
from parley_contracts.contacts import AskTranscript, LinkInteraction, MergeContact, SearchTranscripts
from parley_contracts.refusal import Refused
from parley_crm_logger.domain.stemming import groups, snippet

from .conftest import Desk


def hits(desk: Desk, query: str, **fields: Any) -> list[str]:
    return [item["item"] for item in desk.ask(SearchTranscripts, query=query, **fields)["items"]]


def told(desk: Desk) -> Desk:
    """Four conversations, and two contacts."""
    desk.contact("kim", "Kim")
    desk.contact("jo", "Jo")
    desk.chat("de-1", 1_000, "kim", ["Meine Bestellungen sind nicht da", "Die Häuser waren schön"])
    desk.chat("de-2", 2_000, "jo", ["Ich habe bestellt", "und warte in meinem Haus"])
    desk.chat("en-1", 3_000, "kim", ["My orders were delivered", "the houses were beautiful"])
    desk.chat("en-2", 4_000, None, ["I am ordering a house"])
    return desk


@pytest.fixture
def talked(desk: Desk) -> Desk:
    return told(desk)


@pytest.fixture(scope="module")
def only_read(lasting_desk: Desk) -> Desk:
    return told(lasting_desk)


@pytest.mark.parametrize(
    ("query", "items"),
    [
        ("Bestellung", ["de-1"]),
        ("BESTELLUNGEN", ["de-1"]),
        ("bestellte", ["de-2"]),
        ("Haus", ["de-2", "de-1"]),
        ("haeuser", ["de-2", "de-1"]),
        ("schoen", ["de-1"]),
        ("schön", ["de-1"]),
        ("schon", ["de-1"]),
        ("house", ["en-2", "en-1"]),
        ("order", ["en-2", "en-1"]),
        ("ordered houses", ["en-2", "en-1"]),
        ("delivering order", ["en-1"]),
        ("order bestellung", []),
        ("nothing", []),
    ],
)
def test_R26_words_are_found_in_all_their_forms_newest_first(only_read: Desk, query: str, items: list[str]) -> None:
    assert hits(only_read, query) == items


def test_R26_the_search_is_for_one_contact_or_for_all_and_in_pages(talked: Desk) -> None:
    assert hits(talked, "house", contact="kim") == ["en-1"]
    assert hits(talked, "house", contact="jo") == []
    talked.ask(LinkInteraction, item="en-2", contact="jo")
    assert hits(talked, "house", contact="jo") == ["en-2"]
    talked.ask(MergeContact, contact="jo", into="kim")
    assert hits(talked, "house", contact="kim") == ["en-2", "en-1"]
    first = talked.ask(SearchTranscripts, query="house", limit=1)
    second = talked.ask(SearchTranscripts, query="house", limit=1, after=first["next"])
    assert [page["items"][0]["item"] for page in (first, second)] == ["en-2", "en-1"]
    assert "next" not in second


def test_R26_a_hit_shows_the_text_around_it(only_read: Desk) -> None:
    (item,) = only_read.ask(SearchTranscripts, query="delivered")["items"]
    assert item["text"] == "My orders were delivered"
    assert [item["text"][begin:end] for begin, end in item["hits"]] == ["delivered"]
    assert "transcript" not in item


def test_a_snippet_of_a_long_text_is_short_and_knows_its_hits() -> None:
    text = "word " * 200 + "Häuser sind groß" + " word" * 200
    found = snippet(text, groups("haus"))
    assert found is not None
    assert len(found.text) < 170
    assert [found.text[begin:end] for begin, end in found.hits] == ["Häuser"]


def test_R26_a_note_in_the_wrap_up_is_found_too(talked: Desk) -> None:
    talked.hear(
        [ce.ChatNoteAdded(tenant="acme", chat="de-1", n=99, at=1_090, agent="anna", text="Rückruf versprochen")]
    )
    assert hits(talked, "Rückrufe") == ["de-1"]


def test_R26_a_conversation_is_found_when_it_is_over(talked: Desk) -> None:
    talked.chat("open", 9_000, texts=["a zebra"], over=False)
    assert hits(talked, "zebra") == []
    talked.hear([ce.ChatEnded(tenant="acme", chat="open", n=50, seq=49, at=9_100, ended_by="visitor")])
    assert hits(talked, "zebra") == ["open"]


@pytest.mark.parametrize(
    "query", ["' | z", 'z" OR "q', "z:*", "(z", "NOT z", "z & !q", "\\", "z\x00q", "zebra'--", "q" * 200]
)
def test_R31_whatever_is_typed_is_a_search(only_read: Desk, query: str) -> None:
    if groups(query):
        assert hits(only_read, query) == []
    else:
        with pytest.raises(Refused, match="bad_request"):
            hits(only_read, query)


def test_R26_nobody_elses_transcripts_are_searched_or_put_out(talked: Desk, elsewhere: Desk) -> None:
    assert hits(elsewhere, "house") == []
    for question, fields in (
        (SearchTranscripts, {"query": "house", "contact": "kim"}),
        (AskTranscript, {"item": "en-1"}),
    ):
        with pytest.raises(Refused, match="not_found"):
            elsewhere.ask(question, **fields)


class TestDocuments:
    @pytest.fixture(autouse=True)
    def chat(self, desk: Desk) -> None:
        texts = ["<script>alert(1)</script> & more", "one\n10:00 Anna: forged", "a\x00b\u202ec".replace("\x00", "\x07")]
        desk.chat("c1", 1_700_000_000_000, texts=texts, over=False, name='Kim "<b>"')
        head = {"tenant": "acme", "chat": "c1", "agent": "anna", "name": "Anna", "at": 1_700_000_060_000}
        desk.hear(
            [
                ce.ChatMessagePosted(**head, n=10, seq=9, author="agent", text="Guten Tag"),
                ce.ChatNoteAdded(**head, n=11, text="a secret"),
            ]
        )

    def test_R26_as_text_with_nobody_able_to_forge_a_line(self, desk: Desk) -> None:
        told = desk.ask(AskTranscript, item="c1", language="de")
        assert told["subject"] == "Ihr Chat vom 14.11.2023"
        assert told["text"].splitlines()[3:] == [
            '22:13 Kim "<b>": <script>alert(1)</script> & more',
            '22:13 Kim "<b>": one',
            "    10:00 Anna: forged",
            '22:13 Kim "<b>": abc',
            "22:14 Anna: Guten Tag",
        ]

    def test_R26_as_html_in_which_nothing_runs(self, desk: Desk) -> None:
        html = desk.ask(AskTranscript, item="c1")["html"]
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html
        assert "Kim &quot;&lt;b&gt;&quot;" in html
        assert '<html lang="en">' in html

    def test_R26_notes_only_where_they_are_asked_for(self, desk: Desk) -> None:
        assert "secret" not in str(desk.ask(AskTranscript, item="c1"))
        told = desk.ask(AskTranscript, item="c1", internal=True)
        assert "22:14 Internal note, Anna: a secret" in told["text"]
        assert "a secret" in told["html"]
