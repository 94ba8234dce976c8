"""What is recognised before anybody works on a mail: what must not open work, and what no program may answer.

The two are not one. A form on a website, a shop, a monitoring system write `Auto-Submitted: auto-generated`, and a customer waits behind it: such a mail
opens work, and gets no receipt, for RFC 3834 forbids a program to answer a program. What answers a mail of ours by itself opens none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import cleaning, headers
from .guarded import tried
from .parsing import Part
from .values import Bounce, FailedRecipient, Marks, Reason

LOOP_HEADER = "X-Parley-Loop"
"""On each mail of ours, with the installation's own mark. A mail that comes in with our mark went out from here."""

MOST_HOPS = 100
"""RFC 5321, 6.3: so many servers hand on no mail that is not going round in a circle."""
_MOST_RECIPIENTS = 100
_MOST_OF_A_REPORT = 64 * 1024


@dataclass(frozen=True)
class Row:
    opens_work: bool
    receipt: bool
    """Whether a program may answer it."""
    source: str


TABLE: dict[Reason, Row] = {
    "loop": Row(False, False, "X-Parley-Loop; Received, RFC 5321 6.3"),
    "bounce": Row(False, False, "RFC 3464, RFC 6522"),
    "delivery_report": Row(False, False, "RFC 3464: delayed, delivered, relayed"),
    "read_receipt": Row(False, False, "RFC 8098"),
    "abuse_report": Row(False, False, "RFC 5965"),
    "auto_replied": Row(False, False, "RFC 3834 5: Auto-Submitted: auto-replied"),
    "out_of_office": Row(False, False, "RFC 5230 and what programs write into the subject"),
    "null_sender": Row(False, False, "RFC 5321 4.5.5: Return-Path: <>"),
    "mailing_list": Row(False, False, "RFC 2369, RFC 2919"),
    "precedence": Row(False, False, "RFC 2076 3.9, RFC 3834 2: bulk, junk, list"),
    "spam": Row(False, False, "X-Spam-Flag and its like"),
    "bulk": Row(
        True, False, "RFC 2369, RFC 8058: List-Unsubscribe without a list, as sales programs put on a person's mail too"
    ),
    "auto_generated": Row(True, False, "RFC 3834 5: Auto-Submitted: auto-generated"),
    "response_suppressed": Row(True, False, "MS-OXCMAIL 2.1.3.2.20: X-Auto-Response-Suppress"),
    "machine_sender": Row(True, False, "RFC 2142, RFC 3834 2: a sender that nobody reads"),
}

_LIST = ("list-id", "list-post", "mailing-list", "x-mailing-list")
_REPLIED_BY = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-autorespond-to", "x-vacation")
_AWAY = re.compile(
    r"\s*(automatische antwort|automatic reply|abwesenheitsnotiz|abwesenheitsnachricht|abwesenheitsassistent|out of (the )?office|out-of-office|"
    r"auto(matic)?[- ]?(reply|response|antwort)|ich bin (derzeit |zurzeit )?(nicht im b(ü|ue)ro|abwesend|im urlaub)|abwesend|vacation( reply)?)\s*(:|\(|-|–|$)",
    re.I,
)
_NOT_READ = re.compile(
    r"(mailer-?daemon|postmaster|no-?_?reply|do-?_?not-?_?reply|bounces?|nicht-?antworten|keine-?antwort)([+-].*)?@.*",
    re.I,
)
_UNDELIVERED = re.compile(
    r"(undeliver|unzustellbar|delivery (status notification|failed|has failed)|failure notice|returned mail|mail delivery (failed|system)|"
    r"nicht zugestellt|zustellung fehlgeschlagen|delivery failure)",
    re.I,
)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


def opens_work(marks: Marks) -> bool:
    """Whether somebody has to see to it."""
    return all(TABLE[each].opens_work for each in marks.reasons)


def may_be_answered(marks: Marks) -> bool:
    """Whether a program may answer it, such as with a receipt (RFC 3834)."""
    return all(TABLE[each].receipt for each in marks.reasons)


def marks_of(mail: Part, loop_mark: str) -> Marks:
    """All marks of a mail. `loop_mark` is the installation's own; empty where it has none."""
    bounce, reported = _report(mail)
    reasons = {*_loop(mail, loop_mark), *reported, *_automatic(mail), *_list(mail), *_spam(mail)}
    if bounce is not None:
        reasons.add("bounce")
    return Marks(frozenset(reasons), bounce, *_form(mail))


def _loop(mail: Part, loop_mark: str) -> set[Reason]:
    ours = {value.strip() for value in headers.raws(mail, LOOP_HEADER)}
    return {"loop"} if (loop_mark and loop_mark in ours) or len(headers.raws(mail, "received")) > MOST_HOPS else set()


def _automatic(mail: Part) -> set[Reason]:
    found: set[Reason] = set()
    submitted = re.split(r"[;(\s]", headers.raw(mail, "auto-submitted").strip().lower(), maxsplit=1)[0]
    answers = bool(headers.raw(mail, "in-reply-to") or headers.raw(mail, "references"))
    if submitted and submitted != "no":
        # What a program wrote in answer to a mail is an answer of its, whatever it calls itself: Exchange does.
        found.add("auto_replied" if submitted == "auto-replied" or answers else "auto_generated")
    if any(headers.raw(mail, each) for each in _REPLIED_BY):
        found.add("auto_replied")
    if _AWAY.match(headers.line(mail, "subject")):
        found.add("out_of_office")
    suppressed = {each.strip().lower() for each in headers.raw(mail, "x-auto-response-suppress").split(",")}
    if suppressed & {"all", "autoreply", "oof"}:
        found.add("response_suppressed")
    if headers.raw(mail, "precedence").strip().lower() in ("bulk", "junk", "list", "auto_reply"):
        found.add("precedence")
    if any("".join(value.split()) == "<>" for value in headers.raws(mail, "return-path")):
        found.add("null_sender")
    if any(_NOT_READ.fullmatch(each.address) for each in headers.addresses(mail, "from")):
        found.add("machine_sender")
    return found


