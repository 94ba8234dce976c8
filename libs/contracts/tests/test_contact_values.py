"""R24, R31: the one judge of what is written of a contact."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts import contact_values as judge
from parley_contracts.contact_values import Judged

JUDGES = {
    "name": judge.name,
    "number": judge.number,
    "address": judge.address,
    "notes": judge.notes,
    "line": partial(judge.line, most=7),
}
ODD = " \u00a0\u3000\u2028\x00\x7f\x85\xad\u200b\u200d\u202e\u2011\u30fc\u0308\ufdfa\uff20\u3002\ud800<>@.+09aé٣"
TEXTS = st.text(st.characters(), max_size=40) | st.text(ODD, max_size=12) | st.emails()


@pytest.mark.parametrize("how", JUDGES.values(), ids=JUDGES)
@given(text=TEXTS)
def test_R31_what_is_kept_of_any_text_is_good_and_stays_as_it_is(how: Callable[[str], Judged], text: str) -> None:
    judged = how(text)
    assert judged.value or judged.problem or not text.strip(ODD) or how in (judge.notes, JUDGES["line"])
    if judged.value:
        assert how(judged.value) == Judged(judged.value)
        judged.value.encode()


@given(text=TEXTS, region=st.sampled_from(("DE", "US", "JP", "ZZ")))
def test_R24_whatever_is_read_as_a_number_can_be_said(text: str, region: str) -> None:
    for number in judge.normalised(judge.number(text).value, region):
        assert re.fullmatch(r"\+[0-9]{2,17}(;ext=[0-9]{1,20})?", number)


@pytest.mark.parametrize("much", ["name", "number", "notes", "line"])
def test_R31_what_is_too_long_is_told_and_its_beginning_is_at_hand(much: str) -> None:
    judged = JUDGES[much]("x" * 5_000)
    assert judged.problem is not None
    assert "has 5000 characters" in judged.problem
    assert set(judged.value) == {"x"}


def test_R31_no_half_of_an_address_is_one() -> None:
    assert judge.address("x" * 250 + "@example.org").value == ""


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Kim Vogel <kim@example.org>", "kim@example.org"),
        ("mailto:kim@example.org", "kim@example.org"),
        ("kim＠example。org", "kim@example.org"),
        ("kim@localhost", "kim@localhost"),
        ("a..b@example.org", "a..b@example.org"),
        ("kim.@example.org", "kim.@example.org"),
        ("kim@firma.local", "kim@firma.local"),
        ("jörg@bücher.example", "jörg@bücher.example"),
    ],
)
def test_R24_addresses_that_are_in_use_are_taken(written: str, kept: str) -> None:
    assert judge.address(written) == Judged(kept)
