"""What an agent has in hand is not unknown to them because the record is a moment behind (R24)."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts.reading import Reader
from parley_contracts.refusal import Refused
from parley_gateway.contacts import soon_heard
from parley_gateway.contacts.soon_heard import soon_heard as heard

MINE = Reader(agent="anna", items=("c1",))


def record(*answers: str) -> Any:
    """One that refuses so, one after the other, and knows it then."""
    left = list(answers)

    async def ask() -> dict[str, Any]:
        if left:
            raise Refused(left.pop(0), "no")  # type: ignore[arg-type]
        return {"item": "c1"}

    ask.left = left  # type: ignore[attr-defined]
    return ask


async def test_what_is_in_hand_is_asked_for_again_until_it_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soon_heard, "EVERY_S", 0)
    assert await heard("c1", MINE, record("not_found", "not_found")) == {"item": "c1"}


@pytest.mark.parametrize(("item", "reader", "code"), [("c2", MINE, "not_found"), ("c1", Reader(everything=True), "not_found"), ("c1", MINE, "forbidden")])  # fmt: skip
async def test_anything_else_is_answered_at_once(item: str, reader: Reader, code: str) -> None:
    ask = record(code, "asked again")
    with pytest.raises(Refused) as refused:
        await heard(item, reader, ask)
    assert refused.value.code == code
    assert ask.left == ["asked again"]


async def test_it_is_not_asked_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soon_heard, "WITHIN_S", 0)
    with pytest.raises(Refused):
        await heard("c1", MINE, record(*["not_found"] * 3))
