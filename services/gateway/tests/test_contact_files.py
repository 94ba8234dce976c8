"""Contacts in files: what is read, what is refused by line, and that what is written is read again (R24, R31)."""

from __future__ import annotations

import csv
import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parley_contracts import contact_values as judge
from parley_contracts.refusal import Refused
from parley_gateway.contacts.contact_checks import ContactTyped
from parley_gateway.contacts.contact_rows import checked, one_way
from parley_gateway.contacts.csv_columns import field_of
from parley_gateway.contacts.csv_file import CsvFile, csv_lines, guarded, read_csv, unguarded
from parley_gateway.contacts.file_text import file_text, text_of
from parley_gateway.contacts.import_rows import Identities
from parley_gateway.contacts.opening import opened
from parley_gateway.contacts.vcard_file import read_vcards, vcard

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).map(
    lambda text: judge.name(text).value
)
NAMES = TEXT.filter(bool)


def test_R24_columns_are_known_in_german_and_english_whatever_parts_them() -> None:
    for text in (
        "Name,E-Mail,Telefon,Firma,Kundennummer\nJörg Weiß,j@example.org,030 123456,Krug & Söhne,K-77\n",
        "name;email;phone;company;customer number\r\nJörg Weiß;j@example.org;030 123456;Krug & Söhne;K-77\r\n",
        "Vorname\tNachname\tE-mail 1 - Value\tMobil\tOrganisation\tKunden-Nr.\nJörg\tWeiß\tj@example.org\t030 123456\tKrug & Söhne\tK-77\n",
    ):
        [row] = read_csv(text)
        assert row.typed is not None, row.problem
        assert row.typed.model_dump(exclude_none=True) == {
            "name": "Jörg Weiß",
            "emails": ("j@example.org",),
            "phones": ("030 123456",),
            "organisation": "Krug & Söhne",
            "customer_number": "K-77",
        }
        assert row.line == 2


def test_R31_bad_rows_are_named_by_their_line_and_the_good_ones_are_kept() -> None:
    text = 'name,emails\nA,a@example.org\nB,"no address"\n"C\nwith two lines",c@example.org\n,\nD,d@example.org;d2@example.org\n,@\n'
    rows = list(read_csv(text))
    assert [(row.line, row.typed.name if row.typed else None) for row in rows] == [
        (2, "A"),
        (3, None),
        (4, "C with two lines"),
        (7, "D"),
        (8, None),
    ]
    assert "no e-mail address" in (rows[1].problem or "")
    assert rows[3].typed is not None
    assert rows[3].typed.emails == ("d@example.org", "d2@example.org")


def test_R31_a_file_without_known_columns_is_refused() -> None:
    with pytest.raises(Refused, match="names the columns"):
        list(read_csv("colour,size\nred,5\n"))


@pytest.mark.parametrize(
    ("body", "encoding", "name"),
    [
        ("name\nÄnne\n".encode(), None, "Änne"),
        ("name\nÄnne\n".encode("utf-8-sig"), None, "Änne"),
        ("name\nÄnne\n".encode("utf-16"), None, "Änne"),
        ("name\nÄnne\n".encode("windows-1252"), "windows-1252", "Änne"),
    ],
)
def test_R24_encodings_are_told_apart(body: bytes, encoding: str | None, name: str) -> None:
    [row] = read_csv(text_of(body, encoding))
    assert row.typed is not None
    assert row.typed.name == name


