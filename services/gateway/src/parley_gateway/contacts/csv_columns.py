"""What the columns of programs' CSV files are called, in German and English, and what they are taken for."""

from __future__ import annotations

import re

FIELDS = (
    *("name", "given", "middle", "family", "prefix", "suffix", "family_given"),
    *("organisation", "emails", "phones", "customer_number", "language", "notes", "id"),
)
"""What a cell can be: parts of a name (`family_given`: the family name, then the given one), a field of a contact, or the `id` that an
export gave it."""
NAMING = frozenset({"name", "given", "family", "family_given", "organisation", "emails"})
"""One of these has to be known, or a file names nobody."""

_NAMES: dict[str, str] = {
    "name": "name / vorname nachname / vorname name / vor und nachname / first name last name / first and last name / full name / fullname / display name / contact / contact name / kontakt / kontaktname / fn / anzeigename / angezeigter name "
    "/ vollständiger name / ansprechpartner / kunde / customer / customer name / kundenname",
    "given": "first name / firstname / given name / givenname / forename / vorname / rufname",
    "middle": "middle name / additional name / weitere vornamen / zweiter vorname / 2 vorname",
    "family": "last name / lastname / family name / familyname / surname / nachname / familienname / zuname",
    "prefix": "name prefix / prefix / namenspräfix / präfix / akademischer titel",
    "suffix": "suffix / name suffix / namenssuffix / namenszusatz",
    "family_given": "nachname vorname / name vorname / familienname vorname / last name first name / surname first name",
    "organisation": "organisation / organization / organisation name / organization name / organisationsname / company / company name / firma "
    "/ firmenname / unternehmen / unternehmensname / name des unternehmens / account name / accountname / account / associated company "
    "/ zugeordnetes unternehmen / arbeitgeber / employer",
    "emails": "e mail / e mails / email / emails / mail / mails / e mail adresse / e mail adressen / e mailadresse / e mail address / email address "
    "/ email addresses / emailadresse / mailadresse / mail address / primary email / secondary email / primäre e mail / sekundäre e mail "
    "/ primäre e mail adresse / sekundäre e mail adresse",
    "phones": "phone / phones / phone number / phone numbers / phonenumber / telephone / telephone number / tel / tel nr / telnr / telefon "
    "/ telefonnummer / telefonnummern / telefon nr / fon / mobile / mobile phone / mobile phone number / mobile number / mobil / mobil nr / mobilnummer "
    "/ mobil telefon / mobiltelefon / mobiltelefonnummer / mobilfunk / mobilfunknummer / mobil tel nr / handy / handynummer / handy nr / cell "
    "/ cell phone / cellphone / cell number / rufnummer / festnetz / festnetznummer / durchwahl / direct phone / haupttelefon / autotelefon / car phone "
    "/ radio phone / funkruf / funktelefon / company phone / company main phone / telefon firma / firmentelefon / zentrale / pager / pager number "
    "/ pager nummer / fax / fax number / fax nummer / faxnummer / fax nr / telefax / isdn / telex / tty tdd phone / tty tdd telefon / texttelefon "
    "/ callback / rückmeldung / rückruf / whatsapp / whatsapp phone number / whatsapp nummer / whatsapp telefonnummer",
    "customer_number": "customer number / customer no / customer nr / customer id / customernumber / kundennummer / kunden nummer / kunden nr / kundennr / kdnr / kd nr "
    "/ kunden id / kunde nr / debitorennummer / debitor / debitor nr / account number",
    "language": "language / sprache / preferred language / bevorzugte sprache / korrespondenzsprache",
    "notes": "notes / note / notizen / notiz / bemerkung / bemerkungen / anmerkung / anmerkungen / comment / comments / kommentar / beschreibung / description",
    "id": "id",
}
_HEADERS: dict[str, str] = {name.strip(): field for field, names in _NAMES.items() for name in names.split("/")}
_WHICH = (
    "value / wert / home / work / business / private / personal / other / main / primary / additional / geschäftlich / gesch / geschäftl / privat / priv "
    "/ dienstlich / dienstl / beruflich / arbeit / weitere / weiteres / weiterer / andere / anderes / sonstige / sonstiges / haupt / zusätzlich / zusätzliche",
    "mobile / mobil / cell / festnetz / büro / office / direct / durchwahl",
)
_OF_ANY = [frozenset(word.strip() for word in words.split("/")) for words in _WHICH]
"""Words that say which of several: they stand with any name of a column that can have several."""
_WHOSE = frozenset({"person", "contact", "kontakt", "customer", "kunde", "client", "lead"})
"""Words before a name that say whose it is."""
_SEVERAL = ("emails", "phones")
_ONCE = re.compile(r"(?<=\D)(\d+)$")


def field_of(header: str) -> str | None:
    """The field that a column of this name is taken for; None: it is not known."""
    words = re.sub(r"[\W_]+", " ", header.casefold()).split()
    plain = _HEADERS.get(" ".join(words))
    if plain is None and len(words) > 1 and words[0] in _WHOSE:
        words = words[1:]
    if plain is not None:
        return plain
    words = [_ONCE.sub("", word) for word in words if not word.isdigit() and word != "value"]
    plain = _HEADERS.get(" ".join(words))
    if plain is not None:
        return None if plain == "id" else plain
    for these in _OF_ANY:
        words = [word for word in words if word not in these]
        if (fewer := _HEADERS.get(" ".join(words))) in _SEVERAL:
            return fewer
    return None


def known_columns(headers: list[str]) -> int:
    """How many of them are known."""
    return sum(1 for header in headers if field_of(header) is not None)
