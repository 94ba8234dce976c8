"""What an agent, a file or a website says of a contact, as types that ask the one judge (`parley_contracts.contact_values`; R24, R31)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from parley_contracts import contact_values as judge
from parley_contracts.contact_values import Judged
from parley_contracts.contacts import (
    LONGEST_CUSTOMER_NUMBER,
    LONGEST_LANGUAGE,
    LONGEST_ORGANISATION,
    MOST_MERGED,
    MOST_MERGED_NOTES,
    MOST_VALUES,
    ContactFields,
)
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


def email(text: str) -> str:
    """An e-mail address as it is written to. Raises Refused `bad_request`."""
    judged = judge.address(text)
    if judged.problem is not None:
        raise Refused("bad_request", f"{_said(text)} {judged.problem}.")
    return judged.value


def _judged(how: Callable[[str], Judged], quoted: bool = False) -> AfterValidator:
    """What a judge makes of a text; its problem is the field's. `quoted`: it names the text that it is about."""

    def checked(text: str) -> str:
        judged = how(text)
        if judged.problem is not None:
            reason = f"{_said(text)} {judged.problem}" if quoted else judged.problem
            raise PydanticCustomError("bad_text", "{reason}", {"reason": reason})
        return judged.value

    return AfterValidator(checked)


def _said(text: str) -> str:
    return repr(text[:80])


Email = Annotated[str, _judged(judge.address, quoted=True)]
Phone = Annotated[str, _judged(judge.number, quoted=True)]


def _line(most: int) -> AfterValidator:
    return _judged(partial(judge.line, most=most))


class ContactTyped(Shape):
    """A contact as somebody typed it. Any text is a name: it is shown as text, never as markup."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, _judged(judge.name)]
    emails: Annotated[tuple[Email, ...], Field(max_length=MOST_VALUES)] = ()
    phones: Annotated[tuple[Phone, ...], Field(max_length=MOST_VALUES)] = ()
    organisation: Annotated[str, _line(LONGEST_ORGANISATION)] | None = None
    language: Annotated[str, _line(LONGEST_LANGUAGE)] | None = None
    notes: Annotated[str, _judged(judge.notes)] | None = None
    customer_number: Annotated[str, _line(LONGEST_CUSTOMER_NUMBER)] | None = None

    def fields(self, region: str) -> ContactFields:
        """What the crm-logger is told. `region` (ISO 3166): where numbers without a country's code are at home."""
        phones = tuple(dict.fromkeys(self.phones))
        return ContactFields(
            name=self.name,
            emails=tuple(dict.fromkeys(self.emails)),
            phones=phones,
            numbers=tuple(dict.fromkeys(number for phone in phones for number in judge.normalised(phone, region))),
            organisation=self.organisation or None,
            language=self.language or None,
            notes=self.notes or None,
            customer_number=self.customer_number or None,
        )


class PersonTyped(ContactTyped):
    """A contact that was looked at before, with what came from those that are merged into it."""

    emails: Annotated[tuple[Email, ...], Field(max_length=MOST_MERGED)] = ()
    phones: Annotated[tuple[Phone, ...], Field(max_length=MOST_MERGED)] = ()
    notes: Annotated[str, _judged(partial(judge.notes, most=MOST_MERGED_NOTES))] | None = None
