"""Who is this, and what did we say before (R24-R26): over sockets and HTTP, on both set-ups."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from protocol import Agent, RefusedByServer, Visitor, call, interaction, log_in, plainly

from .conftest import Product
from .people import Admin, at_desk, telephone
from .test_tenants import OTHER
from .test_tenants import url as two_companies  # noqa: F401 - a fixture

pytestmark = pytest.mark.stores


class Crm:
    """What somebody asks of contacts over HTTP."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token

    @classmethod
    async def log_in(cls, url: str, user: str = "anna") -> Crm:
        return cls(url, (await log_in(url, user))["token"])

    async def get(self, path: str) -> Any:
        return await call(self.url, "GET", f"/v1/{path}", self.token)

    async def post(self, path: str, **body: Any) -> Any:
        return await call(self.url, "POST", f"/v1/{path}", self.token, json=body)

    async def put(self, path: str, **body: Any) -> Any:
        return await call(self.url, "PUT", f"/v1/{path}", self.token, json=body)

    async def create(self, name: str, **fields: Any) -> str:
        return str((await self.post("contacts", name=name, **fields))["contact"])

    async def found(self, query: str) -> list[str]:
        return [contact["name"] for contact in (await self.get(f"contacts?query={quote(query)}"))["items"]]

    async def history(self, contact: str) -> list[dict[str, Any]]:
        """All pages of it."""
        items: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self.get(f"contacts/{contact}/interactions?limit=2{after}")
            items += page["items"]
            if "next" not in page:
                return items
            after = f"&after={quote(page['next'])}"


async def refusal(awaitable: Any) -> RefusedByServer:
    with pytest.raises(RefusedByServer) as refused:
        await awaitable
    return refused.value


async def projected(asking: Callable[[], Awaitable[Any]], items: int) -> Any:
    """The answer, as soon as the CRM has heard of so many."""
    async with asyncio.timeout(20):
        while True:
            try:
                if len((answer := await asking())["items"]) >= items:
                    return answer
            except RefusedByServer as refused:
                if refused.code != "not_found":
                    raise
            await asyncio.sleep(0.05)


async def talk(product: Product, anna: Agent, *texts: str, contact: str | None = None) -> str:
    """A whole chat in the queue sales, in which the visitor says these texts; the item, closed in the CRM."""
    async with Visitor(product.url) as visitor:
        await visitor.start(token="demo-sales", text=texts[0])
        await anna.ask("pick", item=visitor.chat)
        for text in texts[1:]:
            await visitor.say(text)
        if contact is not None:
            await anna.ask("identify", item=visitor.chat, contact=contact)
        await anna.ask("end", item=visitor.chat)
        await anna.ask("complete", item=visitor.chat)
        await interaction(product.url, visitor.chat, anna.token)
        return visitor.chat


async def ring(product: Product, anna: Agent, contact: str | None = None) -> str:
    """A whole call."""
    async with telephone(product.url) as pbx:
        phone = await pbx.place("sales", subject="the jug")
        await anna.until(lambda: phone in anna.waiting)
        await anna.ask("pick", item=phone)
        await pbx.say(phone, "answered")
        if contact is not None:
            await anna.ask("identify", item=phone, contact=contact)
        await pbx.say(phone, "ended")
        await interaction(product.url, phone, anna.token)
        return phone


async def test_R24_R26_an_unknown_visitor_is_linked_and_everything_before_is_at_hand(product: Product) -> None:
    async with at_desk(product.url, "anna") as anna, Visitor(product.url) as visitor:
        crm = Crm(product.url, anna.token)
        kim = await crm.create("Kim Vogel", emails=["kim@example.org"])
        earlier = [
            await talk(product, anna, "the first time", contact=kim),
            await ring(product, anna, contact=kim),
            await talk(product, anna, "the second time", "and more", contact=kim),
        ]
        await visitor.start(token="demo-sales", text="hello again")
        await anna.ask("pick", item=visitor.chat)
        assert "contact" not in anna.inbox[visitor.chat]

        assert (await anna.ask("identify", item=visitor.chat, contact=kim))["item"]["contact"] == kim
        assert (await anna.owns(visitor.chat))["contact"] == kim
        entry = await anna.frame("chat", item=visitor.chat, kind="identified")
        assert entry["contact"] == kim
        history = await crm.history(kim)
        past = [each for each in history if each["item"] != visitor.chat]
        assert [each["item"] for each in past] == earlier[::-1], "newest first"
        assert [each["kind"] for each in past] == ["chat", "call", "chat"]
        assert [[line["text"] for line in each["transcript"]] for each in past] == [
            ["the second time", "and more"],
            [],
            ["the first time"],
        ]
        assert not any(event["kind"] == "identified" for event in visitor.events), "internal"
        await anna.ask("end", item=visitor.chat)
        await anna.ask("complete", item=visitor.chat)


