"""Questions and commands about contacts, interactions and transcripts (R24-R26): what gateways ask the crm-logger.

All go to `CRM_QUESTIONS` and are answered by a `Reply`; an `ack` of a command means stored. Any crm-logger process may answer.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .reading import Reading
from .shapes import Command, Key, Kind, Shape

MOST_ROWS = 500
"""So many contacts go in one `ImportContacts`, and come in one page."""
MOST_NAMED = 200
"""Of so many contacts are the names asked for at once."""
MOST_MERGED = 400
"""So many does a contact show at most with those of all that are merged into it."""
MOST_MERGED_NOTES = 40_000

LONGEST_NAME, LONGEST_NUMBER, LONGEST_ADDRESS, LONGEST_NOTES = 200, 100, 254, 4_000
LONGEST_ORGANISATION, LONGEST_LANGUAGE, LONGEST_CUSTOMER_NUMBER = 200, 35, 64
MOST_VALUES = 20
"""So many addresses, and so many telephone numbers, has a contact."""
MOST_NORMALISED = 5
"""So many numbers are read out of one text."""

LONGEST_SUBJECT = 300
MOST_COPIES, MOST_ATTACHMENTS = 20, 20
LONGEST_DRAFT = 16_000
Address = Annotated[str, Field(min_length=2, max_length=LONGEST_ADDRESS)]
Number = Annotated[str, Field(min_length=1, max_length=LONGEST_NUMBER)]
Normalised = Annotated[str, Field(max_length=60)]


class ContactFields(Shape):
    """Who somebody is, as the agents have it. `customer_number`: the company's own number for them. `phones` are as they were written,
    `numbers` what of them can be dialled from anywhere: E.164, with `;ext=` and an extension. They follow from the company's country,
    so they are no part of what a command's digest says. Of addresses, numbers and notes there are more than one contact has where others
    are merged into it."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    emails: tuple[Address, ...] = Field((), max_length=MOST_MERGED)
    phones: tuple[Number, ...] = Field((), max_length=MOST_MERGED)
    numbers: tuple[Normalised, ...] = Field((), max_length=MOST_MERGED * MOST_NORMALISED, repr=False)
    organisation: str | None = Field(None, max_length=LONGEST_ORGANISATION)
    language: str | None = Field(None, max_length=LONGEST_LANGUAGE)
    notes: str | None = Field(None, max_length=MOST_MERGED_NOTES)
    customer_number: str | None = Field(None, max_length=LONGEST_CUSTOMER_NUMBER)


class Contact(ContactFields):
    """A contact as agents see it. `merged_into`: it is the same person as that contact, which has its history."""

    contact: str
    version: int
    merged_into: str | None = None
    merged: tuple[str, ...] = ()
    """The contacts that are merged into this one, for the way back."""
    also: tuple[str, ...] | None = None
    """What those are called, or numbered by the company, where that is something else."""


# --- contacts --------------------------------------------------------------------------------------------------------


class ContactCommand(Command):
    """A command for one contact, named by the gateway; the sender says who did it. The ack has the `contact`."""

    contact: Key


class PutContact(ContactCommand):
    """Create a contact, or put these fields in place of the old ones. `version`: the one that was looked at; refused with
    `conflict` when somebody has changed it since, and where `new` finds another of this name. What came from contacts that are merged
    into it stays theirs, and is taken from them where it is left out here."""

    type: Literal["put_contact"] = "put_contact"
    fields: ContactFields
    new: bool = False
    version: int | None = None


class MergeContact(ContactCommand):
    """This contact is the same person as `into`, which has the history of both from now on."""

    type: Literal["merge_contact"] = "merge_contact"
    into: Key


class UnmergeContact(ContactCommand):
    """The merger was a mistake: each has its own history again."""

    type: Literal["unmerge_contact"] = "unmerge_contact"


class ImportRow(Shape):
    """One good row of a file; `line` is where it stood there, `contact` the contact that it is about, which is created where it is missing.
    What came from contacts that are merged into it stays theirs. `unsaid`: the fields of which the file says nothing, and which stay as they are."""

    line: int
    contact: Key
    fields: ContactFields
    unsaid: tuple[str, ...] = ()


class ImportContacts(Command):
    """Rows of a file, at most MOST_ROWS. A row whose contact is there already with the same content changes nothing; the ack
    counts `created`, `changed` and `same`, and has the `problems` ({`line`, `message`}) of the rows that cannot be kept."""

    type: Literal["import_contacts"] = "import_contacts"
    rows: tuple[ImportRow, ...]


