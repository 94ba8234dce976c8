"""A file's rows as what the crm-logger is told: which contact each is about, doubles taken together, in batches."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from parley_contracts.contacts import MOST_ROWS, ContactFields, ImportRow
from parley_contracts.refusal import Refused
from pydantic import ValidationError

from .contact_rows import Column, Raw, checked, named

MOST_OF_A_BATCH = 512 * 1024
"""So many characters go in one command, or little more."""


class ContactFile(Protocol):
    """A file of contacts, which can be gone through several times."""

    @property
    def columns(self) -> list[Column]: ...
    def usable(self) -> None: ...
    def unsaid(self) -> tuple[str, ...]: ...
    def rows(self) -> Iterator[Raw]: ...


class Told(NamedTuple):
    """What is told of the row at this line; `other`: the line of which the message speaks."""

    line: int
    message: str
    other: int | None = None


@dataclass
class Batch:
    """Some rows of a file: those that can be kept, the `problems` of the others, and the `remarks` on what of a row is left out. With it
    `read` of all rows have been read."""

    rows: list[ImportRow] = field(default_factory=list)
    problems: list[Told] = field(default_factory=list)
    remarks: list[Told] = field(default_factory=list)
    size: int = 0
    read: int = 0
    of: int = 0

    def is_full(self) -> bool:
        """Whether it is enough for one command."""
        told = len(self.problems) + len(self.remarks)
        return max(len(self.rows), told) >= MOST_ROWS or self.size >= MOST_OF_A_BATCH


class Identities:
    """Which contact each row of a file is about (R24): the one whose id it has; else by its customer number, else by address and name, else
    by all of it. So the same file again is about the same contacts, and two people of one address, one number are two."""

    def __init__(self, tenant: str, rows: Iterator[Raw]) -> None:
        self._tenant = tenant
        self._first_of_number: dict[str, str] = {}
        self.rows = 0
        counted = Counter(self.about(raw) for raw in self._each(rows) if raw.problem is None)
        self.doubles = {contact: count for contact, count in counted.items() if count > 1}

    def _each(self, rows: Iterator[Raw]) -> Iterator[Raw]:
        for raw in rows:
            self.rows += 1
            yield raw

    def about(self, raw: Raw) -> str:
        """The name of the contact that a row is about."""
        return next(iter(raw.said.get("id", ())), "") or self._by_content(raw)

    def group(self, raw: Raw) -> str:
        """The rows that have to be seen together with a row to know which contacts they are about."""
        if not raw.said.get("id") and (number := next(iter(raw.said.get("customer_number", ())), "")):
            return f"number {number.casefold()}"
        return self.about(raw)

    def _by_content(self, raw: Raw) -> str:
        name = " ".join(named(raw.said).split())
        number = next(iter(raw.said.get("customer_number", ())), "")
        emails = raw.said.get("emails", ())
        if number:
            folded = number.casefold()
            if self._first_of_number.setdefault(folded, name.casefold()) == name.casefold():
                return self._hashed("number", folded)
            return self._hashed("number", folded, name.casefold())
        if emails:
            return self._hashed("email", emails[0].casefold(), name.casefold())
        return self._hashed("row", _as_ever(raw, name))

    def _hashed(self, *about: str) -> str:
        text = repr((self._tenant, *about)).encode("utf-8", "surrogatepass")
        return "i" + hashlib.sha256(text).hexdigest()[:24]


def _as_ever(raw: Raw, name: str) -> str:
    """All of a row, as it has been written since there have been imports: the same file is about the same contacts for ever."""
    one = {
        field: next(iter(raw.said.get(field, ())), None)
        for field in ("organisation", "language", "notes", "customer_number")
    }
    many = {field: list(raw.said.get(field, ())) for field in ("emails", "phones")}
    return json.dumps({"name": name, **many, **one}, ensure_ascii=False, separators=(",", ":"))


def batches(file: ContactFile, tenant: str, region: str) -> Iterator[Batch]:
    """The rows of a file, in batches; rows about one contact are taken together where the last of them stands."""
    identities = Identities(tenant, file.rows())
    left = dict(identities.doubles)
    held: dict[str, list[Raw]] = {}
    unsaid = file.unsaid()
    batch = Batch()
    for read, raw in enumerate(file.rows(), 1):
        found = _row(raw, region)
        if isinstance(found, str):
            batch.problems.append(Told(raw.line, found))
        about = identities.about(raw) if raw.problem is None else None
        if about is not None and about in left:
            left[about] -= 1
            if not isinstance(found, str):
                held.setdefault(about, []).append(raw)
            if left[about] == 0 and (same := held.pop(about, [])):
                found = _together(same, region, batch)
                raw = same[0]
            else:
                about = None
        if about is not None and isinstance(found, _Kept):
            batch.remarks += [Told(raw.line, remark) for remark in found.remarks]
            batch.size += found.size
            row = ImportRow(line=raw.line, contact=about, fields=found.fields, unsaid=unsaid)
            batch.rows.append(row)
        if batch.is_full():
            batch.read, batch.of = read, identities.rows
            yield batch
            batch = Batch()
    batch.read = batch.of = identities.rows
    yield batch


class _Kept(NamedTuple):
    fields: ContactFields
    remarks: tuple[str, ...]
    size: int


def _row(raw: Raw, region: str) -> _Kept | str:
    """What is kept of a row, or what is wrong with it."""
    row = checked(raw)
    if row.typed is None:
        return row.problem or ""
    try:
        fields = row.typed.fields(region)
    except Refused as refusal:
        return refusal.message
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{first['loc'][0]}: {first['msg']}"
    return _Kept(fields, row.remarks, sum(map(len, (cell for values in raw.said.values() for cell in values))))


def _together(same: list[Raw], region: str, batch: Batch) -> _Kept | str:
    """Rows about one contact as one row."""
    first, *others = same
    batch.remarks += [
        Told(other.line, f"the same contact as in line {first.line}: both are one", first.line) for other in others
    ]
    said: dict[str, tuple[str, ...]] = {}
    for raw in same:
        for name, values in raw.said.items():
            said[name] = tuple(dict.fromkeys((*said.get(name, ()), *values)))
    remarks = tuple(remark for raw in same for remark in raw.remarks)
    found = _row(first._replace(said=said, remarks=remarks), region)
    if isinstance(found, str):
        batch.problems.append(Told(first.line, found))
    return found