def _list(mail: Part) -> set[Reason]:
    if any(headers.raw(mail, each).strip() for each in _LIST):
        return {"mailing_list"}
    return {"bulk"} if headers.raw(mail, "list-unsubscribe").strip() else set()


def _spam(mail: Part) -> set[Reason]:
    flags = [headers.raw(mail, each).strip().lower() for each in ("x-spam-flag", "x-spam-status", "x-spam")]
    if any(re.match(r"(yes|true|spam)\b", each) for each in flags):
        return {"spam"}
    level = headers.raw(mail, "x-ms-exchange-organization-scl").strip()
    if re.fullmatch(r"[5-9]", level) or re.search(r"(?i)\bsfv:spm\b", headers.raw(mail, "x-forefront-antispam-report")):
        return {"spam"}
    return set()


def _form(mail: Part) -> tuple[str, bool, bool]:
    """The calendar's method, signed, encrypted."""
    calendar, signed, encrypted = "", False, False
    for part in mail.walk():
        if not isinstance(part, Part):
            continue
        kind = part.kind
        if kind == "text/calendar" and not calendar:
            calendar = re.sub(r"[^A-Z]", "", part.parameter("method").upper())[:20] or "PUBLISH"
        elif kind == "multipart/signed":
            signed = True
        elif kind == "multipart/encrypted":
            encrypted = True
        elif kind in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            if part.parameter("smime-type").lower() == "signed-data":
                signed = True
            else:
                encrypted = True
        elif kind == "text/plain" and not part.is_multipart():
            start = part.held[:200].lstrip()
            signed = signed or start.startswith("-----BEGIN PGP SIGNED MESSAGE-----")
            encrypted = encrypted or start.startswith("-----BEGIN PGP MESSAGE-----")
    return calendar, signed, encrypted


def _report(mail: Part) -> tuple[Bounce | None, set[Reason]]:
    """What a report reports (RFC 6522), and reports in the words of older servers."""
    if mail.kind == "multipart/report":
        about = mail.parameter("report-type").lower()
        if about == "disposition-notification":
            return None, {"read_receipt"}
        if about == "feedback-report":
            return None, {"abuse_report"}
    status = next(
        (each for each in mail.leaves() if each.kind in ("message/delivery-status", "message/global-delivery-status")),
        None,
    )
    if status is not None and (mail.kind == "multipart/report" or _from_a_server(mail)):
        failed = _failed(status.content()[:_MOST_OF_A_REPORT])
        return (Bounce(failed, _original(mail)), set()) if failed else (None, {"delivery_report"})
    if _from_a_server(mail) and _UNDELIVERED.search(headers.line(mail, "subject")):
        named = headers.addresses(mail, "x-failed-recipients")[:_MOST_RECIPIENTS]
        return Bounce(
            tuple(FailedRecipient(each.address, "", "") for each in named if each.address), _original(mail)
        ), set()
    return None, set()


def _from_a_server(mail: Part) -> bool:
    null = any("".join(value.split()) == "<>" for value in headers.raws(mail, "return-path"))
    return null or any(
        re.match(r"(?i)(mailer-?daemon|postmaster)@", each.address) for each in headers.addresses(mail, "from")
    )


def _failed(content: bytes) -> tuple[FailedRecipient, ...]:
    """The recipients whom a report says were not reached: groups of fields with blank lines between them (RFC 3464, 2.1)."""
    found = []
    for group in re.split(r"\n[ \t]*\n", content.decode("utf-8", "replace").replace("\r\n", "\n"))[
        : _MOST_RECIPIENTS * 2
    ]:
        fields: dict[str, str] = {}
        for each in re.sub(r"\n[ \t]+", " ", group).split("\n"):
            name, colon, value = each.partition(":")
            if colon:
                fields.setdefault(name.strip().lower(), value.strip())
        if fields.get("action", "").lower() != "failed":
            continue
        whom = fields.get("original-recipient") or fields.get("final-recipient", "")
        spec = headers.address("", whom.partition(";")[2] or whom).address
        status = _STATUS.search(fields.get("status", "")) or _STATUS.search(fields.get("diagnostic-code", ""))
        diagnostic = cleaning.line(fields.get("diagnostic-code", "").partition(";")[2], 300)
        found.append(FailedRecipient(spec, status[1] if status else "", diagnostic))
    return tuple(found[:_MOST_RECIPIENTS])


def _original(mail: Part) -> str:
    """The Message-ID of the mail that a report is about: of what it brings along, or what it answers."""
    for part in mail.leaves():
        if part.kind in (
            "message/rfc822",
            "text/rfc822-headers",
            "message/global",
            "message/global-headers",
            "message/rfc822-headers",
        ):
            head = (
                part.content()[:_MOST_OF_A_REPORT].decode("utf-8", "replace").replace("\r\n", "\n").partition("\n\n")[0]
            )
            found = re.search(r"(?im)^message-id:\s*(<[^<>\s]{1,500}>)", head)
            if found:
                return found[1]
    answered = tried((), headers.ids, mail, "in-reply-to") or tried((), headers.ids, mail, "references")
    return answered[-1] if answered else ""
