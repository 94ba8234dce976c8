"""Numbers that nobody needs to keep are not stored where a company says so, wherever somebody writes them."""

from __future__ import annotations

import re
from typing import Any

import parley_contracts.commands as floor_commands
import parley_contracts.contacts as contact_commands
import parley_contracts.mail_items as mail_items
import parley_contracts.supervision as supervision
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parley_contracts.commands import AddItem, PostMessage, StartChat
from parley_contracts.contacts import ContactFields, ImportContacts, ImportRow, PutContact
from parley_contracts.masking import TEXTS, masked, masked_in
from parley_contracts.shapes import Command, Shape
from stdnum import iban, luhn

BOTH = ("card", "iban")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("4111 1111 1111 1111", "•••• •••• •••• 1111"),
        ("card 4111-1111-1111-1111, 12/27, 123.", "card ••••-••••-••••-1111, 12/27, 123."),
        ("3782 822463 10005", "•••• •••••• •0005"),
        ("4111111111111111", "••••••••••••1111"),
        ("order 12 4111 1111 1111 1111 34", "order 12 •••• •••• •••• 1111 34"),
        ("4111 1111 1111 1111 5500 0000 0000 0004", "•••• •••• •••• 1111 •••• •••• •••• 0004"),
        ("DE89 3704 0044 0532 0130 00", "DE•• •••• •••• •••• ••30 00"),
        ("my IBAN is de89370400440532013000 thanks", "my IBAN is de••••••••••••••••3000 thanks"),
        ("GB82WEST12345698765432 or NO93 8601 1117 947", "GB••••••••••••••••5432 or NO•• •••• •••7 947"),
        ("DE89 3704 0044 0532 0130 00 und danke", "DE•• •••• •••• •••• ••30 00 und danke"),
    ],
)
def test_a_number_keeps_what_tells_it_apart(text: str, shown: str) -> None:
    assert masked(text, BOTH) == shown


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # its check digit is wrong
        "call me on +49 30 1234567, or 0171 2345678",
        "1111111111111117",  # no issuer
        "41111111111111111234567890",  # a longer number
        "GB82 WEST 1234 5698 7654 33",
        "2026-11-27 03:15:12.123456",
        "",
    ],
)
def test_what_is_none_stays(text: str) -> None:
    assert masked(text, BOTH) == text


def test_only_what_the_company_says() -> None:
    text = "4111 1111 1111 1111 DE89 3704 0044 0532 0130 00"
    assert masked(text, ()) == text
    assert masked(text, ["card"]) == "•••• •••• •••• 1111 DE89 3704 0044 0532 0130 00"
    assert masked(text, ["iban"]) == "4111 1111 1111 1111 DE•• •••• •••• •••• ••30 00"


digits = st.text("0123456789", min_size=11, max_size=17)
cards = st.tuples(st.sampled_from("23456"), digits).map("".join).map(lambda head: head + luhn.calc_check_digit(head))
gaps = st.sampled_from(["", " ", "-", " - ", ".", "\u00a0"])
words = st.text(st.characters(exclude_categories=["Cs", "N"], exclude_characters=" -._\t"), max_size=10)


def written(number: str, gap: str, each: int) -> str:
    groups = [number[begin : begin + each] for begin in range(0, len(number), each)]
    if len(groups[-1]) < 2 and len(groups) > 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return gap.join(groups)


@given(st.lists(st.tuples(words, cards, gaps, st.integers(2, 19)), min_size=1, max_size=4), words)
def test_every_card_is_masked_however_it_is_written(said: list[tuple[str, str, str, int]], end: str) -> None:
    text = "".join(f"{word}\n{written(card, gap, each)}\n" for word, card, gap, each in said) + end
    shown = masked(text, BOTH)
    assert len(shown) == len(text)
    for line, before in zip(shown.split("\n")[1::2], text.split("\n")[1::2], strict=False):
        if re.fullmatch(r"[\d \-.\u00a0]{13,}", before):
            assert len(re.sub(r"\D", "", line)) <= 4 + 6, "only what is no part of a number that a card may have"


