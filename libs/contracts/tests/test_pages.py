"""R32: no message grows with what there is: pages, and answers in parts."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from parley_contracts import pages
from parley_contracts.pages import PAGE_BYTES, Parts, in_pages, page_of, reply_parts
from parley_contracts.shapes import Reply
from parley_contracts.showings import Entry, Replied, ReplyPart
from parley_contracts.wire import encode, pack, unpack


def entry(n: int, size: int) -> Entry:
    return Entry(tenant="", n=n, last_seq=n, at=1, kind="message", fields={"text": "x" * size})


@given(st.lists(st.integers(0, 100_000), max_size=30))
def test_a_page_is_the_first_pieces_that_fit_and_at_least_one(sizes: list[int]) -> None:
    left = [entry(n, size) for n, size in enumerate(sizes)]
    seen = []
    while left:
        page, more = page_of(left)
        assert page
        assert len(page) == 1 or sum(len(encode(each)) for each in page) <= PAGE_BYTES
        left, seen = left[len(page) :], [*seen, *page]
        assert more == bool(left)
    assert [each.n for each in seen] == list(range(len(sizes)))


@given(st.lists(st.integers()), st.integers(1, 7))
def test_pages_of_so_many_are_all_of_it(pieces: list[int], most: int) -> None:
    split = list(in_pages(pieces, most))
    assert [piece for page in split for piece in page] == pieces
    assert all(1 <= len(page) <= most for page in split)


def replies(encoded: list[bytes], parts: Parts) -> list[Reply]:
    found = []
    for message in unpack(pack(encoded)):
        if isinstance(message, Replied):
            found.append(message.reply)
        elif isinstance(message, ReplyPart) and (whole := parts.add(message)) is not None:
            found.append(whole)
    return found


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=300)), st.integers(0, 3))
def test_a_large_answer_goes_in_parts_and_is_put_together(ack: dict[str, Any], lost: int) -> None:
    reply = Reply(connection=7, id="q", ack=ack)
    parts = Parts()
    with patch.object(pages, "PAGE_BYTES", 64):
        encoded = reply_parts("t", reply)
    if 0 < lost < len(encoded):
        assert replies(encoded[:lost] + encoded[lost + 1 :], parts) == []
    assert replies(encoded, parts) == [reply], "asked again it is whole"
    assert parts._begun == {}


def test_no_part_is_much_larger_than_a_page() -> None:
    encoded = reply_parts("t", Reply(connection=7, id="q", ack={"text": '"ß\\\n' * 200_000}))
    assert len(encoded) > 4
    assert max(map(len, encoded)) < 2 * PAGE_BYTES
    assert len(reply_parts("t", Reply(connection=7, id="q", ack={"text": "short"}))) == 1


def test_what_was_begun_is_forgotten_with_whoever_asked() -> None:
    parts = Parts()
    first, *_ = unpack(pack(reply_parts("t", Reply(connection=7, id="q", ack={"text": "x" * PAGE_BYTES}))))
    assert isinstance(first, ReplyPart)
    assert parts.add(first) is None
    parts.forget(7)
    assert parts._begun == {}
