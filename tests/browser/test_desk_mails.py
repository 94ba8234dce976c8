"""R3, R31, R35: a customer's mails at the desk: shown as safe text, their page in a frame that runs nothing, answered with copies and files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from parley_mail.reading import read
from parley_ops.demo_mail import DemoMail
from playwright.async_api import Browser, expect
from protocol import call, log_in
from running import Demo

from .axe import violations
from .people import Agent

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SUPPORT, CUSTOMER = "support@firm.example", "lena@example.net"
HTML = """<p>It <b>broke</b>. <img src="https://tracker.example/x.png"><script>document.title = 'taken'</script>
<a href="https://shop.example/17" onclick="alert(1)">the order</a></p><blockquote type="cite">earlier</blockquote>"""


@pytest_asyncio.fixture(loop_scope="session")
async def post(tmp_path: Path) -> AsyncIterator[DemoMail]:
    made = DemoMail(tmp_path / "post", [SUPPORT], "a password")
    await made.start()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="session", params=["en-GB", "de-DE"])
async def anna(browser: Browser, post: DemoMail, demo_process: Any, request: Any) -> AsyncIterator[Agent]:
    env = {"PARLEY_SMTP_URL": f"smtp://127.0.0.1:{post.smtp_port}", "PARLEY_MAIL_FROM": "post@firm.example"}
    if "had_back" in request.node.name:
        env["PARLEY_UNDO_S"] = "6"
    demo: Demo = demo_process(env, start=False)
    await asyncio.to_thread(demo.start)
    token = (await log_in(demo.url, "ada"))["token"]
    url = f"imap://{SUPPORT.replace('@', '%40')}@127.0.0.1:{post.imap_port}"
    asked = {"address": SUPPORT, "queue": "sales", "name": "Firm", "url": url, "password": "a password"}
    await call(demo.url, "PUT", "/v1/admin/mailboxes/support", token, json=asked)
    anna = await Agent.arrives(browser, demo.url, [], locale=request.param)
    await anna.logs_in("anna")
    yield anna
    await anna.leaves()
    await asyncio.to_thread(demo.stop)


def mail(text: str, subject: str = "My cup", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"Lena Lind <{CUSTOMER}>", SUPPORT, subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


async def received(post: DemoMail, count: int) -> list[Any]:
    async with asyncio.timeout(30):
        while len(found := post.mails.mails(CUSTOMER)) < count:
            await asyncio.sleep(0.1)
    return [read(post.mails.content(CUSTOMER, each.uid)) for each in found]


async def test_R3_R31_R35_a_mail_is_read_answered_and_answered_back(
    anna: Agent, post: DemoMail, tmp_path: Path
) -> None:
    asked: list[str] = []
    anna.page.on("request", lambda request: asked.append(request.url))
    first = mail("It broke.", Message_ID="<first@example.net>")
    first.add_alternative(HTML, subtype="html")
    first.add_attachment(b"<svg onload=alert(1)>", maintype="image", subtype="svg+xml", filename="cup.svg")
    post.deliver(SUPPORT, bytes(first))
    row = anna.page.get_by_test_id("queues").locator("[data-item]")
    await expect(row).to_have_count(1)
    await row.get_by_test_id("pick").click()
    letter = anna.on_screen("letter")
    await expect(letter.get_by_test_id("letter-text")).to_contain_text("It broke.")
    await expect(letter).to_contain_text(f"Lena Lind <{CUSTOMER}>")

    await letter.get_by_test_id("as-sent").click()
    frame = letter.get_by_test_id("mail-page").content_frame
    await expect(frame.locator("b")).to_have_text("broke")
    assert await frame.locator("script, img, [onclick]").count() == 0
    assert await anna.page.title() != "taken"
    await expect(letter.get_by_test_id("mail-files")).to_contain_text("cup.svg")
    file = await letter.get_by_test_id("mail-files").get_by_role("link").get_attribute("href")
    async with anna.page.expect_download() as download:
        await letter.get_by_test_id("mail-files").get_by_role("link").click()
    assert (await download.value).suggested_filename == "cup.svg"
    assert (file or "").startswith("/v1/mails/")
    assert await violations(anna.page) == []

    note = tmp_path / "note.txt"
    note.write_text("how to send it back")
    await anna.on_screen("answer-form").locator("summary").click()
    await anna.on_screen("answer-copies").fill("boss@example.net")
    await anna.on_screen("answer-files").set_input_files(str(note))
    await expect(anna.on_screen("attached")).to_contain_text("note.txt")
    await anna.on_screen("answer-text").fill("A new one is on its way.")
    await anna.on_screen("answer-send").click()
    await expect(letter.get_by_test_id("answer")).to_contain_text("A new one is on its way.")
    (answer,) = await received(post, 1)
    assert [each.name for each in answer.attachments] == ["note.txt"]
    assert [each.address for each in answer.cc] == ["boss@example.net"]

    post.deliver(SUPPORT, bytes(mail("Thank you!", "Re: My cup", In_Reply_To=answer.message_id)))
    await expect(letter.get_by_test_id("mail").get_by_test_id("mail-text")).to_have_text("Thank you!")
    await anna.does("end")
    await anna.does("complete")
    post.deliver(SUPPORT, bytes(mail("It broke again.", "Re: My cup", In_Reply_To=answer.message_id)))
    await expect(row).to_have_count(1)
    await row.get_by_test_id("pick").click()
    await expect(letter.get_by_test_id("letter-text")).to_contain_text("It broke again.")
    await expect(letter.get_by_test_id("mail-text")).to_have_count(3)
    assert [url for url in asked if not url.startswith(anna.url)] == []
    assert anna.wrong == []


async def test_R5_an_administrator_sets_up_a_mailbox(anna: Agent) -> None:
    page = await anna.context.new_page()
    german = await anna.page.evaluate("document.documentElement.lang") == "de"
    await page.goto(f"{anna.url}/admin")
    await page.context.clear_cookies()
    await page.reload()
    await page.locator("input[autocomplete=organization], input[name=tenant]").first.fill("demo")
    await page.locator("input[autocomplete=username]").fill("ada")
    await page.locator("input[autocomplete=current-password]").fill("demo")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Postfächer" if german else "Mailboxes").click()
    await page.get_by_role("link", name="Postfach anlegen" if german else "Create a mailbox").click()
    await page.get_by_label("Adresse" if german else "Address", exact=True).fill("sales@firm.example")
    await page.get_by_label("Warteschleife" if german else "Queue", exact=True).select_option("sales")
    assert await violations(page) == []
    await page.get_by_role("button", name="Postfach anlegen" if german else "Create a mailbox").click()
    await expect(page.get_by_role("link", name="sales@firm.example")).to_be_visible()
    await page.close()


@pytest.mark.parametrize("anna", ["en-GB"], indirect=True)
async def test_R35_an_answer_is_had_back_and_is_the_draft_again(anna: Agent, post: DemoMail) -> None:
    post.deliver(SUPPORT, bytes(mail("It broke.")))
    await anna.page.get_by_test_id("queues").locator("[data-item]").get_by_test_id("pick").click()
    letter = anna.on_screen("letter")
    await expect(letter.get_by_test_id("letter-text")).to_have_text("It broke.")
    await anna.on_screen("answer-text").fill("Too soon.")
    await anna.on_screen("answer-send").click()
    await expect(letter.get_by_test_id("undo-left")).to_be_visible()
    assert await violations(anna.page) == []
    await letter.get_by_test_id("undo").click()
    await expect(anna.on_screen("answer-text")).to_have_value("Too soon.")
    await expect(letter.get_by_test_id("answer")).to_have_count(0)
    await anna.on_screen("answer-text").fill("Now it is right.")
    await anna.on_screen("answer-send").click()
    await expect(letter.get_by_test_id("undo-left")).to_have_count(0)
    (answer,) = await received(post, 1)
    assert answer.text.strip() == "Now it is right."
    await expect(letter.get_by_test_id("answer-state")).to_have_text("sent")
    assert anna.wrong == []
