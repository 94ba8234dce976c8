"""R24, R26: who the customer is, at the desk; and visitors for whom the website vouches."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from html import escape
from uuid import uuid4

import jwt
import protocol
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from .axe import violations
from .people import Agent, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["found"], indirect=True, scope="module"),
]

SCRIPT = '<img src=x onerror="document.title=1"><script>document.title=2</script>'


@pytest.fixture
def wrong() -> list[str]:
    """What went wrong in anybody's browser."""
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str, wrong: list[str]) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, wrong)
    await anna.logs_in("anna")
    yield anna
    await anna.leaves()
    desk = await protocol.Agent.log_in(parley_url, "anna")
    for item in list(desk.inbox.values()):
        if item["stage"] == "conversation":
            await desk.ask("end", item=item["item"])
        await desk.ask("complete", item=item["item"])
    await desk.ask("logout")
    await desk.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str, wrong: list[str]) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, wrong)
    yield visitor
    await visitor.leaves()


async def create(url: str, name: str, **fields: object) -> str:
    """A contact that is there before; its name in the log."""
    token = (await protocol.log_in(url, "sam"))["token"]
    made = await protocol.call(url, "POST", "/v1/contacts", token, json={"name": name, **fields})
    return str(made["contact"])


async def once(url: str, contact: str, *texts: str) -> None:
    """Chats that this contact had before, one for each text, the last one last."""
    ben = await protocol.Agent.log_in(url, "ben")
    for text in texts:
        async with protocol.Visitor(url) as visitor:
            await visitor.start(token="demo", text=text)
            await ben.until(lambda chat=visitor.chat: chat in ben.waiting)  # type: ignore[misc]
            await ben.ask("pick", item=visitor.chat)
            await ben.ask("identify", item=visitor.chat, contact=contact)
            await visitor.ask("end")
            await ben.ask("complete", item=visitor.chat)
            await protocol.interaction(url, visitor.chat, ben.token)
    await ben.ask("logout")
    await ben.close()


async def chats(visitor: Visitor, anna: Agent, *texts: str) -> None:
    """A visitor of the demonstration's page comes, and anna has the chat."""
    await visitor.enters()
    await visitor.opens_chat()
    for text in texts:
        await visitor.says(text)
    await anna.gets_ready()
    await anna.sees(list(texts))
    await anna.stops()


def past(anna: Agent) -> Locator:
    return anna.on_screen("history").get_by_test_id("past")


@pytest.mark.slow
async def test_R24_R26_found_linked_corrected_and_everything_before_is_shown(
    anna: Agent, visitor: Visitor, parley_url: str, wrong: list[str]
) -> None:
    name = f"Änne Lüdtke {uuid4().hex[:6]} {SCRIPT}"
    known = await create(parley_url, name, emails=["anne@example.org"], organisation=SCRIPT, notes=SCRIPT)
    other = await create(parley_url, f"Somebody {known}")
    await once(parley_url, known, "the first time", SCRIPT)
    await chats(visitor, anna, "hello", "write to anne@example.org")

    # R24: offered with the reason, and not linked by itself
    await expect(anna.on_screen("contact-name")).to_have_count(0)
    offered = anna.on_screen("candidates").locator(f"[data-contact={known}]")
    await expect(offered).to_contain_text("wrote this e-mail address")
    await expect(offered).to_contain_text(name)
    await offered.get_by_test_id("link").click()
    await expect(anna.on_screen("contact-name")).to_have_text(name)

    # R26: newest first, with transcripts
    await expect(past(anna)).to_have_count(2)
    await past(anna).first.locator("summary").click()
    await expect(past(anna).first).to_contain_text(SCRIPT)
    await past(anna).nth(1).locator("summary").click()
    await expect(past(anna).nth(1)).to_contain_text("the first time")

    # R24: corrected by a search that forgives, edited, taken away
    await anna.does("contact-change")
    await anna.on_screen("contact-search").fill("ludtke")
    await expect(anna.on_screen("found").filter(has_text=name)).to_be_visible()
    await anna.on_screen("contact-search").fill(f"somebody {known}")
    await anna.page.locator(f"[data-contact={other}]").get_by_test_id("link").click()
    await expect(anna.on_screen("contact-name")).to_have_text(f"Somebody {known}")
    await expect(past(anna)).to_have_count(0)
    await anna.does("contact-edit")
    await anna.on_screen("contact-emails").fill("nobody")
    await anna.does("contact-save")
    await expect(anna.on_screen("contact-form").get_by_role("alert")).to_contain_text("no e-mail address")
    await expect(anna.on_screen("contact-save")).to_be_focused()
    await anna.on_screen("contact-emails").fill("some@example.org")
    await anna.on_screen("contact-name").fill(SCRIPT)
    await anna.does("contact-save")
    await expect(anna.on_screen("contact-name")).to_have_text(SCRIPT)
    await expect(anna.on_screen("customer")).to_contain_text("some@example.org")
    await anna.does("contact-unlink")
    await expect(anna.on_screen("contact-search")).to_be_visible()
    await expect(anna.on_screen("history")).to_have_count(0)

    assert await anna.page.title() not in ("1", "2")
    assert await anna.page.locator("img[src=x]").count() == 0
    assert [line for line in wrong if "422" not in line] == [], "but for the address that is none"


