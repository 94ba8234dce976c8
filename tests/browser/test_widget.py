"""The widget from opening it to what follows the chat: languages, consent, read marks, rating, transcript, by keyboard
alone, without a connection, and what axe-core says of each state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from .axe import violations
from .people import Agent, Visitor, letters_are_sent
from .widget_pages import Between, administration, changed, page_with, service_says, snippet, take_out

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

CONSENT = "I agree that what I write is kept for 90 days."
PRIVACY = "https://shop.example/privacy"


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, [])
    yield visitor
    await visitor.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, [])
    await anna.logs_in("anna")
    await anna.gets_ready()
    yield anna
    await anna.logs_out()
    await anna.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def network(visitor: Visitor) -> Between:
    network = Between()
    await network.carry(visitor)
    return network


async def enters_in(visitor: Visitor, language: str) -> None:
    """The shop's page with `data-lang`."""
    page = page_with(snippet(visitor.url, f'data-lang="{language}"'))
    await visitor.page.route("**/in", lambda route: route.fulfill(body=page, content_type="text/html"))
    # Chromium takes a page that a test made up for one from the internet, and guards this machine from it
    await visitor.context.grant_permissions(["local-network-access"])
    await visitor.page.goto(f"{visitor.url}/in")
    await expect(visitor.page.locator("#launcher")).to_be_visible()


@asynccontextmanager
async def in_wrap_up(anna: Agent) -> AsyncIterator[None]:
    """What follows is told after the conversation; then anna completes it."""
    await anna.has_it("Wrap-up")
    yield
    await anna.does("complete")
    await expect(anna.on_screen("item")).to_have_count(0)


async def ends(visitor: Visitor, told: str = "You ended the chat") -> None:
    """Nothing of it waits for the agent of the next test."""
    await visitor.ends()
    await visitor.is_told(told)


async def talk(visitor: Visitor, anna: Agent) -> None:
    """From nothing to the end of a chat."""
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("hello")
    await anna.sees(["hello"])
    await anna.answers("goodbye")
    await visitor.sees(["hello", "goodbye"])
    await ends(visitor)


# --- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_english_needs_no_file_and_german_has_its_launcher_before_the_file_is_there(visitor: Visitor) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: "/widget/" in request.url and asked.append(request.url))
    await enters_in(visitor, "en")
    await visitor.opens_chat()
    await expect(visitor.page.locator("#input")).to_have_attribute("placeholder", "Your message")
    assert asked == []

    for language in ("de", "de-AT"):
        await enters_in(visitor, language)
        await expect(visitor.page.locator("#launcher")).to_have_accessible_name("Chat öffnen")
        assert await visitor.page.locator("parley-chat").get_attribute("lang") == "de"
        await visitor.page.wait_for_load_state("networkidle")
        assert asked == []
        await visitor.opens_chat()
        await expect(visitor.page.locator("#input")).to_have_attribute("placeholder", "Ihre Nachricht")
        assert asked == [f"{visitor.url}/widget/de.json"]
        asked.clear()
    assert visitor.wrong == []


@pytest.mark.slow
async def test_where_the_german_file_does_not_come_everything_is_english(visitor: Visitor) -> None:
    await visitor.context.route("**/widget/de.json", lambda route: route.abort())
    await enters_in(visitor, "de")
    await visitor.opens_chat()
    await expect(visitor.page.locator("#input")).to_have_attribute("placeholder", "Your message")
    await expect(visitor.page.locator("#launcher")).to_have_attribute("aria-label", "Open chat")
    assert await visitor.page.locator("parley-chat").get_attribute("lang") == "en"


@pytest.mark.slow
async def test_another_language_is_fetched_when_it_is_opened_and_not_before(visitor: Visitor) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))

    await enters_in(visitor, "fr-CH")
    await visitor.page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "/widget/" in url]

    await visitor.opens_chat()
    await expect(visitor.page.locator("#input")).to_have_attribute("placeholder", "Votre message")
    await expect(visitor.page.locator("#panel")).to_have_css("direction", "ltr")
    assert [url for url in asked if "/widget/" in url] == [f"{visitor.url}/widget/fr.json"]
    assert await visitor.page.locator("parley-chat").get_attribute("lang") == "fr"
    assert visitor.wrong == []