@pytest.mark.slow
async def test_R24_a_link_corrected_moves_this_interaction_only(product: Product) -> None:
    async with at_desk(product.url, "anna") as anna:
        crm = Crm(product.url, anna.token)
        right, wrong = await crm.create("Right"), await crm.create("Wrong")
        first = await talk(product, anna, "one", contact=wrong)
        second = await talk(product, anna, "two", contact=wrong)
        await crm.put(f"interactions/{second}/contact", contact=right)
        assert [each["item"] for each in await crm.history(wrong)] == [first]
        assert [each["item"] for each in await crm.history(right)] == [second]
        await crm.put(f"interactions/{second}/contact", contact=None)
        assert await crm.history(right) == []

        async with Visitor(product.url) as visitor:
            await visitor.start(token="demo-sales", text="three")
            await anna.ask("pick", item=visitor.chat)
            await anna.ask("identify", item=visitor.chat, contact=wrong)
            await anna.ask("identify", item=visitor.chat, contact=right)
            assert (await refusal(crm.put(f"interactions/{visitor.chat}/contact", contact=wrong))).code == "wrong_state"
            await anna.ask("end", item=visitor.chat)
            await anna.ask("identify", item=visitor.chat, contact=None)
            await anna.ask("identify", item=visitor.chat, contact=right)
            await anna.ask("complete", item=visitor.chat)
            assert (await interaction(product.url, visitor.chat, anna.token))["contact"] == right


@pytest.mark.slow
async def test_R24_R31_whom_nobody_knows_and_whose_chat_it_is_not(product: Product) -> None:
    async with (
        at_desk(product.url, "anna") as anna,
        at_desk(product.url, "ben") as ben,
        Visitor(product.url) as visitor,
    ):
        kim = await Crm(product.url, anna.token).create("Kim Once")
        await visitor.start(token="demo-sales", text="hello")
        await anna.ask("pick", item=visitor.chat)
        assert (await refusal(anna.ask("identify", item=visitor.chat, contact="nobody"))).code == "not_found"
        assert (await refusal(anna.ask("identify", item=visitor.chat, contact=""))).code == "bad_request"
        assert (await refusal(anna.ask("identify", item="nochat", contact=kim))).code == "not_found"
        assert (await refusal(ben.ask("identify", item=visitor.chat, contact=kim))).code == "not_yours"
        assert "contact" not in anna.inbox[visitor.chat]


async def test_R24_candidates_come_from_what_was_typed_and_are_not_linked(product: Product) -> None:
    admin = await Admin.log_in(product.url)
    async with (
        admin.changed("settings", customer_number=r"K-\d{4}"),
        at_desk(product.url, "anna") as anna,
        Visitor(product.url) as visitor,
    ):
        crm = Crm(product.url, anna.token)
        by_mail = await crm.create("By Mail", emails=["typed@example.org"])
        by_phone = await crm.create("By Phone", phones=["+49 30 5550177"])
        by_number = await crm.create("By Number", customer_number="K-4711")
        await visitor.start(token="demo-sales", text="I am Typed@Example.ORG, 030 5550177")
        await anna.ask("pick", item=visitor.chat)
        await visitor.say("my number is K-4711")
        offered = await projected(lambda: crm.get(f"interactions/{visitor.chat}/candidates"), 3)
        why = {each["contact"]["contact"]: each["why"] for each in offered["items"]}
        assert why == {by_mail: ["email"], by_phone: ["phone"], by_number: ["customer_number"]}
        assert [address.lower() for address in offered["new"]["emails"]] == ["typed@example.org"]
        assert "contact" not in anna.inbox[visitor.chat]


