"""What may be said of a visitor and need not be: taken as far as it is usable, never a reason to refuse (R31)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from parley_contracts import contact_values as judge
from parley_contracts.contact_values import Judged
from parley_contracts.contacts import LONGEST_LANGUAGE
from pydantic import BeforeValidator

Why = Literal["unusable", "cut", "cleaned", "unverified", "unavailable"]
"""Why something was not taken as it was said: left out as nothing that can be used; its beginning kept; characters taken out that
no text has; left out because nothing shows that it is true."""

Judge = Callable[[str], Judged]
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
_MOST_INTEGER = 2**63


def language_tag(text: str) -> Judged:
    """The name of a language, as browsers write it (BCP 47)."""
    written = text.strip()
    if len(written) <= LONGEST_LANGUAGE and _LANGUAGE.fullmatch(written):
        return Judged(written)
    return Judged("", "is no language, such as de or en-GB")


def line(most: int) -> Judge:
    """A text in one line, of at most `most` characters."""
    return partial(judge.line, most=most)


def whole_line(most: int) -> Judge:
    """A text in one line that is of no use without its end."""

    def whole(text: str) -> Judged:
        judged = judge.line(text, most)
        return judged if judged.problem is None else Judged("", judged.problem)

    return whole


def taken(said: Any, how: Judge) -> tuple[str | None, Why | None]:
    """What is taken of a value of any type, and why it is not all of it. Numbers are texts; null and an empty text say nothing."""
    if said is None:
        return None, None
    if isinstance(said, int) and not isinstance(said, bool) and abs(said) < _MOST_INTEGER:
        said = str(said)
    if not isinstance(said, str):
        return None, "unusable"
    if not said.strip():
        return None, None
    judged = how(said)
    if judged.problem is None:
        return judged.value or None, None
    if not judged.value:
        return None, "unusable"
    return judged.value, "cleaned" if judge.CONTROL.search(said) else "cut"


def as_usable(how: Judge) -> BeforeValidator:
    """A field that is taken as far as it is usable."""
    return BeforeValidator(lambda said: taken(said, how)[0])


def all_taken(said: Mapping[str, Any], judges: Mapping[str, Judge]) -> tuple[dict[str, str | None], dict[str, Why]]:
    """What is taken of each field that there is a judge for, and why of which it is not all."""
    found = {field: taken(said.get(field), how) for field, how in judges.items()}
    return {field: value for field, (value, _) in found.items()}, {
        f: why for f, (_, why) in found.items() if why is not None
    }
