"""What operators want done with a service's letters: asked over the broker, so that they need no way into its database (R32)."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

from parley_contracts.operators import SeeToLetter
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command
from parley_contracts.topology import letters_inbox

from .answering import Answering
from .bus import Bus
from .clock import Clock, system_clock
from .letters import LATE_S, Letter
from .offload import Offload
from .store import LeaseBook, LetterBook
from .tasks import Tasks

SEEN_TO_WITHIN_S = 6.0
LOOKED_EVERY_S = 0.2


def cannot_be_tried(letter: Letter, now: int, even_late: bool) -> str | None:
    """Why there is no use in trying a letter again; None where there is. `now` in milliseconds since 1970."""
    age_s = max(0, now - letter.first_at) // 1000
    if letter.kind == "other_timeline":
        return f"is of a life of its log that is lost: {letter.reason}. Discard it."
    if letter.inbox.startswith("gateway."):
        return f"was for {letter.inbox}, where nobody waits for an answer any more. Discard it."
    if not letter.source and not even_late and age_s > LATE_S:
        return f"is a command of {age_s} s ago: --even-late carries it out all the same."
    return None


class LetterDesk:
    """Sees to the letters of one service; any of its processes may."""

    def __init__(
        self, service: str, book: LetterBook, leases: LeaseBook, bus: Bus, tasks: Tasks, clock: Clock = system_clock
    ) -> None:
        self._book, self._leases, self._clock = book, leases, clock
        self._calls = Offload(f"{service}-letters")
        self._answering = Answering(
            service,
            letters_inbox(service),
            f"The {service}'s letters",
            self._answer,
            bus,
            tasks,
            at_once=10,
            says_so=True,
        )

    async def start(self) -> None:
        """Take what is asked."""
        await self._answering.start()

    async def stop(self) -> None:
        """Take no more."""
        await self._answering.stop()
        self._calls.close()

    def troubles(self) -> list[str]:
        """Why nothing is seen to; empty when it is."""
        return self._answering.troubles()

    async def _answer(self, asked: Command) -> dict[str, Any]:
        if not isinstance(asked, SeeToLetter) or asked.sender is None:
            raise TypeError(f"nothing is known about {asked.type}")
        letter = await self._calls(self._book.get, asked.letter)
        if letter is None or letter.state == "discarded" or letter.tenant != asked.tenant:
            raise Refused("not_found", "There is no such letter: it has been seen to meanwhile, or never was.")
        if asked.what == "discard":
            by = asked.sender.user or asked.sender.role
            gone = await self._calls(self._book.discard, letter.number, by, asked.because)
            return {"result": "discarded" if gone else "taken", "reason": ""}
        first = (await self._calls(self._book.first_of, letter.stream) if letter.holds else None) or letter
        reason = cannot_be_tried(first, self._clock(), asked.even_late)
        if reason is not None:
            raise Refused("wrong_state", f"It {reason}")
        await self._calls(self._book.retry, [first.number])
        return await self._result(first)

    async def _result(self, letter: Letter) -> dict[str, Any]:
        """What came of it, as far as it can be seen in time."""
        until = monotonic() + SEEN_TO_WITHIN_S
        while True:
            now = await self._calls(self._book.get, letter.number)
            if now is None:
                return {"result": "taken", "reason": ""}
            if now.state != "retry":
                return {"result": "still kept", "reason": (now.reason.splitlines() or [""])[0][:200]}
            if monotonic() > until:
                works = letter.partition in await self._calls(self._leases.owners, self._clock())
                reason = "not seen to yet" if works else f"no process works on partition {letter.partition}"
                return {"result": "waits", "reason": reason}
            await asyncio.sleep(LOOKED_EVERY_S)
