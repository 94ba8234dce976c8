"""`python -m parley_crm_logger`: one crm-logger process."""

from __future__ import annotations

import sys
from pathlib import Path

from parley_chassis.bus import open_bus
from parley_chassis.logs import set_up_logs
from parley_chassis.running import patiently, run, run_service
from parley_chassis.serving import Stopping
from parley_mail.files import Folder

from .app import MailsIn, build
from .mailer import MailServer
from .settings import Settings
from .store import open_crm
from .store.outbox import Rules


async def main() -> int:
    """Work until told to stop; 0 when that went in order."""
    settings = Settings()
    set_up_logs("crm-logger", settings.log_level)
    stopping = Stopping()
    stopping.listen()
    mail = MailServer.at(settings.smtp_url, settings.mail_from, settings.smtp_ca) if settings.smtp_url else None
    crm = await patiently(lambda: open_crm(settings.database_url), stopping)
    bus = open_bus(settings.broker_url)
    held = settings.undo_s * 1000
    rules = Rules(settings.public_url, settings.letters_per_recipient, settings.letters_per_tenant, held)
    incoming = MailsIn(Folder(Path(settings.files)), settings.mailbox_secret) if settings.files else None
    logger = build(crm, bus, stopping.failed, mail, rules, incoming)

    async def start() -> None:
        await bus.start()
        await logger.start()

    async def stop() -> None:
        await logger.stop()
        await bus.stop()

    await run_service("crm-logger", settings, stopping, start, stop, logger.troubles, logger.notices)
    crm.close()
    return 1 if stopping.failure is not None else 0


if __name__ == "__main__":
    sys.exit(run(main()))
