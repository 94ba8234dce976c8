"""Files of contacts as programs write them, with invented people, and what of each has to come in."""

from __future__ import annotations

import base64
from typing import NamedTuple


class Kept(NamedTuple):
    """A contact as it comes in."""

    name: str
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    organisation: str | None = None
    notes: str | None = None
    customer_number: str | None = None
    language: str | None = None


class ProgramFile(NamedTuple):
    """A file as a program writes it: what comes in of it, in which encoding it is read, and which columns stay out."""

    program: str
    what: str
    body: bytes
    kept: tuple[Kept, ...]
    encoding: str = "utf-8"
    left_out: tuple[str, ...] = ()
    cards: bool = False
    said: str | None = None
    """The encoding that has to be said, since no program can know it."""


def table(
    delimiter: str, *rows: dict[str, str], quoted: bool = True, end: str = "\r\n", empty: tuple[str, ...] = ()
) -> str:
    """Rows as a CSV file with all of their columns and the `empty` ones."""
    heads = list(dict.fromkeys([name for row in rows for name in row] + list(empty)))
    mark = '"' if quoted else ""
    lines = [heads, *([row.get(head, "") for head in heads] for row in rows)]
    return "".join(
        delimiter.join(mark + cell.replace('"', '""') + mark if mark or '"' in cell else cell for cell in line) + end
        for line in lines
    )


def cards(version: str, *people: list[str], end: str = "\r\n") -> str:
    """Properties as vCards."""
    lines = [line for person in people for line in ("BEGIN:VCARD", f"VERSION:{version}", *person, "END:VCARD")]
    return end.join(lines) + end


def qp(text: str) -> str:
    """Quoted-printable as phones write it: all in figures, in lines of at most 60."""
    octets = "".join(f"={each:02X}" for each in text.encode())
    return "=\r\n".join(octets[at : at + 60] for at in range(0, len(octets), 60))


PICTURE = base64.b64encode(bytes(range(256)) * 400).decode()
FOLDED = "\r\n ".join(PICTURE[at : at + 74] for at in range(0, len(PICTURE), 74))
BARE = "\r\n".join(PICTURE[at : at + 76] for at in range(0, len(PICTURE), 76)) + "\r\n"

JOERG = Kept("Jörg Grün", ("joerg.gruen@example.org",), ("+49 30 5550101",), "Grün & Söhne")
IDA = Kept("Ida Linde", ("ida@example.org", "linde@example.net"), ("+49 30 5550103", "0151 5550104"))


def outlook_de() -> str:
    more = ("Suffix", "Weitere Vornamen", "Telex", "ISDN", "Pager", "Weiteres Telefon", "E-Mail 3: Adresse", "Webseite")
    return table(
        ";",
        {
            **{
                "Anrede": "Herr",
                "Vorname": "Jörg",
                "Nachname": "Grün",
                "Firma": "Grün & Söhne",
                "Abteilung": "Einkauf",
            },
            **{"Straße geschäftlich": "Weg 1", "Ort geschäftlich": "Berlin", "Telefon geschäftlich": "+49 30 5550101"},
            **{
                "Telefon geschäftlich 2": "+49 30 5550102",
                "Mobiltelefon": "0151 5550105",
                "Telefon (privat)": "030/5550106",
            },
            **{"Fax geschäftlich": "+49 30 5550107", "E-Mail-Adresse": "joerg.gruen@example.org", "E-Mail-Typ": "SMTP"},
            **{"E-Mail 2: Adresse": "gruen@example.net", "Notizen": "Zeile 1\r\nZeile 2", "Sprache": "Deutsch"},
        },
        empty=more,
    )


def outlook_en() -> str:
    return table(
        ",",
        {
            **{
                "Title": "Dr.",
                "First Name": "Ida",
                "Middle Name": "Maria",
                "Last Name": "Linde",
                "Suffix": "jr.",
                "Company": "Linde, Ltd.",
            },
            **{
                "Job Title": "Buyer",
                "Business Phone": "+44 20 7946 0101",
                "Home Phone": "+44 20 7946 0102",
                "Mobile Phone": "07700 900104",
            },
            **{
                "Company Main Phone": "+44 20 7946 0100",
                "Assistant's Phone": "+44 20 7946 0199",
                "E-mail Address": "ida@example.org",
            },
            **{
                "E-mail 2 Address": "linde@example.net",
                "E-mail Display Name": "Ida Linde",
                "Birthday": "1/1/1980",
                "Notes": 'says "hello"',
            },
        },
        empty=("Business Fax", "Car Phone", "Pager", "TTY/TDD Phone", "Web Page"),
    )


