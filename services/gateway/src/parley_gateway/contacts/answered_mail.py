"""R35: an agent answers an e-mail that they have in hand."""

from __future__ import annotations

import re
from typing import Any, Literal, NamedTuple

from parley_contracts import contact_values as judge
from parley_contracts.commands import AskItem
from parley_contracts.contacts import LONGEST_SUBJECT, AnswerMail, WithdrawMail
from parley_contracts.topology import CRM_QUESTIONS, floor_stream, partition_of, router_inbox

from ..domain.identity import Identity
from ..service_link import ServiceLink

Standing = Literal["active", "parked", "another", "no_mail", "unknown"]

_ANSWERED = re.compile(r"\s*(re|aw|antwort)\s*:", re.I)
_FORWARDED = re.compile(r"\s*(fwd?|wg)\s*:", re.I)


def forwarded(subject: str | None) -> str:
    """A subject, forwarded once."""
    return subject if subject and _FORWARDED.match(subject) else f"Fwd: {subject or ''}".strip()


def answered(subject: str | None) -> str:
    """A subject, answered once."""
    return subject if subject and _ANSWERED.match(subject) else f"Re: {subject or ''}".strip()


def _standing(item: dict[str, Any], agent: str) -> Standing:
    """How an item, as the floor shows it, stands with an agent."""
    if not item:
        return "unknown"
    if item.get("kind") != "email":
        return "no_mail"
    if item.get("owner") != agent:
        return "another"
    return "active" if item.get("activity") == "active" and item.get("stage") == "conversation" else "parked"


class Written(NamedTuple):
    """What an agent has written; None: to whoever wrote, with the subject answered. `attachments` are names of what they have handed in;
    `forward`: the number of an entry that goes along, `forward_language`: of the words above it."""

    text: str
    to: str | None = None
    cc: tuple[str, ...] = ()
    subject: str | None = None
    attachments: tuple[str, ...] = ()
    forward: int | None = None
    forward_language: Literal["de", "en"] | None = None


async def answer_mail(link: ServiceLink, who: Identity, id: str, item: str, written: Written) -> dict[str, Any]:
    """What the CRM says of the answer (`seq`, `at`). The floor says how the item stands; the CRM whether it has heard this before. Raises Refused."""
    inbox = router_inbox(partition_of(floor_stream(who.tenant)))
    asked = AskItem(tenant=who.tenant, item=item, forgiving=True)
    found = ((await link.ask(inbox, asked, who.role, who.user)).ack or {}).get("item") or {}
    usual = answered if written.forward is None else forwarded
    answer = AnswerMail(
        tenant=who.tenant,
        item=item,
        **written._asdict(),
        usual_to=judge.address_in(found.get("name")),
        usual_subject=usual(found.get("subject"))[:LONGEST_SUBJECT],
        queue_now=found.get("queue"),
        most_attached=link.most_attached(who.tenant),
        conversation_now=found.get("conversation"),
        standing=_standing(found, who.user),
    )
    ack = (await link.ask(CRM_QUESTIONS, answer, who.role, who.user, id, name=who.name)).ack or {}
    return {"item": item, "seq": ack["seq"], "at": ack["at"]}


async def withdraw_mail(link: ServiceLink, who: Identity, id: str, item: str, seq: int) -> dict[str, Any]:
    """The answer does not go out, and is the draft again (`item`, `seq`, `text`). Raises Refused."""
    inbox = router_inbox(partition_of(floor_stream(who.tenant)))
    asked = AskItem(tenant=who.tenant, item=item, forgiving=True)
    found = ((await link.ask(inbox, asked, who.role, who.user)).ack or {}).get("item") or {}
    command = WithdrawMail(tenant=who.tenant, item=item, seq=seq, standing=_standing(found, who.user))
    return (await link.ask(CRM_QUESTIONS, command, who.role, who.user, id, name=who.name)).ack or {}
