"""Answers operators' questions, side by side, by a few threads: a slow one keeps nobody else waiting."""

from __future__ import annotations

from typing import Any

from parley_chassis.answering import Answering
from parley_chassis.bus import Bus
from parley_chassis.clock import Clock
from parley_chassis.offload import Offload
from parley_chassis.tasks import Tasks
from parley_contracts.operators import AskRuns, AskWhatIf
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command
from parley_contracts.topology import OPS_QUESTIONS

from .answers import Answers
from .following import Following
from .runs import Runs

SERVICE = "ops"
SIDE_BY_SIDE = 3


class Questions:
    """Any number of processes share the inbox."""

    def __init__(
        self, answers: Answers, runs: Runs, following: Following, bus: Bus, tasks: Tasks, clock: Clock
    ) -> None:
        self._answers, self._runs, self._following, self._clock = answers, runs, following, clock
        self._calls = Offload("ops-questions", threads=SIDE_BY_SIDE)
        self._answering = Answering(
            SERVICE, OPS_QUESTIONS, "The operators' service", self._answer, bus, tasks, says_so=True
        )

    async def start(self) -> None:
        """Take questions."""
        await self._answering.start()

    async def stop(self) -> None:
        """Take no more."""
        await self._answering.stop()
        self._runs.close()
        self._calls.close()

    def troubles(self) -> list[str]:
        """Why questions have no answer; empty when they have."""
        return self._answering.troubles()

    async def _answer(self, question: Command) -> dict[str, Any]:
        if (progress := self._following.filling) is not None:
            raise Refused(
                "unavailable",
                f"The operators' index is being made from the logs: {progress:.0%} of it is there. Ask again then.",
            )
        if isinstance(question, AskWhatIf):
            return await self._runs.begin(question)
        if isinstance(question, AskRuns):
            return await self._runs.tell(question)
        return await self._calls(self._answers.answer, question, self._clock())
