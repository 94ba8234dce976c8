"""R31: whatever is typed is text, on every screen that shows it: never markup, never over or amid what is beside it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from html import escape
from typing import Any

import protocol
import pytest
import pytest_asyncio
from e2e.people import Admin
from parley_contracts import contact_values as judge
from playwright.async_api import Browser, Locator, Page, expect

from .people import Agent, Person, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

RLO, RLI, RLE, PDI, PDF, ZWSP, ZWJ, BOM = map(chr, (0x202E, 0x2067, 0x202B, 0x2069, 0x202C, 0x200B, 0x200D, 0xFEFF))
HOSTILE = {
    "a script": "<script>document.title = pwned = 1; alert(1)</script>",
    "an image": '<img id="pwned" src=x onerror="document.title = pwned = 1; alert(1)"><svg onload=alert(1)>',
    "a way out": "--></textarea></p></div></title></script><b id=pwned>bold</b><style>*{display:none}</style>",
    "a template": "${alert(1)} {{constructor.constructor('alert(1)')()}} &lt;b&gt; &#x3c;i&#62; %s %0A javascript:alert(1)",
    "control characters": "a\x01\x02\x07\x08\x0b\x0c\x1b[31mred\x7f\x85\x9b2Jb\u2028c\u2029d",
    "combining marks": "Z" + "\u0301\u0316\u0489" * 1333,
    "right to left": f"{RLO}{RLI}{RLE}desrever si siht",
    "out of its isolation": f"{PDI}{PDI}{PDF}{PDF}{RLO}desrever si siht",
    "a long word": "W" * 4000,
    "wide characters": "\ufdfd" * 400 + "𒐫" * 400,
    "nothing to be seen": f"a{ZWSP}{ZWJ}{BOM}\u2060\u00ad\u180eb{ZWSP * 500}",
    "emoji": "👩‍👩‍👧‍👦👍🏿🏴󠁧󠁢󠁥󠁮󠁧󠁿🇩🇪🇩1️⃣❤️‍🔥" + "🧑🏻‍🤝‍🧑🏿" * 100 + ZWJ * 20 + "\ufe0f\u20e3",
}
SPREADING = ("combining marks", "right to left", "a long word", "wide characters")
FEW = ("an image", "a way out", "control characters", "combining marks", "right to left", "out of its isolation")
"""Of each kind: they are the short form."""
OTHERS = tuple(name for name in HOSTILE if name not in FEW)
NOT_TEXT = {"half of a surrogate pair": r"\ud83d", "the other half": r"x\ude00y", "NUL": r"a\u0000b"}
"""As it stands in a frame's JSON; refused."""


