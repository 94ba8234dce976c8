"""R24: real spellings of numbers and names: how each is kept, and what finds it, on each store. The tables are those of docs/contacts.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts import contact_values as judge
from parley_contracts.contacts import SearchContacts
from parley_crm_logger.domain.folding import LONGEST, words
from parley_crm_logger.domain.terms import LONGEST_RUN, MOST_JOINED, joined

from .conftest import Desk

DOCUMENT = Path(__file__).parents[3] / "docs" / "contacts.md"
OTHERS = ("Robin Falk", "Toni Stern", "Sascha Wolf", "Eike Brandt", "Mika Sommer")


def table(mark: str) -> Iterator[list[list[str]]]:
    """The rows of a table, each a list of cells, each a list of texts; `as written` is no text."""
    _, _, behind = DOCUMENT.read_text().partition(f"<!-- {mark} -->\n")
    for line in behind.partition("\n\n")[0].splitlines()[2:]:
        cells = re.findall(r"\|((?:[^`|]|`[^`]*`)*)(?=\|)", line)
        yield [[_read(text) for text in re.findall(r"`([^`]*)`", cell)] or cell.split() for cell in cells]


def _read(text: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda escaped: chr(int(escaped[1], 16)), text)


NUMBERS, NAMES = list(table("numbers")), list(table("names"))


def test_there_are_as_many_spellings_as_are_promised() -> None:
    assert len(NUMBERS) >= 60
    assert len(NAMES) >= 40


@pytest.mark.parametrize("row", NUMBERS, ids=lambda row: ascii(row[0][0]))
def test_R24_a_number_is_kept_and_read_as_the_table_says(row: list[list[str]]) -> None:
    (written,), (region,), kept, numbers, _ = row
    judged = judge.number(written)
    assert judged.problem is None
    assert kept == (["as", "written"] if judged.value == written else [judged.value])
    assert list(judge.normalised(judged.value, region)) == numbers


@pytest.mark.parametrize("row", NAMES, ids=lambda row: ascii(row[0][0]))
def test_R24_a_name_is_kept_as_the_table_says(row: list[list[str]]) -> None:
    (written,), kept, _ = row
    judged = judge.name(written)
    assert judged.problem is None
    assert kept == (["as", "written"] if judged.value == written else [judged.value])


@pytest.fixture(scope="module")
def everybody(lasting_desk: Desk) -> Desk:
    """Each spelling as a contact of its own, among others."""
    for place, ((written,), _, _, numbers, _) in enumerate(NUMBERS):
        phone = judge.number(written).value
        name = OTHERS[place % len(OTHERS)]
        lasting_desk.contact(f"number-{place}", name, phones=(phone,), numbers=tuple(numbers))
    for place, ((written,), _, _) in enumerate(NAMES):
        lasting_desk.contact(f"name-{place}", judge.name(written).value)
    return lasting_desk


def found(desk: Desk, query: str, region: str) -> list[str]:
    items = desk.ask(SearchContacts, query=query, region=region, limit=100)["items"]
    return [item["contact"] for item in items]


@pytest.mark.parametrize("place", range(len(NUMBERS)), ids=[ascii(row[0][0]) for row in NUMBERS])
def test_R24_a_number_is_found_as_the_table_says(everybody: Desk, place: int) -> None:
    *_, (region,), _, _, queries = NUMBERS[place]
    for query in queries:
        assert f"number-{place}" in found(everybody, query, region), query


@pytest.mark.parametrize("place", range(len(NAMES)), ids=[ascii(row[0][0]) for row in NAMES])
def test_R24_a_name_is_found_as_the_table_says(everybody: Desk, place: int) -> None:
    for query in NAMES[place][-1]:
        assert f"name-{place}" in found(everybody, query, "DE"), query


@given(st.lists(st.text(st.characters(categories=["L"]), min_size=1, max_size=8), min_size=1, max_size=60))
def test_R24_what_is_made_of_a_name_is_bounded_and_has_all_neighbours_of_a_usual_one(name: list[str]) -> None:
    text = " ".join(name)
    made, own = joined(text), words(text)
    assert len(made) <= MOST_JOINED
    assert all(0 < len(term) <= LONGEST for term in made)
    if 1 < len(own) <= LONGEST_RUN and text.isascii():
        assert {one + other for one, other in pairwise(own)} <= set(made)
        assert "".join(own) in made
