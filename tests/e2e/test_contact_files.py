"""Files of contacts over HTTP (R24, R31): whatever is in them, the good rows are kept and the bad ones named; what is given out can be
taken in again; contacts that are merged lose nothing."""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
import json
import random
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from protocol import call, log_in, plainly

from .conftest import Product
from .test_contacts import Crm, line, refusal, send
from .test_tenants import OTHER
from .test_tenants import url as two_companies  # noqa: F401 - a fixture

pytestmark = pytest.mark.stores

NUMBERS = itertools.count(1)


async def preview(product: Product, token: str, body: bytes, media: str = "text/csv", **columns: str | None) -> Any:
    path = f"/v1/contacts/import/preview?columns={quote(json.dumps(columns))}"
    return await call(product.url, "POST", path, token, content=body, headers={"Content-Type": media})


async def export(product: Product, token: str, format: str = "csv") -> bytes:
    async with plainly(product.url, headers={"Authorization": f"Bearer {token}"}) as client:
        return (await client.get("/v1/contacts/export", params={"format": format})).content


async def contact(crm: Crm, name: str) -> dict[str, Any]:
    return dict(await crm.get(f"contacts/{name}"))


# --- bad rows ---------------------------------------------------------------------------------------------------------

BAD = ("{name},nobody at all,", "{name},a@b@c.example.org,", ",,", "{name},,,,one cell too many", "X" * 201 + ",,")


def table(rng: random.Random, rows: int) -> tuple[str, list[int]]:
    """A file of so many rows, each in a line or two, and the lines of those that are bad."""
    lines, bad, at = ["name,emails,notes"], [], 2
    for number in range(rows):
        name = f"Row {next(NUMBERS)}"
        if rng.random() < 0.3:
            lines.append(rng.choice([each for each in BAD if each != ",,"]).format(name=name))
            bad.append(at)
        elif rng.random() < 0.3:
            lines.append(f'{name},r{number}@example.org,"two\nlines"')
            at += 1
        else:
            lines.append(f"{name},r{number}@example.org,")
        at += 1
    return "\n".join(lines), bad


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_R31_of_n_rows_of_which_m_are_bad_the_others_are_kept_and_m_lines_named(
    product: Product, seed: int
) -> None:
    crm = await Crm.log_in(product.url, "sam")
    rng = random.Random(seed)
    for rows in (1, 40, 700):
        text, bad = table(rng, rows)
        told = await send(product, crm.token, text.encode())
        assert (told["created"], told["refused"]) == (rows - len(bad), len(bad))
        assert [problem["line"] for problem in told["problems"]] == bad
        told = await send(product, crm.token, text.encode())
        assert (told["same"], told["created"], told["changed"]) == (rows - len(bad), 0, 0)


