"""The crm-logger's settings, read from the environment here and nowhere else."""

from __future__ import annotations

from parley_chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """`PARLEY_…`: what all services have."""

    smtp_url: str = ""
    """The mail server for transcripts: `smtp://USER:PASSWORD@HOST:PORT`, or `smtps://…`; without it, none can be sent. A
    password is only sent over an encrypted connection."""

    smtp_ca: str = ""
    """A file with the authorities that the mail server's certificate may be from, beside the machine's own."""

    mail_from: str = ""
    """The address that transcripts come from."""

    mailbox_secret: str = ""
    """Opens the mailboxes' passwords, which the gateways seal by the same. Without it none can be followed."""

    files: str = ""
    """The folder with mails and their files, the same for gateways and crm-loggers. Without it no mail can be taken."""

    public_url: str = ""
    """Where browsers reach the installation, such as `https://chat.example.org`: for links in letters. Without it a transcript goes only
    to an address of the chat's contact."""

    undo_s: int = 10
    """How long an answer to an e-mail waits before it goes out: in this time its agent can withdraw it."""

    letters_per_recipient: int = 5
    """Letters that one address may get within an hour."""

    letters_per_tenant: int = 500
    """Letters that may go out for one company within an hour."""
