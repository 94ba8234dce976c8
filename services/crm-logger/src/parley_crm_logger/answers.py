"""What each question is answered with (R24-R26). Blocking; each in one transaction that sees one instant's tables."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from parley_contracts import contacts as c
from parley_contracts import mails as m
from parley_contracts.instant import rfc3339
from parley_contracts.pages import PAGE_BYTES
from parley_contracts.reading import NOTHING, Reader, Reading, not_yours
from parley_contracts.refusal import Refused
from parley_contracts.shapes import Command

from .cursors import cursor_of, place_of
from .domain.candidates import beginning, called, findings
from .domain.contacts import checked
from .domain.events import MailWritten
from .domain.stemming import begun, groups, snippet
from .domain.transcript import document
from .store import (
    CHANGES,
    Crm,
    Interaction,
    Place,
    carry_out,
    contacts,
    drafts,
    interactions,
    mails,
    outbox,
    past,
    search,
    texts,
)
from .store.reading import with_persons
from .views import file_shown, interaction_shown, mail_shown

Answer = dict[str, Any]
MOST_CANDIDATES = 10
_TELLS = {"customer_number": 8, "email": 4, "phone": 2, "earlier_chat": 1}
"""How much each reason tells about who somebody is."""


def answer(crm: Crm, question: Command, at: int, hold_ms: int = 0) -> Answer:
    """The ack of a question or a command that was asked at `at`. Raises Refused, StoreDown; TypeError for what is none."""
    if isinstance(question, CHANGES):
        return carry_out(crm, question, at, hold_ms)
    asked = _QUESTIONS.get(type(question))
    if asked is None:
        raise TypeError(f"{type(question).__name__} is no question for the CRM")
    # One instant: the live generation may change, and the old one's tables go, between two looks.
    with crm.transaction(write=False, tenant=question.tenant, one_instant=True) as cursor:
        return asked(Look(crm, cursor, question), question)


class Look:
    """The live tables of a tenant, as a question's transaction sees them."""

    def __init__(self, crm: Crm, cursor: Any, question: Command) -> None:
        self.tables = (crm.db, cursor, crm.live(cursor), question.tenant)
        self.reader = with_persons(*self.tables, question.reader if isinstance(question, Reading) else NOTHING)

    def one(self, item: str, lines_of: interactions.Span | None = None) -> Interaction:
        """An interaction whose texts are for the reader. Raises Refused `not_found`, `forbidden`."""
        found = interactions.whole(*self.tables, [item], lines_of)
        if not found:
            raise Refused("not_found", "There is no such interaction.")
        if not found[0].is_for(self.reader):
            raise not_yours()
        return found[0]

    def called(self, names: Collection[str]) -> dict[str, str]:
        """Of these contacts the names of those that stand for them."""
        chains = contacts.upwards(*self.tables, sorted(names))
        heads = contacts.by_name(*self.tables, sorted({chain[-1] for chain in chains.values()}))
        return {name: heads[chain[-1]]["name"] for name, chain in chains.items()}

    def page(self, places: list[Place], limit: int) -> tuple[list[Answer], Answer]:
        """As many of these interactions as agents see them as a page holds, at most `limit`, at least one; and where there are
        more, from where on."""
        size, sizes = 0, interactions.sizes(*self.tables, [place.item for place in places]) if places else {}
        held = 0
        for place in places[:limit]:
            size += sizes.get(place.item, 0)
            if held and size > PAGE_BYTES:
                break
            held += 1
        found = interactions.whole(*self.tables, [place.item for place in places[:held]])
        more = {"next": cursor_of(places[held - 1])} if len(places) > held else {}
        return [interaction_shown(each, withheld=not each.is_for(self.reader)) for each in found], more


def _shown(contact: c.Contact) -> Answer:
    return contact.model_dump(mode="json", exclude_none=True)


# --- contacts --------------------------------------------------------------------------------------------------------


def _contact(look: Look, question: c.AskContact) -> Answer:
    found = contacts.shown(*look.tables, [question.contact])
    if not found:
        raise Refused("not_found", "There is no such contact.")
    return {"contact": _shown(found[0])}


def _names(look: Look, question: c.AskContactNames) -> Answer:
    chains = contacts.upwards(*look.tables, question.contacts)
    tops = contacts.by_name(*look.tables, sorted({chain[-1] for chain in chains.values()}))
    return {"names": {contact: [tops[chain[-1]]["name"], chain[-1]] for contact, chain in chains.items()}}


def _search(look: Look, question: c.SearchContacts) -> Answer:
    names = search.search(*look.tables, question.query, question.limit, question.region)
    return {"items": [_shown(found) for found in contacts.shown(*look.tables, names)]}