class IdentifyVisitor(Command):
    """A company's website vouches for its visitor (a signed identity, checked by the gateway): the contact that stands for
    `subject`, created where it is missing. The ack has its `contact`.

    `token_id` is good for one chat: for another one it is refused with `unauthorized` (a replay). `expires_at` in
    milliseconds since 1970: until then it must be remembered.
    """

    type: Literal["identify_visitor"] = "identify_visitor"
    service: str
    subject: str
    fields: ContactFields
    token_id: str
    chat: str
    expires_at: int


class AskContact(Command):
    """One contact, as the ack's `contact`; one that is merged comes as itself, with `merged_into`."""

    type: Literal["ask_contact"] = "ask_contact"
    contact: str


class AskContactNames(Command):
    """How these contacts are called, as the ack's `names`: of each contact that there is its name, and the contact that stands for it. One
    that is merged into another is called as that one is."""

    type: Literal["ask_contact_names"] = "ask_contact_names"
    contacts: tuple[str, ...] = Field(max_length=MOST_NAMED)


class SearchContacts(Command):
    """Contacts that a query may mean, the likeliest first, as the ack's `items`. An empty query: the newest. `region` (ISO 3166): where numbers
    without a country's code are at home."""

    type: Literal["search_contacts"] = "search_contacts"
    query: str = Field(max_length=200)
    limit: int = Field(20, ge=1, le=100)
    region: str = ""


class ListContacts(Command):
    """All contacts in the order of their names in the log, from behind `after` on, for an export; the ack has `items` and,
    where there are more, `next`."""

    type: Literal["list_contacts"] = "list_contacts"
    after: str | None = None
    limit: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS)


class AskDuplicates(Command):
    """Pairs of contacts that may be the same person, the likeliest first, as the ack's `pairs` ({`contacts`: two, `why`});
    of one contact or of all."""

    type: Literal["ask_duplicates"] = "ask_duplicates"
    contact: str | None = None
    limit: int = Field(20, ge=1, le=100)


class AskAlike(Command):
    """Contacts that may be the person whom these fields are of, before they are created, the likeliest first, as the ack's `items`
    ({`contact`, `why`})."""

    type: Literal["ask_alike"] = "ask_alike"
    fields: ContactFields
    limit: int = Field(5, ge=1, le=20)


# --- interactions ----------------------------------------------------------------------------------------------------


class AskInteraction(Reading):
    """One interaction with its transcript; answered by a reply. Of a long one it has a page, the lines beyond the line `beyond`:
    then the ack has `next`, for the page behind it."""

    type: Literal["ask_interaction"] = "ask_interaction"
    item: str
    beyond: int = 0


class LinkInteraction(Reading):
    """R24: whose interaction a closed one was, corrected; None: nobody known. An open one is identified on the floor, and
    refused here with `wrong_state`."""

    type: Literal["link_interaction"] = "link_interaction"
    item: str
    contact: Key | None = None


class AskHistory(Reading):
    """R26: a contact's interactions of every kind, newest first, with transcripts; those of contacts merged into it as well.
    The ack has `items` and, where there are more, `next`. One whose texts are not for the reader comes without them: `withheld`."""

    type: Literal["ask_history"] = "ask_history"
    contact: str
    after: str | None = None
    limit: int = Field(10, ge=1, le=50)
    kind: Kind | None = None


class SearchTranscripts(Reading):
    """Interactions that are over and in whose transcripts all words of the query stand, in any of their forms (German and English), the
    newest first; of one contact or of all. Of all, also those of the contacts whom the query names (by a name, an address, a number; `region`
    is the country whose way of writing numbers is usual, ISO 3166), of whoever called themselves so, and the one whose id it is.

    With `agent` only those that this agent has or had; without a word, those that they had at the end, closed last first. The ack has `items`
    ({`item`, `at`, `text` around the first hit or else the beginning of what the visitor said, `hits`, `contact_name`, …}) and `next`."""

    type: Literal["search_transcripts"] = "search_transcripts"
    query: str = Field("", max_length=200)
    contact: str | None = None
    agent: str | None = None
    region: str = ""
    after: str | None = None
    limit: int = Field(20, ge=1, le=50)


