"""R24: what a visitor typed that can say who they are: e-mail addresses, telephone numbers, customer numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import phonenumbers
import re2
from parley_contracts import contact_values as judge
from parley_contracts.contacts import LONGEST_CUSTOMER_NUMBER
from parley_contracts.refusal import Refused

from .folding import closed_up, plain
from .terms import ADDRESS, CUSTOMER, NUMBER

MOST_FINDINGS = 20
MOST_TEXTS = 300
LONGEST_PATTERN = 500

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 1 << 21
_ADDRESSES = re2.compile(r"[\pL\pN._%+'-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+", _OPTIONS)


class Finding(NamedTuple):
    """`typed`: as it stands in the text; `why`: what it is; `term`: what a contact is found by."""

    typed: str
    why: str
    term: str


def findings(texts: Iterable[str], region: str, pattern: str | None) -> list[Finding]:
    """What stands in these texts. `region`: the country whose way of writing telephone numbers is usual; `pattern`: how
    customer numbers look, in RE2's syntax (which no text can hold up); its first group, where it has one, is the number.

    Raises Refused (`bad_request`) for a pattern that is none.
    """
    customers = None if pattern is None else _compiled(pattern)
    found: dict[str, Finding] = {}
    for text in list(texts)[:MOST_TEXTS]:
        for finding in [*_in_text(text, region), *(_customers_in(text, customers) if customers is not None else ())]:
            found.setdefault(finding.term, finding)
    return list(found.values())[:MOST_FINDINGS]


def _compiled(pattern: str) -> Any:
    try:
        if len(pattern) > LONGEST_PATTERN:
            raise Refused(
                "bad_request", f"The pattern of customer numbers is longer than {LONGEST_PATTERN} characters."
            )
        return re2.compile(pattern, _OPTIONS)
    except (re2.error, UnicodeError) as error:
        text = f"The pattern of customer numbers cannot be read ({error}): write it as RE2 has it."
        raise Refused("bad_request", text) from error


def _in_text(text: str, region: str) -> Iterable[Finding]:
    for match in _ADDRESSES.finditer(text):
        address = match.group().strip(".'")
        if judge.address(address).problem is None:
            yield Finding(address, "email", ADDRESS + plain(address))
    for number in phonenumbers.PhoneNumberMatcher(text, region.upper()):
        digits = phonenumbers.national_significant_number(number.number).lstrip("0")
        yield Finding(number.raw_string, "phone", NUMBER + digits)
        if number.number.extension:
            yield Finding(number.raw_string, "phone", NUMBER + digits + number.number.extension)


def _customers_in(text: str, pattern: Any) -> Iterable[Finding]:
    for match in pattern.finditer(text):
        typed = (match.group(1) if pattern.groups else match.group()) or ""
        if closed_up(typed) and len(typed) <= LONGEST_CUSTOMER_NUMBER:
            yield Finding(typed, "customer_number", CUSTOMER + closed_up(typed))


def called(sender: str | None) -> str | None:
    """What of a caller or a sender is a name: `Jonas <jonas@example.net>` is Jonas, a number or an address alone is nobody's name."""
    if not sender:
        return None
    name = _ADDRESSES.sub("", sender).strip(" <>()\"',;")
    return name if any(sign.isalpha() for sign in name) else None


def beginning(found: Iterable[Finding], name: str | None, language: str | None) -> dict[str, Any]:
    """The fields that a new contact could begin with."""
    by_why: dict[str, list[str]] = {}
    for finding in found:
        by_why.setdefault(finding.why, []).append(finding.typed)
    typed = {why: list(dict.fromkeys(texts)) for why, texts in by_why.items()}
    fields: dict[str, Any] = {"emails": typed.get("email", []), "phones": typed.get("phone", [])}
    if name:
        fields["name"] = name
    if language:
        fields["language"] = language
    if customer := by_why.get("customer_number"):
        fields["customer_number"] = customer[0]
    return fields