GOOGLE = {
    "First Name": "Ida",
    "Last Name": "Linde",
    "Organization Name": "Linde & Sohn",
    "Notes": "first\nsecond",
    "Labels": "* myContacts",
}
GOOGLE_NEW = table(
    ",",
    {
        **GOOGLE,
        **{
            "E-mail 1 - Label": "* Work",
            "E-mail 1 - Value": "ida@example.org ::: linde@example.net",
            "Phone 1 - Label": "Mobile",
        },
        **{
            "Phone 1 - Value": "+49 151 5550120 ::: +49 30 5550121",
            "Phone 2 - Label": "Home",
            "Phone 2 - Value": "+49 30 5550122",
        },
    },
    empty=("Phonetic First Name", "Nickname", "File As", "Birthday", "Photo"),
)
GOOGLE_OLD = table(
    ",",
    {
        **{
            "Name": "Jörg Grün",
            "Given Name": "Jörg",
            "Additional Name": "",
            "Family Name": "Grün",
            "Group Membership": "* myContacts",
        },
        **{"E-mail 1 - Type": "* Work", "E-mail 1 - Value": "joerg.gruen@example.org", "Phone 1 - Type": "Work"},
        **{"Phone 1 - Value": "+49 30 5550101", "Organization 1 - Type": "", "Organization 1 - Name": "Grün & Söhne"},
    },
)
GOOGLE_CARDS = cards(
    "3.0",
    [
        "FN:Jörg Grün",
        "N:Grün;Jörg;;;",
        "EMAIL;TYPE=INTERNET;TYPE=WORK:joerg.gruen@example.org",
        "TEL;TYPE=WORK:+49 30 5550101",
        "ORG:Grün & Söhne",
        "CATEGORIES:myContacts",
    ],
)
APPLE = cards(
    "3.0",
    [
        "PRODID:-//Apple Inc.//macOS 14.0//EN",
        "N:Linde;Ida;;;",
        "FN:Ida Linde",
        "item1.EMAIL;type=INTERNET;type=pref:ida@example.org",
        "item1.X-ABLabel:_$!<Work>!$_",
        "item2.EMAIL;type=INTERNET:linde@example.net",
        "TEL;type=CELL;type=VOICE;type=pref:+49 30 5550103",
        "TEL;type=WORK:0151 5550104",
        "NOTE:first line\u2028second line\\, end",
        f"PHOTO;ENCODING=b;TYPE=JPEG:{FOLDED}",
        "item3.ADR;type=HOME:;;Weg 2;Hamburg;;20095;Germany",
        "BDAY:1980-01-01",
        "UID:8A1F2E1C-0000-4A6B-9C1D-2B3C4D5E6F70",
        "X-ABShowAs:PERSON",
    ],
)
APPLE_NOTES = IDA._replace(notes="first line\u2028second line, end")


def hubspot(german: bool) -> str:
    heads = (
        "Record ID",
        "First Name",
        "Last Name",
        "Email",
        "Phone Number",
        "Mobile Phone Number",
        "Company name",
        "Lead Status",
    )
    heads_de = (
        "Datensatz-ID",
        "Vorname",
        "Nachname",
        "E-Mail",
        "Telefonnummer",
        "Mobiltelefonnummer",
        "Unternehmensname",
        "Lead-Status",
    )
    cells = ("51", "Jörg", "Grün", "joerg.gruen@example.org", "+49 30 5550101", "0151 5550105", "Grün & Söhne", "NEW")
    return table(",", dict(zip(heads_de if german else heads, cells, strict=True)))