async def test_R24_who_is_there_already_is_offered_before_one_more_is_made(
    anna: Agent, visitor: Visitor, parley_url: str, wrong: list[str]
) -> None:
    mark = uuid4().hex[:6]
    known = await create(parley_url, f"Robin {mark}", emails=[f"{mark}@example.org"])
    await chats(visitor, anna, "hello", "who am I")
    for link in (False, True):
        if link:
            await anna.does("contact-unlink")
        await anna.does("contact-new")
        await anna.on_screen("contact-name").fill(f"R. {mark}")
        await anna.on_screen("contact-emails").fill(f"{mark}@example.org")
        await anna.does("contact-save")
        offered = anna.on_screen("alike").locator(f"[data-contact={known}]")
        await expect(offered).to_contain_text("same e-mail address")
        await expect(anna.on_screen("contact-save")).to_have_text("Create all the same")
        assert await violations(anna.page) == []
        if link:
            await offered.get_by_test_id("link").click()
        else:
            await anna.on_screen("contact-emails").fill("")  # not the same any more: it is looked at anew
            await expect(anna.on_screen("alike")).to_have_count(0)
            await expect(anna.on_screen("contact-save")).to_have_text("Save")
            await anna.on_screen("contact-emails").fill(f"{mark}@example.org")
            await anna.does("contact-save")
            await expect(offered).to_be_visible()
            await anna.does("contact-save")
        await expect(anna.on_screen("customer").locator(".who-is-it")).to_have_text(
            f"Robin {mark}" if link else f"R. {mark}"
        )
    assert wrong == []


@pytest.mark.slow
async def test_R24_by_keyboard_alone_a_contact_is_made_and_found_and_the_focus_stays(
    anna: Agent, visitor: Visitor, parley_url: str, wrong: list[str]
) -> None:
    name = f"Robin {uuid4().hex[:8]}"
    known = await create(parley_url, name)
    await once(parley_url, known, "before")
    shared = f"{uuid4().hex[:12]}@example.org"
    await create(parley_url, "Of the same address", emails=[shared])
    await chats(visitor, anna, f"I am {shared}")
    keys = anna.page.keyboard

    async def reach(test_id: str) -> None:
        for _ in range(60):
            if await anna.page.evaluate("document.activeElement.dataset.testid") == test_id:
                return
            await keys.press("Tab")
        raise AssertionError(f"{test_id} is not reached by Tab")

    # a new contact, prefilled with what was said
    await expect(anna.on_screen("candidates")).to_be_visible()
    await anna.on_screen("contact-search").focus()
    await reach("contact-new")
    await keys.press("Enter")
    await expect(anna.on_screen("contact-name")).to_be_focused()
    await expect(anna.on_screen("contact-emails")).to_have_value(shared)
    await keys.type("New Person")
    await keys.press("Enter")
    await expect(anna.on_screen("alike")).to_contain_text("Of the same address")
    await reach("contact-save")
    await keys.press("Enter")
    await expect(anna.on_screen("customer").locator(".who-is-it")).to_have_text("New Person")

    # corrected, from where the focus is
    assert await anna.page.evaluate("document.activeElement !== document.body"), "the focus is not lost"
    await reach("contact-change")
    await keys.press("Enter")
    await expect(anna.on_screen("contact-search")).to_be_focused()
    await keys.type(name)
    await expect(anna.on_screen("found")).to_have_count(1)
    await reach("link")
    await keys.press("Enter")
    await expect(anna.on_screen("customer").locator(".who-is-it")).to_have_text(name)
    assert await anna.page.evaluate("document.activeElement !== document.body"), "the focus is not lost"
    await expect(past(anna)).to_have_count(1)
    for _ in range(20):
        await keys.press("Tab")
        if await anna.page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    await keys.press("Enter")
    await expect(past(anna).get_by_text("before")).to_be_visible()
    assert wrong == []


