"""The crm-logger put together: one composition root."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from parley_chassis.bus import Bus
from parley_chassis.clock import system_clock
from parley_chassis.letter_desk import LetterDesk
from parley_chassis.projector import Projector
from parley_chassis.sealed import Sealing
from parley_chassis.tasks import Tasks
from parley_mail.collecting import Pace
from parley_mail.files import FileStore

from .handlers import CrmProjection
from .incoming.following import Followed
from .incoming.taking import Taking
from .incoming.telling import Telling
from .mailer import Mailer, MailServer
from .projections import ProjectionWatch
from .questions import Questions
from .store import Crm
from .store.outbox import Rules


class MailsIn(NamedTuple):
    """What mails need to come in: where they are kept, and what opens the mailboxes' passwords."""

    files: FileStore
    secret: str
    pace: Pace = Pace()


class CrmLogger:
    """The projection and the answers, in one process."""

    def __init__(
        self,
        crm: Crm,
        bus: Bus,
        on_failure: Callable[[BaseException], None] | None = None,
        mail: MailServer | None = None,
        rules: Rules | None = None,
        incoming: MailsIn | None = None,
    ) -> None:
        self._tasks = Tasks(on_failure)
        self._projector = Projector(
            CrmProjection(crm, None if mail is None else rules or Rules()), crm.leases, bus, on_failure=on_failure
        )
        files = None if incoming is None else incoming.files
        self._mailer = None if mail is None else Mailer(crm, mail, self._tasks, rules=rules, files=files)
        self._telling = Telling(crm, bus, self._tasks, system_clock)
        self._taking: Taking | None = None
        self._followed: Followed | None = None
        if incoming is not None:
            self._taking = Taking(crm, incoming.files, "" if mail is None else mail.sender, system_clock)
            self._taking.taken = self._telling.wake
            sealing, held = Sealing(incoming.secret), lambda: self._projector.held
            self._followed = Followed(crm, self._taking, sealing, held, self._tasks, incoming.pace)
        self._questions = Questions(crm, bus, self._tasks, self._mailer, self._taking)
        self._letters = LetterDesk(CrmProjection.name, crm.letters, crm.leases, bus, self._tasks)
        self._watch = ProjectionWatch(crm, self._tasks)

    async def start(self) -> None:
        """Project, answer, and send transcripts where there is a mail server."""
        await self._projector.start()
        await self._questions.start()
        await self._letters.start()
        self._watch.start()
        await self._telling.start()
        if self._followed is not None:
            self._followed.start()
        if self._mailer is not None:
            self._mailer.start()

    async def stop(self) -> None:
        """Finish what is in hand."""
        await self._letters.stop()
        if self._followed is not None:
            await self._followed.stop()
        await self._questions.stop()
        await self._telling.stop()
        if self._taking is not None:
            self._taking.close()
        if self._mailer is not None:
            await self._mailer.stop()
        await self._projector.stop()
        await self._tasks.stop()
        self._watch.stop()

    def troubles(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        return [*self._projector.troubles(), *self._questions.troubles(), *self._letters.troubles()]

    def notices(self) -> list[str]:
        """What operators should know although it is ready; empty when there is nothing."""
        mailboxes = [] if self._followed is None else self._followed.notices()
        return [*self._watch.notices(), *self._projector.notices(), *mailboxes, *self._telling.notices]


def build(
    crm: Crm,
    bus: Bus,
    on_failure: Callable[[BaseException], None] | None = None,
    mail: MailServer | None = None,
    rules: Rules | None = None,
    incoming: MailsIn | None = None,
) -> CrmLogger:
    """A crm-logger, ready to be started."""
    return CrmLogger(crm, bus, on_failure, mail, rules, incoming)
