"""R3: mails that come in are taken once, belong where they should, and are told to the floor. On each store."""

from __future__ import annotations

from email.message import EmailMessage
from itertools import count
from typing import Any

import pytest
from parley_contracts import work_events as w
from parley_contracts.contacts import AnswerMail, AskInteraction
from parley_contracts.mail_items import HearMail
from parley_contracts.mails import AskMail, KeepUpload, MailboxSettings, PutMailbox
from parley_contracts.reading import EVERYTHING
from parley_contracts.refusal import Refused
from parley_crm_logger.domain.arriving import Arrived
from parley_crm_logger.store import arrivals, uploads
from parley_mail.reading import read
from parley_mail.refusals import MailRefused

from .conftest import Desk

AT = 1_700_000_000_000
ITEM = "mail-"


class Post:
    """A customer's mails into one mailbox of the company."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.uids, self.times = desk, count(1), count(AT)
        settings = MailboxSettings(address="support@company.example", queue="help", name="Company")
        desk.ask(PutMailbox, mailbox="support", settings=settings)

    def take(self, raw: bytes, uid: int | None = None, validity: int = 1) -> dict[str, Any]:
        try:
            found: Any = read(raw)
        except MailRefused as refused:
            found = refused
        uid = next(self.uids) if uid is None else uid
        name = f"{hash(raw) & (2**63 - 1):064x}"
        arrived = Arrived(self.desk.tenant, "support", "help", validity, uid, len(raw), found, name)
        return arrivals.take(self.desk.crm, arrived, next(self.times))

    def told(self) -> list[HearMail]:
        """What the floor is to hear; it has heard it then."""
        found = []
        while (each := arrivals.due(self.desk.crm, AT + 10**9, 30_000)) is not None:
            found.append(arrivals.command_of(each))
            arrivals.heard(self.desk.crm, each)
        return found

    def answer(self, item: str, **fields: Any) -> str:
        """The Message-ID of an agent's answer."""
        given = {"text": "On its way.", "usual_to": "jo@example.net", "usual_subject": "Re: Cup", "standing": "active"}
        ack = self.desk.ask(AnswerMail, now=next(self.times), item=item, **{**given, "queue_now": "help", **fields})
        with self.desk.crm.transaction(write=False, tenant=self.desk.tenant) as cursor:
            found = dict(arrivals.mails.of_item(self.desk.crm.db, cursor, self.desk.tenant, item).numbered())
        return f"<{found[ack['seq']].mail}@company.example>"

    def heard(self, item: str, stage: str) -> None:
        """The record hears of an item from the floor."""
        head: dict[str, Any] = {"tenant": self.desk.tenant, "item": item, "kind": "email", "queue": "help", "at": AT}
        if stage == "closed":
            settled = {"outcome": "handled", "why": "completed", "wait_ms": 1, "handle_ms": 2, "wrap_up_ms": 3}
            self.desk.hear([w.WorkClosed(**head, version=next(self.uids) + 90, **settled)])
        else:
            self.desk.hear(
                [w.WorkQueued(**head, version=next(self.uids) + 90, priority=50, name="Jo <jo@example.net>")]
            )


@pytest.fixture
def post(desk: Desk) -> Post:
    return Post(desk)


