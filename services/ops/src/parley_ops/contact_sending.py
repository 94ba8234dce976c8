"""A file of contacts sent to an installation part by part, and what all answers say together of the whole file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from .contact_parts import Part, parts
from .installation import Installation, NotPossible


class Sending:
    """One file. `assigned`: what columns are taken for that would be taken for something else."""

    def __init__(self, encoding: str, assigned: Mapping[str, str | None], where: str = "") -> None:
        self.counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
        self._encoding, self._assigned, self._where = encoding, assigned, where
        self._problems: list[dict[str, Any]] = []
        self._remarks: list[dict[str, Any]] = []
        self._left_out: Counter[str] = Counter()

    def send(self, at: Installation, text: str, cards: bool) -> Iterator[int]:
        """How many rows have been sent, after each part. Raises NotPossible, with the line up to which all is kept."""
        columns = quote(json.dumps(self._assigned, ensure_ascii=False))
        path = f"/v1/contacts/import{self._where}?encoding=utf-8&columns={columns}"
        done = last = 0
        for part in parts(text, cards, self._assigned, at.tenant):
            body, media = part.text.encode("utf-8", "surrogatepass"), "text/vcard" if part.cards else "text/csv"
            try:
                self._hear(part, at.send("POST", path, body, media))
            except NotPossible as error:
                raise NotPossible(
                    f"{error} What stands up to line {last} has been sent: send the file again."
                ) from None
            done, last = done + part.rows, part.last
            yield done

    def _hear(self, part: Part, told: dict[str, Any]) -> None:
        self.counts.update({name: told[name] for name in (*COUNTS, "rows") if name in told})
        self.counts["refused"] += len(part.problems)
        self._problems += [{"line": line, "message": message} for line, message in part.problems]
        self._problems += [_placed(part, each) for each in told["problems"]]
        self._remarks += [_placed(part, each) for each in told["remarks"]]
        self._left_out.update({each["column"]: each["cells"] for each in told["unknown_columns"]})
        self._left_out.update(part.left_out)

    def told(self) -> dict[str, Any]:
        """What came of the file, as the installation would say it of the whole."""
        left_out = [{"column": name, "cells": cells} for name, cells in self._left_out.items()]
        lines = {"problems": sorted(self._problems, key=_line), "remarks": sorted(self._remarks, key=_line)}
        return {**self.counts, **lines, "unknown_columns": left_out, "encoding": self._encoding}

    def lines(self) -> Iterator[str]:
        """The same for somebody who reads it."""
        told = self.told()
        for each in (*told["problems"], *told["remarks"]):
            yield f"line {each['line']}: {each['message']}"
        for each in told["unknown_columns"]:
            yield f"not taken: {each['column']} ({each['cells']:,} cells)"
        yield f"read as {self._encoding}"
        yield ", ".join(f"{count:,} {name}" for name, count in self.counts.items() if name != "remarked")


COUNTS = ("created", "changed", "same", "refused", "remarked")


def _placed(part: Part, told: dict[str, Any]) -> dict[str, Any]:
    """What is told of a part's line, as it is told of the file's."""
    placed = {"line": part.line(told["line"]), "message": told["message"]}
    if told.get("other") is None:
        return placed
    other = part.line(told["other"])
    return placed | {"message": told["message"].replace(f"line {told['other']}", f"line {other}", 1), "other": other}


def _line(told: dict[str, Any]) -> int:
    return int(told["line"])
