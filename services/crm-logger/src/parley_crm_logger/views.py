"""An interaction as agents and operators see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parley_contracts.instant import rfc3339

from .domain.events import AttachedFile, MailWritten
from .domain.mails import Mail
from .store import Interaction

_TIMES = ("started_at", "ended_at", "closed_at", "desk_lost_at")
_PLAIN = (
    *("queue", "service", "stage", "outcome", "ended_by", "agent", "name", "subject", "language", "page", "contact"),
    "consent",
)
WRITTEN = ("note", "comment", "subject", "page")
"""Facts that somebody has written, or that tell what it was about."""
_NUMBERS = ("wait_ms", "handle_ms", "wrap_up_ms", "interruptions")


def interaction_shown(
    interaction: Interaction, *, withheld: bool = False, mails: Mapping[int, dict[str, Any]] | None = None
) -> dict[str, Any]:
    """The interaction with its transcript; internal notes stand apart (R25). `withheld`: without anything that somebody wrote. `mails`: what
    there is to say of entries that are mails, by their number."""
    said = mails or {}
    facts = interaction.facts
    if withheld:
        facts = facts | dict.fromkeys(WRITTEN)
        interaction = interaction._replace(facts=facts, lines=[])
    shown: dict[str, Any] = {"item": facts["item"], "kind": facts["kind"]}
    shown |= {name: facts[name] for name in (*_PLAIN, *_NUMBERS) if facts[name] is not None}
    shown |= {name: rfc3339(facts[name]) for name in _TIMES if facts[name] is not None}
    if facts["code"] is not None:
        shown["classification"] = _present(code=facts["code"], note=facts["note"])
    if facts["score"] is not None:
        told = {"score": facts["score"], "comment": facts["comment"], "at": rfc3339(facts["rated_at"])}
        shown["rating"] = _present(**told)
    shown["participants"] = [
        {"agent": row["agent"], "name": row["name"], "since": rfc3339(row["since"])} for row in interaction.participants
    ]
    shown["transcript"] = [
        _present(**{"seq": row["seq"], "at": rfc3339(row["at"]), "from": row["author"], "name": row["name"]})
        | {"text": row["text"], **said.get(row["seq"], {})}
        for row in interaction.lines
        if row["seq"] is not None
    ]
    shown["notes"] = [
        _present(at=rfc3339(row["at"]), agent=row["agent"], name=row["name"], text=row["text"])
        for row in interaction.lines
        if row["seq"] is None
    ]
    return shown | ({"withheld": True} if withheld else {})


def mail_shown(mail: Mail, states: Mapping[str, str], held: Mapping[str, int]) -> dict[str, Any]:
    """What there is to say of a mail beside its text; `states`: what has become of those that went out; `held`: until when one
    can be withdrawn."""
    shown = {
        "subject": mail.subject,
        "attachments": [
            file_shown(each) | {"number": number} for number, each in enumerate(mail.files) if not each.inline
        ],
    }
    if isinstance(mail, MailWritten):
        until = {"until": rfc3339(held[mail.mail])} if mail.mail in held else {}
        return shown | {"to": [mail.to], "cc": list(mail.cc), "state": states.get(mail.mail)} | until
    said = {"to": list(mail.to), "cc": list(mail.cc), "html": mail.html, "quoted": bool(mail.quoted), "cut": mail.cut}
    return shown | said | {"marks": list(mail.marks)} | ({"refused": mail.refused} if mail.refused is not None else {})


def file_shown(file: AttachedFile) -> dict[str, Any]:
    """A file of a mail: its name, what it is by its content, its size in bytes."""
    return {"name": file.name, "type": file.type, "size": file.size}


def _present(**facts: Any) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact is not None}
