"""The crm-logger put together: one composition root."""

from __future__ import annotations

from collections.abc import Callable

from parley_chassis.bus import Bus
from parley_chassis.projector import Projector
from parley_chassis.tasks import Tasks

from .handlers import CrmProjection
from .mailer import Mailer, MailServer
from .projections import ProjectionWatch
from .questions import Questions
from .store import Crm
from .store.outbox import Rules


class CrmLogger:
    """The projection and the answers, in one process."""

    def __init__(
        self,
        crm: Crm,
        bus: Bus,
        on_failure: Callable[[BaseException], None] | None = None,
        mail: MailServer | None = None,
        rules: Rules | None = None,
    ) -> None:
        self._tasks = Tasks(on_failure)
        self._projector = Projector(CrmProjection(crm), crm.leases, bus, on_failure=on_failure)
        self._mailer = None if mail is None else Mailer(crm, mail, self._tasks, rules=rules)
        self._questions = Questions(crm, bus, self._tasks, self._mailer)
        self._watch = ProjectionWatch(crm, self._tasks)

    async def start(self) -> None:
        """Project, answer, and send transcripts where there is a mail server."""
        await self._projector.start()
        await self._questions.start()
        self._watch.start()
        if self._mailer is not None:
            self._mailer.start()

    async def stop(self) -> None:
        """Finish what is in hand."""
        await self._questions.stop()
        if self._mailer is not None:
            await self._mailer.stop()
        await self._projector.stop()
        await self._tasks.stop()
        self._watch.stop()

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        return [*self._projector.troubles(), *self._questions.troubles()]

    def notices(self) -> list[str]:
        """What operators should know although it is ready; empty when there is nothing."""
        return [*self._watch.notices(), *self._projector.notices()]


def build(
    crm: Crm,
    bus: Bus,
    on_failure: Callable[[BaseException], None] | None = None,
    mail: MailServer | None = None,
    rules: Rules | None = None,
) -> CrmLogger:
    """A crm-logger, ready to be started."""
    return CrmLogger(crm, bus, on_failure, mail, rules)