@pytest.mark.slow
async def test_a_language_without_a_file_falls_back_to_english_and_texts_may_be_partial(visitor: Visitor) -> None:
    await enters_in(visitor, "xx")
    await visitor.opens_chat()
    await expect(visitor.page.locator("#input")).to_have_attribute("placeholder", "Your message")
    assert await visitor.page.locator("parley-chat").get_attribute("lang") == "en"

    hostile = "<img src=x onerror=alert(1)> % {write}"
    await visitor.context.route("**/widget/nl.json", lambda route: route.fulfill(json={"write": hostile}))
    await enters_in(visitor, "nl")
    await visitor.opens_chat()
    await expect(visitor.page.locator("#input")).to_have_attribute("placeholder", hostile)
    await expect(visitor.page.get_by_label("Send", exact=True)).to_be_visible()
    assert visitor.wrong == []


@pytest.mark.slow
async def test_from_right_to_left_everything_is_mirrored(visitor: Visitor) -> None:
    await visitor.page.set_viewport_size({"width": 1000, "height": 800})
    await enters_in(visitor, "ar")
    launcher = await visitor.page.locator("#launcher").bounding_box()
    assert launcher is not None
    assert launcher["x"] == 20

    await visitor.opens_chat()
    panel = await visitor.page.locator("#panel").bounding_box()
    assert panel is not None
    assert panel["x"] == 20
    await visitor.says("مرحبا")
    await visitor.sees(["مرحبا"])
    mine = await visitor.messages().bounding_box()
    close = await visitor.page.locator("#close").bounding_box()
    assert mine is not None
    assert close is not None
    assert mine["x"] < 40  # the visitor's own: at the end of the line, which is left
    assert close["x"] < 60
    await ends(visitor, "لقد أنهيت المحادثة")
    assert visitor.wrong == []


# --- consent ----------------------------------------------------------------------------------------------------------


async def test_nothing_is_sent_before_the_visitor_agrees_and_what_they_agreed_to_goes_along(
    visitor: Visitor, network: Between
) -> None:
    with administration(visitor.url) as ada, changed(ada, "services/demo", consent=CONSENT, privacy_url=PRIVACY):
        await agrees(visitor, network)


async def agrees(visitor: Visitor, network: Between) -> None:
    await visitor.enters()
    await visitor.opens_chat()
    privacy = visitor.page.get_by_role("link", name="Privacy")
    await expect(privacy).to_have_attribute("href", PRIVACY)
    await expect(privacy).to_have_attribute("target", "_blank")
    await expect(privacy).to_have_attribute("rel", "noopener noreferrer")

    # neither by Enter nor by the button, and the words stay in the box
    await visitor.says("hello")
    await expect(visitor.page.locator(".notice").last).to_have_text("Please agree first.")
    await expect(visitor.page.get_by_label(CONSENT)).to_be_focused()
    await visitor.page.locator("#send").click()
    await expect(visitor.page.locator("#input")).to_have_value("hello")
    assert network.connections == 0

    await visitor.page.get_by_label(CONSENT).check()
    await visitor.page.locator("#send").click()
    await visitor.sees(["hello"])
    assert [frame["consent"] for frame in network.of("start")] == [CONSENT]
    await expect(visitor.page.locator("#terms")).to_be_hidden()

    # once the chat runs nobody is asked again; before the next one they are
    await visitor.says("and more")
    await visitor.sees(["hello", "and more"])
    await ends(visitor)
    await visitor.page.locator("#again").click()
    await expect(visitor.page.get_by_label(CONSENT)).not_to_be_checked()
    assert visitor.wrong == []


