"""R31, R35: where a mail belongs follows from Message-IDs, and who may put it there from its sender."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_programs import PROGRAMS
from mail_shapes import mail
from parley_mail.reading import read
from parley_mail.refusals import MailRefused
from parley_mail.threads import Keys, is_correspondent, keys, mint, token_of

DOMAINS = ("mail.bank.example",)
OURS = mint("q7w8e9r0", "item-42", DOMAINS[0])


def of(more: str) -> Keys:
    return keys(read(mail("text/plain", "x", more)), DOMAINS)


@given(random=st.from_regex(r"[a-z0-9]{8,64}", fullmatch=True), token=st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True))
def test_R35_a_token_comes_back_out_of_its_id(random: str, token: str) -> None:
    minted = mint(random, token, DOMAINS[0])
    assert token_of(minted, DOMAINS) == token
    assert token_of(minted.upper(), DOMAINS) == token
    assert token_of(minted, ("other.example",)) == ""


@pytest.mark.parametrize(
    ("random", "token", "domain"),
    [
        ("short", "t", "a.example"),
        ("q7w8e9r0", "T x", "a.example"),
        ("q7w8e9r0", "t", "a>\r\nBcc: x"),
        ("q7w8e9r0", "", "a.example"),
    ],
)
def test_R31_an_id_that_would_be_none_is_refused(random: str, token: str, domain: str) -> None:
    with pytest.raises(MailRefused) as refused:
        mint(random, token, domain)
    assert refused.value.code == "bad_header"


def test_R35_an_answer_names_the_item_by_in_reply_to_or_references() -> None:
    assert of(f"In-Reply-To: {OURS}\n") == Keys(("item-42",), (OURS,))
    assert of(f"References: <first@x.example>\n {OURS}\n <last@x.example>\n") == Keys(
        ("item-42",), ("<last@x.example>", OURS, "<first@x.example>")
    )


def test_R35_a_report_of_non_delivery_names_the_item_of_the_mail_that_came_back() -> None:
    assert keys(read(PROGRAMS["bounce-postfix"].raw), DOMAINS).tokens == ("tok-1",)
    assert keys(read(PROGRAMS["bounce-exim"].raw), DOMAINS).tokens == ("tok-1",)


def test_R35_a_subject_says_nothing() -> None:
    assert keys(read(mail("text/plain", "x", subject=f"AW: Ihre Rechnung [item-42] {OURS}")), DOMAINS) == Keys((), ())


def test_R31_an_id_of_another_domain_is_none_of_ours() -> None:
    assert of("In-Reply-To: <q7w8e9r0.item-42@evil.example>\n").tokens == ()


def test_R31_who_knows_a_token_is_not_believed_for_it() -> None:
    came = read(mail("text/plain", "x", f"In-Reply-To: {OURS}\n", sender="Erika Muster <boese@evil.example>"))
    assert keys(came, DOMAINS).tokens == ("item-42",)
    assert not is_correspondent(came, ["erika@kunde.example"])
    assert is_correspondent(read(mail("text/plain", "x", sender="ERIKA@Kunde.Example")), ["erika@kunde.example"])
    assert not is_correspondent(read(mail("text/plain", "x", sender="niemand")), ["", "erika@kunde.example"])


def test_R31_references_without_end_are_bounded() -> None:
    found = of("References: " + " ".join(f"<{number}@x.example>" for number in range(2_000)) + "\n").ids
    assert len(found) == 50
    assert found[0] == "<1999@x.example>"
    assert found[-1] == "<0@x.example>"
