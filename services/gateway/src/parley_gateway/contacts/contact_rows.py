"""Rows of a file of contacts, whatever its format: what each says of somebody, and each as a contact or with what is wrong with it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from parley_contracts.contacts import LONGEST_NOTES, MOST_MERGED, MOST_MERGED_NOTES, MOST_VALUES
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .contact_checks import ContactTyped, PersonTyped
from .file_text import NO_TEXT, SAVE_AS

SEVERAL = ("emails", "phones")
PARTS = ("prefix", "given", "middle", "family", "suffix")
"""The parts of a name in the order in which they are said."""

_LIST = re.compile(r"\s*[,;\n|]\s*(?!ext\b|dw\b|durchwahl\b)", re.IGNORECASE)
_NEW_LINE = re.compile(r"\r\n?")
_OURS = re.compile(r"c[0-9a-f]{24}|i[0-9a-f]{24}|id-[0-9a-f]{32}")
_COLONS = re.compile(":{3,}")
_SALUTATIONS = frozenset({"herr", "frau", "mr", "mrs", "ms", "miss", "mr.", "mrs.", "ms.", "firma"})


def is_ours(id: str) -> bool:
    """Whether Parley names contacts so; what other programs call an id is none of ours."""
    return _OURS.fullmatch(id) is not None


class Cell(NamedTuple):
    """What a file says of somebody in one place. `whole`: it is one value, whatever stands in it."""

    field: str
    text: str
    whole: bool = False


@dataclasses.dataclass
class Column:
    """A column of a file, or a property of its cards: what it is taken for (None: it is left out), in how many rows something stands in
    it, of which so many are `left_out`, and what stands in the first."""

    name: str
    field: str | None
    cells: int = 0
    left_out: int = 0
    examples: list[str] = dataclasses.field(default_factory=list)

    def begin(self) -> None:
        """Nothing has been counted yet."""
        self.cells = self.left_out = 0
        self.examples.clear()

    def takes(self, cell: str) -> bool:
        """Counts what stands in it; whether it is taken for something."""
        self.cells += 1
        taken = self.field is not None and (self.field != "id" or is_ours(cell.strip()))
        self.left_out += not taken
        if len(self.examples) < 3:
            self.examples.append(NO_TEXT.sub("\ufffd", cell.strip())[:80])
        return taken


class Bulky(NamedTuple):
    """A property of a card in these lines."""

    name: str
    line: int
    last: int


class Raw(NamedTuple):
    """One row of a file as it stands in the lines from `line` to `last`; `problem`: why nobody is named by it. `bulky`: what of a card is
    large and not kept, by the lines that it stands in."""

    line: int
    last: int
    said: Mapping[str, tuple[str, ...]]
    remarks: tuple[str, ...] = ()
    problem: str | None = None
    bulky: tuple[Bulky, ...] = ()


class Row(NamedTuple):
    """One row of a file, at its `line`: who it is about, or why not. `id`: the contact that an export said it is; `remarks`: what of it
    is not kept."""

    line: int
    typed: ContactTyped | None
    problem: str | None = None
    id: str | None = None
    remarks: tuple[str, ...] = ()


# --- several values in one cell ---------------------------------------------------------------------------------------


def split(cell: str) -> list[str]:
    """The values of a cell: parted by `:::`, as Google does it, where that stands in it; else by commas, semicolons, lines, bars. What has no
    digit and no @ goes with the value before it."""
    runs = _COLONS.findall(cell)
    if any(len(run) == 3 for run in runs):
        parts = re.split("(?<!:):::(?!:)", cell)
        return [part for part in (_COLONS.sub(_halved, part).strip() for part in parts) if part]
    values: list[str] = []
    before = ""
    for part in filter(None, _LIST.split(cell.strip())):
        if re.search(r"[\d@]", part):
            values.append(before + part)
            before = ""
        elif values:
            values[-1] += f", {part}"
        else:  # Vogel, Kim <kim@example.org>
            before += f"{part}, "
    return [*values, before.removesuffix(", ")] if before else values


def joined(values: Iterable[str]) -> str:
    """Values as one cell, of which `split` makes the same again."""
    several = list(values)
    cell = ", ".join(several)
    if split(cell) == several:
        return cell
    doubled = [_COLONS.sub(lambda run: run[0] * 2, value) for value in several]
    return " ::: ".join(doubled) + (" :::" if len(several) == 1 else "")


def _halved(run: re.Match[str]) -> str:
    return run[0][::2] if len(run[0]) >= 6 and len(run[0]) % 2 == 0 else run[0]


def one_way(text: str) -> str:
    """A text whose lines end in one way, whoever wrote it."""
    return _NEW_LINE.sub("\n", text)


# --- a row ------------------------------------------------------------------------------------------------------------


def read_raw(line: int, last: int, cells: Iterable[Cell]) -> Raw:
    """What these cells say together."""
    said: dict[str, list[str]] = {}
    for cell in cells:
        text = cell.text.strip()
        if NO_TEXT.search(text):
            return Raw(line, last, {}, problem=f"{cell.field}: is not UTF-8: {SAVE_AS}")
        if cell.field == "notes":
            text = one_way(text)
        if text:
            values = split(text) if cell.field in SEVERAL and not cell.whole else [text]
            said.setdefault(cell.field, []).extend(values)
    return Raw(line, last, {name: tuple(dict.fromkeys(values)) for name, values in said.items()})


def named(said: Mapping[str, tuple[str, ...]]) -> str:
    """What somebody is called: as a whole, by the parts of the name, else by the organisation, an address or a number."""
    first = {name: values[0] for name, values in said.items() if values}
    parts = [first[name] for name in PARTS if name in first and first[name].casefold() not in _SALUTATIONS]
    whole = first.get("name")
    if whole is not None and "given" in first and "family" not in first and not _within(first["given"], whole):
        parts = [first["given"], *([first["middle"]] if "middle" in first else []), whole]  # Name;Vorname
        whole = None
    if whole is None and "family_given" in first:
        family, _, given = first["family_given"].partition(",")
        whole = f"{given.strip()} {family.strip()}".strip()
    usual = (first[name] for name in ("organisation", "emails", "phones") if name in first)
    return whole or " ".join(parts) or next(usual, "")


def _within(part: str, whole: str) -> bool:
    """Whether a name holds this part of it, and another one."""
    words, wanted = whole.casefold().replace(",", " ").split(), part.casefold().split()
    return len(words) > len(wanted) and all(word in words for word in wanted)


def checked(raw: Raw) -> Row:
    """The row as a contact, or with what is wrong with it."""
    if raw.problem is not None:
        return Row(raw.line, None, raw.problem)
    remarks = list(raw.remarks)
    said = raw.said
    id = next(iter(said.get("id", ())), None)
    fields: dict[str, object] = {"name": named(said)}
    for name in ("organisation", "customer_number", "language"):
        if values := said.get(name):
            fields[name] = values[0]
            remarks += [f"{name}: {value!r} is left out, {values[0]!r} is kept" for value in values[1:]]
    remarks += _unsaid(said, str(fields["name"]))
    most, most_notes = (MOST_VALUES, LONGEST_NOTES) if id is None else (MOST_MERGED, MOST_MERGED_NOTES)
    for name in SEVERAL:
        values = said.get(name, ())
        fields[name] = values[:most]
        if left_out := values[most:]:
            remarks.append(f"{name}: at most {most} are kept, left out: {', '.join(left_out)[:500]}")
    if notes := "\n".join(said.get("notes", ())):
        fields["notes"] = notes[:most_notes].strip()
        if len(notes) > most_notes:
            remarks.append(f"notes: of {len(notes):,} characters the first {most_notes:,} are kept")
    try:
        typed = (ContactTyped if id is None else PersonTyped).model_validate(fields)
        return Row(raw.line, typed, None, id, tuple(remarks))
    except ValidationError as error:
        return Row(raw.line, None, _told(error.errors(include_url=False)[0]))


def _unsaid(said: Mapping[str, tuple[str, ...]], name: str) -> list[str]:
    """What the name as a whole does not hold of what other cells say of it."""
    words = set(re.findall(r"\w+", name.casefold()))
    parts = {part: said[part] for part in ("name", "given", "middle", "family") if part in said}
    return [
        f"{part}: {value!r} is left out, the name is {name!r}"
        for part, values in parts.items()
        for value in values
        if not words.issuperset(re.findall(r"\w+", value.casefold()))
    ]


def _told(error: ErrorDetails) -> str:
    where = str(error["loc"][0]) if error["loc"] else "row"
    typed = error.get("input")
    most = error.get("ctx", {}).get("max_length")
    if isinstance(typed, str) and most is not None:
        return f"{where}: has {len(typed):,} characters, at most {most:,} are allowed: {typed[:40]!r} …"
    return f"{where}: {error['msg']}" if where != "name" or typed else "name: the row names nobody"