async def test_R24_two_contacts_become_one_and_two_again(product: Product) -> None:
    async with at_desk(product.url, "anna") as anna:
        crm = Crm(product.url, anna.token)
        one = await crm.create("Robin Adler", emails=["robin@example.org"])
        two = await crm.create("R. Adler", emails=["robin@example.org"])
        first = await talk(product, anna, "as one", contact=one)
        second = await talk(product, anna, "as two", contact=two)
        pairs = (await crm.get(f"contacts/duplicates?contact={one}"))["pairs"]
        assert [{each["contact"] for each in pair["contacts"]} for pair in pairs] == [{one, two}]
        await crm.post(f"contacts/{two}/merge", into=one)
        assert [each["item"] for each in await crm.history(one)] == [second, first]
        assert (await crm.get(f"contacts/{two}"))["merged_into"] == one
        assert (await refusal(crm.post(f"contacts/{one}/merge", into=two))).code in ("wrong_state", "conflict")

        third = await talk(product, anna, "linked to what is merged", contact=two)
        assert (await interaction(product.url, third, anna.token))["contact"] == one
        await crm.post(f"contacts/{two}/unmerge")
        assert [each["item"] for each in await crm.history(one)] == [third, first]
        assert [each["item"] for each in await crm.history(two)] == [second]


@pytest.mark.slow
async def test_R24_who_is_linked_is_whoever_is_left_of_all_mergers(product: Product) -> None:
    async with at_desk(product.url, "anna") as anna:
        crm = Crm(product.url, anna.token)
        first, second, last = [await crm.create(f"Toni Falke {number}") for number in "123"]
        await crm.post(f"contacts/{first}/merge", into=second)
        await crm.post(f"contacts/{second}/merge", into=last)
        item = await talk(product, anna, "who am I", contact=first)
        assert (await interaction(product.url, item, anna.token))["contact"] == last
        await crm.put(f"interactions/{item}/contact", contact=None)
        await crm.put(f"interactions/{item}/contact", contact=first)
        assert (await crm.get(f"interactions/{item}"))["contact"] == last
        assert [each["item"] for each in await crm.history(last)] == [item]


@pytest.mark.slow
async def test_R24_what_is_said_last_of_who_it_is_stands(product: Product) -> None:
    async with at_desk(product.url, "anna") as anna, Visitor(product.url) as visitor:
        kim = await Crm(product.url, anna.token).create("Kim At Once")
        await visitor.start(token="demo-sales", text="hello")
        await anna.ask("pick", item=visitor.chat)
        told = [anna.ask("identify", item=visitor.chat, contact=contact) for contact in (kim, None) * 3]
        items = [answer["item"].get("contact") for answer in await asyncio.gather(*told)]
        assert items == [kim, None] * 3
        assert "contact" not in anna.inbox[visitor.chat]


async def test_R24_R31_what_is_typed_is_checked_and_kept_as_text(product: Product) -> None:
    crm = await Crm.log_in(product.url)
    for body in (
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 201},
        {"name": "x", "emails": ["nobody"]},
        {"name": "x", "phones": ["030\x0012"]},
        {"name": "x", "colour": "red"},
        {"name": "nul\x00"},
        {},
    ):
        assert (await refusal(crm.post("contacts", **body))).code == "bad_request"
    name = "<script>alert(1)</script> \u202egnp.exe"
    contact = await crm.create(name)
    assert (await crm.get(f"contacts/{contact}"))["name"] == name.replace("\u202e", "")
    changed = await crm.put(f"contacts/{contact}", name="Plain", version=1)
    assert (changed["name"], changed["version"]) == ("Plain", 2)
    assert (await refusal(crm.put(f"contacts/{contact}", name="Late", version=1))).code == "conflict"
    assert (await refusal(crm.put("contacts/nobody", name="x"))).code == "not_found"
    again = {"headers": {"Idempotency-Key": "once"}, "json": {"name": "Once Only"}}
    twice = [await call(product.url, "POST", "/v1/contacts", crm.token, **again) for _ in range(2)]
    assert twice[0] == twice[1]
    assert await crm.found("once only") == ["Once Only"]
    pbx = (await log_in(product.url, "pbx"))["token"]
    assert (await refusal(call(product.url, "GET", "/v1/contacts", pbx))).code == "forbidden"


async def test_R24_who_may_be_there_already_is_offered_and_a_plain_request_creates_all_the_same(
    product: Product,
) -> None:
    crm = await Crm.log_in(product.url)
    new = {"name": "Alex Doublet", "phones": ["030 555 47 11"]}
    assert (await crm.post("contacts/alike", **new))["items"] == []
    first = (await crm.post("contacts", **new))["contact"]
    [offered] = (await crm.post("contacts/alike", name="A. Doublet", phones=["\u202d+49 30 5554711\u202c"]))["items"]
    assert (offered["contact"]["contact"], offered["why"]) == (first, ["phone"])
    assert offered["contact"]["numbers"] == ["+49305554711"]
    assert (await crm.post("contacts", **new))["contact"] != first
    assert (await refusal(crm.post("contacts/alike", name=""))).code == "bad_request"