def short(text: str, most: int) -> str:
    """As much as a field takes, which counts as browsers do: in UTF-16."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


# --- what must be so of a page ----------------------------------------------------------------------------------------


class Watch:
    """What a page must never do, whatever it shows."""

    def __init__(self, person: Person) -> None:
        self.page, self.dialogs = person.page, list[str]()
        self.page.on("dialog", self._asked)

    async def _asked(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    async def nothing_ran(self) -> None:
        assert self.dialogs == []
        assert await self.page.evaluate("typeof pwned") == "undefined"
        assert await self.page.locator("#pwned, img[src=x]").count() == 0
        assert await self.page.locator("script:not([src])").count() == 0


SIDEWAYS = """() => [document.documentElement, ...document.querySelectorAll("*"),
    ...(document.querySelector("parley-chat")?.shadowRoot.querySelectorAll("*") ?? [])]
  .filter(node => node === document.documentElement || /auto|scroll/.test(getComputedStyle(node).overflowX))
  .filter(node => !node.matches("input, textarea") && node.scrollWidth > node.clientWidth && node.clientWidth)
  .map(node => `${node.tagName}#${node.id}.${node.className}: ${node.scrollWidth} > ${node.clientWidth}`)"""
"""Whatever can be scrolled to the side."""

OUTSIDE = """nodes => nodes.filter(node => node.isConnected).map(node => [node.getBoundingClientRect(), node.closest("li, section, .message, #panel, body").getBoundingClientRect()])
  .filter(([box, frame]) => box.left < frame.left - 1 || box.right > frame.right + 1).length"""

IN_ORDER = """(node, text) => {
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const places = [];
  let all = "";
  while (walker.nextNode()) for (let i = 0; i < walker.currentNode.length; i++) {
    all += walker.currentNode.data[i];
    places.push([walker.currentNode, i]);
  }
  const from = all.indexOf(text);
  if (from < 0) return `no "${text}" in "${all.slice(0, 200)}"`;
  const lefts = places.slice(from, from + text.length).map(([at, i]) => {
    const range = new Range();
    range.setStart(at, i);
    range.setEnd(at, i + 1);
    return range.getBoundingClientRect().left;
  });
  return lefts.every((left, i) => !i || left > lefts[i - 1]) ? "" : `"${text}" is not in order: ${lefts}`;
}"""
"""Nothing, where the characters of this text stand from left to right."""

CLOCKS = ".timer, time, [data-testid^=detail-], [data-testid=countdown]"


DIFFERENCES = """async ([one, other]) => {
  const [a, b] = await Promise.all([one, other].map(async (png) => {
    const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return canvas.getImageData(0, 0, image.width, image.height).data;
  }));
  let count = 0;
  for (let i = 0; i < a.length; i += 4) count += [0, 1, 2].some((part) => Math.abs(a[i + part] - b[i + part]) > 60);
  return count;
}"""
"""How many pixels of two pictures are clearly different."""


async def stays_within(page: Page, hostile: Locator) -> None:
    """Without this text's colour everything outside of its box looks the same: it covers nothing."""
    await expect(hostile).to_be_visible()
    masks = [hostile, page.locator(CLOCKS)]
    differences = 0
    for _ in range(3):  # something else may just have changed
        with_it = await page.screenshot(mask=masks, animations="disabled")
        await hostile.evaluate("node => node.style.setProperty('color', 'transparent', 'important')")
        without = await page.screenshot(mask=masks, animations="disabled")
        await hostile.evaluate("node => node.style.removeProperty('color')")
        differences = await page.evaluate(DIFFERENCES, [b64encode(picture).decode() for picture in (with_it, without)])
        if differences < 10:
            return
    where = f"{hostile} {(await hostile.inner_text())[:40]!r}"
    raise AssertionError(f"{where} is painted beyond its own box: {differences} pixels")


async def nothing_is_broken(page: Page) -> None:
    """Nothing can be scrolled to the side, and every text lies in its frame."""
    assert await page.evaluate(SIDEWAYS) == []
    texts = page.locator(".text, .row-name, .row-more, dd, h1, .turn, .notice, .who")
    assert await texts.evaluate_all(OUTSIDE) == 0


async def in_order(element: Locator, text: str) -> None:
    assert await element.evaluate(IN_ORDER, text) == ""


# --- those who type ---------------------------------------------------------------------------------------------------


@pytest.fixture
def wrong() -> list[str]:
    return []


@pytest_asyncio.fixture(loop_scope="session")
async def anna(browser: Browser, parley_url: str, wrong: list[str]) -> AsyncIterator[Agent]:
    anna = await Agent.arrives(browser, parley_url, wrong)
    await anna.page.set_viewport_size({"width": 1280, "height": 800})
    await anna.logs_in("anna")
    yield anna
    await anna.leaves()
    async with protocol.Agent(parley_url, (await protocol.log_in(parley_url, "anna"))["token"]) as desk:
        await desk.frame("snapshot")
        for item in list(desk.inbox.values()):
            if item["stage"] == "conversation":
                await desk.ask("end", item=item["item"])
            await desk.ask("complete", item=item["item"])
        await desk.ask("logout")


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str, wrong: list[str]) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, wrong)
    yield visitor
    await visitor.leaves()


