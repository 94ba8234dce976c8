"""What an agent, a file or a website says of a contact, looked at before it goes on (R24, R31)."""

from __future__ import annotations

from typing import Annotated

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from parley_contracts.contacts import (
    MOST_ADDRESSES,
    MOST_MERGED,
    MOST_MERGED_NOTES,
    MOST_NOTES,
    ContactFields,
)
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Shape
from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from ..typed import Clean


def email(text: str) -> str:
    """An e-mail address as it is written to. Raises Refused `bad_request`. No name server is asked."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        reason = str(error).rstrip(".")
        raise Refused("bad_request", f"{text[:80]!r} is no e-mail address: {reason}.") from None
    return found.normalized


def phone(text: str, region: str) -> str:
    """A telephone number as it was written, when it can be one in `region` (ISO 3166) or with its country's code. Raises
    Refused `bad_request`."""
    written = " ".join(text.split())
    try:
        possible = phonenumbers.is_possible_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        possible = False
    if not possible:
        raise Refused("bad_request", f"{text[:80]!r} is no telephone number: write it with its area code.")
    return written


def _email(text: str) -> str:
    try:
        return email(text)
    except Refused as refusal:
        raise PydanticCustomError("bad_email", "{reason}", {"reason": refusal.message}) from None


Email = Annotated[Clean, Field(max_length=254), AfterValidator(_email)]


class ContactTyped(Shape):
    """A contact as somebody typed it. Any text is a name: it is shown as text, never as markup."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[Clean, Field(min_length=1, max_length=200)]
    emails: Annotated[tuple[Email, ...], Field(max_length=MOST_ADDRESSES)] = ()
    phones: Annotated[tuple[Annotated[Clean, Field(max_length=40)], ...], Field(max_length=MOST_ADDRESSES)] = ()
    organisation: Annotated[Clean, Field(max_length=200)] | None = None
    language: Annotated[Clean, Field(max_length=35)] | None = None
    notes: Annotated[Clean, Field(max_length=MOST_NOTES)] | None = None
    customer_number: Annotated[Clean, Field(max_length=64)] | None = None

    def fields(self, region: str) -> ContactFields:
        """What the crm-logger is told. Raises Refused `bad_request`."""
        name = " ".join(self.name.split())
        if not name:
            raise Refused("bad_request", "name: must not be empty.")
        return ContactFields(
            name=name,
            emails=tuple(dict.fromkeys(self.emails)),
            phones=tuple(dict.fromkeys(phone(number, region) for number in self.phones)),
            organisation=self.organisation or None,
            language=self.language or None,
            notes=self.notes or None,
            customer_number=self.customer_number or None,
        )


class PersonTyped(ContactTyped):
    """A contact that was looked at before, with what came from those that are merged into it."""

    emails: Annotated[tuple[Email, ...], Field(max_length=MOST_MERGED)] = ()
    phones: Annotated[tuple[Annotated[Clean, Field(max_length=40)], ...], Field(max_length=MOST_MERGED)] = ()
    notes: Annotated[Clean, Field(max_length=MOST_MERGED_NOTES)] | None = None