@pytest.mark.slow
async def test_who_is_faster_than_the_service_is_asked_to_agree_all_the_same(
    visitor: Visitor, network: Between
) -> None:
    async def late(route: Route) -> None:
        response = await route.fetch()
        await visitor.page.wait_for_timeout(700)
        await route.fulfill(response=response, json={**await response.json(), "consent": CONSENT})

    await visitor.context.route("**/v1/services/demo?*", late)
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("one")
    await visitor.says("two")

    await expect(visitor.page.locator(".notice").last).to_have_text("Please agree first.")
    await expect(visitor.page.locator("#input")).to_have_value("one\ntwo")
    assert network.connections == 0
    assert visitor.wrong == []


@pytest.mark.slow
async def test_a_message_is_left_only_with_consent(visitor: Visitor) -> None:
    sent: list[Any] = []
    visitor.page.on("request", lambda request: "/messages" in request.url and sent.append(request.post_data_json))
    with administration(visitor.url) as ada, changed(ada, "services/demo", hours={"week": {}}):
        await service_says(visitor, consent=CONSENT)
        await visitor.enters()
        await visitor.opens_chat()
        await expect(visitor.page.locator("#email")).to_be_visible()
        await expect(visitor.page.locator("#privacy")).to_be_hidden()
        await visitor.page.locator("#email").fill("visitor@example.org")
        await visitor.page.locator("#input").fill("Where is my order?")
        await visitor.page.locator("#send").click()
        await expect(visitor.page.locator(".notice").last).to_have_text("Please agree first.")
        assert sent == []

        await visitor.page.get_by_label(CONSENT).check()
        async with visitor.page.expect_response("**/messages") as answer:
            await visitor.page.locator("#send").click()
        await expect(visitor.page.locator(".notice").last).to_contain_text("Thank you")
        take_out(visitor.url, (await (await answer.value).json())["item"])
        assert [body["consent"] for body in sent] == [CONSENT]
    assert visitor.wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "/privacy", "", None])
async def test_an_address_that_is_not_a_web_page_is_no_link(visitor: Visitor, address: str | None) -> None:
    await service_says(visitor, privacy_url=address, consent=CONSENT)
    await visitor.enters()
    await visitor.opens_chat()
    await expect(visitor.page.get_by_label(CONSENT)).to_be_visible()
    await expect(visitor.page.locator("#privacy")).to_be_hidden()
    assert await visitor.page.locator("#privacy").get_attribute("href") is None
    assert visitor.wrong == []


# --- read marks -------------------------------------------------------------------------------------------------------


async def test_the_last_message_that_the_agent_has_read_says_so(visitor: Visitor, network: Between) -> None:
    mark = visitor.page.locator("#read")
    await visitor.enters()
    await visitor.opens_chat()
    for text in ("one", "two", "three"):
        await visitor.says(text)
    await visitor.sees(["one", "two", "three"])
    await expect(mark).to_have_count(0)
    last = int(await visitor.page.locator(".visitor").last.get_attribute("data-seq") or 0)

    await network.tells(type="read", seq=last - 1)
    await expect(visitor.page.locator(".visitor").nth(1)).to_contain_text("Read")
    await expect(mark).to_have_count(1)
    await network.tells(type="read", seq=last + 5)
    await expect(visitor.page.locator(".visitor").nth(2)).to_contain_text("Read")
    await expect(mark).to_have_count(1)

    await visitor.page.reload()
    await visitor.sees(["one", "two", "three"])
    await expect(mark).to_have_count(0)
    await ends(visitor)
    assert visitor.wrong == []


# --- after the end ----------------------------------------------------------------------------------------------------


async def test_without_a_mail_server_no_transcript_is_offered(visitor: Visitor, anna: Agent) -> None:
    await talk(visitor, anna)
    async with in_wrap_up(anna):
        await expect(visitor.page.get_by_role("radiogroup", name="How was the chat?")).to_be_visible()
        await expect(visitor.page.locator("#to")).to_be_hidden()
    assert visitor.wrong == []


