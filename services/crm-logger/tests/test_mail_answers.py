"""R35: an agent answers an e-mail: it is in the log and in the outbox at once, and goes out once. On each store."""

from __future__ import annotations

from typing import Any

import pytest
from parley_chassis.tasks import Tasks
from parley_contracts import work_events as w
from parley_contracts.contacts import AnswerMail, AskInteraction, WithdrawMail
from parley_contracts.mails import KeepUpload
from parley_contracts.refusal import Refused
from parley_crm_logger.domain.events import Recorded, mail_stream
from parley_crm_logger.mailer import Mailer, MailServer
from parley_crm_logger.store import EVERYBODY, Crm, outbox, uploads
from parley_crm_logger.store.mails import of_item

from .conftest import Desk
from .test_mailer import Post, post

__all__ = ["post"]

AT = 1_700_000_000_000
QUEUED: dict[str, Any] = {"priority": 50, "name": "Jonas <jonas@example.net>", "subject": "Cup", "text": "It broke."}
GIVEN: dict[str, Any] = {
    "item": "m1",
    "text": "A new one is on its way.\n\nAnna",
    "usual_to": "jonas@example.net",
    "usual_subject": "Re: Cup",
    "standing": "active",
}


@pytest.fixture
def mail(desk: Desk) -> Desk:
    head: dict[str, Any] = {"tenant": desk.tenant, "queue": "help", "at": AT}
    desk.hear(
        [
            w.WorkQueued(**head, item="m1", kind="email", version=7, **QUEUED),
            w.WorkQueued(**head, item="t1", kind="task", version=8, priority=50),
        ]
    )
    return desk


def refused(desk: Desk, **fields: Any) -> str:
    with pytest.raises(Refused) as told:
        desk.ask(AnswerMail, **{**GIVEN, **fields})
    return str(told.value.code)


def in_outbox(crm: Crm) -> int:
    return sum(outbox.states(crm).values())


def close(desk: Desk) -> None:
    settled = {"outcome": "handled", "why": "completed", "wait_ms": 1, "handle_ms": 2, "wrap_up_ms": 3}
    desk.hear(
        [w.WorkClosed(tenant=desk.tenant, item="m1", kind="email", queue="help", version=9, at=AT + 9, **settled)]
    )


def test_an_answer_is_kept_once_with_the_same_ack_whatever_has_become_of_the_item(mail: Desk, crm: Crm) -> None:
    ack = mail.ask(AnswerMail, id="a", now=AT + 1, **GIVEN)
    assert ack == {"item": "m1", "seq": 2, "at": "2023-11-14T22:13:20.001Z"}
    second = mail.ask(AnswerMail, id="b", now=AT + 2, **{**GIVEN, "text": "And an apology."})
    assert second["seq"] == 3
    close(mail)
    again = {**GIVEN, "standing": "unknown", "usual_to": None, "usual_subject": ""}
    assert mail.ask(AnswerMail, id="a", now=AT + 50, **again) == ack
    assert in_outbox(crm) == 2
    with pytest.raises(Refused) as other:
        mail.ask(AnswerMail, id="a", **{**GIVEN, "text": "something else"})
    assert other.value.code == "conflict"
    assert in_outbox(crm) == 2


def test_R29_built_anew_in_another_order_it_is_found_by_the_same_words(mail: Desk, crm: Crm) -> None:
    """A rebuild hears of the end before it hears of the answer: both logs have no order between them."""
    mail.ask(AnswerMail, now=AT + 1, **GIVEN)
    close(mail)

    def words() -> list[Any]:
        with crm.transaction(write=False, tenant=mail.tenant) as cursor:
            return crm.db.ask(cursor, f"SELECT stems FROM $texts_{crm.live(cursor)}")

    before = [row["stems"] for row in words()]
    with crm.transaction(write=True, tenant=EVERYBODY) as cursor:
        generation = crm.live(cursor)
        for table in ("interactions", "lines", "texts"):
            crm.db.do(cursor, f"DELETE FROM ${table}_{generation}")
    head: dict[str, Any] = {"tenant": mail.tenant, "queue": "help", "at": AT, "item": "m1", "kind": "email"}
    mail.hear([w.WorkQueued(**head, version=7, **QUEUED)])
    close(mail)
    with crm.transaction(write=True, tenant=EVERYBODY) as cursor:
        stored = of_item(crm.db, cursor, mail.tenant, "m1").all
        crm.write(cursor, crm.live(cursor), [Recorded(mail_stream(mail.tenant, "m1"), 1, stored[0])])
    assert [row["stems"] for row in words()] == before


def test_who_reads_it_sees_what_was_answered_and_what_has_become_of_it(mail: Desk) -> None:
    mail.ask(AnswerMail, now=AT + 1, **GIVEN)
    shown = mail.ask(AskInteraction, item="m1")
    assert [(line["seq"], line["from"], line["text"]) for line in shown["transcript"]] == [
        (1, "visitor", "It broke."),
        (2, "agent", GIVEN["text"]),
    ]
    answer = {"seq": 2, "at": "2023-11-14T22:13:20.001Z", "to": "jonas@example.net", "subject": "Re: Cup"}
    assert shown["answers"] == [{**answer, "state": "waiting"}]
    assert "answers" not in mail.ask(AskInteraction, item="t1")


