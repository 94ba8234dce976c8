"""R36: the page of the live floor, alone, against a socket that answers as the gateway does: what it shows, what it sends, and what it
says where something is refused."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, Locator, expect

from .axe import violations
from .supervised import Floor, agent, ago, entry, in_hand, item, snapshot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def queue(floor: Floor, name: str) -> Locator:
    return floor.page.locator(f'tr[data-queue="{name}"]')


def row(floor: Floor, name: str) -> Locator:
    return floor.page.locator(f'tr[data-agent="{name}"]')


def entry_of(floor: Floor, name: str) -> Locator:
    return floor.page.locator(f'[data-testid="item"][data-item="{name}"]')


async def opens(floor: Floor, *rows: Locator) -> None:
    for each in rows:
        await each.get_by_role("button").first.click()


async def does(floor: Floor, button: Locator, **fields: str) -> None:
    """An act by its form: `fields` by what ends their test id."""
    await button.click()
    form = floor.page.get_by_test_id("act-form")
    for name, value in fields.items():
        field = form.get_by_test_id(f"act-{name}")
        await (field.fill(value) if name == "why" else field.select_option(value))
    await form.get_by_test_id("act-submit").click()


# --- what is shown ------------------------------------------------------------------------------------------------


async def test_R36_queues_stand_with_what_waits_by_kind_for_how_long_and_who_could_take_it(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    support = queue(floor, "support")
    for kind, count in {"chat": "1", "call": "1", "email": "1", "task": "0"}.items():
        await expect(support.get_by_test_id(f"waiting-{kind}")).to_have_text(count)
    await expect(support.get_by_test_id("longest")).to_contain_text("30:0")  # the e-mail, which is in time
    await expect(support.get_by_test_id("over-target")).to_have_text("1 over target")
    await expect(support.get_by_test_id("ready")).to_have_text("1 / 2")
    await expect(queue(floor, "sales").get_by_test_id("ready")).to_have_text("0 / 0")
    await opens(floor, support)
    shown = floor.page.get_by_test_id("queues").get_by_test_id("item")
    assert await shown.evaluate_all("nodes => nodes.map(node => node.dataset.item)") == ["w3", "w1", "w2"]
    await expect(entry_of(floor, "w1").get_by_test_id("over-target")).to_have_text("over target")
    await expect(entry_of(floor, "w3").get_by_test_id("over-target")).to_have_count(0)
    await floor.leaves()


async def test_R36_a_clock_runs_by_the_servers_time(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    since = row(floor, "ben").get_by_test_id("since")
    first = await since.text_content()
    assert first is not None
    assert first.startswith("2:0")
    await expect(since).not_to_have_text(first)
    await floor.leaves()


async def test_R36_agents_stand_with_state_reason_and_what_they_have_in_hand(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    await expect(row(floor, "ben")).to_contain_text("Not ready Lunch")
    await expect(row(floor, "ben").get_by_test_id("has-email")).to_have_text("E-mails: 1")
    await expect(row(floor, "anna").get_by_test_id("has-chat")).to_have_text("Chats: 2")
    await expect(row(floor, "cleo")).to_have_count(0)
    await floor.page.get_by_test_id("logged-out").click()
    await expect(row(floor, "cleo")).to_contain_text("Logged out")
    await opens(floor, row(floor, "anna"))
    await expect(entry_of(floor, "c1").get_by_test_id("standing")).to_have_text("Active")
    await expect(entry_of(floor, "c1").get_by_test_id("handle")).to_contain_text("1:3")
    await expect(entry_of(floor, "c2").get_by_test_id("standing")).to_have_text("Parked")
    await expect(entry_of(floor, "c2").get_by_test_id("handle")).to_have_text("1:01")
    await floor.leaves()


async def test_R36_events_change_queues_agents_and_work(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    await opens(floor, queue(floor, "support"), row(floor, "ben"))
    floor.happens(
        queues={
            "support": {"drop": ["w1"], "ready": 2},
            "sales": {"put": [item("w4", "task", "sales")], "agents": ["anna"]},
        },
        agents={"put": [agent("Ben")], "drop": []},
        work={"put": [in_hand("w1", "ben", name="Mia")], "drop": ["m1"]},
    )
    await expect(queue(floor, "support").get_by_test_id("waiting-chat")).to_have_text("0")
    await expect(queue(floor, "support").get_by_test_id("ready")).to_have_text("2 / 2")
    await expect(queue(floor, "sales").get_by_test_id("waiting-task")).to_have_text("1")
    await expect(queue(floor, "sales").get_by_test_id("ready")).to_contain_text("0 / 1 nobody ready")
    await expect(row(floor, "ben").get_by_test_id("state")).to_have_text("Ready")
    await expect(row(floor, "ben").get_by_test_id("has-chat")).to_have_text("Chats: 1")
    await expect(entry_of(floor, "m1")).to_have_count(0)
    floor.happens(queues_gone=["sales"], agents={"drop": ["sam"]})
    await expect(queue(floor, "sales")).to_have_count(0)
    await expect(row(floor, "sam")).to_have_count(0)
    await floor.leaves()


async def test_R36_after_a_lost_connection_the_floor_and_the_watched_chat_are_there_again(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    await floor.page.get_by_test_id("help-open").click()
    await expect(floor.page.get_by_test_id("watching")).to_be_visible()
    floor.first["queues"][0]["name"] = "Support, anew"
    await floor.breaks()
    await expect(queue(floor, "support")).to_contain_text("Support, anew")
    assert await floor.hears("watch", 2) == [{"item": "c1"}] * 2
    await floor.leaves()


async def test_R36_what_supervisors_did_is_listed_the_last_twenty_of_it(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    listed = floor.page.get_by_test_id("doing")
    for number in range(21):
        floor.happens(
            intervention={"by": {"id": "sue", "name": "Sue"}, "act": "agent_state", "agent": "ben", "why": f"{number}."}
        )
    floor.happens(
        work={"put": [in_hand("c1", "sue", name="Zoe")]},
        intervention={
            "by": {"id": "sue", "name": "Sue"},
            "act": "take_over",
            "agent": "anna",
            "item": "c1",
            "why": "She is ill",
        },
    )
    await expect(listed).to_have_count(20)
    await expect(listed.first).to_contain_text("Sue took over Zoe · agent: Anna · reason: She is ill")
    await expect(listed.last).to_contain_text("Sue changed the state · agent: Ben · reason: 2.")
    await floor.leaves()


# --- help, and a chat that is watched --------------------------------------------------------------------------------


async def test_R36_help_stands_on_top_until_it_is_answered_and_one_button_opens_the_chat(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    call = floor.page.get_by_test_id("help-call")
    await expect(call).to_contain_text("The customer wants a refund")
    await expect(row(floor, "anna").get_by_test_id("help-flag")).to_have_text("Help!")
    await expect(floor.page).to_have_title("(1) Parley supervisor")
    await call.get_by_test_id("help-open").click()
    assert await floor.hears("watch") == [{"item": "c1"}]
    floor.happens(agents={"put": [agent("Anna")]})
    await expect(call).to_have_count(0)
    await expect(row(floor, "anna").get_by_test_id("help-flag")).to_have_count(0)
    await expect(floor.page.locator("#watching-title")).to_be_focused()
    floor.happens(agents={"put": [agent("Ben", help={"since": ago(1)})]})  # about nothing: their row opens
    await floor.page.get_by_role("button", name="Show: Ben").click()
    await expect(row(floor, "ben").get_by_test_id("agent-open")).to_be_focused()
    await expect(entry_of(floor, "m1")).to_be_visible()
    await floor.leaves()


async def test_R36_a_watched_chat_goes_on_live_and_its_agent_hears_a_whisper(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    await opens(floor, row(floor, "anna"))
    await does(floor, entry_of(floor, "c1").get_by_test_id("watch"), why="Training")
    assert await floor.hears("watch") == [{"item": "c1", "why": "Training"}]
    panel = floor.page.get_by_test_id("watching")
    await expect(panel.get_by_test_id("text")).to_have_text(
        ["My parcel is lost.", "Third time this week", "I am sorry, I look for it."]
    )
    await expect(panel.get_by_test_id("note")).to_contain_text("Note by Anna")
    await expect(panel.get_by_test_id("watching-state")).to_have_text("with Anna · Active")
    floor.says("c1", **entry(6, **{"from": "visitor", "text": "So?"}))
    floor.says("c2", **entry(6, **{"from": "visitor", "text": "Another chat"}))
    await expect(panel.get_by_test_id("text").last).to_have_text("So?")
    await panel.get_by_test_id("whisper-text").fill("Offer a refund")
    await panel.get_by_test_id("whisper-text").press("Enter")
    assert await floor.hears("whisper") == [{"item": "c1", "text": "Offer a refund"}]
    await expect(panel.get_by_test_id("whisper-text")).to_have_value("")
    floor.refuse["whisper"] = {"code": "wrong_state", "message": "The conversation is over."}
    await panel.get_by_test_id("whisper-text").fill("Too late")
    await panel.get_by_test_id("whisper-send").click()
    await expect(panel.get_by_role("alert")).to_have_text("The conversation is over.")
    await expect(panel.get_by_test_id("whisper-text")).to_have_value("Too late")
    floor.happens(work={"drop": ["c1"]})
    await expect(panel.get_by_test_id("watching-state")).to_have_text("It is over, or not on the floor any more.")
    await expect(panel.get_by_test_id("whisper")).to_have_count(0)
    await panel.get_by_test_id("unwatch").click()
    await expect(panel).to_have_count(0)
    await expect(floor.page.locator("#agents-title")).to_be_focused()  # the row is gone
    await floor.leaves()


async def test_R36_a_gap_in_a_watched_chat_is_filled(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    await floor.page.get_by_test_id("help-open").click()
    await expect(floor.page.get_by_test_id("watching")).to_be_visible()
    floor.says("c1", **entry(8, **{"from": "visitor", "text": "After what was lost"}))
    assert len(await floor.hears("watch", 2)) == 2
    await floor.leaves()


# --- acts -----------------------------------------------------------------------------------------------------------

ACTS: dict[str, tuple[str, str, dict[str, str], str, dict[str, Any]]] = {
    "assign what waits": (
        "w1",
        "assign",
        {"agent": "ben", "why": "Speaks German"},
        "assign",
        {"item": "w1", "agent": "ben", "why": "Speaks German"},
    ),
    "assign what somebody has": ("c1", "assign", {"agent": "sam"}, "assign", {"item": "c1", "agent": "sam"}),
    "take over what waits": ("w2", "take_over", {}, "take_over", {"item": "w2"}),
    "take over what somebody has": ("m1", "take_over", {"why": "Urgent"}, "take_over", {"item": "m1", "why": "Urgent"}),
    "move what waits": ("w3", "move", {"queue": "sales"}, "move", {"item": "w3", "queue": "sales"}),
    "move what somebody has": ("c2", "move", {"queue": "sales"}, "move", {"item": "c2", "queue": "sales"}),
    "set ready": (
        "ben",
        "agent-ready",
        {"why": "Break is over"},
        "agent_state",
        {"agent": "ben", "state": "ready", "why": "Break is over"},
    ),
    "set not ready": (
        "anna",
        "agent-not-ready",
        {"reason": "Training"},
        "agent_state",
        {"agent": "anna", "state": "not_ready", "reason": "Training"},
    ),
    "log out": ("anna", "agent-logout", {"why": "Went home"}, "agent_logout", {"agent": "anna", "why": "Went home"}),
}


@pytest.mark.parametrize("name", ACTS)
async def test_R36_each_act_sends_its_frame_and_the_focus_goes_back(browser: Browser, name: str) -> None:
    of, button, fields, kind, sent = ACTS[name]
    floor = await Floor.opens(browser)
    await opens(floor, queue(floor, "support"), row(floor, "anna"), row(floor, "ben"))
    agents = row(floor, of).locator("+ tr") if of in ("anna", "ben") else entry_of(floor, of)
    pressed = agents.get_by_test_id(button)
    await does(floor, pressed, **fields)
    assert await floor.hears(kind) == [sent]
    await expect(floor.page.get_by_test_id("act-form")).to_have_count(0)
    await expect(pressed).to_be_focused()
    await floor.leaves()


async def test_R36_an_agents_queues_are_those_that_are_ticked(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    await opens(floor, row(floor, "anna"))
    await floor.page.get_by_test_id("agent-queues").click()
    support, sales = (floor.page.get_by_role("checkbox", name=name) for name in ("Support", "Sales"))
    await expect(support).to_be_checked()
    await expect(sales).not_to_be_checked()
    await sales.check()
    floor.happens(agents={"put": [agent("Ben")]})  # what is ticked stays so, whatever happens
    await expect(row(floor, "ben").get_by_test_id("state")).to_have_text("Ready")
    await floor.page.get_by_test_id("act-submit").click()
    assert await floor.hears("agent_queues") == [{"agent": "anna", "queues": ["support", "sales"]}]
    await floor.leaves()


async def test_R36_what_is_ticked_moves_together_and_what_was_refused_is_said_of_each(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    await opens(floor, queue(floor, "support"))
    for name in ("w1", "w2", "w3"):
        await entry_of(floor, name).get_by_test_id("tick").check()
    floor.happens(queues={"support": {"drop": ["w2"]}})  # waits no more
    await expect(floor.page.get_by_test_id("together")).to_contain_text("2 items ticked")
    floor.refuse["move"] = {"code": "conflict", "message": "Somebody was first."}
    await does(floor, floor.page.get_by_test_id("move-ticked"), queue="sales", why="Too many here")
    moved = [{"item": name, "queue": "sales", "why": "Too many here"} for name in ("w3", "w1")]
    assert await floor.hears("move", 2) == moved
    refused = floor.page.get_by_test_id("act-refused").locator("p")
    await expect(refused).to_have_text(["Tom: Somebody was first.", "Mia: Somebody was first."])
    floor.refuse.clear()
    await floor.page.get_by_test_id("act-submit").click()
    assert await floor.hears("move", 4) == moved * 2
    await expect(floor.page.get_by_test_id("act-form")).to_have_count(0)
    await expect(floor.page.get_by_test_id("together")).to_have_count(0)
    await floor.leaves()


async def test_R36_an_act_is_under_way_until_it_is_answered_and_a_refusal_stands_where_it_was_tried(
    browser: Browser,
) -> None:
    floor = await Floor.opens(browser, answers=lambda floor: floor.hold.add("assign"))
    await opens(floor, queue(floor, "support"))
    floor.refuse["assign"] = {"code": "not_ready", "message": "Ben is not ready."}
    await does(floor, entry_of(floor, "w1").get_by_test_id("assign"), agent="ben", why="Please")
    submit = floor.page.get_by_test_id("act-submit")
    await expect(submit).to_have_text("Under way …")
    await expect(submit).to_be_focused()
    await submit.press("Enter")  # a second time does nothing
    await floor.hears("assign")
    assert len([frame for frame in floor.sent if frame["type"] == "assign"]) == 1
    floor.answer(floor.sent[-1])
    await expect(floor.page.get_by_test_id("act-refused")).to_have_text("Ben is not ready.")
    await expect(floor.page.get_by_test_id("act-why")).to_have_value("Please")
    await expect(submit).to_have_text("Assign")
    await floor.page.get_by_test_id("act-cancel").click()
    await expect(entry_of(floor, "w1").get_by_test_id("assign")).to_be_focused()
    await floor.leaves()


async def test_R36_by_keyboard_alone_somebody_is_given_what_waits(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    page = floor.page
    await expect(queue(floor, "support")).to_be_visible()

    async def tab_to(target: Locator) -> None:
        for _ in range(60):
            if await target.evaluate("node => node === document.activeElement"):
                return
            await page.keyboard.press("Tab")
        pytest.fail(f"Tab does not lead to {target}")

    await tab_to(queue(floor, "support").get_by_test_id("queue-open"))
    await page.keyboard.press("Enter")
    await tab_to(entry_of(floor, "w1").get_by_test_id("assign"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("act-agent")).to_be_focused()
    await page.keyboard.type("Anna")
    await tab_to(page.get_by_test_id("act-why"))
    await page.keyboard.type("Knows it")
    await page.keyboard.press("Enter")
    assert await floor.hears("assign") == [{"item": "w1", "agent": "anna", "why": "Knows it"}]
    await expect(page.get_by_test_id("act-form")).to_have_count(0)
    await expect(entry_of(floor, "w1").get_by_test_id("assign")).to_be_focused()
    floor.happens(queues={"support": {"drop": ["w1"]}}, work={"put": [in_hand("w1", "anna", name="Mia")]})
    await expect(page.locator("#queues-title")).to_be_focused()  # its row is gone
    await floor.leaves()


# --- who may be here ------------------------------------------------------------------------------------------------


async def test_R36_who_is_no_supervisor_is_told_that_the_page_is_for_supervisors(browser: Browser) -> None:
    first = {name: value for name, value in snapshot().items() if name not in ("agents", "work")}  # an agent's
    floor = await Floor.opens(browser, first, answers=lambda floor: setattr(floor, "role", "agent"))
    page = floor.page
    sentence = "This page is for supervisors. Log in as one."
    await expect(page.get_by_role("alert")).to_have_text(sentence)
    for field, text in (("tenant", "demo"), ("user", "anna"), ("password", "demo")):
        await page.get_by_test_id(f"login-{field}").fill(text)
    await page.get_by_test_id("login-submit").click()
    await expect(page.get_by_role("alert")).to_have_text(sentence)
    floor.role, floor.first = "supervisor", snapshot()
    await page.get_by_test_id("login-submit").click()
    await expect(page.get_by_test_id("agent-name")).to_have_text("Sam")
    await floor.leaves()


async def test_R36_who_logs_out_ends_the_floor_and_the_login(browser: Browser) -> None:
    floor = await Floor.opens(browser)
    async with floor.page.expect_request("**/v1/logout"):
        await floor.page.get_by_test_id("logout").click()
    assert await floor.hears("logout") == [{}]
    await floor.breaks(code=4001)
    await expect(floor.page.get_by_test_id("login")).to_be_visible()
    await floor.leaves()


# --- how it looks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
async def test_R36_axe_finds_nothing_and_every_width_is_enough(browser: Browser, locale: str, scheme: str) -> None:
    size = {"width": 1280, "height": 800}
    floor = await Floor.opens(browser, locale=locale, color_scheme=scheme, viewport=size)
    page = floor.page
    await expect(queue(floor, "support")).to_be_visible()
    found = {"closed": await violations(page)}
    await opens(floor, queue(floor, "support"), queue(floor, "sales"), row(floor, "anna"))
    await entry_of(floor, "w1").get_by_test_id("tick").check()
    await page.get_by_test_id("help-open").click()
    await expect(page.get_by_test_id("watching").get_by_test_id("note")).to_be_visible()
    floor.happens(
        intervention={"by": {"id": "sue", "name": "Sue"}, "act": "watch", "agent": "anna", "item": "c1", "why": "x"}
    )
    await expect(page.get_by_test_id("doing")).to_be_visible()
    found["open"] = await violations(page)
    wide: dict[int | str, bool] = {}
    for width in (1280, 1024, 390):
        await page.set_viewport_size({"width": width, "height": 844})
        wide[width] = await page.evaluate(WIDE)
    found["phone"] = await violations(page)
    for button in (entry_of(floor, "w1").get_by_test_id("assign"), page.get_by_test_id("agent-queues")):
        await button.click()
        found[await page.get_by_test_id("act-form").get_attribute("data-act") or ""] = await violations(page)
        wide["form"] = await page.evaluate(WIDE)
        await page.keyboard.press("Escape")
    assert {name: what for name, what in found.items() if what} == {}
    assert not any(wide.values()), wide
    await floor.leaves()
