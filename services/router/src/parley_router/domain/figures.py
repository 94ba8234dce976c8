"""R8: what is known of a queue's pace, from which waiting times are worked out: how long items take, how long people wait."""

from __future__ import annotations

import msgspec
from parley_contracts.shapes import Kind

ITEMS = 20
"""Of so many items, each counts alike; of more, what is longer ago counts less and less."""
LEFT = 100
"""The same, of those who wait no more."""
ONE = 1_000


class Turn(msgspec.Struct):
    """How long an item of a kind takes its agent on average, and how many it was of."""

    ms: int
    number: int = 0


class Figures(msgspec.Struct):
    """`turns` by kind; `waited_ms`: how long those waited who wait no more, and how many of them gave up, in thousandths."""

    turns: dict[Kind, Turn] = {}
    waited_ms: int = 0
    given_up: int = 0

    def took(self, kind: Kind, ms: int) -> None:
        """An item of this kind had a place of its agent for so long."""
        turn = self.turns.setdefault(kind, Turn(ms))
        turn.number = min(turn.number + 1, ITEMS)
        turn.ms += (ms - turn.ms) // turn.number

    def left(self, waited_ms: int, gave_up: bool) -> None:
        """Somebody waits no more, after so long."""
        self.waited_ms += waited_ms - self.waited_ms // LEFT
        self.given_up += ONE * gave_up - self.given_up // LEFT

    @property
    def patience_ms(self) -> int | None:
        """How long people wait before they give up, on average, where nobody comes; None where nobody has given up."""
        return self.waited_ms * ONE // self.given_up if self.given_up else None