@given(
    st.sampled_from(["DE", "AT", "FR", "NL", "GB", "CH"]),
    st.text("0123456789", min_size=30, max_size=30),
    gaps,
    st.integers(2, 8),
)
def test_every_iban_is_masked(country: str, number: str, gap: str, each: int) -> None:
    bban = {"DE": 18, "AT": 16, "FR": 23, "NL": 14, "GB": 18, "CH": 17}[country]
    text = ("WEST" if country in ("NL", "GB") else "") + number
    whole = country + iban.calc_check_digits(f"{country}00{text[:bban]}") + text[:bban]
    gap = gap if len(gap) < 2 else " "
    shown = masked(f"to {written(whole, gap, each)}, please", ["iban"])
    assert shown.startswith(f"to {country}")
    assert re.sub(r"[^A-Z0-9]", "", shown)[2:] == whole[-4:]


@given(st.text(max_size=200))
def test_any_text_is_as_long_as_before_and_of_the_same_signs(text: str) -> None:
    shown = masked(text, BOTH)
    assert len(shown) == len(text)
    assert all(new in (old, "•") for new, old in zip(shown, text, strict=True))


CARD, SHOWN = "4111 1111 1111 1111", "•••• •••• •••• 1111"


@pytest.mark.parametrize(
    "command",
    [
        PostMessage(tenant="t", chat="c", text=CARD),
        StartChat(tenant="t", chat="c", service="s", queue="q", text=CARD, name=CARD),
        AddItem(tenant="t", item="i", kind="task", queue="q", subject=CARD, text=CARD),
        PutContact(tenant="t", contact="c", fields=ContactFields(name="Kim", notes=CARD)),
        ImportContacts(
            tenant="t", rows=(ImportRow(line=1, contact="c", fields=ContactFields(name="Kim", notes=CARD)),)
        ),
    ],
    ids=lambda command: command.type,
)
def test_wherever_a_command_has_it(command: Command) -> None:
    assert CARD not in masked_in(command, BOTH).model_dump_json()
    assert SHOWN in masked_in(command, BOTH).model_dump_json()
    assert masked_in(command, ()) is command


NAMES = {
    *(
        "type",
        "tenant",
        "traceparent",
        "chat",
        "item",
        "queue",
        "service",
        "contact",
        "goes_on",
        "last_agent",
        "queue_now",
        "cc",
        "attachments",
        "agent",
        "user",
        "code",
        "kind",
        "into",
        "act",
        "state",
        "queues",
    ),
    *("connection", "gateway", "language", "page", "previous", "secret", "reason", "signal", "cause", "by", "lease"),
    *("after", "query", "region", "pattern", "to", "path", "what", "token_id", "subject_", "consent", "distribution"),
    *(
        "skills",
        "emails",
        "phones",
        "numbers",
        "contacts",
        "customer_number",
        "role",
        "id",
        "within",
        "unsaid",
        "dropped",
        "was",
        "usual_to",
        "standing",
        "conversation",
        "conversation_now",
        "forward_language",
    ),
}
"""Names, addresses and settings: nobody writes in them what they like, or it must stand as it is."""


def _shapes(shape: type[Shape]) -> list[type[Shape]]:
    return [shape, *(each for sub in shape.__subclasses__() for each in _shapes(sub))]


def test_every_field_with_a_text_is_either_masked_or_a_name() -> None:
    modules = {each.__name__ for each in (floor_commands, mail_items, supervision, contact_commands)}
    unsaid: dict[str, Any] = {}
    for shape in (*_shapes(Command), ContactFields, ImportRow):
        if shape.__module__ in modules:
            for name, field in shape.model_fields.items():
                if "str" in str(field.annotation) and name not in TEXTS | NAMES:
                    unsaid[f"{shape.__name__}.{name}"] = field.annotation
    assert unsaid == {}
