"""The crm-logger's settings, read from the environment here and nowhere else."""

from __future__ import annotations

from parley_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """`PARLEY_…`: what all services have."""

    smtp_url: str = ""
    """The mail server for transcripts: `smtp://USER:PASSWORD@HOST:PORT`, or `smtps://…`; without it, none can be sent."""

    mail_from: str = ""
    """The address that transcripts come from."""
