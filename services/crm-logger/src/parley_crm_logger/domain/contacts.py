"""R24: a contact. Created, changed, merged into another one and parted from it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from parley_contracts import contact_values as judge
from parley_contracts.contact_values import Judged
from parley_contracts.contacts import (
    LONGEST_NOTES,
    LONGEST_ORGANISATION,
    MOST_MERGED_NOTES,
    MOST_VALUES,
    ContactCommand,
    ContactFields,
    MergeContact,
    PutContact,
)
from parley_contracts.contacts import UnmergeContact as Unmerge
from parley_contracts.refusal import Refused

from .events import ContactMerged, ContactPut, ContactUnmerged, Fields, Happened
from .once import Done, is_done, is_known, mark, with_done


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
    state: Contact,
    command: ContactCommand,
    at: int,
    into: Sequence[str] = (),
    own: Fields | None = None,
    beside: bool = False,
) -> list[Happened]:
    """What a command leads to. `into`: for a merger, the other contact and whatever that one is merged into; empty when
    there is none such. `own`: what of the fields that are put is the contact's own, where others are merged into it; `beside`: something changes in those.

    Raises Refused: `not_found`, `conflict`, `wrong_state`, `bad_request`.
    """
    if is_done(state.done, command):
        return []
    marks = mark(command, at)
    match command:
        case PutContact():
            return _put(state, command, marks, own or checked(command.fields), beside)
        case _ if state.fields is None:
            raise Refused("not_found", "There is no such contact.")
        case MergeContact():
            return _merge(state, command, marks, into)
        case Unmerge() if state.merged_into is not None:
            return [ContactUnmerged(**marks, out_of=state.merged_into)]
        case _:
            return []


def _put(state: Contact, command: PutContact, marks: Any, fields: Fields, beside: bool) -> list[Happened]:
    if command.new and state.fields is not None:
        raise Refused("conflict", "There is a contact of this name already: choose another name.")
    if not command.new and state.fields is None:
        raise Refused("not_found", "There is no such contact: create it first.")
    if command.version is not None and command.version != state.version:
        text = "Somebody has changed this contact meanwhile: look at it again, then repeat your change."
        raise Refused("conflict", text, version=state.version)
    same = state.fields == fields and not beside
    return [] if same else [ContactPut(**marks, fields=bounded(fields))]


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
        if len(getattr(fields, name)) > MOST_VALUES:
            raise Refused("bad_request", f"{name}: a contact has at most {MOST_VALUES}.", field=name)
    if len(fields.notes or "") > LONGEST_NOTES:
        raise Refused(
            "bad_request", f"notes: a contact has at most {LONGEST_NOTES:,} characters of them.", field="notes"
        )
    return fields


def outcome_of_row(after: Contact, marks: dict[str, Any]) -> str:
    """Whether this file created the contact, changed it or found it the same, however often it is asked."""
    version = after.done.get(marks.get("command_key", ""), (0, 0))[1]
    return "same" if version == 0 else "created" if version == 1 else "changed"


def checked(fields: ContactFields) -> Fields:
    """What is put in the log: as the judge keeps it, nothing twice. Raises Refused (`bad_request`) with its `field`."""
    line = partial(judge.line, most=LONGEST_ORGANISATION)
    return Fields(
        name=_kept("name", judge.name, fields.name) or "",
        emails=_each("emails", judge.address, fields.emails),
        phones=_each("phones", judge.number, fields.phones),
        numbers=tuple(dict.fromkeys(fields.numbers)),
        organisation=_kept("organisation", line, fields.organisation),
        language=_kept("language", line, fields.language),
        notes=_kept("notes", partial(judge.notes, most=MOST_MERGED_NOTES), fields.notes),
        customer_number=_kept("customer_number", line, fields.customer_number),
    )


def _each(field: str, how: Callable[[str], Judged], texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (_kept(field, how, text) for text in texts))))


def _kept(field: str, how: Callable[[str], Judged], text: str | None) -> str | None:
    judged = Judged("") if text is None else how(text)
    if judged.problem is not None:
        raise Refused("bad_request", f"{field}: {text!r:.80} {judged.problem}.", field=field)
    return judged.value or None
