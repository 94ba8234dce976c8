"""A company's own provider of logins in a browser: an administrator sets it, whoever it vouches for is at their desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from provider import Provider

from .axe import violations
from .people import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def url(provider: Provider, demo_process: Any) -> Iterator[str]:
    demo = demo_process({"PARLEY_OIDC_ISSUERS": provider.issuer})
    with provider.running(demo.url):
        yield demo.url


async def opened(browser: Browser, url: str) -> Page:
    person = Person(await browser.new_context(locale="en-GB", reduced_motion="reduce"), url, [])
    await person.opens_tab()
    return person.page


async def by_the_provider(page: Page, who: str) -> None:
    """Its own pages: who it is, then that Parley may know."""
    await page.locator("[name=login]").fill(who)
    await page.locator("[name=password]").fill("any")
    await page.locator("button[type=submit]").click()
    await page.locator("button[type=submit]").click()


async def test_people_log_in_with_the_companys_account(browser: Browser, url: str, provider: Provider) -> None:
    ada = await opened(browser, url)
    await ada.goto(f"{url}/admin")
    for field, text in (("tenant", "demo"), ("user", "ada"), ("password", "demo")):
        await ada.locator(f"[name={field}]").fill(text)
    await ada.locator("button.primary").click()
    await ada.get_by_role("link", name="Provider of logins").click()
    await expect(ada.locator("#field-issuer")).to_have_value(provider.issuer)
    await ada.locator("#field-client_id").fill("parley")
    await ada.locator("#field-secret").fill("a secret of the client")
    await ada.locator("#field-roles").fill("chat-agents")
    await ada.locator("button.primary").click()
    await expect(ada.locator("#field-roles-error")).to_be_visible()
    await ada.locator("#field-roles").fill("chat-admins = admin\nchat-agents = agent")
    await ada.locator("button.primary").click()
    await expect(ada.locator(".save-state .good")).to_be_visible()
    assert await violations(ada) == []

    gwen = await opened(browser, url)
    await gwen.goto(f"{url}/desk")
    await gwen.get_by_test_id("login-elsewhere").click()
    assert gwen.url == f"{url}/desk", "the company must be known first"
    await gwen.get_by_test_id("login-tenant").fill("demo")
    await gwen.get_by_test_id("login-elsewhere").click()
    await by_the_provider(gwen, "1")
    await expect(gwen.get_by_text("Gwen").first).to_be_visible()
    assert gwen.url.startswith(f"{url}/desk")

    hugo = await opened(browser, url)
    await hugo.goto(f"{url}/admin")
    await hugo.locator("[name=tenant]").fill("demo")
    await hugo.get_by_test_id("login-elsewhere").click()
    await by_the_provider(hugo, "2")
    await expect(hugo.get_by_role("link", name="Provider of logins")).to_be_visible()


async def test_who_cannot_go_there_is_told_why(browser: Browser, url: str) -> None:
    page = await opened(browser, url)
    await page.goto(f"{url}/desk")
    await page.get_by_test_id("login-tenant").fill("nowhere")
    await page.get_by_test_id("login-elsewhere").click()
    await page.wait_for_url("**/account*")
    await expect(page.get_by_test_id("said")).to_contain_text("no provider of logins")
