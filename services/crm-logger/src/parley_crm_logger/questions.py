"""Answers from the CRM: contacts, interactions, histories; and transcripts that are to be sent."""

from __future__ import annotations

from typing import Any

from parley_chassis.answering import Answering
from parley_chassis.bus import Bus
from parley_chassis.clock import Clock, system_clock
from parley_chassis.offload import Offload
from parley_chassis.tasks import Tasks
from parley_contracts.commands import AreYouThere
from parley_contracts.contacts import AnswerMail, ConfirmTranscript, KeepDraft, SendLink, SendTranscript
from parley_contracts.mails import KeepUpload, TakeMail
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command
from parley_contracts.topology import CRM_QUESTIONS

from .answers import answer
from .handlers import CrmProjection
from .incoming.taking import Taking
from .mailer import Mailer
from .store import Crm, drafts, outbox, uploads


class Questions:
    """Answers what gateways ask; any number of processes share the inbox."""

    def __init__(
        self,
        crm: Crm,
        bus: Bus,
        tasks: Tasks,
        mailer: Mailer | None = None,
        taking: Taking | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._crm, self._mailer, self._taking, self._clock = crm, mailer, taking, clock
        self._calls = Offload("crm-questions", threads=2)
        self._answering = Answering(CrmProjection.name, CRM_QUESTIONS, "The CRM", self._answer, bus, tasks)

    async def start(self) -> None:
        """Take questions."""
        await self._answering.start()

    async def stop(self) -> None:
        """Take no more."""
        await self._answering.stop()
        self._calls.close()

    def troubles(self) -> list[str]:
        """Why questions have no answer; empty when they have."""
        return self._answering.troubles()

    async def _answer(self, question: Command) -> dict[str, Any]:
        if isinstance(question, AreYouThere):
            await self._calls(dict)  # by the threads that all answers come from
            return {"mail": self._mailer is not None}
        if isinstance(question, KeepUpload):
            return await self._calls(uploads.keep, self._crm, question, self._clock())
        if isinstance(question, KeepDraft):
            return await self._calls(drafts.keep, self._crm, question, self._clock())
        if isinstance(question, TakeMail):
            if self._taking is None:
                raise Refused("unavailable", "No mail can be taken here: PARLEY_FILES names the folder for them.")
            return await self._taking.from_hook(question)
        if not isinstance(question, SendTranscript | ConfirmTranscript | SendLink | AnswerMail):
            return await self._calls(answer, self._crm, question, self._clock())
        if self._mailer is None:
            raise Refused(
                "unavailable",
                "No mail server is set for this installation: PARLEY_SMTP_URL names it.",
                why="no_mail_server",
            )
        if isinstance(question, ConfirmTranscript):
            told = await self._calls(outbox.confirm, self._crm, question, self._clock())
        elif isinstance(question, AnswerMail):
            told = await self._calls(answer, self._crm, question, self._clock(), self._mailer.rules.hold_ms)
        elif isinstance(question, SendLink):
            told = await self._calls(outbox.put_link, self._crm, question, self._clock(), self._mailer.rules)
        else:
            told = await self._calls(outbox.put, self._crm, question, self._clock(), self._mailer.rules)
        self._mailer.wake()
        return told