@pytest.mark.parametrize("screen", [pytest.param("desk", marks=pytest.mark.slow), "widget"])
@pytest.mark.parametrize("names", [FEW, pytest.param(OTHERS, marks=pytest.mark.slow)], ids=["few", "others"])
async def test_R31_messages_answers_and_notes_are_text(
    anna: Agent, visitor: Visitor, wrong: list[str], screen: str, names: tuple[str, ...]
) -> None:
    hostile = {name: HOSTILE[name] for name in names}
    watches = [Watch(anna), Watch(visitor)]
    await anna.gets_ready()
    await visitor.enters()
    await visitor.opens_chat()
    said = []
    for name, text in hostile.items():
        for each in (f"next is {name}", text):
            await visitor.says(each)
            said.append(each)
    await visitor.sees(said)
    await anna.sees(said)

    for name, text in hostile.items():
        for each in (f"here comes {name}", text):
            await anna.answers(each)
            said.append(each)
    await anna.answers("that was all")
    said.append("that was all")
    await anna.sees(said)
    await visitor.sees(said)
    await anna.on_screen("mode-note").click()
    for text in hostile.values():
        await anna.answers(text)
    notes = anna.on_screen("note").get_by_test_id("text")
    await expect(notes).to_have_count(len(hostile))
    assert await notes.evaluate_all("nodes => nodes.map(node => node.textContent)") == list(hostile.values())

    for watch in watches:
        await watch.nothing_ran()
        assert await watch.page.locator(".text *").count() == 0
    assert wrong == []
    bubbles = anna.on_screen("message").get_by_test_id("text") if screen == "desk" else visitor.messages()
    for place, text in enumerate(said):
        if text not in hostile.values():
            await in_order(bubbles.nth(place), text)
        elif any(text == HOSTILE[name] for name in SPREADING):
            await bubbles.nth(place).scroll_into_view_if_needed()
            await stays_within(bubbles.page, bubbles.nth(place))
    if screen == "desk":
        await stays_within(notes.page, notes.nth(names.index(next(name for name in names if name in SPREADING))))
    await nothing_is_broken(bubbles.page)


async def test_R31_what_is_no_text_is_refused_and_changes_nothing(parley_url: str) -> None:
    async with (
        protocol.Visitor(parley_url) as visitor,
        protocol.Agent(parley_url, (await protocol.log_in(parley_url, "ben"))["token"]) as ben,
    ):
        await ben.frame("snapshot")
        await visitor.start(token="demo", text="hello")
        await ben.until(lambda: visitor.chat in ben.waiting)
        await ben.ask("pick", item=visitor.chat)
        for number, text in enumerate(NOT_TEXT.values()):
            for frame in (
                '{"type":"message","id":"m%d","text":"%s"}',
                '{"type":"start","id":"s%d","token":"demo","text":"%s"}',
            ):
                await visitor.raw(frame % (number, text))
            for type, field in (("message", "text"), ("note", "text"), ("transfer", "note"), ("classify", "code")):
                frame = '{"type":"%s","id":"%s%d","item":"%s","queue":"sales","code":"x","%s":"%s"}'
                await ben.raw(frame % (type, type, number, visitor.chat, field, text))
        for number in range(len(NOT_TEXT)):
            for id in (f"m{number}", f"s{number}"):
                assert (await visitor.frame("error", id=id))["code"] == "bad_request"
            for type in ("message", "note", "transfer", "classify"):
                assert (await ben.frame("error", id=f"{type}{number}"))["code"] == "bad_request"
        await visitor.say("still here")
        await visitor.until(lambda: len(visitor.said()) > 1)
        assert visitor.said() == [("visitor", "hello"), ("visitor", "still here")]
        await visitor.ask("end")
        await ben.ask("complete", item=visitor.chat)
        await ben.ask("logout")