def salesforce(german: bool) -> str:
    heads = (
        "Salutation",
        "First Name",
        "Last Name",
        "Title",
        "Account Name",
        "Mailing City",
        "Phone",
        "Mobile",
        "Fax",
        "Email",
    )
    heads_de = (
        "Anrede",
        "Vorname",
        "Nachname",
        "Titel",
        "Accountname",
        "Ort (Postanschrift)",
        "Telefon",
        "Mobil",
        "Fax",
        "E-Mail",
    )
    cells = (
        "Mr.",
        "Jörg",
        "Grün",
        "Buyer",
        "Grün & Söhne",
        "Berlin",
        "+49 30 5550101",
        "0151 5550105",
        "+49 30 5550107",
        "joerg.gruen@example.org",
    )
    return table(",", dict(zip(heads_de if german else heads, cells, strict=True)), end="\n")


LIST = "Kundennr;Name;Vorname;Straße;PLZ;Ort;Telefon;E-Mail\r\n"
EXCEL = (
    LIST
    + "K-1;Grün;Jörg;Weg 1;10115;Berlin;030 5550140;joerg.gruen@example.org\r\n;Grün;Änne;Weg 1;10115;Berlin;030 5550140;\r\n"
)
OF_EXCEL = (
    Kept("Jörg Grün", ("joerg.gruen@example.org",), ("030 5550140",), customer_number="K-1"),
    Kept("Änne Grün", (), ("030 5550140",)),
)
NO_FIELDS = ("Straße", "PLZ", "Ort")
THUNDERBIRD = table(
    ",",
    {
        **{
            "First Name": "Ida",
            "Last Name": "Linde",
            "Display Name": "Ida Linde",
            "Nickname": "Idi",
            "Primary Email": "ida@example.org",
        },
        **{
            "Secondary Email": "linde@example.net",
            "Work Phone": "+49 30 5550103",
            "Mobile Number": "0151 5550104",
            "Organization": "Linde",
        },
        **{"Department": "", "Notes": "", "Home City": "Hamburg"},
    },
    quoted=False,
)
THUNDERBIRD_DE = table(
    ",",
    {
        **{
            "Vorname": "Ida",
            "Nachname": "Linde",
            "Anzeigename": "Ida Linde",
            "Spitzname": "Idi",
            "Primäre E-Mail-Adresse": "ida@example.org",
        },
        **{
            "Sekundäre E-Mail-Adresse": "linde@example.net",
            "Tel. dienstlich": "+49 30 5550103",
            "Mobil-Tel.-Nr.": "0151 5550104",
        },
        **{"Organisation": "Linde", "Notizen": ""},
    },
    quoted=False,
)
THUNDERBIRD_CARDS = cards(
    "4.0",
    [
        "EMAIL;PREF=1:ida@example.org",
        "EMAIL:linde@example.net",
        "FN:Ida Linde",
        "NICKNAME:Idi",
        "N:Linde;Ida;;;",
        "TEL;TYPE=work;VALUE=TEXT:+49 30 5550103",
        "TEL;TYPE=cell;VALUE=TEXT:0151 5550104",
        "UID:7d6c5b4a-0000-4f3e-8d2c-1b0a99887766",
    ],
)
ANDROID = cards(
    "2.1",
    [
        f"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{qp('Grün')};{qp('Jörg')};;;",
        f"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{qp('Jörg Grün')}",
        "TEL;CELL:+49305550101",
        "EMAIL;HOME:joerg.gruen@example.org",
        f"NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{qp('eine lange Notiz, die über mehrere Zeilen geht; und noch eine')}",
        f"PHOTO;ENCODING=BASE64;JPEG:{FOLDED}",
        "",
    ],
    ["N:Linde;Ida;;;", "FN:Ida Linde", "TEL;WORK;PREF:030 5550103"],
)
OUTLOOK_CARDS = cards(
    "2.1",
    [
        "N;LANGUAGE=de;CHARSET=windows-1252:Grün;Jörg;;Herr",
        "FN;CHARSET=windows-1252:Jörg Grün",
        "ORG;CHARSET=windows-1252:Grün & Söhne;Einkauf",
        "TITLE:Leiter",
        "TEL;WORK;VOICE:+49 (30) 5550101",
        "TEL;CELL;VOICE:0151 5550105",
        "ADR;WORK;PREF:;;Weg 1;Berlin;;10115;Deutschland",
        "LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Weg 1=0D=0A=\r\n10115 Berlin=0D=0A=\r\nDeutschland",
        "EMAIL;PREF;INTERNET:joerg.gruen@example.org",
        f"PHOTO;TYPE=JPEG;ENCODING=BASE64:\r\n{BARE}",
        "REV:20260101T000000Z",
    ],
)
NEXTCLOUD = cards(
    "4.0",
    [
        "PRODID:-//Nextcloud Contacts v6",
        "FN:Ida Linde",
        "N:Linde;Ida;;;",
        'EMAIL;TYPE="HOME,pref":ida@example.org',
        "EMAIL:mailto:linde@example.net",
        'TEL;VALUE=uri;PREF=1;TYPE="voice,work":tel:+49-30-5550103;ext=102',
        "TEL;TYPE=CELL:0151 5550104",
        "LANG:de",
        "REV;VALUE=DATE-AND-OR-TIME:2026",
        "URL:https://example.org",
        "X-SOCIALPROFILE;TYPE=x:https://example.org/ida",
    ],
)
OWNCLOUD = cards(
    "3.0",
    [
        "FN:Ida Linde",
        "EMAIL;TYPE=WORK:ida@example.org",
        "EMAIL;TYPE=HOME:linde@example.net",
        "TEL;TYPE=WORK:+49 30 5550103",
        "TEL;TYPE=CELL:0151 5550104",
        "N:Linde;Ida;;;",
        f"PHOTO;ENCODING=B;TYPE=image/jpeg:{FOLDED}",
        "CATEGORIES:Freunde,Kunden",
    ],
)
EVOLUTION = cards(
    "3.0",
    [
        "N:Linde;Ida;Maria;Dr.;",
        "FN:Dr. Ida Maria Linde",
        "X-EVOLUTION-FILE-AS:Linde\\, Ida",
        "ORG:Linde\\; Sohn;Sales",
        "TEL;TYPE=WORK;X-EVOLUTION-UI-SLOT=1:+49 30 5550103",
        "EMAIL;TYPE=WORK;X-EVOLUTION-UI-SLOT=1:ida@example.org",
    ],
)
NOKIA = cards(
    "2.1", ["N:Grün;Jörg", "TEL;PREF;WORK;VOICE:+49305550101", "TEL;CELL:015155 50105", "EMAIL:joerg.gruen@example.org"]
)
LIBREOFFICE = table(
    "\t",
    {
        "Nachname, Vorname": "Grün, Jörg",
        "Telefonnummern": "+49 30 5550101; 0151 5550105",
        "E-Mails": "joerg.gruen@example.org, gruen@example.net",
        "Bemerkung": "a\tb",
    },
    end="\n",
)
GMX = table(
    ";",
    {
        "Anrede": "Frau",
        "Vorname": "Ida",
        "Name": "Linde",
        "E-Mail privat": "ida@example.org",
        "E-Mail geschäftlich": "linde@example.net",
    }
    | {"Telefon privat": "+49 30 5550103", "Handy": "0151 5550104", "Geburtsdatum": "01.01.1980"},
)
PIPEDRIVE = table(
    ",",
    {
        "Person - Name": "Ida Linde",
        "Person - Organization": "Linde",
        "Person - Phone": "+49 30 5550103",
        "Person - Email": "ida@example.org",
    },
)
TWO_NUMBERS = JOERG._replace(phones=("+49 30 5550101", "0151 5550105"))

