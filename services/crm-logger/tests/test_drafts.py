"""R35: what is begun about an item is kept for whoever has it in hand, until it is sent or the item is over. On each store."""

from __future__ import annotations

from typing import Any

import pytest
from parley_contracts.contacts import AnswerMail, AskInteraction, KeepDraft
from parley_contracts.reading import Reader
from parley_contracts.refusal import Refused
from parley_crm_logger.store import Crm, drafts

from .conftest import Desk
from .test_mail_answers import AT, GIVEN, close, mail

__all__ = ["mail"]


def keep(desk: Desk, text: str, at: int = AT, item: str = "m1") -> dict[str, Any]:
    return drafts.keep(desk.crm, KeepDraft(tenant=desk.tenant, sender=desk.sender(), item=item, text=text), at)


def begun(desk: Desk, item: str = "m1") -> Any:
    with desk.crm.transaction(write=False, tenant=desk.tenant) as cursor:
        return drafts.of_item(desk.crm.db, cursor, desk.tenant, item)


def shown(desk: Desk, **reader: Any) -> Any:
    return desk.ask(AskInteraction, item="m1", reader=Reader(queues=("help",), **reader)).get("draft")


def test_R35_what_is_kept_last_stands_and_an_empty_text_is_no_draft(mail: Desk) -> None:
    assert keep(mail, "Dear") == {"item": "m1", "at": "2023-11-14T22:13:20.000Z"}
    keep(mail, "Dear Jonas", AT + 5)
    assert begun(mail).text == "Dear Jonas"
    assert begun(mail).at == AT + 5
    keep(mail, "")
    assert begun(mail) is None


def test_R35_whoever_has_it_in_hand_is_shown_it_and_nobody_else(mail: Desk) -> None:
    keep(mail, "Dear Jonas")
    user = mail.sender().user
    assert shown(mail, items=("m1",)) == {"text": "Dear Jonas", "agent": user, "at": "2023-11-14T22:13:20.000Z"}
    assert shown(mail) is None
    assert mail.ask(AskInteraction, item="m1", reader=Reader(everything=True)).get("draft") is None


def test_R30_R35_it_goes_in_the_transaction_of_the_answer_and_not_with_a_retry_of_it(mail: Desk) -> None:
    keep(mail, "A new one is")
    keep(mail, "another item's", item="t1")
    mail.ask(AnswerMail, id="a", now=AT + 1, **GIVEN)
    assert begun(mail) is None
    keep(mail, "And an apology")
    mail.ask(AnswerMail, id="a", now=AT + 2, **GIVEN)
    assert begun(mail).text == "And an apology"
    assert begun(mail, "t1").text == "another item's"


def test_R35_an_answer_that_is_refused_leaves_the_draft(mail: Desk) -> None:
    keep(mail, "A new one is")
    with pytest.raises(Refused):
        mail.ask(AnswerMail, **{**GIVEN, "standing": "parked"})
    assert begun(mail).text == "A new one is"


def test_R35_it_goes_when_the_item_is_closed_and_none_is_kept_after_that(mail: Desk) -> None:
    keep(mail, "never mind")
    close(mail)
    assert begun(mail) is None
    with pytest.raises(Refused) as told:
        keep(mail, "too late")
    assert told.value.code == "wrong_state"
    assert begun(mail) is None


def test_R32_what_nobody_came_back_to_is_forgotten_after_30_days(mail: Desk, crm: Crm) -> None:
    keep(mail, "an old one")
    keep(mail, "a new one", AT + drafts.KEPT_MS, "t1")
    assert begun(mail).text == "an old one"
    keep(mail, "a new one", AT + drafts.KEPT_MS + 1, "t1")
    assert begun(mail) is None
    assert begun(mail, "t1").text == "a new one"