@pytest.mark.slow
async def test_R31_names_and_pages_are_text_in_every_list(anna: Agent, parley_url: str, wrong: list[str]) -> None:
    watch = Watch(anna)
    visitors = []
    for name, text in HOSTILE.items():
        visitor = await protocol.Visitor(parley_url).connect()
        await visitor.start(token="demo-sales", name=short(text, 200), page=short(text, 2000), text=text)
        visitors.append(visitor)
        await anna.page.locator(f'[data-item="{visitor.chat}"]').get_by_test_id("item-open").click()
        conversation = anna.page.locator(f'[data-testid=conversation][data-item="{visitor.chat}"]')
        title = conversation.get_by_role("heading").locator("bdi")
        called = judge.name(short(text, 200)).value
        assert await title.evaluate("node => node.textContent") == called
        await expect(anna.on_screen("message")).to_have_count(1)
        assert (
            await anna.on_screen("detail-page").evaluate("node => node.textContent")
            == judge.line(short(text, 2000), 2000).value
        )
        row = anna.page.locator(f'[data-item="{visitor.chat}"] .row-name')
        assert await row.evaluate("node => node.textContent") == called
        facts = (anna.on_screen("detail-page"),)
        for where in (title, row, *facts, anna.page.locator(".message .who bdi")):
            if name in SPREADING:
                await where.scroll_into_view_if_needed()
                await stays_within(anna.page, where)
        await in_order(conversation.locator("header"), "Waiting")
        await in_order(anna.page.locator(f'[data-item="{visitor.chat}"]').get_by_test_id("pick"), "Pick")
        at = conversation.locator(".message .who time")
        await in_order(at, await at.inner_text())
        await visitor.send("typing", on=True)
        more = anna.page.locator(f'[data-item="{visitor.chat}"] .row-more')
        await expect(more).to_have_text("typing …")
        await in_order(more, "typing")
    await nothing_is_broken(anna.page)
    await watch.nothing_ran()
    for visitor in visitors:
        await visitor.ask("end")
        await visitor.close()
    await expect(anna.on_screen("queues").get_by_test_id("item")).to_have_count(0)
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["an image", "a way out", "right to left", "combining marks"])
async def test_R31_a_name_that_the_website_gives_is_text(
    anna: Agent, visitor: Visitor, wrong: list[str], name: str
) -> None:
    text = short(HOSTILE[name], 200)
    watches = [Watch(anna), Watch(visitor)]
    page = f'<!doctype html><title>x</title><script async src="/widget.js" data-token="demo" data-name="{escape(text)}"></script>'
    await visitor.page.route(
        "**/a-page", lambda route: route.fulfill(body=page, content_type="text/html; charset=utf-8")
    )
    await visitor.context.grant_permissions(["local-network-access"])
    await visitor.page.goto(f"{visitor.url}/a-page")
    await anna.gets_ready()
    await visitor.opens_chat()
    await visitor.says("hello")
    await anna.sees(["hello"])

    title = anna.on_screen("conversation").get_by_role("heading").locator("bdi")
    assert await title.evaluate("node => node.textContent") == judge.name(text).value
    for watch in watches:
        await watch.nothing_ran()
        await nothing_is_broken(watch.page)
    await anna.stops()
    assert [text for text in wrong if "favicon" not in text] == []