@pytest.mark.slow
async def test_R26_what_is_older_comes_in_pages(
    anna: Agent, visitor: Visitor, parley_url: str, wrong: list[str]
) -> None:
    known = await create(parley_url, f"Often {uuid4().hex[:8]}", emails=[f"{uuid4().hex[:12]}@example.org"])
    await once(parley_url, known, *(f"time {number}" for number in range(12)))
    contact = await protocol.call(
        parley_url, "GET", f"/v1/contacts/{known}", (await protocol.log_in(parley_url, "sam"))["token"]
    )
    await chats(visitor, anna, contact["emails"][0])
    await anna.on_screen("candidates").get_by_test_id("link").click()
    await expect(past(anna).first).to_be_visible()
    await anna.does("history-more")
    await expect(past(anna)).to_have_count(12)
    await expect(anna.on_screen("history-more")).to_have_count(0)
    lines = past(anna).locator(".past-line span")
    texts = await lines.evaluate_all("nodes => nodes.map(node => node.textContent)")
    assert texts == [f"time {number}" for number in reversed(range(12))]
    assert wrong == []


@pytest.mark.slow
async def test_R24_the_same_browser_is_perhaps_the_same_person(
    anna: Agent, visitor: Visitor, parley_url: str, wrong: list[str]
) -> None:
    name = f"Robin {uuid4().hex[:6]}"
    known = await create(parley_url, name)
    await chats(visitor, anna, "the first time")
    await anna.on_screen("contact-search").fill(name)
    await anna.page.locator(f"[data-contact={known}]").get_by_test_id("link").click()
    await expect(anna.on_screen("contact-name")).to_have_text(name)
    await visitor.ends()
    await anna.does("complete")

    await visitor.page.locator("#again").click()
    await visitor.says("it is me again")
    await anna.gets_ready()
    await anna.sees(["it is me again"])
    await anna.stops()
    offered = anna.on_screen("candidates").locator(f"[data-contact={known}]")
    await expect(offered).to_contain_text("had an earlier chat in this browser")
    await expect(anna.on_screen("contact-name")).to_have_count(0)
    await visitor.sees(["it is me again"])
    assert wrong == []


async def test_R31_however_much_a_page_says_of_its_visitor_they_can_chat(
    anna: Agent, visitor: Visitor, parley_url: str
) -> None:
    said = f'data-name="{"K" * 20_000}" data-identity="{"x" * 20_000}"'
    snippet = f'<script async src="{parley_url}/widget.js" data-token="demo" {said}></script>'
    page = f"<!doctype html><title>A page</title><link rel=icon href=data:,>{snippet}"
    await visitor.page.route("**/talkative", lambda route: route.fulfill(body=page, content_type="text/html"))
    await visitor.context.grant_permissions(["local-network-access"])
    await visitor.page.goto(f"{parley_url}/talkative")
    await visitor.opens_chat()
    await visitor.says("can you hear me")
    await anna.gets_ready()
    await anna.sees(["can you hear me"])
    await anna.stops()


# --- the website vouches ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("lives_s", "called"), [(300, "Kim Vogel"), (-60, None)], ids=["valid", "too old"])
async def test_R24_the_widget_hands_the_websites_identity_over(
    anna: Agent, visitor: Visitor, parley_url: str, wrong: list[str], lives_s: int, called: str | None
) -> None:
    ada = (await protocol.log_in(parley_url, "ada"))["token"]
    path = "/v1/admin/services/demo/identity_key"
    key = (await protocol.call(parley_url, "PUT", path, ada))["key"]
    now = int(time.time())
    claims = {"sub": uuid4().hex, "iat": now - 120, "exp": now + lives_s, "jti": uuid4().hex, "aud": "demo"}
    identity = jwt.encode({**claims, "name": "Kim Vogel", "email": "kim at example.org"}, key, "HS256")
    snippet = (
        f'<script async src="{parley_url}/widget.js" data-token="demo" data-identity="{escape(identity)}"></script>'
    )
    page = f"<!doctype html><title>A page</title><link rel=icon href=data:,>{snippet}"
    await visitor.page.route("**/identified", lambda route: route.fulfill(body=page, content_type="text/html"))
    await visitor.context.grant_permissions(["local-network-access"])

    await visitor.page.goto(f"{parley_url}/identified")
    await visitor.opens_chat()
    await visitor.says("do you know me")
    await anna.gets_ready()
    await anna.sees(["do you know me"])
    await anna.stops()
    if called is not None:
        await expect(anna.on_screen("customer").locator(".who-is-it")).to_have_text(called)
    else:
        await expect(anna.on_screen("contact-search")).to_be_visible()
    first = anna.on_screen("turn").and_(anna.page.locator("[data-kind=requested]"))
    unusable, guest = "e-mail: left out, cannot be used", "who they are: left out, not verified"
    await expect(first).to_contain_text(unusable if called is not None else guest)
    await visitor.sees(["do you know me"])
    await protocol.call(parley_url, "DELETE", path, ada)
    assert wrong == []