def test_R31_what_cannot_be_answered_is_refused_and_nothing_is_kept(mail: Desk, crm: Crm) -> None:
    assert refused(mail, standing="another") == "not_yours"
    assert refused(mail, standing="parked") == "wrong_state"
    assert refused(mail, item="t1", standing="no_mail") == "wrong_state"
    assert refused(mail, standing="unknown") == "not_found"
    assert refused(mail, usual_to=None) == "bad_request"
    assert refused(mail, to="a@b@c") == "bad_request"
    assert in_outbox(crm) == 0
    with crm.transaction(write=False, tenant=mail.tenant) as cursor:
        assert of_item(crm.db, cursor, mail.tenant, "m1").all == ()


def test_it_is_kept_before_the_record_has_heard_of_the_item(desk: Desk) -> None:
    """R6: whoever was acknowledged a pick can write at once."""
    assert desk.ask(AnswerMail, now=AT + 1, **GIVEN)["seq"] == 2
    head: dict[str, Any] = {"tenant": desk.tenant, "queue": "help", "at": AT}
    desk.hear([w.WorkQueued(**head, item="m1", kind="email", version=7, priority=50, text="It broke.")])
    shown = desk.ask(AskInteraction, item="m1")
    assert [line["text"] for line in shown["transcript"]] == ["It broke.", GIVEN["text"]]
    assert shown["answers"][0]["state"] == "waiting"


def test_R24_what_another_company_writes_is_no_answer_to_it(mail: Desk, elsewhere: Desk) -> None:
    assert refused(elsewhere, standing="unknown") == "not_found"
    elsewhere.ask(AnswerMail, **GIVEN)
    assert "answers" not in mail.ask(AskInteraction, item="m1")


async def test_it_goes_out_once_from_the_company_to_the_customer(
    mail: Desk, crm: Crm, post: tuple[Post, MailServer]
) -> None:
    mailer = Mailer(crm, post[1], Tasks(), lambda: AT + 60_000)
    hostile = "Cup\r\nBcc: victim@example.org"
    mail.ask(AnswerMail, now=AT + 1, **{**GIVEN, "subject": hostile, "to": "j.becker@example.net"})
    assert [await mailer.turn() for _ in range(2)] == [True, False]
    mailer._calls.close()
    (letter,) = post[0].letters
    assert (letter["To"], letter["Subject"], letter["Bcc"]) == (
        "j.becker@example.net",
        "Cup Bcc: victim@example.org",
        None,
    )
    assert letter["From"] == "Parley <post@parley.example>"
    assert letter["Auto-Submitted"] is None, "a person wrote it"
    assert letter.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip("\n") == GIVEN["text"]
    assert mail.ask(AskInteraction, item="m1")["answers"][0]["state"] == "sent"


def test_an_answer_counts_for_nobody_who_wants_a_transcript(mail: Desk, crm: Crm) -> None:
    rules = outbox.Rules(per_recipient=1, per_company=1)
    mail.contact("kim", "Kim", emails=("jonas@example.net",))
    mail.chat("c1", AT, contact="kim", agent="anna")
    for _ in range(3):
        mail.ask(AnswerMail, now=AT + 1, **GIVEN)
    from .test_mailer import SendTranscript

    asked = SendTranscript(
        tenant="acme", sender=mail.sender(), item="c1", to="jonas@example.net", reader={"everything": True}
    )  # type: ignore[arg-type]
    assert outbox.put(crm, asked, AT + 2, rules) == {"item": "c1", "to": "jonas@example.net"}


def test_R35_what_was_written_is_forwarded_with_who_wrote_it_and_when(mail: Desk) -> None:
    to = {"to": "workshop@firm.example", "text": "Can you mend it?", "usual_subject": "Fwd: Cup"}
    told = mail.ask(AnswerMail, **{**GIVEN, **to}, forward=1, forward_language="de")
    db = mail.crm.db
    with mail.crm.transaction(write=False, tenant=mail.tenant) as cursor:
        found = of_item(db, cursor, mail.tenant, "m1").answer(told["seq"])
    assert found is not None
    assert (found[1].to, found[1].subject) == ("workshop@firm.example", "Fwd: Cup")
    assert found[1].text == (
        "Can you mend it?\n\n---------- Weitergeleitete Nachricht ----------\n"
        "Von: Jonas <jonas@example.net>\nDatum: 14.11.2023, 22:13 UTC\n\nIt broke."
    )


def test_R35_of_what_was_forwarded_the_agents_own_words_are_the_draft_again(mail: Desk) -> None:
    to = {"to": "workshop@firm.example", "text": "Can you mend it?"}
    told = mail.ask(AnswerMail, **{**GIVEN, **to}, forward=1)
    back = mail.ask(WithdrawMail, item="m1", seq=told["seq"], standing="active")
    assert back["text"] == "Can you mend it?"


def test_R31_a_company_sets_how_much_goes_along(mail: Desk, crm: Crm) -> None:
    file = {"name": "a.bin", "media_type": "application/octet-stream", "size": 2_000_000, "sha256": "a" * 64}
    handed = uploads.keep(crm, KeepUpload(tenant=mail.tenant, sender=mail.sender(None), **file), AT)
    files = {"attachments": (handed["attachment"],)}
    assert refused(mail, **files, most_attached=1_000_000) == "too_long"
    assert refused(mail, **files, most_attached=0) == "too_long"
    assert in_outbox(crm) == 0
    mail.ask(AnswerMail, **{**GIVEN, **files}, most_attached=2_000_000)
    assert in_outbox(crm) == 1


def test_R31_nothing_is_forwarded_to_nobody_or_that_is_not_there(mail: Desk) -> None:
    assert refused(mail, forward=1) == "bad_request"
    assert refused(mail, forward=9, to="workshop@firm.example") == "not_found"
    assert in_outbox(mail.crm) == 0
