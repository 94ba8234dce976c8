"""One's own account in a browser: a second factor from its picture to the desk, a link for a password, logins that end."""

from __future__ import annotations

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from .axe import violations
from .people import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]
PHONE = {"width": 320, "height": 700}
GOOD = "four lamps by the canal"


async def opened(browser: Browser, url: str, locale: str = "en-GB") -> Person:
    person = Person(await browser.new_context(locale=locale, reduced_motion="reduce"), url, [])
    await person.opens_tab()
    return person


async def fills(page: Page, user: str, password: str = "demo") -> None:
    for field, text in (("tenant", "demo"), ("user", user), ("password", password)):
        await page.locator(f"[name={field}]").fill(text)
    await page.get_by_test_id("login-submit").click()


async def enters(person: Person, user: str, password: str = "demo") -> Page:
    await person.page.goto(f"{person.url}/account")
    await fills(person.page, user, password)
    await expect(person.page.get_by_test_id("logins")).to_be_visible()
    return person.page


@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
@pytest.mark.slow
async def test_a_second_factor_is_set_up_and_the_desk_asks_for_its_code(
    browser: Browser, parley_url: str, locale: str
) -> None:
    user = {"de-DE": "anna", "en-GB": "ben"}[locale]
    person = await opened(browser, parley_url, locale)
    page = await enters(person, user)
    found = {"account": await violations(page)}
    await page.get_by_test_id("field-password").fill("demo")
    await page.get_by_test_id("factor-begin").click()
    secret = await page.get_by_test_id("secret").inner_text()
    assert await page.locator(".picture").evaluate("image => image.naturalWidth > 100")
    found["set-up"] = await violations(page)
    await page.get_by_test_id("field-code").fill(pyotp.TOTP(secret).now())
    await page.get_by_test_id("factor-confirm").click()
    shown = page.get_by_test_id("recovery-codes").locator("li")
    await expect(shown).to_have_count(10)
    codes = await shown.all_inner_texts()
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert not await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    found["codes on a phone"] = await violations(page)
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.get_by_test_id("codes-kept").click()
    await page.get_by_test_id("logout").click()
    await expect(page.get_by_test_id("login")).to_be_visible()

    await page.goto(f"{parley_url}/desk")
    await fills(page, user)
    await expect(page.get_by_test_id("login-code")).to_be_visible()
    found["the desk's login"] = await violations(page)
    await page.get_by_test_id("login-code").fill("123456")
    await page.get_by_test_id("login-submit").click()
    await expect(page.locator(".problem")).to_be_visible()
    await page.get_by_test_id("login-code").fill(codes[0])
    await page.get_by_test_id("login-submit").click()
    await expect(page.get_by_test_id("agent-name")).to_be_visible()
    assert [problem for problems in found.values() for problem in problems] == []
    await page.get_by_test_id("logout").click()
    await expect(page.get_by_test_id("login")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    await page.reload()
    await expect(page.get_by_test_id("login")).to_be_visible()  # who has logged out has no login any more
    assert [line for line in person.wrong if "401" not in line and "ERR" not in line] == []
    await person.leaves()


@pytest.mark.slow
async def test_a_link_is_made_for_somebody_who_chooses_a_password_and_sees_their_logins(
    browser: Browser, parley_url: str
) -> None:
    ada, sam = await opened(browser, parley_url), await opened(browser, parley_url)
    await ada.page.goto(f"{parley_url}/admin")
    for field, text in (("tenant", "demo"), ("user", "ada"), ("password", "demo")):
        await ada.page.locator(f"#{field}").fill(text)
    await ada.page.locator("form button").click()
    await expect(ada.page.get_by_role("navigation")).to_be_visible()
    await ada.page.goto(f"{parley_url}/admin#/agent/sam")
    await ada.page.get_by_test_id("make-link").click()
    link = await ada.page.get_by_test_id("link").locator("code").inner_text()
    assert await violations(ada.page) == []

    await sam.page.goto(link)
    await expect(sam.page.get_by_test_id("link-submit")).to_be_visible()
    assert "link=" not in sam.page.url, "it stays in no history"
    assert await violations(sam.page) == []
    await sam.page.locator("[name=password]").fill("password1")
    await sam.page.get_by_test_id("link-submit").click()
    await expect(sam.page.get_by_role("alert")).not_to_be_empty()
    await sam.page.locator("[name=password]").fill(GOOD)
    await sam.page.get_by_test_id("link-submit").click()
    await fills(sam.page, "sam", GOOD)
    await expect(sam.page.get_by_test_id("logins")).to_be_visible()
    other = await opened(browser, parley_url)
    await enters(other, "sam", GOOD)
    await expect(other.page.get_by_test_id("logins").locator("li")).to_have_count(2)
    await other.page.get_by_test_id("end-others").click()
    await expect(other.page.get_by_test_id("logins").locator("li")).to_have_count(1)
    await sam.page.reload()
    await expect(sam.page.get_by_test_id("login")).to_be_visible()

    await other.page.locator("[name=old]").fill(GOOD)
    await other.page.locator("[name=new]").fill("a wooden spoon of honey")
    await other.page.get_by_test_id("password-submit").click()
    await expect(other.page.get_by_test_id("said")).not_to_be_empty()
    await sam.page.goto(link)
    await expect(sam.page.get_by_role("alert")).to_be_visible()
    for person in (ada, sam, other):
        await person.leaves()