@pytest.mark.parametrize(
    ("body", "encoding", "bad"),
    [
        ("name\nA\nB".encode("utf-16") + b"x", None, 3),
        ("name\nA\n\ud800\n".encode("utf-16", "surrogatepass"), None, 3),
        (b"name\nA\n\x81\n", "windows-1252", 3),
        (b"name\nA\n\x81\n", None, 3),
    ],
)
def test_R31_a_row_that_is_not_in_the_files_encoding_is_named(body: bytes, encoding: str | None, bad: int) -> None:
    rows = list(read_csv(text_of(body, encoding)))
    assert [(row.line, row.typed is not None) for row in rows] == [(2, True), (bad, False)]
    assert rows[1].problem == "name: is not UTF-8: save the file as UTF-8, or say ?encoding=windows-1252"


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8"])
def test_R31_rows_that_are_not_utf_8_are_named_and_the_good_ones_are_kept(encoding: str | None) -> None:
    table = "name,colour,notes\nA,grün,\nÄnne,,\nB,,größer\nC,,\n".encode("windows-1252")
    cards = "BEGIN:VCARD\nFN:A\nPHOTO:ü\nEND:VCARD\nBEGIN:VCARD\nFN:Änne\nEND:VCARD\n".encode("windows-1252")
    rows = list(read_csv(text_of(table, encoding)))
    assert [(row.line, row.typed.name if row.typed else None) for row in rows] == [
        (2, "A"),
        (3, None),
        (4, None),
        (5, "C"),
    ]
    assert rows[1].problem == "name: is not UTF-8: save the file as UTF-8, or say ?encoding=windows-1252"
    assert [(row.line, row.typed is not None) for row in read_vcards(text_of(cards, encoding))] == [
        (1, True),
        (5, False),
    ]


@pytest.mark.parametrize(
    ("body", "charset", "name", "encoding"),
    [
        ("name\nÄnne\n".encode("windows-1252"), None, "Änne", "windows-1252"),
        ("name\nÄnne\n".encode("windows-1252"), "utf-8", "Änne", "windows-1252"),
        ("name\nÄnne\n".encode("windows-1252"), "iso-8859-1", "Änne", "windows-1252"),
        ("name\nŁucja\n".encode("windows-1250"), "windows-1250", "Łucja", "windows-1250"),
        ("name\nÄnne\n".encode("mac-roman"), "macintosh", "Änne", "macintosh"),
        ("name\n佐藤\n".encode("shift_jis"), "Shift_JIS", "佐藤", "shift_jis"),
        ("name\nÄnne\n".encode("utf-16-le"), None, "Änne", "utf-16-le"),
        ("name\nÄnne\n".encode("utf-16-be"), None, "Änne", "utf-16-be"),
        ("name\nÄnne\n".encode(), "no-such", "Änne", "utf-8"),
        ("name\nÄnne\n".encode("utf-8-sig"), "windows-1252", "Änne", "utf-8"),
    ],
)
def test_R24_an_encoding_is_heeded_or_found_out_and_told(
    body: bytes, charset: str | None, name: str, encoding: str
) -> None:
    found = file_text(body, None, charset)
    [row] = read_csv(found.text)
    assert (row.typed and row.typed.name, found.encoding) == (name, encoding)


def test_R31_a_file_in_utf_8_with_a_few_wrong_bytes_is_in_utf_8() -> None:
    body = "name\nÄnne Müller-Lüdenscheidt\nB".encode() + b"\xff\nC\n"
    assert [row.typed is not None for row in read_csv(text_of(body, None))] == [True, False, True]


@given(st.binary())
def test_R31_whatever_bytes_come_are_rows_or_refused(body: bytes) -> None:
    for read in (read_csv, read_vcards):
        try:
            for row in read(text_of(body, None)):
                (row.problem or "").encode()
                if row.typed is not None:
                    row.typed.model_dump_json()
        except Refused as refusal:
            refusal.message.encode()


def test_R31_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(Refused, match="use one of"):
        text_of(b"name\n", "rot13")


@pytest.mark.parametrize("cell", ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "\r=1", "'quoted", "'=1"])
def test_R31_no_cell_of_an_export_is_a_formula(cell: str) -> None:
    [[written]] = csv.reader(io.StringIO(csv_lines([{"name": cell}], head=False).split(",")[0]))
    assert written.startswith("'")
    assert unguarded(guarded(cell)) == cell


