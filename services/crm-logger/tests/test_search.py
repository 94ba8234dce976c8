"""R24: the search forgives. Which spelling finds whom, and at which rank, on each store."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts.contacts import SearchContacts
from parley_crm_logger.domain.folding import fold, national, numbers, steps, words
from parley_crm_logger.store import Crm, search

from .conftest import Desk

PEOPLE: dict[str, dict[str, Any]] = {
    "mueller": {"name": "Jürgen Müller", "emails": ("juergen.mueller@example.com",), "phones": ("+49 30 1234567",)},
    "mueller-2": {"name": "Jörg Mueller", "organisation": "Bäckerei Süß"},
    "muller": {"name": "Anna Muller", "phones": ("089 / 55 66 77",)},
    "muellerin": {"name": "Petra Müllerin"},
    "meier": {"name": "Sabine Meier", "customer_number": "K-4711"},
    "mayer": {"name": "Tobias Mayer", "customer_number": "K-4712"},
    "strasse": {"name": "Heinz Straßer", "organisation": "Großhandel Weiß GmbH"},
    "schmidt": {"name": "Katharina Schmidt", "emails": ("k.schmidt@firma.example",)},
    "schmitt": {"name": "Karl Schmitt"},
    "francois": {"name": "François Lefèvre", "emails": ("f.lefevre@société.example",)},
    "obrien": {"name": "Siobhán O’Brien", "phones": ("+353 1 496 0000",)},
    "soren": {"name": "Søren Kjærgård"},
    "lukasz": {"name": "Łukasz Wiśniewski"},
    "double": {"name": "Anne-Sophie Leutheusser-Schnarrenberger"},
    "schulz": {"name": "Martin Schulz", "organisation": "Stadtwerke", "phones": ("(0)171 2345678", "0049 351 998877")},
    "ng": {"name": "Li Ng"},
    "cyrillic": {"name": "Фёдор Достоевский"},
    "greek": {"name": "Γιώργος Παπαδόπουλος"},
    "chinese": {"name": "王小明"},
}

TABLE: list[tuple[str, str, int]] = [
    # umlauts and ß, written as they are, without dots, written out
    ("Jürgen Müller", "mueller", 1),
    ("Juergen Mueller", "mueller", 1),
    ("Jurgen Muller", "mueller", 1),
    ("JÜRGEN MÜLLER", "mueller", 1),
    ("müller jürgen", "mueller", 1),
    ("Müller", "mueller", 1),
    ("Mueller", "mueller-2", 1),
    ("Muller", "muller", 1),
    ("Müllerin", "muellerin", 1),
    ("Strasser", "strasse", 1),
    ("Straßer", "strasse", 1),
    ("STRASSER", "strasse", 1),
    ("baeckerei suess", "mueller-2", 1),
    ("Grosshandel Weiss", "strasse", 1),
    # accents and foreign letters
    ("francois lefevre", "francois", 1),
    ("Lefèvre", "francois", 1),
    ("O'Brien", "obrien", 1),
    ("obrien", "obrien", 1),
    ("Siobhan", "obrien", 1),
    ("Soren Kjaergard", "soren", 1),
    ("Sören", "soren", 1),
    ("lukasz wisniewski", "lukasz", 1),
    ("федор", "cyrillic", 1),
    ("παπαδοπουλος", "greek", 1),
    ("王小明", "chinese", 1),
    ("Ng", "ng", 1),
    # a letter wrong, missing, too many, two changed round; what sounds alike
    ("Schimdt", "schmidt", 1),
    ("Katharina Schmid", "schmidt", 1),
    ("Katarina Schmidt", "schmidt", 1),
    ("Karl Schmidt", "schmitt", 1),
    ("Meyer Sabine", "meier", 1),
    ("Maier", "mayer", 2),
    ("Tobias Meyer", "mayer", 1),
    ("Jürgne Müller", "mueller", 1),
    ("Wisniewksi", "lukasz", 1),
    ("Leutheuser", "double", 1),
    ("Shulz", "schulz", 1),
    ("Schultz Martin", "schulz", 1),
    ("Jürgne Müll", "mueller", 1),
    ("Müll Jürgne", "mueller", 1),
    ("Katha Schimdt", "schmidt", 1),
    # a beginning, a part, several words in any order
    ("Schnarren", "double", 1),
    ("schnarrenberger anne", "double", 1),
    ("heusser", "double", 1),
    ("kath schm", "schmidt", 1),
    ("Martin Stadtwerke", "schulz", 1),
    ("stadtwerke schulz martin", "schulz", 1),
    # numbers: national, international, with whatever between, a part
    ("+49 30 1234567", "mueller", 1),
    ("0049301234567", "mueller", 1),
    ("030 1234567", "mueller", 1),
    ("030/123 45 67", "mueller", 1),
    ("+49 (0)30 1234567", "mueller", 1),
    ("34567", "mueller", 1),
    ("+49 89 556677", "muller", 1),
    ("556677", "muller", 1),
    ("4989556677", "muller", 1),
    ("0171 2345678", "schulz", 1),
    ("+49 171 234", "schulz", 1),
    ("0351-998877", "schulz", 1),
    ("01 496 0000", "obrien", 1),
    ("Müller 1234567", "mueller", 1),
    # e-mail addresses and customer numbers, whole and in part
    ("juergen.mueller@example.com", "mueller", 1),
    ("JUERGEN.MUELLER@EXAMPLE.COM", "mueller", 1),
    ("k.schmidt@", "schmidt", 1),
    ("firma.example", "schmidt", 1),
    ("société", "francois", 1),
    ("K-4711", "meier", 1),
    ("k4711", "meier", 1),
    ("4711", "meier", 1),
    ("K 4712", "mayer", 1),
]


@pytest.fixture(scope="module")
def people(lasting_desk: Desk) -> Desk:
    """Everybody, in one store for all of the table."""
    for number, (contact, fields) in enumerate(PEOPLE.items()):
        lasting_desk.contact(contact, now=1_000 + number, **fields)
    return lasting_desk


def found(desk: Desk, query: str, **fields: Any) -> list[str]:
    return [item["contact"] for item in desk.ask(SearchContacts, query=query, **fields)["items"]]


@pytest.mark.parametrize(("query", "contact", "rank"), TABLE, ids=[query for query, _, _ in TABLE])
def test_R24_the_right_contact_ranks(people: Desk, query: str, contact: str, rank: int) -> None:
    names = found(people, query)
    assert contact in names, names
    assert names.index(contact) + 1 <= rank, names


@pytest.mark.parametrize(
    ("some", "many", "a_look_up"), [(1, 2, 8), (1, 1_000, 0), (1, 1_000, 1_000), (1_000, 1_000, 0)]
)
def test_however_the_lists_are_gone_about_the_answer_is_the_same(
    people: Desk, monkeypatch: pytest.MonkeyPatch, some: int, many: int, a_look_up: int
) -> None:
    usual = {query: found(people, query) for query, _, _ in TABLE}
    people.crm.db.long_lists.clear()
    monkeypatch.setattr(search, "SOME", some)
    monkeypatch.setattr(search, "MANY", many)
    monkeypatch.setattr(search, "A_LOOK_UP", a_look_up)
    for _ in range(2):  # the second time with lengths that are remembered
        if many > len(PEOPLE):
            assert {query: found(people, query) for query, _, _ in TABLE} == usual
        else:
            assert all(set(found(people, query)) <= set(PEOPLE) for query, _, _ in TABLE)
    people.crm.db.long_lists.clear()


def test_R24_the_exact_one_stands_before_the_beginning_before_what_is_similar(people: Desk) -> None:
    names = found(people, "Müller")
    assert set(names[:3]) == {"mueller", "muller", "mueller-2"}
    assert names[0] == "mueller"
    assert names[3] == "muellerin"


def test_R24_who_has_three_words_is_meant_and_nobody_similar_is_looked_for(
    people: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    nearly = search._Search._nearly

    def counted(self: Any, token: Any) -> dict[str, int]:
        asked.append(token.written)
        return nearly(self, token)

    monkeypatch.setattr(search._Search, "_nearly", counted)
    assert found(people, "Heinz Weiss Grosshandel") == ["strasse"]
    assert not asked
    assert found(people, "Heinz Weiss") == ["strasse"]
    assert len(asked) == 2
    assert found(people, "Heinz Weiss Grosshandle") == ["strasse"]
    assert len(asked) == 5


def test_R24_an_empty_query_gives_the_newest(people: Desk) -> None:
    assert found(people, "", limit=3) == ["chinese", "greek", "cyrillic"]
    assert found(people, "   ", limit=1) == ["chinese"]


@pytest.mark.parametrize("query", ["%", "'; DROP TABLE", "\\", '"', "\x00", "a\x00b", "(", "*", "!", "a" * 200])
def test_R31_whatever_is_typed_is_a_query(people: Desk, query: str) -> None:
    found(people, query)


def test_R24_nobody_elses_contacts_are_found(crm: Crm, desk: Desk, elsewhere: Desk) -> None:
    desk.contact("c1", "Jürgen Müller", phones=("+49 30 1234567",), emails=("j@x.example",), customer_number="K-1")
    for query in ("Jürgen", "Müller", "Mülller", "ülle", "1234567", "j@x.example", "K-1", "", "mull"):
        assert found(elsewhere, query) == []


def test_R24_what_is_no_longer_so_is_no_longer_found(desk: Desk) -> None:
    from parley_contracts.contacts import ContactFields, PutContact

    desk.contact("c1", "Jürgen Müller", phones=("030 1234567",))
    desk.contact("c2", "Jürgen Meier")
    desk.ask(PutContact, contact="c1", fields=ContactFields(name="Jan Kowalski"))
    assert found(desk, "Müller") == []
    assert found(desk, "Mülle") == []
    assert found(desk, "1234567") == []
    assert found(desk, "Jürgen") == ["c2"]
    assert found(desk, "Kowalksi") == ["c1"]


@pytest.mark.parametrize(
    "written",
    [
        "+49 30 1234567",
        "0049 30 1234567",
        "030/1234567",
        "+49 (0)30 123-4567",
        "(030) 12 34 567",
        "030 1234567 ext. 12",
    ],
)
def test_R24_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert national(written) == "301234567"


def test_the_ways_to_read_a_part_of_a_number() -> None:
    assert numbers("+49 171 234") == ("171234", "49171234")
    assert numbers("12") == ()


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        ("", "", 0),
        ("a", "", 1),
        ("schmidt", "schimdt", 1),
        ("abc", "acb", 1),
        ("kitten", "sitting", 3),
        ("a", "abcdef", 4),
    ],
)
def test_how_far_two_words_are_apart(one: str, other: str, far: int) -> None:
    assert (steps(one, other), steps(other, one)) == (far, far)


def test_folding_leaves_letters_and_digits() -> None:
    assert fold("Größe ÆØÅ Łódź") == "grosse aoa lodz"
    assert words("  Anne-Sophie  O’Brien_3 ") == ["anne", "sophie", "obrien", "3"]
