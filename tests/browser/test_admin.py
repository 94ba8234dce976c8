"""The administration page: from a queue to a chat on another website, by mouse and by keyboard; and nothing typed is lost."""

from __future__ import annotations

import re
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
import pytest_asyncio
from parley_gateway.tenants.licences import demo_licence
from playwright.async_api import Browser, Dialog, Locator, Page, expect

from .people import Agent, Person, Visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    # The page asks the gateway alone, over HTTP; what is behind it is tested elsewhere, on every set-up.
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

REFUSED = "Failed to load resource"
"""What the browser itself says of every answer that is a refusal."""


class Admin(Person):
    async def logs_in(self, user: str = "ada", password: str = "demo") -> None:
        await self.page.goto(f"{self.url}/admin")
        await self.fills_in_login(user, password)
        await expect(self.page.get_by_role("navigation")).to_be_visible()

    async def fills_in_login(self, user: str, password: str = "demo") -> None:
        await self.page.get_by_label("Company").fill("demo")
        await self.page.get_by_label("User").fill(user)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Log in").click()

    async def goes_to(self, name: str) -> None:
        await self.page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
        await expect(self.heading()).to_be_focused()

    def heading(self, name: str | None = None) -> Locator:
        return self.page.get_by_role("heading", level=1, name=name)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$"))

    async def presses(self, button: str) -> None:
        await self.page.get_by_role("button", name=button, exact=True).click()

    async def opens(self, link: str) -> None:
        await self.page.get_by_role("main").get_by_role("link", name=link, exact=True).click()

    async def is_told(self, text: str) -> None:
        await expect(self.page.get_by_role("status").filter(has_text=text)).to_be_visible()

    async def is_refused(self, text: str) -> None:
        await expect(self.page.get_by_role("alert").filter(has_text=text).first).to_be_visible()

    async def deletes(self, what: str, name: str) -> None:
        """Opens one of a list, and deletes it."""
        await self.goes_to(what)
        await self.opens(name)
        await self.presses("Delete")
        await self.page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    def unexpected(self) -> list[str]:
        """What the console said beside the refusals."""
        return [line for line in self.wrong if REFUSED not in line]


class Website:
    """A website of another origin, whose page and policy can be changed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.policy = ""
        self.snippet = ""


@pytest.fixture
def website() -> Iterator[Website]:
    site = Website("")

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            head = "<!doctype html><html lang=en><title>A shop</title><link rel=icon href=data:,>"
            body = f"{head}<h1>A shop</h1>{site.snippet}</html>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", f"default-src 'none'; img-src data:; {site.policy}")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site.url = f"http://127.0.0.1:{server.server_port}"
        yield site
        server.shutdown()


@pytest_asyncio.fixture(loop_scope="session")
async def ada(browser: Browser, parley_url: str) -> AsyncIterator[Admin]:
    ada = await Admin.arrives(browser, parley_url, [])
    await ada.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=parley_url)
    yield ada
    await ada.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, parley_url: str) -> AsyncIterator[Visitor]:
    visitor = await Visitor.arrives(browser, parley_url, [])
    yield visitor
    await visitor.leaves()


@pytest_asyncio.fixture(loop_scope="session")
async def api(parley_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Another administrator, elsewhere; the queue `support`, the settings and the licence are as they were afterwards."""
    async with httpx.AsyncClient(base_url=parley_url) as client:
        login = {"tenant": "demo", "user": "ada", "password": "demo"}
        client.headers["Authorization"] = f"Bearer {(await client.post('/v1/login', json=login)).json()['token']}"
        paths = ("queues/support", "settings", "services/demo")
        before = {path: (await client.get(f"/v1/admin/{path}")).json() for path in paths}
        client.base_url = httpx.URL(f"{parley_url}/v1/admin/")
        yield client
        for path, content in before.items():
            assert (await client.put(path, json=content)).status_code == 200
        assert (await client.put("licence", json={"licence": demo_licence()})).status_code == 200