async def test_R31_an_unclosed_quote_costs_its_own_row(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    rows = "".join(f"Open {n},o{n}@example.org,ok\n" for n in range(600))
    told = await send(
        product, crm.token, f'name,emails,notes\nBefore Quote,b@example.org,\nBad,x@example.org,"never\n{rows}'.encode()
    )
    assert (told["created"], told["refused"], told["problems"][0]["line"]) == (601, 1, 3)
    assert "never closed" in told["problems"][0]["message"]


# --- the same key twice -----------------------------------------------------------------------------------------------


async def test_R24_a_contact_that_is_twice_in_a_file_is_one_with_all_of_both(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    between = "".join(f"Mid {n},mid{n}@example.org,\n" for n in range(700))
    first, last = "Twice Told,twice@example.org,030 5550182\n", "Twice Told,twice@example.org,0151 5550183\n"
    body = f"name,emails,phones\n{first}{between}{last}".encode()
    told = await send(product, crm.token, body)
    assert (told["created"], told["refused"], told["remarked"]) == (701, 0, 1)
    assert told["remarks"] == [{"line": 703, "message": "the same contact as in line 2: both are one", "other": 2}]
    [found] = (await crm.get("contacts?query=twice@example.org"))["items"]
    assert found["phones"] == ["030 5550182", "0151 5550183"]
    assert (await send(product, crm.token, body))["same"] == 701


async def test_R24_two_people_with_one_number_are_two(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    body = "Kundennr;Name;Vorname;Telefon\nZ-9;Zweig;Anna;030 5550140\nZ-9;Zweig;Bernd;030 5550140\n;Zweig;Carla;030 5550140\n"
    assert (await send(product, crm.token, body.encode()))["created"] == 3
    assert sorted(await crm.found("Zweig")) == ["Anna Zweig", "Bernd Zweig", "Carla Zweig"]
    assert (await send(product, crm.token, body.encode()))["same"] == 3


async def test_R24_what_a_file_says_nothing_of_stays_as_it_is(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    await send(product, crm.token, b"customer number,name,phones\nQ-1,Quinn Stay,030 5550161\n")
    told = await send(product, crm.token, b"customer number,name,emails\nQ-1,Quinn Stay,quinn@example.org\n")
    assert told["changed"] == 1
    [found] = (await crm.get("contacts?query=Q-1"))["items"]
    assert (found["phones"], found["emails"]) == (["030 5550161"], ["quinn@example.org"])


# --- a look before ----------------------------------------------------------------------------------------------------


async def test_R24_a_look_at_a_file_changes_nothing_and_columns_can_be_assigned(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    body = b"Wer;Post;Geburtstag\nPia Blick;pia.blick@example.org;1. Mai\nOhne;kaputt;\n"
    told = await preview(product, crm.token, body)
    assert told["rows"] == 0
    assert "names the columns" in told["problems"][0]["message"]
    assert (await refusal(send(product, crm.token, body))).code == "bad_request"
    columns = {"Wer": "name", "Post": "emails", "Geburtstag": "notes"}
    told = await preview(product, crm.token, body, **columns)
    assert [(each["column"], each["field"], each["cells"]) for each in told["columns"]] == [
        ("Wer", "name", 2),
        ("Post", "emails", 2),
        ("Geburtstag", "notes", 1),
    ]
    assert (told["rows"], told["refused"], told["problems"][0]["line"]) == (1, 1, 3)
    wanted = {"name": "Pia Blick", "emails": ["pia.blick@example.org"], "notes": "Geburtstag: 1. Mai"}
    assert told["contacts"] == [{"line": 2, "contact": wanted}]
    assert await crm.found("Pia Blick") == []
    query = f"?columns={quote(json.dumps(columns))}"
    assert (await send(product, crm.token, body, query=query))["created"] == 1
    assert await crm.found("Pia Blick") == ["Pia Blick"]
    assert (await refusal(send(product, crm.token, body, query='?columns={"Wer":"nobody"}'))).code == "bad_request"
    anna = (await log_in(product.url, "anna"))["token"]
    assert (await refusal(preview(product, anna, body))).code == "forbidden"


async def test_R24_whoever_wants_hears_how_far_a_file_has_been_read(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    body = "name,emails\n" + "".join(f"Far {n},far{n}@example.org\n" for n in range(1_200))
    headers = {"Authorization": f"Bearer {crm.token}", "Accept": "application/x-ndjson", "Content-Type": "text/csv"}
    for where, last in (("/preview", "rows"), ("", "created")):
        async with plainly(product.url, headers=headers) as client:
            answer = await client.post(f"/v1/contacts/import{where}", content=body.encode())
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert [each["read"] for each in lines[:-1]] == [500, 1_000, 1_200]
        assert {each["of"] for each in lines[:-1]} == {1_200}
        assert lines[-1][last] == 1_200


async def test_R31_what_is_left_out_is_told(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    many = ", ".join(f"0305550{n:03}" for n in range(23))
    body = f'name,phones,notes,Colour,ID\nMany Numbers,"{many}",{"x" * 4_100},red,17\nFew,,,,\n'.encode()
    told = await send(product, crm.token, body)
    assert told["unknown_columns"] == [{"column": "Colour", "cells": 1}, {"column": "ID", "cells": 1}]
    assert [each["line"] for each in told["remarks"]] == [2, 2]
    assert "left out: 0305550020, 0305550021, 0305550022" in told["remarks"][0]["message"]
    assert "the first 4,000 are kept" in told["remarks"][1]["message"]
    card = "BEGIN:VCARD\nVERSION:4.0\nFN:Card Left\nADR:;;Weg 1;Ort;;;\nBDAY:19700101\nTITLE:Dr.\nURL:https://e.org\nnonsense\nEND:VCARD\n"
    told = await send(product, crm.token, card.encode(), "text/vcard")
    assert [each["column"] for each in told["unknown_columns"]] == ["ADR", "BDAY", "TITLE", "URL"]
    assert (told["created"], "'nonsense'" in told["remarks"][0]["message"]) == (1, True)


# --- out and in again -------------------------------------------------------------------------------------------------

_ODD = "\u2028\u0085\u200b\u00a0\ufeff=+-@'\"\\;:,|\t\n\r äß漢🎉"
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(_ODD), min_size=1, max_size=60)
LINE = TEXT.map(lambda text: " ".join(text.split())).filter(bool)
ADDRESS = st.from_regex(r"[a-z][a-z0-9.+'-]{0,10}[a-z]@example\.(org|net)", fullmatch=True).filter(
    lambda a: ".." not in a
)
NUMBER = st.from_regex(r"\+49 (30|40|89)[ /-][1-9][0-9]{5,7}", fullmatch=True)
CONTACT = st.fixed_dictionaries(
    {
        "name": LINE,
        "emails": st.lists(ADDRESS, max_size=20, unique_by=str.lower),
        "phones": st.lists(NUMBER, max_size=20, unique=True),
    },
    optional={
        "organisation": LINE,
        "language": st.sampled_from(["de", "en"]),
        "notes": st.lists(TEXT | st.sampled_from([" ::: ", "BEGIN:VCARD", "=1+1", "END:VCARD\r\n"]), max_size=6).map(
            "\n".join
        ),
        "customer_number": st.from_regex(r"[=+-]?[A-Z]{1,3}-[0-9]{1,6}", fullmatch=True),
    },
)


@pytest.mark.slow
async def test_R24_what_is_given_out_and_taken_in_again_changes_nothing_and_is_given_out_the_same(
    product: Product,
) -> None:
    crm = await Crm.log_in(product.url, "sam")

    stored = 0

    async def there_and_back(contacts: list[dict[str, Any]]) -> None:
        """Several at once: a file has all contacts in it, however few are new."""
        nonlocal stored
        async with plainly(product.url, headers={"Authorization": f"Bearer {crm.token}"}) as client:
            answers = [await client.post("/v1/contacts", json=fields) for fields in contacts]
        assert {answer.status_code for answer in answers} <= {201, 400}, [answer.text for answer in answers]
        stored += sum(answer.status_code == 201 for answer in answers)
        for format, media in (("csv", "text/csv"), ("vcard", "text/vcard")):
            first = await export(product, crm.token, format)
            told = await send(product, crm.token, first, media)
            assert (told["created"], told["changed"], told["refused"]) == (0, 0, 0), told
            assert await export(product, crm.token, format) == first

    loop = asyncio.get_running_loop()

    @settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(CONTACT, min_size=8, max_size=12))
    def any_contacts(contacts: list[dict[str, Any]]) -> None:
        asyncio.run_coroutine_threadsafe(there_and_back(contacts), loop).result()

    await asyncio.to_thread(any_contacts)
    assert stored >= 8, "most of them can be stored"


async def test_R24_an_id_that_nobody_has_makes_a_new_contact(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    unknown = "c" + "0123456789ab" * 2
    told = await send(product, crm.token, f"id,name\n{unknown},Nobody Yet\n17,Other Program\n".encode())
    assert told["created"] == 2
    assert (await contact(crm, unknown))["name"] == "Nobody Yet"
    assert (await refusal(contact(crm, "17"))).code == "not_found"
    told = await send(product, crm.token, f"id,name\n{unknown},Somebody Now\n".encode())
    assert (told["changed"], (await contact(crm, unknown))["name"]) == (1, "Somebody Now")


@pytest.mark.slow
async def test_R24_what_one_company_gives_out_another_one_takes_in_the_same_and_nobodys_is_touched(
    two_companies: str,  # noqa: F811
) -> None:
    ours = Crm(two_companies, (await log_in(two_companies, "sam"))["token"])
    theirs = Crm(two_companies, (await log_in(two_companies, "sam", OTHER))["token"])
    odd = {
        "phones": ["030 5550151, ask for Kim", "a ::: b"],
        "notes": "=1+1\u2028\n'two'",
        "organisation": "-; Krug & Söhne,",
    }
    ids = [await ours.create("Kim Geheim", **odd), await ours.create('"Jo", Geheim', emails=["jo@firma.local"])]

    async def of(crm: Crm, format: str) -> dict[str, str]:
        """What stands of each contact in a file, by its id."""
        async with plainly(two_companies, headers={"Authorization": f"Bearer {crm.token}"}) as client:
            text = (await client.get("/v1/contacts/export", params={"format": format})).text
        pieces = (
            text.split("BEGIN:VCARD") if format == "vcard" else map(repr, csv.reader(io.StringIO(text, newline="")))
        )
        return {id: piece for piece in pieces for id in ids if id in piece}

    for format, media in (("csv", "text/csv"), ("vcard", "text/vcard")):
        async with plainly(two_companies, headers={"Authorization": f"Bearer {ours.token}"}) as client:
            file = (await client.get("/v1/contacts/export", params={"format": format})).content
        headers = {"Content-Type": media}
        told = await call(two_companies, "POST", "/v1/contacts/import", theirs.token, content=file, headers=headers)
        assert told["refused"] == 0
        assert await of(theirs, format) == await of(ours, format)
    before = await of(ours, "csv")
    file = "".join(f"{id},Mine now\n" for id in ids).encode()
    headers = {"Content-Type": "text/csv"}
    path = "/v1/contacts/import"
    told = await call(two_companies, "POST", path, theirs.token, content=b"id,name\n" + file, headers=headers)
    assert (told["changed"], await of(ours, "csv")) == (2, before)


# --- merged -----------------------------------------------------------------------------------------------------------


async def test_R24_a_contact_shows_and_gives_out_all_of_those_that_are_merged_into_it(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    old = await crm.create(
        "Old Merger", emails=["old@example.org"], phones=["030 5550171"], notes="likes jugs", customer_number="M-1"
    )
    older = await crm.create("Older Merger", emails=["older@example.org"], customer_number="M-0")
    new = await crm.create("New Merger", emails=["new@example.org"])
    await crm.post(f"contacts/{older}/merge", into=old)
    await crm.post(f"contacts/{old}/merge", into=new)
    [found] = (await crm.get("contacts?query=M-1"))["items"]
    shown = await contact(crm, new)
    assert found == shown
    assert sorted(shown["emails"]) == ["new@example.org", "old@example.org", "older@example.org"]
    assert (shown["phones"], shown["notes"], shown["emails"][0]) == (["030 5550171"], "likes jugs", "new@example.org")
    assert shown["customer_number"] in ("M-0", "M-1")
    assert set(shown["also"]) == {"Old Merger", "Older Merger", *({"M-0", "M-1"} - {shown["customer_number"]})}
    for format, media in (("csv", "text/csv"), ("vcard", "text/vcard")):
        written = await export(product, crm.token, format)
        assert all(each in written.decode() for each in ("old@example.org", "030 5550171", "likes jugs", "M-0", "M-1"))
        told = await send(product, crm.token, written, media)
        assert (told["created"], told["changed"], told["refused"]) == (0, 0, 0)
    await crm.post(f"contacts/{old}/unmerge")
    assert (await contact(crm, new))["emails"] == ["new@example.org"]
    assert sorted((await contact(crm, old))["emails"]) == ["old@example.org", "older@example.org"]


async def test_R24_what_is_put_for_a_contact_with_others_merged_into_it_is_what_it_shows(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    old = await crm.create("Old Putter", emails=["keep@example.org", "wrong@example.org"], phones=["030 5550172"])
    new = await crm.create("New Putter", emails=["own@example.org"])
    await crm.post(f"contacts/{old}/merge", into=new)
    shown = await contact(crm, new)
    fields = {name: shown[name] for name in ("name", "phones")} | {"emails": ["own@example.org", "keep@example.org"]}
    put = await crm.put(f"contacts/{new}", **fields, notes="seen", version=shown["version"])
    assert (put["emails"], put["phones"], put["notes"]) == (
        ["own@example.org", "keep@example.org"],
        ["030 5550172"],
        "seen",
    )
    await crm.post(f"contacts/{old}/unmerge")
    assert (await contact(crm, new))["emails"] == ["own@example.org"]
    found = await contact(crm, old)
    assert (found["emails"], found["phones"]) == (["keep@example.org"], ["030 5550172"])


# --- on the command line ----------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_R31_a_part_of_a_file_tells_lines_of_the_whole(product: Product, tmp_path: Path) -> None:
    rows = [f"Line {n},line{n}@example.org,030 555{n:04}" for n in range(3_000)]
    rows[2_700] = "Bad,none at all,"
    rows[1] = "Twice Lined,lined@example.org,030 5550201"
    rows[2_800] = "Twice Lined,lined@example.org,030 5550202"
    rows[2_900] = 'Open,open@example.org,"030 5550203'
    file = tmp_path / "long.csv"
    file.write_text("name,emails,phones\n" + "\n".join(rows) + "\n", "utf-8")
    status, told = await line(product, "import", str(file), "--json")
    answer = json.loads(told)
    assert (status, answer["created"], answer["refused"]) == (4, 2_997, 2)
    assert [problem["line"] for problem in answer["problems"]] == [2_702, 2_902]
    assert answer["remarks"] == [{"line": 2_802, "message": "the same contact as in line 3: both are one", "other": 3}]
    status, told = await line(product, "import", str(file), "--json")
    assert json.loads(told)["same"] == 2_997


@pytest.mark.slow
async def test_R24_an_address_book_with_pictures_is_taken_in(product: Product, tmp_path: Path) -> None:
    picture = "PHOTO;ENCODING=b;TYPE=JPEG:" + "\r\n ".join(["A" * 74] * 1_350)
    cards = [
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Picture {n}\r\nN:;;;;\r\n{picture}\r\nEND:VCARD\r\n" for n in range(300)
    ]
    file = tmp_path / "book.vcf"
    file.write_text("".join(cards), "utf-8", newline="")
    assert file.stat().st_size > 29 * 1024 * 1024
    status, told = await line(product, "import", str(file), "--json")
    answer = json.loads(told)
    assert (status, answer["created"], answer["refused"]) == (0, 300, 0)
    assert answer["unknown_columns"] == [{"column": "PHOTO", "cells": 300}]


@pytest.mark.slow
async def test_R24_columns_are_assigned_and_a_file_is_looked_at_on_the_command_line(
    product: Product, tmp_path: Path
) -> None:
    file = tmp_path / "columns.csv"
    file.write_text("Wer;Farbe\nKim Spalte;rot\n", "utf-8")
    status, told = await line(product, "import", str(file))
    assert (status, told) == (1, "")
    status, told = await line(product, "import", str(file), "--column", "Wer=name", "--dry-run")
    assert (status, "not taken: Farbe (1 cells)" in told, "1 rows" in told) == (0, True, True)
    status, told = await line(product, "import", str(file), "--column", "Wer=name", "--column", "Farbe=notes", "--json")
    assert (status, json.loads(told)["created"], json.loads(told)["unknown_columns"]) == (0, 1, [])
