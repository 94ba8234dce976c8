"""To which conversation a mail belongs. Our own Message-IDs carry the item's token, `<random.token@domain>`: In-Reply-To and References of an answer name
it, and so does what a report of non-delivery brings along. A subject says nothing: two customers write "Invoice".

**A token is no secret, and opens nothing.** Whoever was written to knows it, hands it on, and can be copied from. It only says where a mail may belong: a
mail is put there unasked where its sender is one of the conversation's correspondents (`is_correspondent`); else it is new, or an agent decides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .refusals import MailRefused
from .values import ReadMail

_RANDOM = re.compile(r"[a-z0-9]{8,64}")
_TOKEN = re.compile(r"[a-z0-9-]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_OURS = re.compile(r"<([a-z0-9]{8,64})\.([a-z0-9-]{1,64})@([^<>@\s]{1,253})>")


@dataclass(frozen=True)
class Keys:
    """By what a mail can be found to belong to a conversation, the surest first."""

    tokens: tuple[str, ...]
    """Of items of ours."""
    ids: tuple[str, ...]
    """All Message-IDs that it names, the newest first: one may be of a mail that came in before."""


def mint(random: str, token: str, domain: str) -> str:
    """A Message-ID of ours. `random` is new for each mail, of at least 8 letters and digits; the token is the item's. In small letters, for some servers
    make them so. `MailRefused`: `bad_header`."""
    if not (_RANDOM.fullmatch(random) and _TOKEN.fullmatch(token) and _DOMAIN.fullmatch(domain)):
        raise MailRefused("bad_header", "A Message-ID is made of small letters, digits and hyphens, and of a domain.")
    return f"<{random}.{token}@{domain}>"


def token_of(message_id: str, domains: Iterable[str]) -> str:
    """The token in a Message-ID of ours; empty where it is none."""
    found = _OURS.fullmatch(message_id.strip().lower())
    return found[2] if found and found[3] in {each.lower() for each in domains} else ""


def keys(mail: ReadMail, domains: Iterable[str]) -> Keys:
    """What a mail says itself about where it belongs; nothing, where it is a first one. `domains` are those under which we mint."""
    ours = tuple(domains)
    named = [*mail.in_reply_to, *reversed(mail.references)]
    if mail.marks.bounce is not None and mail.marks.bounce.original:
        named.insert(0, mail.marks.bounce.original)
    ids = tuple(dict.fromkeys(named))
    tokens = tuple(dict.fromkeys(filter(None, (token_of(each, ours) for each in ids))))
    return Keys(tokens, ids)


def is_correspondent(mail: ReadMail, correspondents: Iterable[str]) -> bool:
    """Whether a mail's sender is one of those with whom a conversation is had: by the address of From, upper and lower case alike. From can be forged; what
    may be done on the word of a sender is another question."""
    address = mail.author.address.lower()
    return bool(address) and address in {each.lower() for each in correspondents}