async def test_after_the_end_the_visitor_rates_the_chat_and_has_its_transcript_sent(
    visitor: Visitor, anna: Agent, network: Between
) -> None:
    page = visitor.page
    await letters_are_sent(page)
    await talk(visitor, anna)
    async with in_wrap_up(anna):
        stars = page.get_by_role("radiogroup", name="How was the chat?")
        await expect(stars.get_by_role("radio")).to_have_count(5)
        await expect(page.get_by_label("Comment (optional)")).to_be_hidden()
        await page.get_by_label("4 of 5").check()
        await page.get_by_label("Comment (optional)").fill("Quick and friendly")
        await page.locator("#rate").get_by_role("button", name="Send").click()
        await expect(page.locator(".notice").last).to_have_text("Thank you!")
        await expect(stars).to_be_hidden()
        rate = network.of("rate")[0]
        assert (rate["score"], rate["comment"]) == (4, "Quick and friendly")
        assert len(network.of("rate")) == 1

        # where it cannot be sent after all it says so, and it can be tried again
        await page.locator("#to").fill("visitor@example.org")
        await page.get_by_role("button", name="Send transcript").click()
        await expect(page.locator(".notice").last).to_have_text("Not sent.")
        network.answers["transcript"] = {"type": "ack"}
        await page.get_by_role("button", name="Send transcript").click()
        await expect(page.locator(".notice").last).to_have_text("The transcript goes to visitor@example.org.")
        await expect(page.locator("#to")).to_be_hidden()
        asked = network.of("transcript")
        assert [(frame["to"], frame["language"]) for frame in asked] == [("visitor@example.org", "en")] * 2
        assert asked[0]["id"] != asked[1]["id"]
    assert visitor.wrong == []


@pytest.mark.slow
async def test_a_rating_needs_no_comment_and_finds_its_way_after_a_lost_connection(
    visitor: Visitor, anna: Agent, network: Between
) -> None:
    await talk(visitor, anna)
    async with in_wrap_up(anna):
        await network.cut()
        await visitor.page.get_by_label("1 of 5").check()
        await visitor.page.locator("#rate").get_by_role("button", name="Send").click()
        await visitor.is_told("No connection")
        assert network.of("rate") == []

        network.is_cut = False
        await expect(visitor.page.locator(".notice").last).to_have_text("Thank you!")
        await visitor.is_told("You ended the chat")
        assert [(frame["score"], frame["comment"]) for frame in network.of("rate")] == [(1, "")]


@pytest.mark.slow
async def test_a_chat_that_no_agent_joined_is_not_rated_and_neither_is_the_next(visitor: Visitor, anna: Agent) -> None:
    await talk(visitor, anna)
    async with in_wrap_up(anna):
        await expect(visitor.page.locator("#rate")).to_be_visible()
    await anna.stops()

    await visitor.page.locator("#again").click()
    await expect(visitor.page.locator("#rate")).to_be_hidden()
    await visitor.says("nobody there?")
    await visitor.sees(["nobody there?"])
    await ends(visitor)
    await expect(visitor.page.locator("#rate")).to_be_hidden()
    await expect(visitor.page.locator("#transcript")).to_be_hidden()


# --- keyboard, offline, axe -------------------------------------------------------------------------------------------


async def tab_to(page: Page, id: str, back: bool = False) -> None:
    """Goes on with the keyboard until the element with this id, or in the one with it, has the focus."""
    focused = (
        "id => { const it = document.activeElement.shadowRoot?.activeElement; return !!it && !!it.closest('#' + id); }"
    )
    for _ in range(20):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        if await page.evaluate(focused, id):
            return
    raise AssertionError(f"no way to #{id} by keyboard")


