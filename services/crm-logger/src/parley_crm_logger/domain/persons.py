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


def apart(put: Fields, own: Fields, merged: Mapping[str, Fields]) -> tuple[Fields, dict[str, Fields]]:
    """What is put for a person, as the contact's own fields and those of the contacts merged into it that change: `together` they say
    what was put. What came from one of them stays its own; what is left out, none of them has any more."""
    theirs = list(merged.values())
    said = together(own, theirs)
    changed: dict[str, object] = {"name": put.name}
    gone: dict[str, dict[str, object]] = {name: {} for name in merged}
    for field in SEVERAL:
        wanted, had = getattr(put, field), getattr(own, field)
        of_others = {value for each in theirs for value in getattr(each, field)}
        changed[field] = tuple(value for value in wanted if value in had or value not in of_others)
        for name, each in merged.items():
            gone[name][field] = tuple(value for value in getattr(each, field) if value in wanted)
    for field in ONCE:
        wanted = getattr(put, field)
        kept = wanted == getattr(said, field)
        changed[field] = getattr(own, field) if kept else wanted
        for name, each in merged.items():
            gone[name][field] = None if wanted is None else getattr(each, field)
    kept = plain(put.notes) == plain(said.notes)
    changed["notes"] = own.notes if kept else put.notes
    for name, each in merged.items():
        stays = kept or (each.notes is not None and each.notes in (put.notes or ""))
        gone[name]["notes"] = each.notes if stays else None
    now = {
        name: msgspec.convert({**msgspec.structs.asdict(merged[name]), **fields}, Fields)
        for name, fields in gone.items()
    }
    return msgspec.convert(changed, Fields), {name: fields for name, fields in now.items() if fields != merged[name]}


def plain(notes: str | None) -> str | None:
    """Notes as files have them: lines end in one way."""
    return None if notes is None else re.sub(r"\r\n?", "\n", notes)
