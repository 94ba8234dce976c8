"""R24: a contact. Created, changed, merged into another one and parted from it again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from parley_contracts.contacts import (
    MOST_ADDRESSES,
    MOST_NOTES,
    ContactCommand,
    ContactFields,
    MergeContact,
    PutContact,
)
from parley_contracts.contacts import UnmergeContact as Unmerge
from parley_contracts.refusal import Refused

from .events import ContactMerged, ContactPut, ContactUnmerged, Fields, Happened
from .once import Done, is_done, is_known, mark, with_done

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+")
_NUMBER = re.compile(r"[\d\s+()/.\-–*#xX,;]*(?:(?:ext|Durchwahl|DW)\.?\s*\d+)?", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


@dataclass(frozen=True)
class Contact:
    """A contact's stream, folded; `fields` None: there is no such contact."""

    version: int = 0
    fields: Fields | None = None
    merged_into: str | None = None
    done: Done = field(default_factory=dict)


def evolve(state: Contact, event: Happened) -> Contact:
    """What an event makes of a contact."""
    version = state.version + 1
    state = replace(state, version=version, done=with_done(state.done, event, version))
    match event:
        case ContactPut():
            return replace(state, fields=event.fields)
        case ContactMerged():
            return replace(state, merged_into=event.into)
        case ContactUnmerged():
            return replace(state, merged_into=None)
        case _:
            return state


def decide(
    state: Contact, command: ContactCommand, at: int, into: Sequence[str] = (), own: Fields | None = None
) -> list[Happened]:
    """What a command leads to. `into`: for a merger, the other contact and whatever that one is merged into; empty when
    there is none such. `own`: what of the fields that are put is the contact's own, where others are merged into it.

    Raises Refused: `not_found`, `conflict`, `wrong_state`, `bad_request`.
    """
    if is_done(state.done, command):
        return []
    marks = mark(command, at)
    match command:
        case PutContact():
            return _put(state, command, marks, own or checked(command.fields))
        case _ if state.fields is None:
            raise Refused("not_found", "There is no such contact.")
        case MergeContact():
            return _merge(state, command, marks, into)
        case Unmerge() if state.merged_into is not None:
            return [ContactUnmerged(**marks, out_of=state.merged_into)]
        case _:
            return []


def _put(state: Contact, command: PutContact, marks: Any, fields: Fields) -> list[Happened]:
    if command.new and state.fields is not None:
        raise Refused("conflict", "There is a contact of this name already: choose another name.")
    if not command.new and state.fields is None:
        raise Refused("not_found", "There is no such contact: create it first.")
    if command.version is not None and command.version != state.version:
        text = "Somebody has changed this contact meanwhile: look at it again, then repeat your change."
        raise Refused("conflict", text, version=state.version)
    return [] if state.fields == fields else [ContactPut(**marks, fields=bounded(fields))]


def _merge(state: Contact, command: MergeContact, marks: Any, into: Sequence[str]) -> list[Happened]:
    if command.into == command.contact:
        raise Refused("bad_request", "A contact cannot be merged into itself: name another one.")
    if not into:
        raise Refused("not_found", "There is no such contact to merge into.")
    if state.merged_into == command.into:
        return []
    if state.merged_into is not None:
        text = "This contact is merged into another one already: undo that first."
        raise Refused("wrong_state", text, merged_into=state.merged_into)
    if command.contact in into:
        raise Refused("wrong_state", "The other contact is merged into this one: undo that first.")
    return [ContactMerged(**marks, into=command.into)]


def put_row(state: Contact, marks: dict[str, Any], fields: Fields) -> list[Happened]:
    """What one row of an imported file leads to; `marks` are the file's, for all rows. Raises Refused (`conflict`)."""
    if is_known(state.done, marks) or state.fields == fields:
        return []
    return [ContactPut(**marks, fields=bounded(fields))]


def bounded(fields: Fields) -> Fields:
    """The fields of one contact. Raises Refused (`bad_request`) where they are more than those of one."""
    for name in ("emails", "phones"):
        if len(getattr(fields, name)) > MOST_ADDRESSES:
            raise Refused("bad_request", f"{name}: a contact has at most {MOST_ADDRESSES}.", field=name)
    if len(fields.notes or "") > MOST_NOTES:
        raise Refused("bad_request", f"notes: a contact has at most {MOST_NOTES:,} characters of them.", field="notes")
    return fields


def outcome_of_row(after: Contact, marks: dict[str, Any]) -> str:
    """Whether this file created the contact, changed it or found it the same, however often it is asked."""
    version = after.done.get(marks.get("command_key", ""), (0, 0))[1]
    return "same" if version == 0 else "created" if version == 1 else "changed"


def checked(fields: ContactFields) -> Fields:
    """What is put in the log: without space around it, without the same address twice. Raises Refused (`bad_request`)."""
    found = Fields(
        name=_line(fields.name) or "",
        emails=tuple(dict.fromkeys(filter(None, map(_line, fields.emails)))),
        phones=tuple(dict.fromkeys(filter(None, map(_line, fields.phones)))),
        organisation=_line(fields.organisation),
        language=_line(fields.language),
        notes=(fields.notes or "").strip() or None,
        customer_number=_line(fields.customer_number),
    )
    if not found.name:
        raise Refused("bad_request", "A contact needs a name.", field="name")
    texts = (found.name, found.organisation, found.language, found.notes, found.customer_number)
    for text in (*texts, *found.emails, *found.phones):
        if text is not None and _CONTROL.search(text):
            raise Refused("bad_request", "A contact has a character in it that is none: take it out.")
    for address in found.emails:
        if not is_address(address):
            raise Refused("bad_request", f"{address!r} is no e-mail address.", field="emails")
    for number in found.phones:
        if not is_number(number):
            raise Refused("bad_request", f"{number!r} is no telephone number.", field="phones")
    return found


def is_address(text: str) -> bool:
    """Whether this can be an e-mail address: one @, and nothing around it that would have to be quoted."""
    return _ADDRESS.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Whether this can be a telephone number: at least two digits, and what people write between them."""
    return _NUMBER.fullmatch(text) is not None and sum(char.isdigit() for char in text) >= 2


def _line(text: str | None) -> str | None:
    return None if text is None else " ".join(text.split()) or None
