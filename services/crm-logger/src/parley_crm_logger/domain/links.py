"""R24: whose interaction a closed one was, corrected; and who a company's website says that its visitor is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import sha256

from parley_contracts.contacts import IdentifyVisitor, LinkInteraction
from parley_contracts.reading import not_yours
from parley_contracts.refusal import Refused

from .contacts import Contact, bounded, checked
from .events import ContactPut, Happened, IdentityUsed, Linked
from .once import Done, is_done, mark, with_done


@dataclass(frozen=True)
class Link:
    """The corrections of one interaction's link, folded."""

    version: int = 0
    done: Done = field(default_factory=dict)


def evolve_link(state: Link, event: Happened) -> Link:
    """What an event makes of it."""
    return Link(state.version + 1, with_done(state.done, event, state.version + 1))


@dataclass(frozen=True)
class LinkState:
    """An interaction as the CRM has it: its stage (None: there is none), whose it is, and whether whoever corrects that may read it."""

    stage: str | None
    contact: str | None
    readable: bool


def link(state: Link, command: LinkInteraction, at: int, now: LinkState, known: bool) -> list[Happened]:
    """What a correction leads to. `known`: whether there is the contact that it names.

    Raises Refused: `not_found`, `forbidden`, `wrong_state`, `conflict`.
    """
    if is_done(state.done, command):
        return []
    if now.stage is None:
        raise Refused("not_found", "There is no such interaction.")
    if not now.readable:
        raise not_yours()  # they would read it, else, by linking it to a contact whose item they have
    if now.stage != "closed":
        raise Refused("wrong_state", "This interaction is still open: its owner says who the visitor is.")
    if command.contact is not None and not known:
        raise Refused("not_found", "There is no such contact: create it first.")
    return [] if now.contact == command.contact else [Linked(**mark(command, at), contact=command.contact)]


@dataclass(frozen=True)
class Identity:
    """What a website has said of one of its visitors: the contact that stands for them, and in which chat each token was
    used."""

    version: int = 0
    contact: str | None = None
    used: dict[str, str] = field(default_factory=dict)
    until: dict[str, int] = field(default_factory=dict)


def evolve_identity(state: Identity, event: Happened) -> Identity:
    """What an event makes of it; tokens that had expired when it happened are forgotten."""
    state = replace(state, version=state.version + 1)
    if not isinstance(event, IdentityUsed):
        return state
    until = {token: end for token, end in state.until.items() if end >= event.at} | {event.token_id: event.expires_at}
    used = {token: chat for token, chat in state.used.items() if token in until} | {event.token_id: event.chat}
    return replace(state, contact=event.contact, used=used, until=until)


def name_for(command: IdentifyVisitor) -> str:
    """The contact's name in the log: the same for the same visitor of the same service, however often it is asked."""
    told = f"{command.tenant}\0{command.service}\0{command.subject}"
    return f"id-{sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def identify(
    state: Identity, contact: Contact, command: IdentifyVisitor, at: int
) -> tuple[list[Happened], list[Happened]]:
    """What a signed identity leads to: in its own stream, and in that of the contact `name_for` names.

    Raises Refused (`unauthorized`) for a token that has been used for another chat, or has expired.
    """
    if command.token_id in state.used:
        if state.used[command.token_id] != command.chat:
            raise Refused(
                "unauthorized", "This identity has been used for another chat: let the website sign a new one."
            )
        return [], []
    if command.expires_at < at:
        raise Refused("unauthorized", "This identity has expired: let the website sign a new one.")
    used: Happened = IdentityUsed(
        at=at,
        contact=state.contact or name_for(command),
        token_id=command.token_id,
        chat=command.chat,
        expires_at=command.expires_at,
    )
    created: list[Happened] = [] if contact.fields else [ContactPut(at=at, fields=bounded(checked(command.fields)))]
    return [used], created