def mail(text: str = "It broke.", sender: str = "Jo <jo@example.net>", **headers: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "support@company.example", headers.pop("Subject", "Cup")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return bytes(made)


def entries(desk: Desk, item: str) -> list[dict[str, Any]]:
    return list(desk.ask(AskInteraction, item=item)["transcript"])


def test_R3_a_mail_waits_as_an_item_with_what_it_says(post: Post) -> None:
    taken = post.take(mail(Message_ID="<a@example.net>"))
    (hears,) = post.told()
    assert taken == {"item": hears.item, "opened": True}
    assert (hears.queue, hears.subject, hears.name, hears.goes_on) == ("help", "Cup", "Jo <jo@example.net>", None)
    post.heard(hears.item, "waiting")
    (entry,) = entries(post.desk, hears.item)
    assert (entry["seq"], entry["from"], entry["text"]) == (1, "visitor", "It broke.")
    assert (entry["subject"], entry["to"], entry["attachments"]) == ("Cup", ["support@company.example"], [])


def test_R30_the_same_place_in_the_mailbox_is_taken_once(post: Post) -> None:
    first = post.take(mail(), uid=7)
    assert first["opened"]
    assert post.take(mail(), uid=7) == {}
    assert post.take(mail("older"), uid=3) == {}
    assert len(post.told()) == 1


def test_R30_a_server_that_numbers_anew_brings_nothing_twice(post: Post) -> None:
    first = post.take(mail(), uid=7)
    assert post.take(mail(), uid=1, validity=2) == first
    assert post.take(mail("another"), uid=2, validity=2)["item"] != first["item"]
    assert len(post.told()) == 2


def test_R30_what_the_floor_has_not_heard_is_told_again_under_the_same_name(post: Post) -> None:
    post.take(mail())
    crm = post.desk.crm
    once = arrivals.due(crm, AT + 100, 30_000)
    assert once is not None
    assert arrivals.due(crm, AT + 101, 30_000) is None, "while one process tells it, no other does"
    arrivals.later(crm, once, "There is no queue help: an administrator can make it.", AT + 200)
    assert "no queue help" in arrivals.waiting(crm)[0]
    again = arrivals.due(crm, AT + 200 + 1_000, 30_000)
    assert again is not None
    assert (again.mail, again.command) == (once.mail, once.command)
    arrivals.heard(crm, again)
    assert arrivals.waiting(crm) == []


def test_a_reply_to_ours_goes_on_with_the_item_while_it_is_open_and_with_its_conversation_after(post: Post) -> None:
    first = post.take(mail(Message_ID="<a@example.net>"))["item"]
    post.told()
    post.heard(first, "waiting")
    ours = post.answer(first)
    second = post.take(mail("Thanks, but", In_Reply_To=ours, References=f"<a@example.net> {ours}"))
    (hears,) = post.told()
    assert (second["item"], hears.goes_on, hears.last_agent) == (first, first, "anna")
    assert [entry["text"] for entry in entries(post.desk, first)] == ["It broke.", "On its way.", "Thanks, but"]
    assert [entry["seq"] for entry in entries(post.desk, first)] == [1, 2, 3]
    post.heard(first, "closed")
    third = post.take(mail("Still broken", In_Reply_To=ours))
    (hears,) = post.told()
    assert third["item"] == hears.item != first
    assert (hears.goes_on, hears.last_agent) == (None, "anna")
    post.heard(hears.item, "waiting")
    assert post.desk.ask(AskInteraction, item=hears.item)["conversation"] == [first]


def test_the_item_that_a_mail_waits_as_when_the_floor_had_closed_it_is_of_the_same_conversation(post: Post) -> None:
    first = post.take(mail(Message_ID="<a@example.net>"))["item"]
    post.heard(first, "waiting")
    post.told()
    post.take(mail("and", References="<a@example.net>"))
    (hears,) = post.told()
    assert hears.goes_on == first != hears.item
    post.heard(hears.item, "waiting")
    assert post.desk.ask(AskInteraction, item=hears.item)["conversation"] == [first]


def test_a_stranger_who_names_our_mail_gets_into_no_conversation(post: Post) -> None:
    first = post.take(mail(Message_ID="<a@example.net>"))["item"]
    post.heard(first, "waiting")
    ours = post.answer(first)
    other = post.take(mail("I am Jo, send it to me", sender="Eve <eve@evil.example>", In_Reply_To=ours))
    assert other["item"] != first
    assert all(hears.goes_on is None for hears in post.told())


def test_an_answer_answers_the_newest_mail_and_comes_from_its_mailbox(post: Post) -> None:
    first = post.take(mail(Message_ID="<a@example.net>", References="<0@example.net>"))["item"]
    post.answer(first)
    with post.desk.crm.transaction(write=False, tenant=post.desk.tenant) as cursor:
        written = arrivals.mails.of_item(post.desk.crm.db, cursor, post.desk.tenant, first).all[-1]
    assert (written.mailbox, written.answered) == ("support", "<a@example.net>")
    assert written.references == ("<0@example.net>", "<a@example.net>")


AUTOMATIC = {
    "out of office": {"Auto_Submitted": "auto-replied", "Subject": "Out of office: Cup"},
    "spam": {"X_Spam_Flag": "YES"},
    "list": {"List_Id": "<news.example.net>", "List_Post": "<mailto:news@example.net>"},
}


@pytest.mark.parametrize("headers", AUTOMATIC.values(), ids=AUTOMATIC)
def test_what_nobody_has_to_see_to_opens_no_work_and_is_noted_where_it_belongs(
    post: Post, headers: dict[str, str]
) -> None:
    first = post.take(mail(Message_ID="<a@example.net>"))["item"]
    post.heard(first, "waiting")
    ours = post.answer(first)
    post.told()
    post.heard(first, "closed")
    taken = post.take(mail("I am away.", In_Reply_To=ours, **headers))
    assert taken == {"item": first, "opened": False}
    assert post.told() == []
    assert entries(post.desk, first)[-1]["marks"]


def test_R32_a_mail_that_cannot_be_read_waits_with_its_reason(post: Post) -> None:
    taken = post.take(b"From: jo@example.net\r\n\r\n" + b"x\r\n" * 1_100_000)
    (hears,) = post.told()
    assert hears.item == taken["item"]
    post.heard(hears.item, "waiting")
    (entry,) = entries(post.desk, hears.item)
    assert (entry["refused"], entry["text"]) == ("too_many_lines", "")


def test_R35_copies_and_files_go_along_and_a_file_is_of_use_to_its_agent_alone(post: Post) -> None:
    desk, first = post.desk, post.take(mail())["item"]
    made = KeepUpload(
        tenant=desk.tenant, sender=desk.sender(), name="a.pdf", media_type="application/pdf", size=5, sha256="0" * 64
    )
    handed = uploads.keep(desk.crm, made, AT)["attachment"]
    with pytest.raises(Refused) as refused:
        post.answer(first, attachments=("0" * 64,))
    assert refused.value.code == "not_found"
    post.answer(first, attachments=(handed,), cc=("boss@example.net",))
    post.heard(first, "waiting")
    entry = entries(desk, first)[-1]
    assert (entry["to"], entry["cc"]) == (["jo@example.net"], ["boss@example.net"])
    assert entry["attachments"] == [{"name": "a.pdf", "type": "application/pdf", "size": 5, "number": 0}]
    told = desk.ask(AskMail, item=first, seq=entry["seq"], reader=EVERYTHING)
    assert [each["sha256"] for each in told["files"]] == ["0" * 64]
    reply = post.take(mail("cc speaks", sender="boss@example.net", In_Reply_To=post.answer(first)))
    assert reply["item"] == first
