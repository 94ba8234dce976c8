"""Which commands were refused lately: told again they are refused again, whatever has happened meanwhile (R30, R31).

A command may be on its way twice, because its client or its gateway asked again. The first answer stands: whoever was told
that nothing has changed must not find that it has. In memory only: both copies come soon after one another.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command

KEPT = 20_000
KEPT_FOR_MS = 300_000


class _Past(NamedTuple):
    at: int
    digest: int
    refusal: Refused


class Refusals:
    """The last refusals of one process, by stream and idempotency key."""

    def __init__(self) -> None:
        self._past: OrderedDict[tuple[str, str], _Past] = OrderedDict()

    def of(self, stream: str, command: Command, at: int) -> Refused | None:
        """How this very command was refused before; None when it was not, or too long ago."""
        if command.sender is None:
            return None
        past = self._past.get((stream, command.sender.key))
        if past is None or at - past.at > KEPT_FOR_MS or past.digest != command.digest():
            return None
        return _anew(past.refusal)

    def note(self, stream: str, command: Command, refusal: Refused, at: int) -> None:
        """The command has been refused."""
        if command.sender is None:
            return
        key = (stream, command.sender.key)
        self._past.pop(key, None)
        self._past[key] = _Past(at, command.digest(), _anew(refusal))
        while len(self._past) > KEPT:
            self._past.popitem(last=False)


def _anew(refusal: Refused) -> Refused:
    """The same, without the frames that it was raised through."""
    return Refused(refusal.code, refusal.message, **refusal.facts)