async def test_the_whole_visit_by_keyboard_alone(visitor: Visitor, anna: Agent, network: Between) -> None:
    network.answers = {"transcript": {"type": "ack"}}
    await service_says(visitor, consent=CONSENT, privacy_url=PRIVACY, mail=True)
    page, keys = visitor.page, visitor.page.keyboard
    await visitor.enters()
    await page.locator("#launcher").focus()
    await keys.press("Enter")
    await expect(page.locator("#input")).to_be_focused()
    await expect(page.get_by_label(CONSENT)).to_be_visible()
    await tab_to(page, "privacy", back=True)
    await tab_to(page, "agree", back=True)
    await keys.press("Space")
    await tab_to(page, "input")
    await keys.type("by hand")
    await keys.press("Enter")
    await anna.sees(["by hand"])
    await anna.answers("an answer")
    await visitor.sees(["by hand", "an answer"])
    await expect(page.locator("#input")).to_be_focused()
    await tab_to(page, "log", back=True)
    await tab_to(page, "end", back=True)
    await keys.press("Enter")
    await visitor.is_told("You ended the chat")
    async with in_wrap_up(anna):
        await tab_to(page, "stars")
        await keys.press("Space")
        for _ in range(3):
            await keys.press("ArrowRight")
        await tab_to(page, "comment")
        await keys.type("by hand as well")
        await keys.press("Tab")
        await keys.press("Enter")
        await expect(page.locator(".notice").last).to_have_text("Thank you!")
        assert [(frame["score"], frame["comment"]) for frame in network.of("rate")] == [(4, "by hand as well")]
        await tab_to(page, "to")
        await keys.type("visitor@example.org")
        await keys.press("Enter")
        await expect(page.locator(".notice").last).to_contain_text("The transcript goes to")
    await keys.press("Escape")
    await expect(page.locator("#panel")).to_be_hidden()
    await expect(page.locator("#launcher")).to_be_focused()
    assert visitor.wrong == []


async def test_what_is_written_without_a_connection_is_kept_and_sent_later(visitor: Visitor, network: Between) -> None:
    await visitor.enters()
    await visitor.opens_chat()
    await visitor.says("one")
    await visitor.sees(["one"])
    await network.cut()
    await visitor.is_told("No connection")

    await visitor.says("two")
    await visitor.says("three")
    await expect(visitor.page.locator("#pending .message")).to_have_count(2)
    await visitor.page.reload()
    await expect(visitor.page.locator("#pending .message")).to_have_count(2)

    network.is_cut = False
    await expect(visitor.page.locator("#pending .message")).to_have_count(0)
    await visitor.sees(["one", "two", "three"])
    await ends(visitor)
    assert visitor.wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_any_state(
    visitor: Visitor, anna: Agent, network: Between, width: int, scheme: Any
) -> None:
    page = visitor.page
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size({"width": width, "height": 844})
    await service_says(visitor, consent=CONSENT, privacy_url=PRIVACY)
    found: dict[str, list[str]] = {}

    async def look(state: str) -> None:
        await page.wait_for_timeout(150)
        found[state] = await violations(page)

    await anna.stops()
    await enters_in(visitor, "en")
    await look("closed")
    await visitor.opens_chat()
    await expect(page.get_by_label(CONSENT)).to_be_visible()
    await look("before the chat")
    await page.get_by_label(CONSENT).check()
    await visitor.says("hello")
    await visitor.sees(["hello"])
    await look("waiting")
    await anna.gets_ready()
    await anna.sees(["hello"])
    await anna.answers("good morning")
    await visitor.sees(["hello", "good morning"])
    await network.tells(type="read", seq=99)
    await network.tells(type="typing", on=True)
    await look("active")
    await anna.does("park")
    await visitor.is_told("back in a moment")
    await look("paused")
    await network.cut()
    await visitor.says("are you there?")
    await visitor.is_told("No connection")
    await look("offline")
    network.is_cut = False
    await visitor.sees(["hello", "good morning", "are you there?"])
    await anna.does("resume")
    await ends(visitor)
    async with in_wrap_up(anna):
        await look("ended")
        await page.get_by_label("4 of 5").check()
        await look("rated")
    with administration(visitor.url) as ada, changed(ada, "services/demo", hours={"week": {}}):
        await page.locator("#again").click()
        await expect(page.locator("#email")).to_be_visible()
        await look("message form")

    assert {state: problems for state, problems in found.items() if problems} == {}
    assert len(found) == 9
