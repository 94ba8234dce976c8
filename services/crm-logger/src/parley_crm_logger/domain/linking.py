"""The letters with a link by which somebody sets their password: an invitation, or because they have forgotten it."""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from .transcript import Document


class _Words(NamedTuple):
    subject: str
    why: str
    do: str
    else_: str


_WORDS = {
    ("invitation", "en"): _Words(
        "Your login at Parley",
        "You have been given a login: user {user}, tenant {tenant}.",
        "Choose your password with this link, within seven days. It can be used once:",
        "If you do not know what this is about, you need not do anything.",
    ),
    ("invitation", "de"): _Words(
        "Ihr Zugang zu Parley",
        "Für Sie wurde ein Zugang eingerichtet: Benutzer {user}, Unternehmen {tenant}.",
        "Wählen Sie mit diesem Link binnen sieben Tagen Ihr Passwort. Er gilt einmal:",
        "Wenn Sie nicht wissen, worum es geht, brauchen Sie nichts zu tun.",
    ),
    ("reset", "en"): _Words(
        "Another password for Parley",
        "Another password was asked for: user {user}, tenant {tenant}.",
        "Choose it with this link, within a day. It can be used once:",
        "If it was not you, you need not do anything. Your password stays as it is.",
    ),
    ("reset", "de"): _Words(
        "Ein neues Passwort für Parley",
        "Ein neues Passwort wurde angefordert: Benutzer {user}, Unternehmen {tenant}.",
        "Wählen Sie es mit diesem Link binnen eines Tages. Er gilt einmal:",
        "Wenn Sie das nicht waren, brauchen Sie nichts zu tun. Ihr Passwort bleibt, wie es ist.",
    ),
}


def linking(link: str, what: str, tenant: str, user: str, language: str) -> Document:
    """The letter."""
    german = language.lower().split("-")[0].split("_")[0] == "de"
    words = _WORDS[what, "de" if german else "en"]
    why = words.why.format(user=user, tenant=tenant)
    shown = "".join(f"<p>{escape(text)}</p>" for text in (why, words.do))
    shown += f'<p><a href="{escape(link)}">{escape(link)}</a></p><p>{escape(words.else_)}</p>'
    head = f'<html lang="{"de" if german else "en"}"><meta charset="utf-8"><title>{escape(words.subject)}</title>'
    text = f"{why}\n\n{words.do}\n\n{link}\n\n{words.else_}\n"
    return Document(words.subject, text, f"<!doctype html>{head}{shown}")