@given(
    name=NAMES,
    organisation=st.none() | NAMES,
    notes=st.none() | NAMES,
    number=st.none() | st.from_regex(r"[A-Z]{1,3}-[0-9]{1,6}", fullmatch=True),
    emails=st.lists(st.from_regex(r"[a-z]{1,8}@example\.(org|net)", fullmatch=True), max_size=3, unique=True),
)
def test_R24_what_is_exported_is_imported_again(
    name: str, organisation: str | None, notes: str | None, number: str | None, emails: list[str]
) -> None:
    contact = {"name": name, "organisation": organisation, "notes": notes, "customer_number": number, "emails": emails}
    wanted = {field: value for field, value in contact.items() if value}
    for rows in (read_csv(csv_lines([contact], head=True)), read_vcards(vcard(contact))):
        [row] = rows
        assert row.typed is not None, row.problem
        found = row.typed.model_dump(exclude_none=True)
        assert {field: list(v) if isinstance(v, tuple) else v for field, v in found.items() if v} == wanted


def test_R24_cards_of_address_books_are_read() -> None:
    text = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Weiß;Jörg;;;\r\nFN:Jörg\r\n  Weiß\r\nitem1.EMAIL;TYPE=INTERNET:j@example.org\r\n"
        "TEL;TYPE=CELL:+49 30 123456\r\nORG:Krug\\; Söhne;Sales\r\nNOTE:two\\nlines\\, and more\r\nPHOTO:ignored\r\nEND:VCARD\r\n"
    )
    [row] = read_vcards(text)
    assert row.typed is not None, row.problem
    assert row.typed.model_dump(exclude_none=True) == {
        "name": "Jörg Weiß",
        "emails": ("j@example.org",),
        "phones": ("+49 30 123456",),
        "organisation": "Krug; Söhne, Sales",
        "notes": "two\nlines, and more",
    }


def test_R31_bad_cards_are_named_by_their_line_and_the_good_ones_are_kept() -> None:
    good = "BEGIN:VCARD\nFN:Good\nEND:VCARD\n"
    text = f"{good}hello\nBEGIN:VCARD\nFN:Bad\nEMAIL:none\nEND:VCARD\nBEGIN:VCARD\nnonsense\nEND:VCARD\n{good}BEGIN:VCARD\nFN:Cut off"
    rows = list(read_vcards(text))
    assert [(row.line, row.typed is not None) for row in rows] == [
        (1, True),
        (4, False),
        (5, False),
        (9, False),
        (12, True),
        (15, False),
    ]


# --- any contact, there and back --------------------------------------------------------------------------------------