def _list(look: Look, question: c.ListContacts) -> Answer:
    names = contacts.in_order(*look.tables, question.after or "", question.limit + 1)
    more = {"next": names[question.limit - 1]} if len(names) > question.limit else {}
    return {"items": [_shown(found) for found in contacts.shown(*look.tables, names[: question.limit])], **more}


def _duplicates(look: Look, question: c.AskDuplicates) -> Answer:
    if question.contact is not None and not contacts.by_name(*look.tables, [question.contact]):
        raise Refused("not_found", "There is no such contact.")
    pairs = search.duplicates(*look.tables, question.contact, question.limit)
    names = list(dict.fromkeys(name for pair in pairs for name in pair.contacts))
    found = {each.contact: _shown(each) for each in contacts.shown(*look.tables, names)}
    return {"pairs": [{"contacts": [found[name] for name in pair.contacts], "why": list(pair.why)} for pair in pairs]}


def _alike(look: Look, question: c.AskAlike) -> Answer:
    whys = search.alike(*look.tables, checked(question.fields), question.limit)
    return {
        "items": [
            {"contact": _shown(found), "why": whys[found.contact]} for found in contacts.shown(*look.tables, list(whys))
        ]
    }


# --- interactions ----------------------------------------------------------------------------------------------------


def _interaction(look: Look, question: c.AskInteraction) -> Answer:
    lines, more = interactions.span(*look.tables, question.item, question.beyond, PAGE_BYTES)
    found = look.one(question.item, lines)
    shown = interaction_shown(found) if found.facts["kind"] != "email" else _with_mails(look, found)
    begun = None if question.beyond else _draft(look, question, found)
    return shown | ({"draft": begun.shown()} if begun else {}) | ({"next": lines.to} if more else {})


def _draft(look: Look, question: c.AskInteraction, found: Interaction) -> drafts.Draft | None:
    """What is begun about it, for whoever has it in hand: as the reader says, or else as the record does."""
    facts, user = found.facts, question.sender.user if question.sender is not None else None
    has = question.item in look.reader.items or (user is not None and user == facts["agent"])
    if not has or facts["stage"] == "closed":
        return None
    db, cursor, _, tenant = look.tables
    return drafts.of_item(db, cursor, tenant, question.item)


def _with_mails(look: Look, found: Interaction) -> Answer:
    """An e-mail with what its mails say beside their texts, what has become of each answer (R35), and the other items of its conversation."""
    db, cursor, _, tenant = look.tables
    item = found.facts["item"]
    numbered = mails.of_item(db, cursor, tenant, item).numbered()
    names = [mail.mail for _, mail in numbered if isinstance(mail, MailWritten)]
    states = outbox.became(db, cursor, tenant, names) if names else {}
    held = outbox.held(db, cursor, tenant, names) if names else {}
    shown = interaction_shown(found, mails={seq: mail_shown(mail, states, held) for seq, mail in numbered})
    answers = [
        {"seq": seq, "at": rfc3339(mail.at), "to": mail.to, "subject": mail.subject, "state": states.get(mail.mail)}
        for seq, mail in numbered
        if isinstance(mail, MailWritten)
    ]
    thread = mails.thread_of(look.tables, item)
    every = mails.items_of(look.tables, thread)
    there = interactions.whole(
        *look.tables, every, interactions.NO_LINES
    )  # a name that was kept ready may never have been needed
    others = [each.facts["item"] for each in there if each.facts["item"] != item]
    return (
        shown
        | ({"answers": answers} if answers else {})
        | ({"conversation": others, "thread": thread} if others else {})
    )


def _mail(look: Look, question: m.AskMail) -> Answer:
    look.one(question.item, interactions.NO_LINES)
    db, cursor, _, tenant = look.tables
    found = dict(mails.of_item(db, cursor, tenant, question.item).numbered()).get(question.seq)
    if found is None:
        raise Refused("not_found", "There is no such mail.")
    files = [file_shown(each) | {"sha256": each.sha256, "inline": each.inline} for each in found.files]
    if isinstance(found, MailWritten):
        return {"files": files}
    return {
        "files": files,
        "original": None if found.masked else found.original,
        "quoted": found.quoted,
        "html": found.html,
        "subject": found.subject,
    }


def _mailboxes(look: Look, question: m.AskMailboxes) -> Answer:
    rows = mails.mailboxes(look.tables)
    return {
        "mailboxes": {
            row.mailbox: {
                "address": row.address,
                "queue": row.queue,
                "name": row.name,
                "url": row.url,
                "enabled": bool(row.enabled),
                "password": bool(row.sealed),
            }
            for row in rows
        }
    }


