"""R8: who leaves a message gets a receipt with its number. Nothing in it is the visitor's: not a name, not a word, as anybody can name any address."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from html import escape
from typing import NamedTuple

from parley_contracts import contact_values as judge
from parley_contracts import work_events as w

from .events import Recorded
from .transcript import Document

NAMED = "receipt-"
"""What the names of receipts in the outbox begin with, and so their Message-IDs: the item is the rest."""

_ENGLISH = (
    "We have received your message, number {}",
    "We have received your message. Its number is {}.",
    "We answer to this address. Whatever you want to add, write it in an answer to this mail.",
)
_GERMAN = (
    "Ihre Nachricht ist angekommen, Nummer {}",
    "Ihre Nachricht ist angekommen. Sie hat die Nummer {}.",
    "Wir antworten an diese Adresse. Wollen Sie etwas ergänzen, antworten Sie auf diese Mail.",
)


class Wanted(NamedTuple):
    """A receipt that is to be sent, by its name in the outbox."""

    id: str
    tenant: str
    item: str
    address: str
    language: str
    at: int


def wanted(events: Iterable[object]) -> list[Wanted]:
    """The receipts that these events call for."""
    found = []
    for event in events:
        if isinstance(event, Recorded) or not isinstance(event, w.WorkQueued) or not event.receipt:
            continue
        address = judge.address_in(event.name)
        if address is not None:
            named = f"{event.tenant}\0{event.item}".encode("utf-8", "surrogatepass")
            id = NAMED + sha256(named).hexdigest()[:32]
            found.append(Wanted(id, event.tenant, event.item, address, event.language or "en", event.at))
    return found


def receipt(number: str, language: str) -> Document:
    """The letter."""
    german = language.lower().split("-")[0].split("_")[0] == "de"
    subject, told, more = _GERMAN if german else _ENGLISH
    told, subject = told.format(number), subject.format(number)
    head = f'<html lang="{"de" if german else "en"}"><meta charset="utf-8"><title>{escape(subject)}</title>'
    return Document(subject, f"{told}\n\n{more}\n", f"<!doctype html>{head}<p>{escape(told)}</p><p>{escape(more)}</p>")


def message_id(item: str, domain: str) -> str:
    """An answer to the receipt goes on with the item's conversation."""
    return f"<{NAMED}{item}@{domain}>"


def item_of(message_id: str) -> str | None:
    """The item whose receipt has this Message-ID."""
    return message_id[len(NAMED) + 1 :].rpartition("@")[0] if message_id.startswith(f"<{NAMED}") else None
