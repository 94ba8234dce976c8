"""R31: nothing that is handed to us is an error of ours. The short form, at random; `make fuzz` goes by what the code does with it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .targets import TARGETS, seeds


def mutated(seed: bytes) -> st.SearchStrategy[bytes]:
    """The seed with a piece of it replaced."""
    piece = st.binary(max_size=12) | st.sampled_from(
        [b'"', b"\\", b"\x00", b"\\ud800", b"9" * 400, b"[" * 200, b"\xff", b"1e999"]
    )
    place = st.integers(0, len(seed))
    return st.builds(
        lambda begin, end, piece: seed[: min(begin, end)] + piece + seed[max(begin, end) :], place, place, piece
    )


@pytest.mark.parametrize("name", TARGETS)
def test_R31_whatever_is_handed_to_it_it_answers_or_refuses(name: str) -> None:
    given_to = st.one_of(
        st.binary(max_size=300), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
    )
    for seed in seeds().get(name, []):
        TARGETS[name](seed)
        given_to |= mutated(seed)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(given_to)
    def holds(data: bytes) -> None:
        TARGETS[name](data)

    holds()
