"""The administration's page of contacts: a file is looked at, its columns are assigned, and it is taken in (R24, R31)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from .axe import violations
from .test_admin import Admin
from .test_admin_scenes import DESKTOP, PHONE, overflows

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("parley_url", ["sqlite"], indirect=True, scope="module"),
]

TABLE = (
    '"Vorname";"Nachname";"Mobiltelefon";"E-Mail-Adresse";"Rolle"\n'
    '"Jürgen";"Weiß";"0151/5550135";"juergen@example.org";"Einkauf"\n'
    '"Änne";"Lüdtke";"";"kaputt";""\n'
    '"Ole";"Ahorn";"0151 5550136";"ole.ahorn@example.org";"Leitung"\n'
)


@pytest_asyncio.fixture(loop_scope="session")
async def ada(browser: Browser, parley_url: str) -> AsyncIterator[Admin]:
    ada = await Admin.arrives(browser, parley_url, [])
    await ada.logs_in()
    await ada.goes_to("Contacts")
    yield ada
    await ada.leaves()


def file_of(text: str, name: str = "kontakte.csv", encoding: str = "windows-1252") -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": text.encode(encoding)}


def preview(ada: Admin) -> Locator:
    return ada.page.get_by_test_id("preview")


async def test_R24_R31_a_file_is_looked_at_assigned_and_taken_in_by_keyboard(ada: Admin) -> None:
    await ada.page.get_by_label("File", exact=True).set_input_files(file_of(TABLE))
    await expect(preview(ada)).to_contain_text("2 contacts would be taken in, 1 row refused. Read as windows-1252.")
    await expect(preview(ada)).to_contain_text("Jürgen Weiß")
    await expect(preview(ada)).to_contain_text("Line 3 emails: 'kaputt'")
    column = ada.page.get_by_label("Rolle")
    await expect(column).to_have_value("")
    await expect(ada.page.get_by_label("Mobiltelefon")).to_have_value("phones")

    await column.focus()
    await ada.page.keyboard.type("Notes")
    await expect(preview(ada)).to_contain_text("Rolle: Einkauf")
    await expect(column).to_be_focused()
    take = ada.page.get_by_role("button", name="Take in 2 contacts")
    await take.focus()
    await ada.page.keyboard.press("Enter")
    done = ada.page.get_by_test_id("imported")
    await expect(done).to_contain_text("2 created, 0 changed, 0 the same, 1 refused.")
    await expect(done.get_by_role("heading", name="Taken in", exact=True)).to_be_focused()
    await expect(done).to_contain_text("Line 3")
    assert ada.unexpected() == []

    answer = await ada.page.request.get(f"{ada.url}/v1/contacts/export?format=csv")
    assert "Jürgen Weiß" in await answer.text()
    async with ada.page.expect_download() as download:
        await ada.page.get_by_role("link", name="As vCards").click()
    assert (await download.value).suggested_filename == "contacts.vcf"


async def test_R31_a_file_that_is_none_or_too_large_is_told(ada: Admin) -> None:
    file = ada.page.get_by_label("File", exact=True)
    await file.set_input_files(file_of("Farbe,Größe\nrot,5\n", encoding="utf-8"))
    await expect(preview(ada)).to_contain_text("The first line names the columns")
    await expect(ada.page.get_by_role("button", name="Take in 0 contacts")).to_be_disabled()
    await ada.page.get_by_label("Farbe").select_option("Name")
    await expect(ada.page.get_by_role("button", name="Take in 1 contact")).to_be_enabled()
    await file.evaluate(
        """input => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(20 * 1024 * 1024 + 1)], "large.csv"));
            input.files = data.files;
            input.dispatchEvent(new Event("change", { bubbles: true }));
        }"""
    )
    await ada.is_refused("more than 20 MiB")
    await expect(preview(ada)).to_have_count(0)
    assert ada.unexpected() == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
async def test_axe_finds_nothing_in_a_preview_and_a_phones_width_is_enough(
    browser: Browser, parley_url: str, locale: str, scheme: Any
) -> None:
    context = await browser.new_context(locale=locale, color_scheme=scheme, viewport=DESKTOP, reduced_motion="reduce")
    ada = Admin(context, parley_url, [])
    page = await ada.opens_tab()
    await page.goto(f"{parley_url}/admin")
    for field, text in (("tenant", "demo"), ("user", "ada"), ("password", "demo")):
        await page.locator(f"#{field}").fill(text)
    await page.locator("form button").click()
    await page.locator("nav a[href='#/contacts']").click()
    await page.locator("#contacts-file").set_input_files(file_of(TABLE))
    await expect(preview(ada)).to_be_visible()
    found = await violations(page)
    await page.set_viewport_size(PHONE)
    found += await violations(page)
    assert not await overflows(page)
    await preview(ada).locator(".primary").click()
    await expect(page.get_by_test_id("imported")).to_be_visible()
    found += await violations(page)
    assert (found, ada.wrong, await overflows(page)) == ([], [], False)
    await ada.leaves()
