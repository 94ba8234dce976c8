"""R31: a page's end is what was told, or refused: whatever a client makes of it, the database is asked for nothing that it has no room for."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.refusal import Refused
from parley_crm_logger.cursors import cursor_of, place_of
from parley_crm_logger.store import Place

MOST = 2**63


@given(st.integers(0, 10**17), st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=64))
def test_R31_what_was_told_is_read_again(at: int, item: str) -> None:
    assert place_of(cursor_of(Place(at, item))) == Place(at, item)
    assert place_of(None) is None


INSIDE = ["", "/", "x/y", "-1/a", "99999999999999999999999999/a", "1/\x00", "1 /a", "١٢/a", "1e3/a", "+5/a", "1_0/a"]


@given(st.text(max_size=60) | st.sampled_from(INSIDE).map(lambda text: urlsafe_b64encode(text.encode()).decode()))
def test_R31_what_was_not_told_is_refused_or_harmless(cursor: str) -> None:
    try:
        place = place_of(cursor)
    except Refused as refusal:
        assert refusal.code == "bad_request"  # noqa: PT017
        return
    assert place is not None
    assert 0 <= place.at < MOST
    assert "\x00" not in place.item


@pytest.mark.parametrize("inside", INSIDE)
def test_R31_no_number_that_is_none_is_read_as_one(inside: str) -> None:
    with pytest.raises(Refused):
        place_of(urlsafe_b64encode(inside.encode()).decode())
