"""The company's mailboxes: which queue their mails wait in, and from which address answers come."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec
from parley_contracts import contact_values as judge
from parley_contracts.mails import PutMailbox, RemoveMailbox, SetMasking
from parley_contracts.refusal import Refused

from .events import Happened, MailboxRemoved, MailboxSet
from .once import Done, is_done, mark, with_done


@dataclass(frozen=True)
class Kept:
    """A mailbox's settings, folded; None where there is none."""

    settings: MailboxSet | None = None
    version: int = 0
    done: Done = field(default_factory=dict)


def evolve_mailbox(state: Kept, event: Happened) -> Kept:
    """What an event makes of it."""
    match event:
        case MailboxSet():
            settings: MailboxSet | None = event
        case MailboxRemoved():
            settings = None
        case _:
            raise TypeError(f"{type(event).__name__} is about no mailbox")
    return Kept(settings, state.version + 1, with_done(state.done, event, state.version + 1))


def put(state: Kept, command: PutMailbox, at: int) -> list[Happened]:
    """What setting it leads to. Raises Refused: `bad_request`, `conflict`."""
    if is_done(state.done, command):
        return []
    wanted = command.settings
    if judge.as_sent(wanted.address) is None:
        raise Refused("bad_request", "address: this is no e-mail address that a mail server would take: correct it.")
    sealed = command.sealed if command.sealed is not None else state.settings.sealed if state.settings else ""
    if wanted.url:
        if not sealed:
            raise Refused("bad_request", "password: the mail server asks for one.")
        try:
            at_url(wanted.url)
        except ValueError as error:
            raise Refused("bad_request", f"url: {error}") from None
    old = state.settings
    mask = command.mask if command.mask is not None else old.mask if old is not None else ()
    event = MailboxSet(**mark(command, at), **wanted.model_dump(), sealed=sealed, mask=mask)
    unsigned = {"at": 0, "command_key": None, "digest": 0, "agent": None}
    if old is not None and msgspec.structs.replace(old, **unsigned) == msgspec.structs.replace(event, **unsigned):
        return []
    return [event]


def masking(state: Kept, command: SetMasking, at: int) -> list[Happened]:
    """What it leads to for a mailbox that the company has this masked."""
    old = state.settings
    if old is None or set(old.mask) == set(command.mask):
        return []
    by = mark(command, at)
    return [msgspec.structs.replace(old, at=at, agent=by.get("agent"), command_key=None, digest=0, mask=command.mask)]


def remove(state: Kept, command: RemoveMailbox, at: int, there: bool) -> list[Happened]:
    """What removing it leads to. Raises Refused: `not_found`, `conflict`."""
    if is_done(state.done, command):
        return []
    if state.settings is None or not there:
        raise Refused("not_found", f"There is no mailbox {command.mailbox}.")
    return [MailboxRemoved(**mark(command, at))]


class Server(NamedTuple):
    """Where a mailbox is."""

    host: str
    port: int
    user: str
    folder: str
    security: Literal["tls", "starttls", "none"]


def at_url(url: str) -> Server:
    """What `imaps://USER@HOST:PORT/FOLDER` names, or `imap:` with STARTTLS (on this machine without). Raises ValueError with a sentence."""
    parts = urlsplit(url)
    if parts.scheme not in ("imap", "imaps") or not parts.hostname or not parts.username:
        raise ValueError("write imaps://USER@HOST:PORT/FOLDER, with the user's @ as %40")
    if parts.password:
        raise ValueError("the password has a field of its own")
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in unquote(url)):
        raise ValueError("there is a control character in it")
    encrypted, local = parts.scheme == "imaps", parts.hostname in ("localhost", "127.0.0.1", "::1")
    return Server(
        host=parts.hostname,
        port=parts.port or (993 if encrypted else 143),
        user=unquote(parts.username),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        security="tls" if encrypted else "none" if local else "starttls",
    )
