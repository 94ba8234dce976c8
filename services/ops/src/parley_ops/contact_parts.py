"""A file of contacts in parts, each small enough to be taken in while somebody watches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from parley_gateway.contacts.contact_rows import Raw
from parley_gateway.contacts.csv_records import lines_of
from parley_gateway.contacts.import_rows import Identities
from parley_gateway.contacts.opening import opened
from parley_gateway.contacts.vcard_file import VcardFile

ROWS = 2_000
BYTES = 4 * 1024 * 1024


@dataclass
class Part:
    """Some rows of a file, as a file: `lines` are the lines of the whole at which its own stand. Some are not sent at all: those that are
    no row have `problems`; `left_out` counts cards' properties."""

    head: tuple[str, ...] = ()
    lines: list[int] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    cards: bool = False
    rows: int = 0
    size: int = 0
    last: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        """What is sent."""
        return "".join((*self.head, *self.pieces))

    def line(self, line: int) -> int:
        """The line of the whole file at which a line of this part stands."""
        lines = [*range(1, len(self.head) + 1), *self.lines]
        return lines[min(line, len(lines)) - 1] if lines else line

    def add(self, number: int, line: str) -> None:
        """A line of the whole file."""
        line = line if line.endswith(("\n", "\r")) else f"{line}\n"
        self.lines.append(number)
        self.pieces.append(line)
        self.size += len(line.encode("utf-8", "surrogatepass"))


def parts(
    text: str,
    cards: bool,
    columns: Mapping[str, str | None] | None = None,
    tenant: str = "",
    rows: int = ROWS,
    size: int = BYTES,
) -> Iterator[Part]:
    """Whole rows, also where one goes over several lines, each part with the head again; whole cards, without their pictures. `cards` and
    `columns` as when the file is opened."""
    file = opened(text, cards, columns)
    if isinstance(file, VcardFile):
        lines = lines_of(text)
        return _parts(file.rows, lambda part, raw: _add_card(part, raw, lines), (), tenant, rows, size)
    lines = file.records.lines
    head = tuple(lines[: file.records.head.last])
    return _parts(file.rows, lambda part, raw: _add(part, raw, lines), head, tenant, rows, size)


def _parts(
    read: Callable[[], Iterator[Raw]],
    add: Callable[[Part, Raw], None],
    head: tuple[str, ...],
    tenant: str,
    rows: int,
    size: int,
) -> Iterator[Part]:
    """Rows about one contact go together, in the part of the last of them."""
    identities = Identities(tenant, iter(()))
    counted = Counter(identities.group(raw) for raw in read() if raw.problem is None)
    left = {group: count for group, count in counted.items() if count > 1}
    held: dict[str, list[Raw]] = {}
    part = Part(head, cards=not head)
    for raw in read():
        part.last = raw.last
        same = [raw]
        if raw.problem is not None:
            part.problems.append((raw.line, raw.problem))
            continue
        about = identities.group(raw)
        if about in left:
            left[about] -= 1
            held.setdefault(about, []).append(raw)
            same = held.pop(about) if left[about] == 0 else []
        for each in same:
            add(part, each)
            part.rows += 1
        if part.rows >= rows or part.size >= size:
            yield part
            part = Part(head, cards=not head)
    if part.rows or part.problems:
        yield part


def _add(part: Part, raw: Raw, lines: list[str]) -> None:
    for number in range(raw.line, raw.last + 1):
        part.add(number, lines[number - 1])


def _add_card(part: Part, raw: Raw, lines: list[str]) -> None:
    left_out = {number for each in raw.bulky for number in range(each.line, each.last + 1)}
    for number in range(raw.line, raw.last + 1):
        if number not in left_out:
            part.add(number, lines[number - 1])
    part.left_out.update(each.name for each in raw.bulky)