ODD = "\u2028\u0085\x0b\x0c\x1c\u200d\u00a0=+-@'\"\\;:,|\t\n /<>()äß漢🎉09x"
ANY = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(ODD), max_size=40)
ONE = (
    st.sampled_from(
        [":::", "::::", "a ::: b", "a::::::b", "1 ::", "::: 1", "1, 2", "tel:1", "0800 FLOWERS, ask", "=1+1"]
    )
    | ANY
)
STORED = st.builds(
    ContactTyped.model_construct,
    name=ANY.map(lambda text: judge.name(text).value).filter(bool),
    emails=st.lists(
        st.sampled_from(
            [
                "kim@firma.local",
                "k|m@example.org",
                "kim.@docomo.example.org",
                "o'brien@example.org",
                "mailto@example.org",
            ]
        )
        | st.emails().map(lambda text: judge.address(text).value).filter(bool),
        max_size=20,
        unique=True,
    ).map(tuple),
    phones=st.lists(ONE.map(lambda text: judge.number(text).value).filter(bool), max_size=20, unique=True).map(tuple),
    organisation=st.none() | ANY.map(lambda text: judge.line(text, 200).value or None),
    language=st.none() | ANY.map(lambda text: judge.line(text, 35).value or None),
    notes=st.none()
    | (ANY | st.sampled_from(["BEGIN:VCARD\nEND:VCARD", "=20\n =", '"open', " ::: "])).map(
        lambda text: judge.notes(text).value or None
    ),
    customer_number=st.none() | ANY.map(lambda text: judge.line(text, 64).value or None),
)
ID = "c0123456789ab0123456789ab"


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(STORED)
def test_R24_whatever_can_be_stored_is_given_out_and_read_as_it_was(contact: ContactTyped) -> None:
    stored = contact.model_dump()
    written = {**stored, "contact": ID, "notes": stored["notes"] and one_way(stored["notes"])}
    for rows in (read_csv(csv_lines([written, written], head=True)), read_vcards(vcard(written) * 2)):
        for row in list(rows):
            assert row.typed is not None, row.problem
            assert (row.id, row.remarks) == (ID, ())
            wanted = {name: value for name, value in written.items() if name != "contact"}
            assert row.typed.model_dump() == wanted


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["good", "two lines", "no address", "no name", "too many", "open quote"]), max_size=30),
    st.sampled_from([",", ";", "\t"]),
)
def test_R31_of_any_rows_each_bad_one_is_named_and_each_good_one_kept(kinds: list[str], delimiter: str) -> None:
    rows = {
        "good": ["Kim {n}", "k{n}@example.org", ""],
        "two lines": ["Kim {n}", "k{n}@example.org", '"one\n""two"""'],
        "no address": ["Kim {n}", "nowhere", ""],
        "no name": ["", "", "only notes"],
        "too many": ["Kim {n}", "", "", "more"],
        "open quote": ["Kim {n}", "k{n}@example.org", '"never closed'],
    }
    text, line, good, bad = delimiter.join(("name", "emails", "notes")) + "\n", 2, [], []
    for n, kind in enumerate(kinds):
        row = delimiter.join(rows[kind]).format(n=n) + "\n"
        (good if kind in ("good", "two lines") else bad).append(line)
        text += row
        line += row.count("\n")
    found = list(read_csv(text))
    assert [row.line for row in found if row.typed is not None] == good
    assert [row.line for row in found if row.typed is None] == bad


@pytest.mark.parametrize(
    ("row", "about"),
    [
        (
            "Kim Ö.,,030 123456,",
            (
                "row",
                '{"name":"Kim Ö.","emails":[],"phones":["030 123456"],"organisation":null,"language":null,"notes":null,"customer_number":null}',
            ),
        ),
        ("Kim,Kim@example.org,,", ("email", "kim@example.org", "kim")),
        ("Kim,k@example.org,,K-1", ("number", "k-1")),
    ],
)
def test_R24_a_row_is_about_the_contact_that_it_has_always_been_about(row: str, about: tuple[str, ...]) -> None:
    [raw] = CsvFile(f"name,emails,phones,customer number\n{row}\n").rows()
    expected = "i" + hashlib.sha256(repr(("demo", *about)).encode()).hexdigest()[:24]
    assert Identities("demo", iter([raw])).about(raw) == expected


@pytest.mark.parametrize("body", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest", b"%PDF-1.7", b"<?xml version='1.0'?>"])
def test_R31_what_is_no_text_is_told_what_to_do(body: bytes) -> None:
    with pytest.raises(Refused, match="as CSV"):
        file_text(body, None)


def test_R31_cards_are_cards_whatever_the_file_is_called_and_each_may_have_a_mark() -> None:
    card = "\ufeffBEGIN:VCARD\r\nFN:Kim\r\nEND:VCARD\r\n"
    rows = [checked(raw) for raw in opened(file_text((card * 2).encode(), None).text, cards=False).rows()]
    assert [row.typed and row.typed.name for row in rows] == ["Kim", "Kim"]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["good", "2.1", "no address", "not closed", "outside", "group", "no name"]), max_size=20)
)
def test_R31_of_any_cards_each_bad_one_is_named_and_each_good_one_kept(kinds: list[str]) -> None:
    bodies = {
        "good": "BEGIN:VCARD\nVERSION:3.0\nFN:Kim {n}\nnonsense\nPHOTO;ENCODING=b:xx\nEND:VCARD\n",
        "2.1": "BEGIN:VCARD\nVERSION:2.1\nN;QUOTED-PRINTABLE;CHARSET=nonsense:K=FCm=\n;{n}\nEND:VCARD\n",
        "no address": "BEGIN:VCARD\nFN:Kim {n}\nEMAIL:nowhere\nEND:VCARD\n",
        "not closed": "BEGIN:VCARD\nFN:Kim {n}\n",
        "outside": "hello\n",
        "group": "BEGIN:VCARD\nFN:All {n}\nKIND:group\nEND:VCARD\n",
        "no name": "BEGIN:VCARD\nEND:VCARD\n",
    }
    text, line, good, bad = "", 1, [], []
    swallows = False
    for n, kind in enumerate(kinds):
        if not (kind == "outside" and swallows):
            (good if kind in ("good", "2.1") else bad).append(line)
        swallows = kind == "not closed" or (kind == "outside" and swallows)
        text += bodies[kind].format(n=n)
        line += bodies[kind].count("\n")
    found = list(read_vcards(text))
    assert [row.line for row in found if row.typed is not None] == good
    assert [row.line for row in found if row.typed is None] == bad


