"""R35: an answer that has not gone out is withdrawn: it never goes out, and is the draft again. On each store."""

from __future__ import annotations

from typing import Any

import pytest
from parley_chassis.tasks import Tasks
from parley_contracts.contacts import AnswerMail, AskInteraction, KeepDraft, WithdrawMail
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Sender
from parley_crm_logger.answers import answer
from parley_crm_logger.mailer import Mailer, MailServer
from parley_crm_logger.store import Crm, drafts, outbox

from .conftest import Desk
from .test_mail_answers import AT, GIVEN, close, in_outbox, mail
from .test_mailer import Post, post

__all__ = ["mail", "post"]

HOLD = 10_000
BACK: dict[str, Any] = {"item": "m1", "seq": 2, "standing": "active"}


def writes(desk: Desk, crm: Crm, id: str = "a", **fields: Any) -> dict[str, Any]:
    sender = Sender(gateway="g", connection=1, id=id, role="agent", user="anna")
    return answer(crm, AnswerMail(tenant=desk.tenant, sender=sender, **{**GIVEN, **fields}), AT, HOLD)


def draft(desk: Desk) -> str | None:
    with desk.crm.transaction(write=False, tenant=desk.tenant) as cursor:
        found = drafts.of_item(desk.crm.db, cursor, desk.tenant, "m1")
    return None if found is None else found.text


def refused(desk: Desk, **fields: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as told:
        desk.ask(WithdrawMail, now=AT + 5, **{**BACK, **fields})
    return told.value.code, told.value.facts.get("why", "")


def test_it_is_out_of_the_outbox_and_the_transcript_and_a_draft_again(mail: Desk, crm: Crm) -> None:
    writes(mail, crm)
    assert mail.ask(AskInteraction, item="m1")["transcript"][-1]["until"] == "2023-11-14T22:13:30.000Z"
    assert outbox.take(crm, AT + HOLD - 1) is None
    ack = mail.ask(WithdrawMail, id="u", now=AT + 5, **BACK)
    assert ack == {"item": "m1", "seq": 2, "text": GIVEN["text"]}
    assert mail.ask(WithdrawMail, id="u", now=AT + 6, **BACK) == ack
    assert in_outbox(crm) == 0
    assert draft(mail) == GIVEN["text"]
    shown = mail.ask(AskInteraction, item="m1")
    assert [line["text"] for line in shown["transcript"]] == ["It broke."]
    assert "answers" not in shown
    assert refused(mail) == ("wrong_state", "withdrawn")

    # the next one has a number of its own, and the same answer told again is the same
    assert writes(mail, crm, "b", text="Another.")["seq"] == 3
    assert writes(mail, crm)["seq"] == 2
    shown = mail.ask(AskInteraction, item="m1")
    assert [(line["seq"], line["text"]) for line in shown["transcript"]] == [(1, "It broke."), (3, "Another.")]
    assert [each["seq"] for each in shown["answers"]] == [3]
    assert in_outbox(crm) == 1


def test_what_was_begun_since_stands_behind_it(mail: Desk, crm: Crm) -> None:
    writes(mail, crm)
    begun = KeepDraft(tenant=mail.tenant, sender=mail.sender(), item="m1", text="PS: the blue one")
    drafts.keep(crm, begun, AT + 1)
    mail.ask(WithdrawMail, now=AT + 5, **BACK)
    assert draft(mail) == GIVEN["text"] + "\n\nPS: the blue one"


def test_R31_who_comes_too_late_is_told_and_nothing_changes(mail: Desk, crm: Crm) -> None:
    assert refused(mail) == ("not_found", "")
    writes(mail, crm)
    assert refused(mail, seq=7)[0] == "not_found"
    assert refused(mail, standing="another")[0] == "not_yours"
    letter = outbox.take(crm, AT + HOLD)
    assert letter is not None
    assert refused(mail) == ("wrong_state", "too_late")
    outbox.settle(crm, letter, "waiting", "the server was away", AT + HOLD)
    assert refused(mail) == ("wrong_state", "too_late"), "it may have been seen by a mail server"
    assert draft(mail) is None
    assert [line["seq"] for line in mail.ask(AskInteraction, item="m1")["transcript"]] == [1, 2]


@pytest.mark.parametrize("first", ["sender", "agent"])
async def test_R30_it_goes_out_or_is_withdrawn_and_never_both(
    mail: Desk, crm: Crm, post: tuple[Post, MailServer], first: str
) -> None:
    mailer = Mailer(crm, post[1], Tasks(), lambda: AT + HOLD)
    writes(mail, crm, to="j.becker@example.net")
    if first == "agent":
        mail.ask(WithdrawMail, now=AT + HOLD, **BACK)
    assert await mailer.turn() is (first == "sender")
    mailer._calls.close()
    if first == "sender":
        assert refused(mail) == ("wrong_state", "too_late")
    assert len(post[0].letters) == (1 if first == "sender" else 0)


def test_R29_what_is_withdrawn_is_not_found_by_its_words(mail: Desk, crm: Crm) -> None:
    writes(mail, crm, text="Chrysanthemum")
    close(mail)
    mail.ask(WithdrawMail, now=AT + 5, **BACK)
    with crm.transaction(write=False, tenant=mail.tenant) as cursor:
        (row,) = crm.db.ask(cursor, f"SELECT stems FROM $texts_{crm.live(cursor)}")
    assert "chrysanthem" not in str(row["stems"])
