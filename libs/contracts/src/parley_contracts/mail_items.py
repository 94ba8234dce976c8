"""What makes items of e-mails: one that has come in, and one that an agent begins (R3, R35). To the router."""

from __future__ import annotations

from typing import Literal

from .commands import ItemCommand


class HearMail(ItemCommand):
    """R3: an e-mail has come in. While `goes_on` is open, its customer waits for an answer again; else `item` waits, for `last_agent` first."""

    type: Literal["hear_mail"] = "hear_mail"
    queue: str
    goes_on: str | None = None
    last_agent: str | None = None
    subject: str | None = None
    name: str | None = None
    language: str | None = None
    contact: str | None = None


class ComposeMail(ItemCommand):
    """R35: an agent begins an e-mail of their own about an item that they had or have: `item` is theirs at once, and goes on with `conversation`, which has
    the name of its first item. `name`: to whom it goes, as `Name <address>`. Refused with `not_found` where there is no such queue."""

    type: Literal["compose_mail"] = "compose_mail"
    queue: str
    conversation: str
    subject: str | None = None
    name: str | None = None
    language: str | None = None
    contact: str | None = None
