"""R31, R35: what goes out is one mail with the headers that were meant, whatever anybody wrote into it, and comes back to its conversation."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_shapes import mail
from parley_mail.marks import may_be_answered, opens_work
from parley_mail.reading import read
from parley_mail.refusals import MailRefused
from parley_mail.threads import keys, mint
from parley_mail.values import Address
from parley_mail.writing import (
    File,
    Letter,
    answer_subject,
    forward_subject,
    forwarded,
    quoted,
    references_for,
    written,
)

DOMAIN = "mail.bank.example"
OURS = mint("q7w8e9r0", "item-42", DOMAIN)
LETTER = Letter(
    sender=Address("Kundenservice", "service@bank.example"),
    to=(Address("Erika Müller", "erika@kunde.example"),),
    subject="AW: Ihre Rechnung",
    text="Guten Tag,\n\nalles erledigt. Grüße",
    message_id=OURS,
    date=datetime(2025, 11, 3, 10, 15, tzinfo=timezone(timedelta(hours=1))),
)
ODD = (
    st.text(st.characters(), max_size=200)
    | st.text('\r\n\0\u2028\x85\x0b :<>@,;"()=?bcc-äü\ud800', max_size=100)
    | st.just("x\r\nBcc: evil@evil.example\r\n\r\n<script>")
)
MEANT = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Language",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
]


def refused(letter: Letter) -> str:
    with pytest.raises(MailRefused) as caught:
        written(letter)
    assert caught.value.sentence.endswith(".")
    return caught.value.code


def names_of(raw: bytes) -> list[str]:
    """The names of the headers, as any program finds them."""
    return [
        each.partition(b":")[0].decode()
        for each in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
        if each[:1] not in b" \t"
    ]


def check_form(raw: bytes) -> None:
    assert raw.isascii()
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_R35_an_answer_is_what_it_was_meant_to_be() -> None:
    came = mail("text/plain; charset=utf-8", "Wann?", "References: <first@x.example>\n")
    asked = read(came)
    letter = replace(
        LETTER,
        reply_to=Address("", "antwort@bank.example"),
        cc=(Address("Max", "max@kunde.example"),),
        subject=answer_subject(asked.subject, "de"),
        in_reply_to=asked.message_id,
        references=references_for(asked),
        text=f"Morgen.\n\n{quoted(asked, 'de')}",
        files=(File("Kündigung.pdf", "application/pdf", b"%PDF-1.4\n"),),
        loop_mark="here-7",
    )
    raw = written(letter)
    check_form(raw)
    back = read(raw, loop_mark="elsewhere")
    assert back.author == letter.sender
    assert back.reply_to == (letter.reply_to,)
    assert (back.to, back.cc) == (letter.to, letter.cc)
    assert back.subject == "AW: Ihre Rechnung"
    assert back.date == letter.date
    assert back.message_id == OURS
    assert back.in_reply_to == ("<0a1b2c3d@kunde.example>",)
    assert back.references == ("<first@x.example>", "<0a1b2c3d@kunde.example>")
    assert (back.text, back.quoted) == ("Morgen.", "Am 03.11.2025 um 09:15 (UTC) schrieb Erika Muster:\n> Wann?")
    assert [(each.name, each.type, each.content) for each in back.attachments] == [
        ("Kündigung.pdf", "application/pdf", b"%PDF-1.4\n")
    ]
    assert opens_work(back.marks)
    assert not opens_work(read(raw, loop_mark="here-7").marks)


def test_R35_the_customers_answer_comes_back_to_the_item() -> None:
    answer = mail("text/plain", "Danke", f"In-Reply-To: {read(written(LETTER)).message_id}\n")
    assert keys(read(answer), [DOMAIN]).tokens == ("item-42",)


def test_R31_a_receipt_says_that_no_person_wrote_it() -> None:
    back = read(written(replace(LETTER, auto_submitted="auto-replied")))
    assert back.marks.auto_reply
    assert not may_be_answered(back.marks)


@given(name=ODD, subject=ODD, text=ODD, file=ODD, kind=ODD)
def test_R31_no_text_becomes_a_header_or_a_part(name: str, subject: str, text: str, file: str, kind: str) -> None:
    letter = replace(
        LETTER, to=(Address(name, "erika@kunde.example"),), subject=subject, text=text, files=(File(file, kind, b"x"),)
    )
    raw = written(letter)
    check_form(raw)
    assert sorted(names_of(raw)) == sorted(set(MEANT) - {"Content-Transfer-Encoding"})
    back = email.message_from_bytes(raw, policy=email.policy.default)
    assert [each.get_content_type() for each in back.walk()][:2] == ["multipart/mixed", "text/plain"]
    assert len(list(back.walk())) == 3
    assert [each.addr_spec for each in back["To"].addresses] == ["erika@kunde.example"]


@given(
    address=ODD
    | st.sampled_from(
        [
            "a@b",
            "a b@c.example",
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example, c@d.example",
            "<a@b.example>",
            "ü@b.example",
            "0@¡",
            "a@bücher.example",
            "",
            "@",
            "a@..example",
        ]
    )
)
def test_R31_an_address_is_one_or_is_refused(address: str) -> None:
    try:
        raw = written(replace(LETTER, to=(Address("", address),)))
    except MailRefused:
        return
    assert sorted(names_of(raw)) == sorted(MEANT)
    back = email.message_from_bytes(raw, policy=email.policy.default)
    local, _, domain = address.rpartition("@")
    assert [each.addr_spec for each in back["To"].addresses] == [f"{local}@{domain.encode('idna').decode()}"], (
        "the domain as servers know it"
    )


@given(value=ODD | st.sampled_from([f"{OURS}\r\nBcc: x@y.example", "<a b@c>", "<>", "a@b"]))
def test_R31_an_id_is_one_or_is_refused(value: str) -> None:
    assert refused(replace(LETTER, message_id=value)) == "bad_header"
    if value:
        assert refused(replace(LETTER, in_reply_to=value)) == "bad_header"
    assert sorted(names_of(written(replace(LETTER, references=(value,))))) in (
        sorted([*MEANT, "References"]),
        sorted(MEANT),
    )


def test_R31_what_cannot_be_sent_is_refused_by_name() -> None:
    assert refused(replace(LETTER, to=())) == "no_recipient"
    assert refused(replace(LETTER, cc=LETTER.to * 100)) == "too_many_recipients"
    assert refused(replace(LETTER, files=(File("a", "b/c", bytes(40_000_000)),))) == "too_large"
    assert refused(replace(LETTER, text="x" * 500_000)) == "too_large"
    assert refused(replace(LETTER, date=datetime(2025, 1, 1))) == "bad_header"
    assert refused(replace(LETTER, loop_mark="a\r\nb")) == "bad_header"


def test_R35_a_domain_of_other_letters_is_written_as_servers_know_it() -> None:
    assert b"erika@xn--mller-kva.example" in written(replace(LETTER, to=(Address("", "erika@müller.example"),)))


def test_R35_long_ids_are_not_encoded() -> None:
    long = tuple(f"<{'x' * 90}{number}@mail.kunde.example>" for number in range(80))
    raw = written(replace(LETTER, references=long, in_reply_to=long[-1]))
    check_form(raw)
    assert b"=?" not in raw.partition(b"Content-Language")[0].partition(b"References")[2]
    assert read(raw).references == (long[0], *long[-29:])
    assert read(raw).in_reply_to == (long[-1],)


@pytest.mark.parametrize("language", ["de", "en"])
@given(
    subject=st.text(max_size=60)
    | st.from_regex(r"((Re|RE|AW|Aw|Antwort|SV|Re\[2\]): ?){0,4}Ihre Rechnung", fullmatch=True)
)
def test_R35_an_answers_subject_has_its_sign_once(language: str, subject: str) -> None:
    once = answer_subject(subject, language)  # type: ignore[arg-type]
    assert once.startswith({"de": "AW:", "en": "Re:"}[language])
    assert answer_subject(once, language) == once  # type: ignore[arg-type]
    assert len(once) <= 300
    assert len(re.findall(r"(?i)\b(re|aw|antwort|sv)\b(\[2\])?:", once)) == 1 or "Ihre Rechnung" not in subject


def test_R35_a_forward_says_whose_it_was() -> None:
    came = read(mail("text/plain; charset=utf-8", "Bitte prüfen."))
    assert forward_subject("WG: Fwd: Ihre Rechnung", "de") == "WG: Ihre Rechnung"
    assert forwarded(came, "de").split("\n") == [
        "-------- Weitergeleitete Nachricht --------",
        "Von: Erika Muster <erika@kunde.example>",
        "Datum: 03.11.2025 um 09:15 (UTC)",
        "An: Kundenservice <service@bank.example>",
        "Betreff: Ihre Rechnung",
        "",
        "Bitte prüfen.",
    ]


@given(text=st.text(max_size=2_000))
def test_R35_a_text_arrives_as_it_was_written(text: str) -> None:
    clean = read(written(replace(LETTER, text=f"A {text} Z")))
    raw = email.message_from_bytes(written(replace(LETTER, text=f"A {text} Z")), policy=email.policy.default)
    assert raw.get_content().rstrip("\n").startswith("A ")
    assert f"{clean.text}{clean.quoted}".startswith("A ")