IDA_OF_OUTLOOK = Kept(
    "Ida Maria Linde jr.",
    ("ida@example.org", "linde@example.net"),
    ("+44 20 7946 0101", "+44 20 7946 0102", "07700 900104", "+44 20 7946 0100"),
    "Linde, Ltd.",
    'says "hello"',
)
OUTLOOK_EN = ("Title", "Job Title", "Assistant's Phone", "E-mail Display Name", "Birthday")

FILES: tuple[ProgramFile, ...] = (
    ProgramFile(
        "Outlook",
        "CSV, German",
        outlook_de().encode("windows-1252"),
        (
            Kept(
                "Jörg Grün",
                ("joerg.gruen@example.org", "gruen@example.net"),
                ("+49 30 5550101", "+49 30 5550102", "0151 5550105", "030/5550106", "+49 30 5550107"),
                "Grün & Söhne",
                "Zeile 1\nZeile 2",
                language="Deutsch",
            ),
        ),
        "windows-1252",
        ("Anrede", "Abteilung", "Straße geschäftlich", "Ort geschäftlich", "E-Mail-Typ"),
    ),
    ProgramFile("Outlook", "CSV, English", outlook_en().encode("windows-1252"), (IDA_OF_OUTLOOK,), left_out=OUTLOOK_EN),
    ProgramFile(
        "Outlook",
        "CSV of Outlook.com, UTF-8 with a mark",
        outlook_en().encode("utf-8-sig"),
        (IDA_OF_OUTLOOK,),
        left_out=OUTLOOK_EN,
    ),
    ProgramFile(
        "Outlook",
        "vCard 2.1 with LABEL and a picture",
        OUTLOOK_CARDS.encode("windows-1252"),
        (
            Kept(
                "Jörg Grün", ("joerg.gruen@example.org",), ("+49 (30) 5550101", "0151 5550105"), "Grün & Söhne, Einkauf"
            ),
        ),
        "windows-1252",
        ("TITLE", "ADR", "LABEL", "PHOTO"),
        True,
    ),
    ProgramFile(
        "Google",
        "CSV, several values in a cell",
        GOOGLE_NEW.encode(),
        (
            Kept(
                "Ida Linde",
                ("ida@example.org", "linde@example.net"),
                ("+49 151 5550120", "+49 30 5550121", "+49 30 5550122"),
                "Linde & Sohn",
                "first\nsecond",
            ),
        ),
        "utf-8",
        ("Labels", "E-mail 1 - Label", "Phone 1 - Label", "Phone 2 - Label"),
    ),
    ProgramFile(
        "Google",
        "CSV of before 2024, UTF-16",
        GOOGLE_OLD.encode("utf-16"),
        (JOERG,),
        "utf-16-le",
        ("Group Membership", "E-mail 1 - Type", "Phone 1 - Type"),
    ),
    ProgramFile("Google", "vCard 3.0", GOOGLE_CARDS.encode(), (JOERG,), "utf-8", ("CATEGORIES",), True),
    ProgramFile(
        "Apple",
        "vCard 3.0 of macOS, with a picture and U+2028",
        APPLE.encode(),
        (APPLE_NOTES,),
        "utf-8",
        ("PHOTO", "ADR", "BDAY"),
        True,
    ),
    ProgramFile(
        "Apple",
        "vCard 3.0 of iCloud, UTF-16",
        APPLE.encode("utf-16"),
        (APPLE_NOTES,),
        "utf-16-le",
        ("PHOTO", "ADR", "BDAY"),
        True,
    ),
    ProgramFile("Apple", "CSV of Numbers, German", EXCEL.replace("\r\n", "\n").encode(), OF_EXCEL, "utf-8", NO_FIELDS),
    ProgramFile(
        "HubSpot", "CSV, English", hubspot(False).encode(), (TWO_NUMBERS,), "utf-8", ("Record ID", "Lead Status")
    ),
    ProgramFile(
        "HubSpot",
        "CSV, German",
        hubspot(True).encode("utf-8-sig"),
        (TWO_NUMBERS,),
        "utf-8",
        ("Datensatz-ID", "Lead-Status"),
    ),
    ProgramFile(
        "Salesforce",
        "CSV, English",
        salesforce(False).encode(),
        (TWO_NUMBERS._replace(phones=(*TWO_NUMBERS.phones, "+49 30 5550107")),),
        "utf-8",
        ("Salutation", "Title", "Mailing City"),
    ),
    ProgramFile(
        "Salesforce",
        "CSV, German, ISO-8859-1",
        salesforce(True).encode("iso-8859-1"),
        (TWO_NUMBERS._replace(phones=(*TWO_NUMBERS.phones, "+49 30 5550107")),),
        "windows-1252",
        ("Anrede", "Titel", "Ort (Postanschrift)"),
    ),
    ProgramFile("Excel", "CSV, German", EXCEL.encode("windows-1252"), OF_EXCEL, "windows-1252", NO_FIELDS),
    ProgramFile("Excel", "CSV UTF-8, German", EXCEL.encode("utf-8-sig"), OF_EXCEL, "utf-8", NO_FIELDS),
    ProgramFile(
        "Excel", "Unicode text (tabs)", EXCEL.replace(";", "\t").encode("utf-16"), OF_EXCEL, "utf-16-le", NO_FIELDS
    ),
    ProgramFile(
        "Excel", "CSV with sep=;", f"sep=;\r\n{EXCEL}".encode("windows-1252"), OF_EXCEL, "windows-1252", NO_FIELDS
    ),
    ProgramFile(
        "Excel",
        "CSV (Macintosh), lines end in CR",
        EXCEL.replace("\r\n", "\r").encode("mac-roman"),
        OF_EXCEL,
        "macintosh",
        NO_FIELDS,
        said="macintosh",
    ),
    ProgramFile("Excel", "CSV (MS-DOS)", EXCEL.encode("cp850"), OF_EXCEL, "ibm850", NO_FIELDS, said="ibm850"),
    ProgramFile(
        "Thunderbird",
        "CSV, English",
        THUNDERBIRD.encode(),
        (IDA._replace(organisation="Linde"),),
        "utf-8",
        ("Nickname", "Home City"),
    ),
    ProgramFile(
        "Thunderbird",
        "CSV, German",
        THUNDERBIRD_DE.encode(),
        (IDA._replace(organisation="Linde"),),
        "utf-8",
        ("Spitzname",),
    ),
    ProgramFile("Thunderbird", "vCard 4.0", THUNDERBIRD_CARDS.encode(), (IDA,), "utf-8", ("NICKNAME",), True),
    ProgramFile(
        "Android",
        "vCard 2.1, quoted-printable with soft line breaks",
        ANDROID.encode(),
        (
            Kept(
                "Jörg Grün",
                ("joerg.gruen@example.org",),
                ("+49305550101",),
                notes="eine lange Notiz, die über mehrere Zeilen geht; und noch eine",
            ),
            Kept("Ida Linde", (), ("030 5550103",)),
        ),
        "utf-8",
        ("PHOTO",),
        True,
    ),
    ProgramFile(
        "Android",
        "vCard 2.1 of an old phone, without FN",
        NOKIA.encode(),
        (Kept("Jörg Grün", ("joerg.gruen@example.org",), ("+49305550101", "015155 50105")),),
        "utf-8",
        (),
        True,
    ),
    ProgramFile(
        "Nextcloud",
        "vCard 4.0 with tel: and an extension",
        NEXTCLOUD.encode(),
        (IDA._replace(phones=("+49-30-5550103 ext. 102", "0151 5550104"), language="de"),),
        "utf-8",
        ("URL", "X-SOCIALPROFILE"),
        True,
    ),
    ProgramFile(
        "Nextcloud",
        "vCard 3.0 of ownCloud, with a picture",
        OWNCLOUD.encode(),
        (IDA,),
        "utf-8",
        ("PHOTO", "CATEGORIES"),
        True,
    ),
    ProgramFile(
        "Evolution",
        "vCard 3.0",
        EVOLUTION.encode(),
        (Kept("Dr. Ida Maria Linde", ("ida@example.org",), ("+49 30 5550103",), "Linde; Sohn, Sales"),),
        "utf-8",
        ("X-EVOLUTION-FILE-AS",),
        True,
    ),
    ProgramFile(
        "LibreOffice",
        "CSV with tabs; last and first name in one cell",
        LIBREOFFICE.encode(),
        (
            Kept(
                "Jörg Grün",
                ("joerg.gruen@example.org", "gruen@example.net"),
                ("+49 30 5550101", "0151 5550105"),
                None,
                "a\tb",
            ),
        ),
    ),
    ProgramFile(
        "GMX, WEB.DE", "CSV, German", GMX.encode("windows-1252"), (IDA,), "windows-1252", ("Anrede", "Geburtsdatum")
    ),
    ProgramFile(
        "Pipedrive",
        "CSV",
        PIPEDRIVE.encode(),
        (Kept("Ida Linde", ("ida@example.org",), ("+49 30 5550103",), "Linde"),),
    ),
)
