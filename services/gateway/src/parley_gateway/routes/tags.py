"""R5: of two administrators the later does not undo what the earlier has set up. What is shown has an `ETag`; a PUT that sends it as
`If-Match` is refused with `conflict` where something else is stored by then."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Response
from parley_contracts.stored_tags import tag_of
from pydantic import BaseModel

Shown = TypeVar("Shown", bound=BaseModel | dict[str, Any])


def _bare(if_match: Annotated[str | None, Header(max_length=200)] = None) -> str | None:
    return None if if_match is None or if_match.strip() == "*" else if_match.strip().removeprefix("W/").strip('"')


Was = Annotated[str | None, Depends(_bare)]
"""The tag that a request names, None where it names none."""


def tagged(response: Response, shown: Shown) -> Shown:
    """The answer, with its tag."""
    response.headers["ETag"] = f'"{tag_of(fields_of(shown))}"'
    return shown


def fields_of(shown: BaseModel | dict[str, Any]) -> dict[str, Any]:
    """What is shown, as JSON has it."""
    return shown if isinstance(shown, dict) else shown.model_dump(mode="json", by_alias=True)