async def test_R26_transcripts_are_searched_in_any_form_of_the_words(product: Product) -> None:
    async with at_desk(product.url, "anna") as anna:
        crm = Crm(product.url, anna.token)
        german = await talk(product, anna, "Die Lieferungen kamen mit zerbrochenen Krügen an")
        english = await talk(product, anna, "my shipments were delayed twice")
        for query, item in (("lieferung", german), ("zerbrochen krug", german), ("shipment delay", english)):
            found = (await crm.get(f"interactions?query={quote(query)}"))["items"]
            assert [each["item"] for each in found] == [item], query


# --- files ------------------------------------------------------------------------------------------------------------


async def send(product: Product, token: str, body: bytes, media: str = "text/csv", query: str = "") -> Any:
    path = f"/v1/contacts/import{query}"
    return await call(product.url, "POST", path, token, content=body, headers={"Content-Type": media})


@pytest.mark.slow
async def test_R24_a_file_is_taken_in_and_the_same_again_changes_nothing(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    file = "Name;E-Mail;Telefon;Kundennummer\n" + "".join(
        f"Nadja Brandt {number};nadja{number}@example.org;+49 30 77{number:05};N-{number}\n" for number in range(700)
    )
    told = await send(product, crm.token, (file + "Bad;nowhere;;\n").encode())
    assert (told["created"], told["refused"], told["problems"][0]["line"]) == (700, 1, 702)
    told = await send(product, crm.token, file.encode("utf-16"))
    assert (told["created"], told["changed"], told["same"], told["refused"]) == (0, 0, 700, 0)
    told = await send(product, crm.token, file.replace("Brandt 5;", "Berg 5;").encode())
    assert (told["changed"], told["same"]) == (1, 699)
    assert (await crm.found("N-5"))[0] == "Nadja Berg 5"
    assert (await crm.found("3077 00042"))[0] == "Nadja Brandt 42"
    cards = "BEGIN:VCARD\nFN:Card One\nTEL:+49 40 123456\nEND:VCARD\nBEGIN:VCARD\nFN:\nEND:VCARD\n"
    told = await send(product, crm.token, cards.encode(), "text/vcard")
    assert (told["created"], told["refused"], told["problems"][0]["line"]) == (1, 1, 5)

    async with plainly(product.url, headers={"Authorization": f"Bearer {crm.token}"}) as client:
        for format, media in (("csv", "text/csv"), ("vcard", "text/vcard")):
            written = await client.get("/v1/contacts/export", params={"format": format})
            assert written.headers["content-type"].startswith(media)
            told = await send(product, crm.token, written.content, media)
            assert (told["changed"], told["refused"]) == (0, 0)
            assert "Nadja Berg 5" in written.text


@pytest.mark.slow
async def test_R31_bad_files_are_refused_and_of_others_the_bad_rows(product: Product) -> None:
    crm = await Crm.log_in(product.url, "sam")
    for body, media, query, code in (
        (b"colour\nred\n", "text/csv", "", "bad_request"),
        (b"name\nx\n", "application/pdf", "", "bad_request"),
        (b"name\nx\n", "text/csv", "?encoding=klingon", "bad_request"),
        (b"name\n" + b"x" * 21 * 1024 * 1024, "text/csv", "", "too_long"),
    ):
        assert (await refusal(send(product, crm.token, body, media, query))).code == code
    mixed = "name\nPlain Latin\nÄnne Latin\n".encode("latin-1")
    told = await send(product, crm.token, mixed, query="?encoding=utf-8")
    assert (told["created"], told["refused"], [bad["line"] for bad in told["problems"]]) == (1, 1, [3])
    told = await send(product, crm.token, mixed)
    assert (told["created"], told["same"], told["encoding"]) == (1, 1, "windows-1252")
    told = await send(product, crm.token, mixed, query="?encoding=windows-1252")
    assert (told["created"], told["same"], told["refused"]) == (0, 2, 0)
    anna = (await log_in(product.url, "anna"))["token"]
    assert (await refusal(send(product, anna, b"name\nx\n"))).code == "forbidden"
    assert (await refusal(call(product.url, "GET", "/v1/contacts/export", anna))).code == "forbidden"


# --- transcripts ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_R26_a_transcript_is_given_out_as_a_document_that_does_nothing(product: Product) -> None:
    async with at_desk(product.url, "anna") as anna:
        item = await talk(product, anna, "<script>alert(1)</script>", "=2+2 & more")
        async with plainly(product.url, headers={"Authorization": f"Bearer {anna.token}"}) as client:
            text = await client.get(f"/v1/interactions/{item}/transcript")
            assert "<script>alert(1)</script>" in text.text
            assert text.headers["content-type"] == "text/plain; charset=utf-8"
            page = await client.get(f"/v1/interactions/{item}/transcript?format=html&language=de")
            assert "<script>" not in page.text
            assert "&lt;script&gt;" in page.text
            assert "sandbox" in page.headers["content-security-policy"]
        sent = call(
            product.url, "POST", f"/v1/interactions/{item}/transcript", anna.token, json={"to": "a@example.org"}
        )
        assert (await refusal(sent)).code == "unavailable", "no mail server is set here"
        async with Visitor(product.url) as visitor:
            assert (await refusal(visitor.ask("transcript", to="a@example.org"))).code == "wrong_state"
            await visitor.start(token="demo-sales", text="hello")
            await visitor.ask("end")
            assert (await refusal(visitor.ask("transcript", to="nobody"))).code == "bad_request"
            for _ in range(4):
                told = await refusal(visitor.ask("transcript", to="a@example.org", language="de"))
                assert told.code == "unavailable", "what came to nothing counts for nothing"
        wrong = call(product.url, "POST", f"/v1/interactions/{item}/transcript", anna.token, json={"to": "nobody"})
        assert (await refusal(wrong)).code == "bad_request"


# --- of two companies -------------------------------------------------------------------------------------------------


async def whole_chat(url: str, anna: Agent, text: str, token: str, contact: str | None = None) -> str:
    """A chat with one text; the item, closed in the CRM."""
    async with Visitor(url) as visitor:
        await visitor.start(token=token, text=text)
        await anna.until(lambda: visitor.chat in anna.waiting)
        await anna.ask("pick", item=visitor.chat)
        if contact is not None:
            await anna.ask("identify", item=visitor.chat, contact=contact)
        await visitor.ask("end")
        await anna.ask("complete", item=visitor.chat)
    await interaction(url, visitor.chat, anna.token)
    return visitor.chat


@pytest.mark.slow
async def test_R24_R26_nobody_of_another_company_finds_reads_links_or_merges_a_contact(two_companies: str) -> None:  # noqa: F811
    url = two_companies
    anna, stranger = await Agent.log_in(url, "anna"), await Agent.log_in(url, "anna", tenant=OTHER)
    ours = Crm(url, anna.token)
    kim = await ours.create("Kim Geheim", emails=["kim@example.org"], phones=["030 5550123"], customer_number="K-1")
    twin = await ours.create("Kim Geheim", emails=["kim@example.org"])
    item = await whole_chat(url, anna, "the secret jug, kim@example.org", "demo-sales", kim)
    before = (await ours.get(f"contacts/{kim}"), await ours.history(kim), await ours.get("contacts?query="))

    for user in ("anna", "sam", "ada"):
        theirs = Crm(url, (await log_in(url, user, OTHER))["token"])
        own = await theirs.create(f"Own of {user}")
        for query in ("", "kim", "geheim", "kim@example.org", "0305550123", "K-1", kim):
            assert kim not in str(await theirs.get(f"contacts?query={quote(query)}")), query
        for asked in (
            theirs.get(f"contacts/{kim}"),
            theirs.get(f"contacts/{kim}/interactions"),
            theirs.put(f"contacts/{kim}", name="Mine"),
            theirs.put(f"contacts/{kim}", name="Mine", version=1),
            theirs.post(f"contacts/{kim}/merge", into=own),
            theirs.post(f"contacts/{own}/merge", into=kim),
            theirs.post(f"contacts/{kim}/merge", into=twin),
            theirs.post(f"contacts/{kim}/unmerge"),
            theirs.get(f"interactions/{item}"),
            theirs.get(f"interactions/{item}/candidates"),
            theirs.get(f"interactions/{item}/transcript"),
            theirs.get(f"interactions/{item}/transcript?format=html&internal=true"),
            theirs.put(f"interactions/{item}/contact", contact=own),
            theirs.put(f"interactions/{item}/contact", contact=None),
        ):
            assert (await refusal(asked)).code == "not_found"
        assert (await refusal(theirs.post(f"interactions/{item}/transcript", to="a@example.org"))).code in (
            "not_found",
            "unavailable",
        ), "where no mail server is set, that comes first"
        for path in ("interactions?query=secret", f"interactions?query=secret&contact={kim}"):
            assert await nothing_of(theirs, path)
        for path in ("contacts/duplicates", f"contacts/duplicates?contact={kim}"):
            assert await nothing_of(theirs, path, "pairs")

    # nor by what belongs to them: their chats, their files, their keys
    chat = await whole_chat(url, stranger, "I am kim@example.org, 030 5550123", "other")
    theirs = Crm(url, (await log_in(url, "ada", OTHER))["token"])
    assert (await refusal(theirs.put(f"interactions/{chat}/contact", contact=kim))).code == "not_found"
    offered = await theirs.get(f"interactions/{chat}/candidates")
    assert (offered["items"], offered["new"]["emails"]) == ([], ["kim@example.org"])
    async with Visitor(url) as visitor:
        await visitor.start(token="other", text="hello")
        await stranger.until(lambda: visitor.chat in stranger.waiting)
        await stranger.ask("pick", item=visitor.chat)
        assert (await refusal(stranger.ask("identify", item=visitor.chat, contact=kim))).code == "not_found"
        assert (await refusal(anna.ask("identify", item=visitor.chat, contact=kim))).code == "not_found"
        await visitor.ask("end")
        await stranger.ask("complete", item=visitor.chat)

    file = b"name,email,customer number\nKim Geheim,kim@example.org,K-1\n"
    named = {"headers": {"Content-Type": "text/csv"}, "content": file}
    for token in ((await log_in(url, "sam"))["token"], theirs.token):
        assert (await call(url, "POST", "/v1/contacts/import", token, **named))["created"] == 1
    same = {"headers": {"Idempotency-Key": "1"}, "json": {"name": "Same Id"}}
    made = [(await call(url, "POST", "/v1/contacts", agent.token, **same))["contact"] for agent in (anna, stranger)]
    assert made[0] != made[1]
    async with plainly(url, headers={"Authorization": f"Bearer {theirs.token}"}) as client:
        for format in ("csv", "vcard"):
            written = (await client.get("/v1/contacts/export", params={"format": format})).text
            assert (written.count("Kim Geheim"), "5550123" in written, "Own of sam" in written) == (1, False, True)

    after = (await ours.get(f"contacts/{kim}"), await ours.history(kim))
    assert after == before[:2]
    names = {contact["contact"] for contact in (await ours.get("contacts?query=&limit=100"))["items"]}
    assert len(names) == len(before[2]["items"]) + 2, "the imported one and the one by its id"
    for agent in (anna, stranger):
        agent.cut()


async def nothing_of(crm: Crm, path: str, field: str = "items") -> bool:
    """Whether nothing comes of a question, or a refusal that there is no such thing."""
    try:
        return (await crm.get(path))[field] == []
    except RefusedByServer as refused:
        return refused.code == "not_found"


# --- on the command line ----------------------------------------------------------------------------------------------


async def line(product: Product, *arguments: str) -> tuple[int, str]:
    """`parley contacts …`: its exit status and what it answered."""
    command = (sys.executable, "-m", "parley_ops", "contacts", "--url", product.url, *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    answered, _ = await process.communicate()
    return process.returncode or 0, answered.decode()


@pytest.mark.slow
async def test_R24_contacts_are_taken_in_searched_and_given_out_on_the_command_line(
    product: Product, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_bytes("Name;E-Mail\nLüdtke, Änne;anne@example.org\nBad;none\n".encode("windows-1252"))
    status, told = await line(product, "import", str(file))
    assert (status, "line 3: emails: 'none'" in told, "1 created" in told) == (4, True, True)
    status, told = await line(product, "import", str(file), "--encoding", "utf-8")
    assert (status, "line 2: name: is not UTF-8" in told, "0 created" in told) == (4, True, True)
    status, told = await line(product, "import", str(file), "--encoding", "windows-1252", "--json")
    answer = json.loads(told)
    assert (status, answer["created"], answer["same"], answer["refused"]) == (4, 0, 1, 1)
    assert answer["problems"][0]["line"] == 3
    status, told = await line(product, "search", "luedtke")
    assert (status, "Lüdtke, Änne" in told, "anne@example.org" in told) == (0, True, True)
    assert (await line(product, "search", "zzzzzzzz"))[0] == 3
    status, told = await line(product, "export", "--format", "vcard")
    assert (status, "FN:Lüdtke\\, Änne" in told) == (0, True)
    assert (await line(product, "--user", "anna", "export"))[0] == 1
