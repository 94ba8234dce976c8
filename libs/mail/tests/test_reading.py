"""R31, R35: each mail is shown as safe text or refused by name, whatever it is."""

from __future__ import annotations

import time
import unicodedata

import pytest
from harmless import harms
from mail_programs import PROGRAMS
from mail_shapes import Sample
from mail_tricks import BROKEN
from parley_mail import bodies
from parley_mail.marks import TABLE, may_be_answered, opens_work
from parley_mail.markup import with_pictures
from parley_mail.reading import LIMITS, read
from parley_mail.refusals import CODES, MailRefused
from parley_mail.values import ReadMail

SAMPLES = {**PROGRAMS, **BROKEN}
OURS = "here-7"


def is_fit(text: str, lines: bool = True) -> bool:
    """No control character, no half of a pair, nothing that turns the direction."""
    text.encode()
    return not any(
        unicodedata.category(each) in ("Cc", "Cs") and not (lines and each in "\n\t") for each in text
    ) and not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def check_bounds(mail: ReadMail) -> None:
    assert len(mail.text) <= LIMITS.text_characters
    assert len(mail.quoted) <= LIMITS.text_characters
    assert len(mail.html) <= 2 * LIMITS.shown_characters
    assert len(mail.subject) <= 300
    assert len(mail.references) <= LIMITS.references
    assert len(mail.to) <= LIMITS.recipients
    assert len(mail.attachments) <= LIMITS.parts
    assert is_fit(mail.text)
    assert is_fit(mail.quoted)
    for each in (mail.author, *mail.to, *mail.cc, *mail.reply_to):
        assert is_fit(each.name, lines=False)
        assert is_fit(each.address, lines=False)
        assert not each.address or each.address.count("@") == 1
    assert is_fit(mail.subject, lines=False)
    for file in mail.attachments:
        assert is_fit(file.name, lines=False)
        assert file.name
        assert len(file.name) <= 120
        assert not set(file.name) & set('/\\<>:"|?*')
        assert file.name.strip(" .") == file.name
    assert not harms(mail.html)


def test_there_are_enough_samples() -> None:
    assert len(SAMPLES) >= 100


@pytest.mark.parametrize("name", SAMPLES)
def test_R31_R35_a_mail_is_shown_as_safe_text_or_refused_by_name(name: str) -> None:
    sample = SAMPLES[name]
    began = time.process_time()
    if sample.refused:
        assert sample.refused in CODES
        with pytest.raises(MailRefused) as refused:
            read(sample.raw, loop_mark=OURS)
        assert refused.value.code == sample.refused
        assert refused.value.__cause__ is None
        assert refused.value.sentence.endswith(".")
    else:
        mail = read(sample.raw, loop_mark=OURS)
        check_bounds(mail)
        check(mail, sample)
    assert time.process_time() - began < 10


def check(mail: ReadMail, sample: Sample) -> None:
    for each in sample.text:
        assert each in mail.text
    for each in sample.no_text:
        assert each not in mail.text
    for each in sample.quoted:
        assert each in mail.quoted
    if sample.files:
        assert [(each.name, each.type) for each in mail.attachments] == list(sample.files)
    if sample.subject is not None:
        assert mail.subject == sample.subject
    if sample.author is not None:
        assert (mail.author.name, mail.author.address) == sample.author
    assert sample.reasons <= mail.marks.reasons
    assert sample.reasons or not mail.marks.reasons
    assert opens_work(mail.marks) is sample.opens_work
    assert may_be_answered(mail.marks) is not bool(mail.marks.reasons)
    for name, value in sample.more.items():
        if name == "trusted":
            assert mail.author.address == value
        elif name == "misleading":
            assert mail.author.misleading is value
        elif name in ("calendar", "signed", "encrypted"):
            assert getattr(mail.marks, name) == value
        else:
            assert getattr(mail, name) == value


def test_R35_each_mark_is_recognised_in_some_mail() -> None:
    assert {reason for sample in SAMPLES.values() for reason in sample.reasons} == TABLE.keys() - {"null_sender"}
    assert "null_sender" in read(PROGRAMS["bounce-postfix"].raw).marks.reasons


def test_R35_a_bounce_says_whom_it_is_about_and_why() -> None:
    bounce = read(PROGRAMS["bounce-postfix"].raw).marks.bounce
    assert bounce is not None
    assert bounce.original == "<rrrrrrrr.tok-1@mail.bank.example>"
    [failed] = bounce.recipients
    assert (failed.address, failed.status, failed.permanent) == ("weg@kunde.example", "5.1.1", True)
    assert failed.diagnostic == "550 5.1.1 <weg@kunde.example>: Recipient address rejected"
    full = read(PROGRAMS["bounce-full"].raw).marks.bounce
    assert full is not None
    assert not full.recipients[0].permanent
    exim = read(PROGRAMS["bounce-exim"].raw).marks.bounce
    assert exim is not None
    assert [each.address for each in exim.recipients] == ["weg@kunde.example"]


def test_R35_a_mails_own_pictures_are_put_into_it_within_a_bound() -> None:
    mail = read(PROGRAMS["picture-within"].raw)
    pictures = {each.content_id: (each.type, each.content) for each in mail.attachments}
    assert 'src="data:image/png;base64,' in with_pictures(mail.html, pictures)
    assert 'src="cid:bild1@kunde"' in with_pictures(mail.html, pictures, most=10)
    often = with_pictures(mail.html * 1_000, pictures, most=5_000)
    assert 0 < often.count("data:image/png") <= 5_000 // 90
    assert 'src="cid:bild1@kunde"' in with_pictures(mail.html, {"bild1@kunde": ("image/svg+xml", b"<svg/>")})


def test_R31_html_of_many_parts_is_shown_as_far_as_one_would_be() -> None:
    mail = read(BROKEN["html-in-many-parts"].raw)
    assert mail.cut
    assert 0.9 * LIMITS.shown_characters < len(mail.html) <= LIMITS.shown_characters * 1.1


def test_R31_a_failure_that_nobody_foresaw_refuses_one_mail_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bodies, "body", fails)
    with pytest.raises(MailRefused) as refused:
        read(PROGRAMS["gmail-de"].raw)
    assert refused.value.code == "unreadable"
    assert isinstance(refused.value.__cause__, ZeroDivisionError)
