"""The letter that asks whether somebody wants a transcript. Nothing in it is the visitor's: not a name, not a word."""

from __future__ import annotations

from html import escape

from .transcript import Document

_ENGLISH = (
    "Your chat: shall we send you the transcript?",
    "Somebody, probably you, has asked us to send the transcript of a chat to this address.",
    "If it was you, open this link within two days, and it follows:",
    "If it was not you, you need not do anything. Nothing will be sent.",
)
_GERMAN = (
    "Ihr Chat: Sollen wir Ihnen den Verlauf schicken?",
    "Jemand, vermutlich Sie, hat uns gebeten, den Verlauf eines Chats an diese Adresse zu schicken.",
    "Wenn Sie das waren, öffnen Sie binnen zwei Tagen diesen Link, dann folgt er:",
    "Wenn Sie es nicht waren, brauchen Sie nichts zu tun. Es wird nichts geschickt.",
)


def asking(link: str, language: str) -> Document:
    """The letter, with the link that says yes."""
    german = language.lower().split("-")[0].split("_")[0] == "de"
    subject, why, yes, no = _GERMAN if german else _ENGLISH
    shown = (
        f'<p>{escape(why)}</p><p>{escape(yes)}</p><p><a href="{escape(link)}">{escape(link)}</a></p><p>{escape(no)}</p>'
    )
    head = f'<html lang="{"de" if german else "en"}"><meta charset="utf-8"><title>{escape(subject)}</title>'
    return Document(subject, f"{why}\n\n{yes}\n\n{link}\n\n{no}\n", f"<!doctype html>{head}{shown}")