def _person(look: Look, contact: str) -> list[str]:
    names = contacts.person(*look.tables, contact)
    if not names:
        raise Refused("not_found", "There is no such contact.")
    return names


def _history(look: Look, question: c.AskHistory) -> Answer:
    names, after = _person(look, question.contact), place_of(question.after)
    places = interactions.of_contacts(*look.tables, names, after, question.limit + 1, question.kind)
    items, more = look.page(places, question.limit)
    return {"items": items, **more}


def _transcripts(look: Look, question: c.SearchTranscripts) -> Answer:
    wanted, after = groups(question.query), place_of(question.after)
    agent, limit = question.agent, question.limit + 1
    readers = [look.reader] if agent is None else [look.reader, Reader(agent=agent)]
    if question.contact is not None and wanted:
        persons = _person(look, question.contact)
        places = texts.having(*look.tables, wanted, persons, after, limit, *readers)
    elif wanted:
        places = past.found(*look.tables, question.query, question.region, after, limit, *readers)
    elif agent is not None and question.contact is None and not question.query.strip():
        places = past.closed_by(*look.tables, agent, after, limit, *readers)
    else:
        raise Refused("bad_request", "There is no word in this query: type at least one.")
    page, more = look.page(places, question.limit)
    names = look.called({shown["contact"] for shown in page if "contact" in shown})
    for shown in page:
        shown |= _hit([*shown.pop("transcript"), *shown.pop("notes")], wanted)
        if (name := names.get(shown.get("contact", ""))) is not None:
            shown["contact_name"] = name
    return {"items": page, **more}


def _hit(said: list[Answer], wanted: list[tuple[str, ...]]) -> Answer:
    """The first line with a word that is looked for, around it; or else the beginning of what the visitor said first."""
    for line in said:
        if (found := snippet(line["text"], wanted)) is not None:
            return {"at": line["at"], "text": found.text, "hits": [list(hit) for hit in found.hits]}
    first = next((line for line in said if line.get("from") == "visitor"), None)
    return {} if first is None else {"at": first["at"], "text": begun(first["text"]), "hits": []}


def _candidates(look: Look, question: c.AskCandidates) -> Answer:
    interaction = look.one(question.item)
    sender, is_chat = interaction.facts["name"], interaction.facts["kind"] == "chat"
    said = [line["text"] for line in interaction.lines if line["author"] == "visitor"]
    if sender and not is_chat:
        said.insert(0, sender)  # the number that calls, the address that writes
    typed = findings(said, question.region, question.pattern)
    whys: dict[str, dict[str, list[str]]] = {}
    for finding in typed:
        for name in search.holders_of(*look.tables, finding.term):
            whys.setdefault(name, {}).setdefault(finding.why, []).append(finding.typed)
    for name in interactions.chain_of_chats(*look.tables, question.item):
        whys.setdefault(name, {}).setdefault("earlier_chat", [])
    persons: dict[str, dict[str, list[str]]] = {}
    for name, chain in contacts.upwards(*look.tables, list(whys)).items():
        for why, texts_typed in whys[name].items():
            persons.setdefault(chain[-1], {}).setdefault(why, []).extend(texts_typed)
    ranked = sorted(persons, key=lambda name: (-sum(_TELLS[why] for why in persons[name]), name))[:MOST_CANDIDATES]
    items = [
        {
            "contact": _shown(contact),
            "why": sorted(persons[contact.contact], key=lambda why: -_TELLS[why]),
            "typed": list(dict.fromkeys(text for typed in persons[contact.contact].values() for text in typed)),
        }
        for contact in contacts.shown(*look.tables, ranked)
    ]
    return {
        "items": items,
        "new": beginning(typed, sender if is_chat else called(sender), interaction.facts["language"]),
    }


# --- transcripts out -------------------------------------------------------------------------------------------------


def _transcript(look: Look, question: c.AskTranscript) -> Answer:
    found = look.one(question.item)
    told = document(found.facts, found.lines, question.language, question.internal)
    return {"subject": told.subject, "text": told.text, "html": told.html}


_QUESTIONS: dict[type[Command], Callable[[Look, Any], Answer]] = {
    c.AskContact: _contact,
    c.AskContactNames: _names,
    c.SearchContacts: _search,
    c.ListContacts: _list,
    c.AskDuplicates: _duplicates,
    c.AskAlike: _alike,
    c.AskInteraction: _interaction,
    c.AskHistory: _history,
    c.SearchTranscripts: _transcripts,
    c.AskCandidates: _candidates,
    c.AskTranscript: _transcript,
    m.AskMail: _mail,
    m.AskMailboxes: _mailboxes,
}