@pytest.mark.parametrize(
    ("field", "headers"),
    [
        ("phones", "Telefon mobil / Mobil privat / Tel. (gesch.) / Tel. 1 / Phone (mobile) / Work Phone 2 / Telefonnummer Büro / Business Fax / TTY/TDD Phone"),
        ("emails", "E-Mail (privat) / E-Mail-Adresse 2 / Work Email / email2 / E-mail 3 Address / Additional email addresses / Person - Email"),
        ("name", "Vor- und Nachname / Kontakt / Anzeigename / Person - Name / Name 1"),
        ("family_given", "Nachname, Vorname / Name, Vorname / Last Name, First Name"),
        ("organisation", "Firma / Organization 1 - Name / Account Name / Company name"),
        ("customer_number", "Kd.-Nr. / KdNr / Kunden-Nr. / customer_number / Customer ID"),
        (None, "Telefon Assistent / E-Mail-Typ / Phone 1 - Label / Email Opt Out / Email Domain / Kontakt-ID / Record ID / Title / Anrede / Organization 1 - Title"),
    ],
)  # fmt: skip
def test_R24_columns_are_known_by_their_words(field: str | None, headers: str) -> None:
    assert {header: field_of(header) for header in headers.split(" / ")} == dict.fromkeys(headers.split(" / "), field)


def test_R24_what_keeps_a_spreadsheet_from_counting_is_no_part_of_a_number() -> None:
    [row] = read_csv('name,phones\nKim,"=""0301234567"""\n')
    assert row.typed is not None
    assert row.typed.phones == ("0301234567",)


def test_R31_behind_an_unclosed_quote_only_whole_rows_are_rows() -> None:
    text = 'name,emails,notes\nKim,k@example.org,"said:\n "hello" and left"\nJo,j@example.org,\nAda\n'
    rows = list(read_csv(text))
    assert [(row.line, row.typed and row.typed.name) for row in rows] == [(2, None), (3, None), (4, "Jo"), (5, "Ada")]
    assert "never closed" in (rows[0].problem or "")
    assert "behind a quotation mark" in (rows[1].problem or "")


def test_R24_backslashes_of_2_1_are_backslashes_and_an_end_is_an_end() -> None:
    text = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Weiß\\;Grün;Kim\r\nNOTE:C:\\new\\temp\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Jo\r\nNOTE;ENCODING=QUOTED-PRINTABLE:ab=\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nNOTE:C:\\new\r\nAGENT:\r\nBEGIN:VCARD\r\nFN:Inner\r\nEND:VCARD\r\nTEL:110\r\nEND:VCARD\r\n"
    )
    found = [row.typed and (row.typed.name, row.typed.notes, row.typed.phones) for row in read_vcards(text)]
    assert found == [("Kim Weiß;Grün", "C:\\new\\temp", ()), ("Jo", "ab", ()), ("Ada", "C:\new", ("110",))]
