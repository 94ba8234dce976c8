"""R3, R35: the mails of an item: what came in, and what agents have written in answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from parley_contracts import contact_values as judge
from parley_contracts.contacts import AnswerMail, WithdrawMail
from parley_contracts.refusal import Refused

from .events import AttachedFile, Happened, MailReceived, MailWithdrawn, MailWritten
from .forwarding import Forwarded, with_forwarded
from .once import Done, is_done, mark, with_done

MOST_ANSWERS = 500
"""To one e-mail: as many as people could write in days (R32)."""
MOST_MAILS = 2_000
"""Of one item, both ways: what comes in beyond waits as an item of its own."""
NAMED = "mail-"
"""What the names of answers in the outbox begin with, and so our Message-IDs."""
MOST_REFERENCES = 30
MOST_ATTACHED = 25_000_000
"""Bytes of files with one answer: what most mail servers take."""

Mail = MailWritten | MailReceived


@dataclass(frozen=True)
class Mails:
    """The mails of one item, folded."""

    all: tuple[Mail | MailWithdrawn, ...] = ()
    done: Done = field(default_factory=dict)

    @property
    def version(self) -> int:
        """How many there are."""
        return len(self.all)

    @property
    def written(self) -> int:
        """How many of them are answers."""
        return sum(isinstance(each, MailWritten) for each in self.all)

    def numbered(self) -> list[tuple[int, Mail]]:
        """Each with its number among the item's entries, without those that were withdrawn."""
        gone = self.withdrawn
        return [(seq, mail) for place, seq, mail in self._placed() if place not in gone]

    def _placed(self) -> list[tuple[int, int, Mail]]:
        mails = ((place, each) for place, each in enumerate(self.all, 1) if not isinstance(each, MailWithdrawn))
        return [(place, seq_of(each, place), each) for place, each in mails]

    @property
    def withdrawn(self) -> frozenset[int]:
        """The places of those that never go out."""
        return frozenset(each.answer for each in self.all if isinstance(each, MailWithdrawn))

    def answer(self, seq: int) -> tuple[int, MailWritten] | None:
        """The place of an answer, by its number; also of one that was withdrawn."""
        found = ((place, mail) for place, number, mail in self._placed() if number == seq)
        return next(((place, mail) for place, mail in found if isinstance(mail, MailWritten)), None)

    @property
    def next_seq(self) -> int:
        """The number of the next entry. An item that another source has brought has its own text as the first."""
        return max((seq for _, seq, _ in self._placed()), default=1) + 1


def seq_of(mail: Mail, place: int) -> int:
    """The number of a mail among its item's entries, given its place among the mails."""
    return place + 1 if mail.seq is None else mail.seq


def evolve_mails(state: Mails, event: Happened) -> Mails:
    """What an event makes of it."""
    if not isinstance(event, Mail | MailWithdrawn):
        raise TypeError(f"{type(event).__name__} is no mail")
    return Mails((*state.all, event), with_done(state.done, event, state.version + 1))


_REFUSED = {
    "unknown": Refused("not_found", "There is no such item, or it is closed: it cannot be answered any more."),
    "no_mail": Refused("wrong_state", "This is no e-mail: there is nobody to write an answer to."),
    "another": Refused("not_yours", "Another agent has it, or nobody: pick it first."),
    "parked": Refused("wrong_state", "The e-mail is parked: resume it, then write.", why="parked"),
}
"""Why an item cannot be answered, by how it stands."""


def withdraw(state: Mails, command: WithdrawMail, at: int) -> list[MailWithdrawn]:
    """What it leads to that an answer is not to go out, if it has not yet. Raises Refused: `not_found`, `not_yours`, `wrong_state`,
    `conflict`."""
    if is_done(state.done, command):
        return []
    if command.standing not in ("active", "parked"):
        raise _REFUSED[command.standing]
    found = state.answer(command.seq)
    if found is None:
        raise Refused("not_found", "There is no such answer.")
    place, mail = found
    if place in state.withdrawn:
        raise Refused("wrong_state", "It has been withdrawn already.", why="withdrawn")
    return [MailWithdrawn(**mark(command, at), mail=mail.mail, answer=place)]


def too_late() -> Refused:
    """The answer cannot be had back."""
    return Refused("wrong_state", "It has gone out, or is on its way: write another answer.", why="too_late")


class Conversation(NamedTuple):
    """What an item belongs to, as the tables know it: the first item, the mail that an answer would answer, and the mailbox whose queue it is in."""

    thread: str
    newest: MailReceived | None = None
    mailbox: str | None = None


def answer(
    state: Mails,
    command: AnswerMail,
    at: int,
    about: Conversation | None = None,
    files: tuple[AttachedFile, ...] = (),
    forwarded: Forwarded | None = None,
) -> list[MailWritten]:
    """What an answer leads to; `forwarded`: what it hands on. Raises Refused: `not_found`, `not_yours`, `wrong_state`, `too_long`, `bad_request`,
    `conflict`."""
    if is_done(state.done, command):
        return []
    if command.standing != "active":
        raise _REFUSED[command.standing]
    if state.written >= MOST_ANSWERS:
        raise Refused("too_long", f"There are {MOST_ANSWERS} answers to this e-mail: end it, and write a new one.")
    to = _recipient(command)
    if forwarded is not None:
        files = (*files, *forwarded.files)
    most = MOST_ATTACHED if command.most_attached is None else min(command.most_attached, MOST_ATTACHED)
    if sum(each.size for each in files) > most:
        raise Refused("too_long", f"The files have more than {most // 1_000_000} MB together: send fewer.")
    sender = command.sender.name if command.sender is not None else None
    marks = mark(command, at)
    told = f"{command.tenant}\0{command.item}\0{marks.get('command_key', at)}"
    mail = NAMED + sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    subject = " ".join((command.usual_subject if command.subject is None else command.subject).split())
    about = about or Conversation(command.item)
    answered = about.newest.message_id if about.newest is not None else ""
    before = about.newest.references if about.newest is not None and answered else ()
    return [
        MailWritten(
            **marks,
            mail=mail,
            to=to,
            cc=tuple(dict.fromkeys(command.cc)),
            files=files,
            subject=subject,  # a header is one line
            text=command.text
            if forwarded is None
            else with_forwarded(command.text, forwarded, command.forward_language or "en"),
            own=None if forwarded is None else len(command.text),
            name=sender,
            seq=state.next_seq if state.all else None,
            mailbox=about.mailbox,
            thread=None if about.thread == command.item else about.thread,
            answered=answered or None,
            references=(*before[:1], *before[1:][-(MOST_REFERENCES - 2) :], answered) if answered else (),
        )
    ]


def _recipient(command: AnswerMail) -> str:
    """To whom it goes. Raises Refused `bad_request`, where that or a copy's address is none."""
    to = command.to or (command.usual_to if command.forward is None else None)
    if to is None:
        if command.forward is not None:
            raise Refused("bad_request", "to: say to whom it is forwarded.", why="no_address")
        raise Refused(
            "bad_request", "to: whoever wrote this has no address: say to whom the answer goes.", why="no_address"
        )
    for name, address in (("to", to), *(("cc", each) for each in command.cc)):
        if judge.as_sent(address) is None:
            raise Refused("bad_request", f"{name}: {address} is no e-mail address that a mail server would take.")
    return to
