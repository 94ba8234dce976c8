"""R24: a person of whom several contacts are kept: what all of them say together, and whose is what of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from .events import Fields

SEVERAL = ("emails", "phones", "numbers")
ONCE = ("organisation", "language", "customer_number")


def together(own: Fields, merged: Sequence[Fields]) -> Fields:
    """What a contact and those merged into it say: all addresses, numbers and notes, its own first; of the rest its own, else theirs."""
    if not merged:
        return own
    found: dict[str, object] = {"name": own.name}
    for name in SEVERAL:
        found[name] = tuple(dict.fromkeys(value for each in (own, *merged) for value in getattr(each, name)))
    for name in ONCE:
        found[name] = next(filter(None, (getattr(each, name) for each in (own, *merged))), None)
    notes = own.notes
    for each in merged:
        notes = _with(notes, each.notes)
    return msgspec.convert({**found, "notes": notes}, Fields)


def also(own: Fields, merged: Sequence[Fields]) -> list[str]:
    """What those that are merged into a contact are called, or numbered by the company, where that is something else."""
    said = together(own, merged)
    told = [value for each in merged for value in (each.name, each.organisation, each.customer_number) if value]
    return [value for value in dict.fromkeys(told) if value not in (said.name, said.organisation, said.customer_number)]


def _with(notes: str | None, more: str | None) -> str | None:
    """Notes with further ones behind them, once."""
    if not notes or not more:
        return notes or more
    return notes if more in notes else f"{notes}\n\n{more}"


def own_part(put: Fields, own: Fields, merged: Sequence[Fields]) -> Fields:
    """What of the fields that are put for a person is the contact's own: what came from those merged into it stays theirs."""
    said = together(own, merged)
    found: dict[str, object] = {"name": put.name}
    for name in SEVERAL:
        theirs = {value for each in merged for value in getattr(each, name)}
        had = getattr(own, name)
        found[name] = tuple(value for value in getattr(put, name) if value in had or value not in theirs)
    for name in ONCE:
        found[name] = getattr(own if getattr(put, name) == getattr(said, name) else put, name)
    found["notes"] = own.notes if plain(put.notes) == plain(said.notes) else put.notes
    return msgspec.convert(found, Fields)


def without(put: Fields, own: Fields, merged: Mapping[str, Fields]) -> dict[str, Fields]:
    """The contacts merged into one that change, so that they and `own_part` say together what was put, and nothing else."""
    same_notes = plain(put.notes) == plain(together(own, list(merged.values())).notes)
    changed: dict[str, Fields] = {}
    for contact, each in merged.items():
        kept: dict[str, object] = {}
        for name in SEVERAL:
            kept[name] = tuple(value for value in getattr(each, name) if value in getattr(put, name))
        for name in ONCE:
            kept[name] = None if getattr(put, name) is None else getattr(each, name)
        stay = same_notes or (each.notes is not None and each.notes in (put.notes or ""))
        now = msgspec.structs.replace(each, **kept, notes=each.notes if stay else None)
        if now != each:
            changed[contact] = now
    return changed


def plain(notes: str | None) -> str | None:
    """Notes as files have them: lines end in one way."""
    return None if notes is None else re.sub(r"\r\n?", "\n", notes)