async def copied(page: Page) -> str:
    return str(await page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.slow
async def test_R5_R27_from_a_queue_to_a_chat_on_another_website(
    ada: Admin, browser: Browser, visitor: Visitor, website: Website
) -> None:
    await ada.logs_in()

    # given a queue, an agent who serves it, and a chat service for the website
    await ada.goes_to("Queues")
    await ada.opens("Create a queue")
    await ada.field("Name").fill("Repairs & Spares")
    await expect(ada.field("Identifier")).to_have_value("repairs-spares")
    await ada.presses("Create a queue")
    await ada.is_told("Saved.")

    await ada.goes_to("Agents")
    seats = await ada.page.get_by_test_id("seats").inner_text()
    await ada.opens("Create an agent")
    await ada.field("Name").fill("Rita")
    await ada.presses("Suggest one")
    password = await ada.field("Password").input_value()
    assert len(password) == 16
    await ada.page.get_by_role("group", name="Serves these queues").get_by_label("Repairs & Spares").check()
    await ada.presses("Create an agent")
    await ada.is_told("Saved.")
    await expect(ada.page.get_by_test_id("seats")).not_to_have_text(seats)

    await ada.goes_to("Chat services")
    await ada.opens("Create a chat service")
    await ada.field("Name").fill("Repairs")
    await expect(ada.page.get_by_text("So far no page may show it")).to_be_visible()
    await ada.field("Websites").fill(f"{website.url}/some/page?of=it")
    await ada.field("Websites").press("Tab")
    await expect(ada.field("Websites")).to_have_value(website.url)
    await ada.field("Queue").select_option("Repairs & Spares")
    await ada.presses("Create a chat service")

    # then its snippet is there, and with it what the website's policy needs
    await expect(ada.heading("Snippet")).to_be_visible()
    marked = ada.page.get_by_test_id("paste").locator("mark")
    await expect(marked).to_have_count(1)
    await ada.presses("Copy the marked line")
    await expect(ada.page.get_by_text("Copied.")).to_be_visible()
    website.snippet = await copied(ada.page)
    assert (await marked.inner_text()).strip() == website.snippet
    await ada.presses("Copy the entries")
    website.policy = (await copied(ada.page)).replace("\n", " ")
    home = ada.page.get_by_test_id("home")
    await expect(home).to_contain_text("No page has asked since this gateway started")

    # when it is pasted, visitors and the agent can talk
    await visitor.page.goto(website.url)
    await visitor.opens_chat()
    await visitor.says("My kettle leaks")
    rita = await Agent.arrives(browser, ada.url, [])
    await rita.logs_in("rita", password=password)
    await rita.gets_ready()
    await rita.sees(["My kettle leaks"])
    await rita.answers("Bring it in")
    await visitor.sees(["My kettle leaks", "Bring it in"])

    # and the administrator sees that it has called
    await expect(home.get_by_role("listitem")).to_contain_text(website.url)
    await expect(home.get_by_role("listitem")).to_contain_text("works")
    await ada.goes_to("Overview")
    step = ada.page.locator("[data-step=snippet]")
    await expect(step).to_have_attribute("data-state", "done")
    await expect(step).to_contain_text(website.url)

    await visitor.ends()
    await rita.does("complete")
    await expect(rita.on_screen("item")).to_have_count(0)
    await rita.logs_out()
    assert (ada.wrong, visitor.wrong, rita.wrong) == ([], [], [])
    await rita.leaves()

    # what is in use is not deleted, and why is said; then one after the other
    await ada.deletes("Queues", "Repairs & Spares")
    await ada.is_refused("give them another queue first")
    await ada.deletes("Chat services", "Repairs")
    await ada.is_told("is deleted")
    await ada.deletes("Agents", "Rita")
    await ada.is_refused("repairs-spares")
    await ada.deletes("Queues", "Repairs & Spares")
    await ada.is_told("The queue “Repairs & Spares” is deleted.")
    await ada.deletes("Agents", "Rita")
    await ada.is_told("“Rita” is deleted.")
    assert ada.unexpected() == []


@pytest.mark.slow
async def test_R2_R27_a_website_that_is_not_allowed_is_seen_and_can_be_allowed(
    ada: Admin, api: httpx.AsyncClient, visitor: Visitor, website: Website
) -> None:
    website.snippet = (await api.get("services/demo/snippet")).json()["snippet"]
    website.policy = f"script-src {ada.url}; connect-src {ada.url} {ada.url.replace('http', 'ws')}"
    await visitor.page.goto(website.url)
    await visitor.opens_chat()
    await expect(visitor.page.locator(".notice")).to_contain_text("not open on this page")

    await ada.logs_in()
    await ada.page.goto(f"{ada.url}/admin#/snippet/demo")
    heard = ada.page.get_by_test_id("home").get_by_role("listitem").filter(has_text=website.url)
    await expect(heard).to_contain_text("refused")
    await heard.get_by_role("button", name="Allow this website").click()
    await ada.is_told(f"{website.url} is allowed now.")
    await visitor.page.reload()
    await visitor.opens_chat()
    await expect(visitor.page.locator("#input")).to_be_visible()
    await expect(heard).to_contain_text("works")
    assert website.url in (await api.get("services/demo")).json()["origins"]
    assert ada.wrong == []


async def tab_to(page: Page, name: str, most: int = 80) -> None:
    """Goes on with the keyboard until what is called like this has the focus."""
    seen: list[str] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        found = await page.evaluate(
            "(it => it.labels?.[0]?.textContent || it.ariaLabel || it.textContent)(document.activeElement)"
        )
        seen.append(str(found).strip()[:40])
        if str(found).strip() == name:
            return
    raise AssertionError(f"no way to {name} by keyboard: {seen}")


@pytest.mark.slow
async def test_a_queue_is_made_changed_and_deleted_by_keyboard_alone(ada: Admin, api: httpx.AsyncClient) -> None:
    page, keys = ada.page, ada.page.keyboard
    await page.goto(f"{ada.url}/admin")
    await expect(page.get_by_label("Company")).to_be_visible()
    for field, text in (("Company", "demo"), ("User", "ada"), ("Password", "demo")):
        await tab_to(page, field)
        await keys.type(text)
    await keys.press("Enter")
    await expect(page.get_by_role("navigation")).to_be_visible()  # the login has a heading of its own

    await tab_to(page, "Queues")
    await keys.press("Enter")
    await expect(ada.heading("Queues")).to_be_focused()
    await tab_to(page, "Create a queue")
    await keys.press("Enter")
    await expect(ada.heading("New queue")).to_be_focused()
    await tab_to(page, "Name")
    await keys.type("By hand")
    await tab_to(page, "Push")
    await keys.press("ArrowDown")
    await tab_to(page, "Ben")
    await keys.press("Space")
    await tab_to(page, "Active chats per agent")
    await keys.type("0")
    await keys.press("Enter")
    await expect(page.get_by_label("Active chats per agent")).to_be_focused()
    await expect(page.get_by_label("Active chats per agent")).to_have_accessible_description(
        re.compile("A whole number from 1 to 200")
    )
    await keys.press("Control+A")
    await keys.type("3")
    await keys.press("Enter")
    await ada.is_told("Saved.")
    made = (await api.get("queues/by-hand")).json()
    assert (made["distribution"], made["agents"], made["chats_per_agent"]) == ("pick", ["ben"], 3)

    await tab_to(page, "Queues")
    await keys.press("Enter")
    await expect(ada.heading("Queues")).to_be_focused()
    await tab_to(page, "By hand")
    await keys.press("Enter")
    await expect(ada.heading("By hand")).to_be_focused()
    await tab_to(page, "Delete")
    await keys.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await keys.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Delete")).to_be_focused()
    await keys.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await tab_to(page, "Delete", most=3)
    await keys.press("Enter")
    await ada.is_told("The queue “By hand” is deleted.")
    await expect(ada.heading("Queues")).to_be_focused()
    assert ada.wrong == []


@pytest.mark.slow
async def test_what_is_typed_is_kept_until_it_is_saved_or_discarded(ada: Admin, api: httpx.AsyncClient) -> None:
    await ada.logs_in()
    await ada.page.goto(f"{ada.url}/admin#/queue/support")
    ring = ada.field("Ring time")
    await ring.fill("soon")
    await ada.presses("Save")
    await expect(ring).to_be_focused()
    await expect(ring).to_have_attribute("aria-invalid", "true")
    await expect(ring).to_have_accessible_description(re.compile("A whole number from 1 to 600"))
    await ring.fill("35")
    await expect(ring).not_to_have_attribute("aria-invalid", "true")

    # elsewhere it is said, and on coming back it is there
    await ada.goes_to("Settings")
    await expect(ada.page.get_by_text("Not saved yet: Queues: Support")).to_be_visible()
    await ada.opens("Queues: Support")
    await expect(ring).to_have_value("35")

    # whoever leaves the page is asked
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    ada.page.on("dialog", stay)
    await ada.page.close(run_before_unload=True)
    await expect(ring).to_have_value("35")
    assert asked == ["beforeunload"]

    # what another administrator has changed meanwhile stays, too
    there = (await api.get("queues/support")).json()
    await api.put("queues/support", json={**there, "chats_per_agent": 7})
    await ada.presses("Save")
    await ada.is_told("Saved.")
    saved = (await api.get("queues/support")).json()
    assert (saved["ring_s"], saved["chats_per_agent"]) == (35, 7)
    await expect(ada.field("Active chats per agent")).to_have_value("7")

    await ring.fill("36")
    await ada.presses("Discard changes")
    await expect(ring).to_have_value("35")
    assert ada.wrong == []


@pytest.mark.slow
async def test_whoever_has_to_log_in_again_finds_what_was_typed(ada: Admin) -> None:
    await ada.logs_in()
    await ada.page.goto(f"{ada.url}/admin#/settings")
    await ada.field("Absence of a visitor").fill("301")
    await ada.context.clear_cookies()
    await ada.presses("Save")
    await expect(ada.page.get_by_text("Please log in again.")).to_be_visible()
    await ada.fills_in_login("ada")
    await expect(ada.field("Absence of a visitor")).to_have_value("301")
    await ada.presses("Discard changes")
    await expect(ada.field("Absence of a visitor")).to_have_value("300")
    assert ada.unexpected() == []


@pytest.mark.slow
async def test_R5_every_setting_of_a_queue_is_stored_as_it_is_shown(ada: Admin, api: httpx.AsyncClient) -> None:
    await ada.logs_in()
    await ada.page.goto(f"{ada.url}/admin#/queue/support")
    page = ada.page
    for label in ("Pick", "By priority, which grows with waiting", "By skills", "With the fewest items"):
        await page.get_by_label(label, exact=True).check()
    numbers = {
        "Active chats per agent": "4",
        "Points for each minute of waiting": "2",
        "Calls": "90",
        "Maximum length": "200",
        "Ask for less after": "15",
        "Limit": "90",
        "One extension": "30",
        "Extensions": "1",
        "Ring time": "25",
        "An answer within": "30",
        "An e-mail is answered within": "7200",
    }
    for label, number in numbers.items():
        await page.get_by_role("textbox", name=re.compile(rf"^{label}( \(optional\))?$")).fill(number)
    await page.get_by_label("Chats may wait when no agent is logged in").uncheck()
    await page.get_by_label("Calls have a wrap-up too").check()
    await page.get_by_role("group", name="May interrupt").get_by_label("Tasks").check()
    await page.get_by_role("group", name="May be interrupted").get_by_label("E-mails").uncheck()
    await page.get_by_label("Only at these times").check()
    await page.get_by_label("Time zone").fill("Europe/Berlin")
    await page.get_by_label("Monday: closes").fill("00:00")
    await page.get_by_role("button", name="Add a time on Saturday").click()
    await page.get_by_label("Saturday: closes").fill("12:30")
    await page.get_by_label("Closed on these days").fill("2026-12-25")
    await ada.presses("Add")
    await ada.presses("Save")
    await ada.is_told("Saved.")

    saved = (await api.get("queues/support")).json()
    usual = [["09:00", "17:00"]]
    assert saved == {
        "name": "Support",
        "distribution": "pick",
        "priority": {"call": 90},
        "chats_per_agent": 4,
        "max_length": 200,
        "wait_without_agents": False,
        "wrap_up": {"on": True, "limit_s": 90, "extension_s": 30, "extensions": 1, "calls": True},
        "interrupts": ["call", "task"],
        "interruptible": ["chat", "task"],
        "ring_s": 25,
        "reply_target_s": 30,
        "mail_reply_target_s": 7200,
        "agents": ["anna", "ben"],
        "hours": {
            "timezone": "Europe/Berlin",
            "week": {
                "mon": [["09:00", "24:00"]],
                **dict.fromkeys(("tue", "wed", "thu", "fri"), usual),
                "sat": [["09:00", "12:30"]],
            },
            "closed_on": ["2026-12-25"],
        },
        "routing": {
            "order": "ageing",
            "points_per_minute": 2,
            "agent": "skills",
            "relax_after_s": 15,
            "interrupt": "fewest_active",
        },
    }
    await page.reload()
    await expect(page.get_by_label("Monday: closes")).to_have_value("00:00")
    await expect(ada.field("Ring time")).to_have_value("25")
    assert ada.wrong == []


async def test_R1_the_licence_is_taken_away_and_put_back(ada: Admin, api: httpx.AsyncClient) -> None:
    await ada.logs_in()
    await ada.goes_to("Licence")
    shown = ada.page.get_by_test_id("licence")
    await expect(shown).to_contain_text("Valid: chats can start.")
    await ada.presses("Take it away")
    await ada.page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(shown).to_contain_text("Valid: chats can start.")
    await ada.presses("Take it away")
    await ada.page.get_by_role("dialog").get_by_role("button", name="Take it away").click()
    await expect(shown).to_contain_text("There is no licence: an administrator puts one in place.")
    await ada.goes_to("Overview")
    await expect(ada.page.get_by_text("No new chat can start:")).to_be_visible()

    await ada.goes_to("Licence")
    await ada.page.get_by_role("textbox", name="Licence").fill("no such thing")
    await ada.presses("Put in place")
    await ada.is_refused("This is no licence")
    await ada.page.get_by_role("textbox", name="Licence").fill(f"\n{demo_licence()}\n")
    await ada.presses("Put in place")
    await expect(shown).to_contain_text("Valid: chats can start.")
    assert ada.unexpected() == []


@pytest.mark.slow
async def test_R5_who_changed_what_and_when_and_no_password(ada: Admin, api: httpx.AsyncClient) -> None:
    there = (await api.get("services/demo")).json()
    await api.put("services/demo", json={**there, "greeting": "<b>Moin</b>"})
    await api.put("agents/seen", json={"name": "Seen", "role": "ops", "password": "seen by nobody"})
    await api.delete("agents/seen")
    support = (await api.get("queues/support")).json()
    wrap_up, routing = {**support["wrap_up"], "limit_s": 90}, {**support["routing"], "order": "ageing"}
    changed = {"wrap_up": wrap_up, "routing": routing, "interrupts": ["call", "task"]}
    await api.put("queues/support", json={**support, **changed})

    await ada.logs_in()
    await ada.goes_to("Changes")
    log = ada.page.get_by_test_id("changes").locator("> li")
    await expect(log.nth(0)).to_contain_text("Queue support changed")
    await expect(log.nth(0)).to_contain_text("Wrap-up: Limit (s)60 → 90")
    await expect(log.nth(0)).to_contain_text("OrderBy priority → By priority, which grows with waiting")
    await expect(log.nth(0)).to_contain_text("May interruptCalls → Calls, Tasks")
    await expect(log.nth(0).locator("dt")).to_have_count(3)
    await expect(log.nth(0)).to_contain_text("Ada,")
    await expect(log.nth(1)).to_contain_text("User seen removed")
    await expect(log.nth(2)).to_contain_text("User seen added")
    await expect(log.nth(2)).to_contain_text("Passwordnot shown")
    await expect(log.nth(3)).to_contain_text("Chat service demo changed")
    await expect(log.nth(3).locator("del")).to_have_text("Hello! How can we help you?")
    await expect(log.nth(3).locator("ins")).to_have_text("<b>Moin</b>")
    await expect(log.nth(3)).to_contain_text("Ada,")

    told = (await api.get("changes", params={"limit": 3})).json()
    assert [change["kind"] for change in told["changes"]] == ["changed", "removed", "added"]
    older = (await api.get("changes", params={"limit": 1, "after": told["next"]})).json()["changes"]
    assert older[0]["fields"] == [
        {"field": "greeting", "old": "Hello! How can we help you?", "new": "<b>Moin</b>", "secret": False}
    ]
    whole = await api.get("changes", params={"limit": 200})
    assert "argon2" not in whole.text
    assert demo_licence() not in whole.text
    assert (await api.get("changes", params={"after": "x"})).json()["code"] == "bad_request"
    assert ada.wrong == []


@pytest.mark.slow
async def test_colours_of_too_little_contrast_are_told_and_the_css_is_for_pasting(
    ada: Admin, visitor: Visitor, parley_url: str
) -> None:
    await ada.logs_in()
    await ada.page.goto(f"{ada.url}/admin#/snippet/demo")
    await ada.page.get_by_role("textbox", name="Accent: button, own messages", exact=True).fill("#9fd8cb")
    contrast = ada.page.get_by_test_id("contrast").locator("[data-pair='on-accent/accent']")
    await expect(contrast).to_contain_text("1.5 : 1")
    await expect(contrast).to_contain_text("too little")
    await ada.page.get_by_role("textbox", name="Accent: button, own messages", exact=True).fill("8b1e3f")
    await expect(contrast).to_contain_text("enough")
    preview = ada.page.get_by_test_id("preview").locator(".w-own")
    await expect(preview).to_have_css("background-color", "rgb(139, 30, 63)")
    await ada.presses("Copy the CSS")
    css = await copied(ada.page)
    assert css == (
        "parley-chat {\n  --parley-accent: #8b1e3f;\n}\n"
        "@media (prefers-color-scheme: dark) {\n  parley-chat {\n    --parley-accent: #58b5a5;\n  }\n}"
    )

    # and the widget takes it
    await visitor.enters()
    await visitor.page.evaluate(
        "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet]; }",
        css,
    )
    await expect(visitor.page.locator("#launcher")).to_have_css("background-color", "rgb(139, 30, 63)")
    assert (ada.wrong, visitor.wrong) == ([], [])


@pytest.mark.slow
async def test_it_speaks_the_browsers_language_until_another_is_chosen(browser: Browser, parley_url: str) -> None:
    ada = Admin(await browser.new_context(locale="de-AT"), parley_url, [])
    page = await ada.opens_tab()
    await page.goto(f"{parley_url}/admin")
    await page.get_by_label("Unternehmen").fill("demo")
    await page.get_by_label("Benutzer").fill("ada")
    await page.get_by_label("Passwort").fill("demo")
    await page.get_by_role("button", name="Anmelden").click()
    await expect(page.get_by_role("heading", name="Von hier zum ersten Chat")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "de"
    await page.get_by_label("Sprache").select_option("English")
    await expect(page.get_by_role("heading", name="From here to the first chat")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="From here to the first chat")).to_be_visible()
    assert await page.evaluate("document.documentElement.lang") == "en"
    assert ada.wrong == []
    await ada.leaves()


async def test_R31_the_page_is_for_administrators(ada: Admin) -> None:
    await ada.page.goto(f"{ada.url}/admin")
    await ada.fills_in_login("anna")
    await ada.is_refused("This user is no administrator.")
    await ada.fills_in_login("ada", "wrong")
    await ada.is_refused("Company, user or password is wrong.")
    await ada.fills_in_login("ada")
    await expect(ada.heading()).to_be_visible()
    await ada.presses("Log out")
    await expect(ada.page.get_by_label("Company")).to_be_visible()
    assert ada.unexpected() == []


@pytest.mark.slow
async def test_what_visitors_are_to_agree_to_is_set_on_the_chat_services_page(
    ada: Admin, api: httpx.AsyncClient
) -> None:
    await ada.logs_in()
    await ada.page.goto(f"{ada.url}/admin#/service/demo")
    await ada.field("Consent").first.fill("  I agree that you keep what I write. ")
    await ada.presses("Add a language")
    french = ada.page.get_by_role("group", name="New language")
    await french.get_by_label("Language").fill("fr")
    french = ada.page.get_by_role("group", name="fr", exact=True)
    await french.get_by_label("Greeting").fill("Bonjour !")
    await french.get_by_label("Consent").fill("Je suis d’accord.")
    await ada.field("Privacy notice").first.fill("www.example.org/privacy")
    await ada.presses("Save")
    await expect(ada.page.get_by_text("A whole address, such as")).to_be_visible()
    await expect(ada.field("Privacy notice").first).to_be_focused()
    await ada.field("Privacy notice").first.fill("https://www.example.org/privacy")
    await ada.presses("Save")
    await ada.is_told("Saved.")
    saved = (await api.get("services/demo")).json()
    assert (saved["consent"], saved["privacy_url"]) == (
        "I agree that you keep what I write.",
        "https://www.example.org/privacy",
    )
    (translation,) = saved["translations"]
    assert translation == {"language": "fr", "greeting": "Bonjour !", "consent": "Je suis d’accord.", "privacy_url": ""}
    visitor = await Visitor.arrives(ada.context.browser, ada.url, [], locale="fr-FR")
    await visitor.enters()
    await visitor.opens_chat()
    await expect(visitor.page.locator(".message.agent")).to_have_text("Bonjour !")
    await expect(visitor.page.locator("#consent")).to_have_text("Je suis d’accord.")
    await visitor.leaves()
    await ada.page.reload()
    await expect(ada.field("Consent").first).to_have_value("I agree that you keep what I write.")
    await ada.goes_to("Changes")
    newest = ada.page.get_by_test_id("changes").locator("> li").first
    await expect(newest).to_contain_text("Privacy noticenone → https://www.example.org/privacy")
    assert ada.wrong == []


@pytest.mark.slow
async def test_R5_reasons_and_replies_for_the_desks_are_added_changed_and_removed(
    ada: Admin, api: httpx.AsyncClient
) -> None:
    before = (await api.get("settings")).json()
    await ada.logs_in()
    await ada.goes_to("Settings")
    page = ada.page
    await ada.field("Reasons for not being ready").fill("Break\n\n Lunch \nBreak")
    await ada.presses("Remove the reply bye")
    await page.get_by_role("group", name="care", exact=True).get_by_label("Text").fill("Keep it dry.")
    await ada.presses("Add a reply")
    new = page.get_by_role("group", name="New reply")
    await new.get_by_label("Name").fill("two words")
    named = page.get_by_role("group", name="two words")
    await named.get_by_label("Text").fill("Hello {visitor}")
    await ada.presses("Save")
    await expect(page.get_by_text("Each reply needs a name of its own")).to_be_visible()
    await named.get_by_label("Name").fill("hello")
    await ada.presses("Save")
    await expect(page.get_by_text("Each reply needs a name of its own")).to_be_visible()
    last = page.get_by_role("group", name="hello", exact=True).last
    await last.get_by_label("Name").fill("welcome")
    await page.get_by_role("group", name="welcome").get_by_label("Queue").select_option("sales")
    await ada.presses("Save")
    await ada.is_told("Saved.")

    saved = (await api.get("settings")).json()
    wanted = [reply for reply in before["replies"] if reply["name"] != "bye"]
    wanted = [{**reply, "text": "Keep it dry."} if reply["name"] == "care" else reply for reply in wanted]
    assert saved["replies"] == [*wanted, {"name": "welcome", "text": "Hello {visitor}", "queue": "sales"}]
    assert saved["reasons"] == ["Break", "Lunch"]
    assert {**before, "reasons": [], "replies": []} == {**saved, "reasons": [], "replies": []}

    await ada.goes_to("Changes")
    newest = page.get_by_test_id("changes").locator("> li").first
    await expect(newest).to_contain_text("Canned replies")
    await expect(newest).to_contain_text("care: Keep it dry.")
    await expect(newest).not_to_contain_text("hallo")  # what is as it was is not told
    assert ada.wrong == []


@pytest.mark.slow
async def test_the_overview_counts_as_agents_those_who_can_take_work(ada: Admin, api: httpx.AsyncClient) -> None:
    await ada.logs_in()
    step = ada.page.locator("[data-step=agent]")
    await expect(step).to_contain_text("2 agents, all serving a queue.")
    support = (await api.get("queues/support")).json()
    await api.put("queues/support", json={**support, "agents": ["anna", "sam"]})
    await ada.page.reload()
    await expect(step).to_contain_text("3 agents, 2 serving a queue.")
    assert ada.wrong == []


async def test_R5_who_makes_one_more_queue_is_told_its_name_and_stays_with_it(
    ada: Admin, api: httpx.AsyncClient
) -> None:
    await ada.logs_in()
    await ada.page.goto(f"{ada.url}/admin#/new-queue")
    # what has usual values is folded, and opens by itself where something in it is wrong
    folded = ada.page.locator("details.card")
    await expect(folded).to_have_count(5)
    await expect(ada.page.locator("details.card[open]")).to_have_count(0)
    await ada.field("Name").fill("Second Line")
    await folded.filter(has_text="Calls and interruptions").locator("summary").click()
    await ada.page.locator("#field-ring_s").fill("x")
    await folded.filter(has_text="Calls and interruptions").locator("summary").click()
    await ada.presses("Create a queue")
    await expect(ada.page.locator("#field-ring_s")).to_be_focused()
    await ada.page.locator("#field-ring_s").fill("25")
    await ada.presses("Create a queue")
    await ada.is_told("Saved. Second Line is there from now on.")
    assert (await api.get("queues/second-line")).json()["ring_s"] == 25
    assert (await api.delete("queues/second-line")).status_code == 204
    assert ada.unexpected() == []