@pytest.mark.slow
async def test_R31_what_the_agent_records_is_text(anna: Agent, parley_url: str, wrong: list[str]) -> None:
    """Contact, classification and note of the wrap-up; and the comment with which the visitor rates the chat meanwhile."""
    watch = Watch(anna)
    await anna.gets_ready()
    fields = ("name", "organisation", "customer_number", "notes")
    for name, text in HOSTILE.items():
        if name == "control characters":
            continue  # the CRM takes none
        async with protocol.Visitor(parley_url) as visitor:
            await visitor.start(token="demo", text="hello")
            await anna.sees(["hello"])
            await anna.on_screen("contact-new").click()
            for field in fields:
                await anna.on_screen(f"contact-{field}").fill(short(text, 64 if field == "customer_number" else 200))
            await anna.on_screen("contact-save").click()
            if name == "out of its isolation":  # but for what nobody sees it is the one before
                await expect(anna.on_screen("alike")).to_contain_text("same customer number")
                await anna.on_screen("contact-save").click()
            shown = anna.page.locator("p[data-testid=contact-name]")
            await expect(shown).to_be_visible()
            assert await shown.evaluate("node => node.textContent") == judge.name(short(text, 200)).value
            if name in SPREADING:
                for where in (shown, *[anna.on_screen("customer").locator("dd").nth(number) for number in range(3)]):
                    await where.scroll_into_view_if_needed()
                    await stays_within(anna.page, where)
            await anna.does("end")
            await anna.on_screen("code").fill(short(text, 64))
            await anna.on_screen("code-note").fill(short(text, 1000))
            await anna.does("classify")
            await visitor.ask("rate", score=3, comment=short(text, 1000))
            for kind, words in (("classified", "Classified as "), ("rated", "")):
                turn = anna.page.locator(f"[data-testid=turn][data-kind={kind}]")
                await expect(turn).to_be_visible()
                assert short(text, 64).strip() in await turn.evaluate("node => node.textContent")
                await in_order(turn, words)
                await in_order(turn.locator("time"), await turn.locator("time").inner_text())
                if name in SPREADING:
                    await turn.scroll_into_view_if_needed()
                    await stays_within(anna.page, turn)
            await nothing_is_broken(anna.page)
            await anna.does("complete")
            await expect(anna.on_screen("inbox").get_by_test_id("item")).to_have_count(0)
    await watch.nothing_ran()
    await anna.stops()
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["a script", "right to left", "out of its isolation", "combining marks", "a long word"]
)
async def test_R23_R31_a_note_for_a_transfer_is_text(anna: Agent, parley_url: str, wrong: list[str], name: str) -> None:
    watch = Watch(anna)
    text = short(HOSTILE[name], 1000)
    await anna.gets_ready()
    async with protocol.Visitor(parley_url) as visitor:
        await visitor.start(token="demo", text="hello")
        await anna.sees(["hello"])
        await anna.does("transfer")
        await anna.on_screen("transfer-to").select_option("queue:sales")
        await anna.on_screen("transfer-note").fill(text)
        await anna.on_screen("transfer-submit").click()
        await anna.page.locator(f'[data-item="{visitor.chat}"]').get_by_test_id("pick").click()
        turn = anna.on_screen("transferred").locator(".who")
        await expect(turn).to_be_visible()
        await in_order(turn.locator("bdi"), "Passed on by Anna")
        at = turn.locator("time")
        await in_order(at, await at.inner_text())
        assert (await turn.bounding_box())["x"] < (await at.bounding_box())["x"]  # type: ignore[index]
        for shown in (anna.on_screen("handover"), anna.on_screen("transferred").get_by_test_id("text")):
            assert text.strip() in (await shown.text_content() or "")
            await stays_within(anna.page, shown)
        await nothing_is_broken(anna.page)
        await watch.nothing_ran()
        await visitor.ask("end")
    await anna.does("complete")
    await expect(anna.on_screen("inbox").get_by_test_id("item")).to_have_count(0)
    await anna.stops()
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["an image", "a way out", "right to left", "combining marks", "a long word"])
async def test_R5_R31_names_that_administrators_give_are_text(
    anna: Agent, browser: Browser, parley_url: str, wrong: list[str], name: str
) -> None:
    text = short(HOSTILE[name], 100)
    ada = await Person.arrives(browser, parley_url, wrong)
    watches = [Watch(anna), Watch(ada)]
    admin = await Admin.log_in(parley_url)
    async with admin.changed("queues/support", name=text), admin.changed("services/demo", name=text):
        heading = anna.page.locator("[data-queue=support] h3")
        await expect(heading).to_contain_text(text[:20])
        await in_order(heading.locator(".count"), "0")
        await stays_within(anna.page, heading)

        await ada.page.goto(f"{parley_url}/admin")
        for label, value in (("Company", "demo"), ("User", "ada"), ("Password", "demo")):
            await ada.page.get_by_label(label).fill(value)
        await ada.page.get_by_role("button", name="Log in").click()
        for kind in ("Queues", "Chat services"):
            await ada.page.get_by_role("navigation").get_by_role("link", name=kind, exact=True).click()
            await expect(ada.page.get_by_role("main")).to_contain_text(text[:20])
            await nothing_is_broken(ada.page)
        for watch in watches:
            await watch.nothing_ran()
            await nothing_is_broken(watch.page)
    await ada.leaves()
    assert [each for each in wrong if "401" not in each] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["an image", "a way out", "right to left", "a long word", "combining marks"],
)
async def test_R5_R31_a_chat_services_name_and_greeting_are_text(
    visitor: Visitor, parley_url: str, wrong: list[str], name: str
) -> None:
    text = short(HOSTILE[name], 100)
    watch = Watch(visitor)
    admin = await Admin.log_in(parley_url)
    async with admin.changed("services/demo", name=text, greeting=text):
        await visitor.enters()
        await visitor.opens_chat()
        title, greeting = visitor.page.locator("#title"), visitor.page.locator("#log .message .text")
        await expect(greeting).to_have_count(1)
        for where in (title, greeting):
            assert await where.evaluate("node => node.textContent") == text
            await stays_within(visitor.page, where)
        await watch.nothing_ran()
        await nothing_is_broken(visitor.page)
    assert wrong == []