class AskCandidates(Reading):
    """R24: who an item's visitor may be, by what they typed, by the number that calls or the address that writes, and by the same browser's
    earlier chats; never linked by itself.

    `region` is the country whose way of writing telephone numbers is usual (ISO 3166), `pattern` how the tenant's customer
    numbers look (RE2 syntax). The ack has `items`: {`contact`: as in Contact, `why`: [`email`, `phone`, `customer_number`,
    `earlier_chat`], `typed`: what was found in the text}, and `new`: the fields that a new contact could begin with.
    """

    type: Literal["ask_candidates"] = "ask_candidates"
    item: str
    region: str = "DE"
    pattern: str | None = None


# --- transcripts out -------------------------------------------------------------------------------------------------


class AskTranscript(Reading):
    """A conversation as a document: the ack has `text`, `html` and `subject`; without internal notes where `internal` is
    not set."""

    type: Literal["ask_transcript"] = "ask_transcript"
    item: str
    internal: bool = False
    language: str = "en"


class SendTranscript(Reading):
    """The conversation by e-mail to `to`, as the visitor saw it. The ack means that it stands in the outbox: it will be sent,
    once; with `confirm`, as soon as the address's owner has opened a link that was sent there first. Refused with `wrong_state` before
    the conversation is over and where no agent was in it, with `forbidden` where the address is not the contact's and nobody can be
    asked, with `rate_limited`, with `unavailable` where no mail server is set."""

    type: Literal["send_transcript"] = "send_transcript"
    item: str
    to: Address
    language: str = "en"


class AnswerMail(Command):
    """R35: an agent's answer to an e-mail. `attachments`: what the agent has handed in before (`KeepUpload`). Where they do not say to whom or about what it is, `usual_to` and `usual_subject`: whoever wrote it, and
    its own subject. `forward`: the number of an entry of the item that goes on to somebody else, `to`, with its files, below words in `forward_language`. `standing`, `queue_now` and `conversation_now`: what the floor said of the item as it was asked, for the record may not have heard of it yet; `most_attached`: bytes of files that the company lets go along. The ack (`seq`, `at`) means that
    it is stored and stands in the outbox: it will be sent, once. Refused with `not_found`, with `not_yours` where another agent has it, with
    `wrong_state` where it is parked, closed or no e-mail, with `too_long` where there are many, with `unavailable` where no mail server is set."""

    type: Literal["answer_mail"] = "answer_mail"
    item: str
    text: str
    to: Address | None = None
    subject: str | None = Field(None, max_length=LONGEST_SUBJECT)
    cc: tuple[Address, ...] = Field((), max_length=MOST_COPIES)
    attachments: tuple[Key, ...] = Field((), max_length=MOST_ATTACHMENTS)
    forward: int | None = None
    forward_language: Literal["de", "en"] | None = None
    usual_to: Address | None = None
    usual_subject: str = ""
    queue_now: str | None = None
    conversation_now: str | None = None
    most_attached: int | None = None
    standing: Literal["active", "parked", "another", "no_mail", "unknown"] = "unknown"


class WithdrawMail(Command):
    """R35: an answer is not to go out after all: `seq` is its number among the item's entries. Its text is the item's draft again, before what was
    begun since. `standing`: what the floor said of the item as it was asked. The ack (`item`, `seq`, `text`) means that it never goes out. Refused with
    `not_found`, with `not_yours`, with `wrong_state` where it has gone out, is on its way, or was withdrawn before."""

    type: Literal["withdraw_mail"] = "withdraw_mail"
    item: str
    seq: int
    standing: Literal["active", "parked", "another", "no_mail", "unknown"] = "unknown"


class KeepDraft(Command):
    """R35: what an agent has begun to write about an item that they have in hand; the gateway has asked the floor. An empty text: nothing is begun
    any more. What is kept last stands. The ack (`item`, `at`) means that it is stored. Refused with `wrong_state` where the item is closed."""

    type: Literal["keep_draft"] = "keep_draft"
    item: str
    text: str = Field(max_length=LONGEST_DRAFT)


class SendLink(Command):
    """A link by which a user of a tenant sets their password, once: `path` behind the installation's own address. The ack means that the
    letter stands in the outbox. Refused with `unavailable` where no mail server or no address of the installation is set, with
    `rate_limited`."""

    type: Literal["send_link"] = "send_link"
    to: Address
    path: Annotated[str, Field(min_length=1, max_length=200)]
    user: str
    what: Literal["invitation", "reset"]
    language: str = "en"


class ConfirmTranscript(Command):
    """The owner of an address wants the transcript that they were asked about: `code` stood in the link. The ack means as much."""

    type: Literal["confirm_transcript"] = "confirm_transcript"
    code: Annotated[str, Field(min_length=1, max_length=64)]
