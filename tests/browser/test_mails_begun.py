"""R35: at the desk a chat goes on by e-mail, what is closed is written about again, and what a customer wrote is forwarded."""

from __future__ import annotations

import asyncio
import re
from email.message import EmailMessage

from parley_mail.reading import read
from parley_mail.values import ReadMail
from parley_ops.demo_mail import DemoMail
from playwright.async_api import expect
from protocol import Agent as ProtocolAgent
from protocol import Visitor, call, log_in

from .axe import violations
from .people import Agent
from .test_desk_mails import CUSTOMER, SUPPORT, anna, mail, post

__all__ = ["anna", "post"]

from .test_desk_mails import pytestmark as pytestmark

WORKSHOP = "workshop@example.net"


async def received(post: DemoMail, address: str, count: int) -> list[ReadMail]:
    async with asyncio.timeout(30):
        while len(found := post.mails.mails(address)) < count:
            await asyncio.sleep(0.1)
    return [read(post.mails.content(address, each.uid)) for each in found]


async def test_R35_a_chat_whose_visitor_is_gone_goes_on_by_e_mail(anna: Agent, post: DemoMail) -> None:
    # given a chat that its visitor has ended
    await anna.gets_ready()
    async with Visitor(anna.url) as visitor:
        await visitor.start(text="Where is my order?", name="Lena", language="de")
        await anna.on_screen("item").first.click()
        await anna.answers("I will have a look.")
        await visitor.ask("end")
    await anna.on_screen("wrap-up").wait_for()

    # when the agent goes on by e-mail, to an address that they type
    await anna.on_screen("compose").click()
    form = anna.on_screen("answer-form")
    await expect(anna.on_screen("letter")).to_contain_text("Where is my order?")
    assert await violations(anna.page) == []
    await anna.page.keyboard.press("F6")  # to where one writes
    await expect(anna.on_screen("answer-to")).to_be_focused()
    await anna.page.keyboard.type(CUSTOMER)
    box = anna.on_screen("answer-text")
    await box.press_sequentially("/hallo")  # canned replies are there as in a chat
    await expect(anna.on_screen("replies").get_by_role("option")).to_have_count(1)
    await box.press("Enter")
    await expect(box).to_have_value(re.compile("Lena"))
    await box.fill("It left today.")
    await anna.on_screen("answer-send").click()
    await expect(anna.on_screen("answer").last).to_contain_text("It left today.")
    await expect(form.get_by_test_id("answer-text")).to_have_value("")

    # then the customer has it, about their chat, and what they write back stands below it
    (got,) = await received(post, CUSTOMER, 1)
    assert got.subject.startswith("Ihr Chat vom ")
    assert got.author.address == SUPPORT or got.author.address == "post@firm.example"
    again = EmailMessage()
    again["From"], again["To"], again["Subject"] = CUSTOMER, SUPPORT, f"Re: {got.subject}"
    again["In-Reply-To"], again["Message-ID"] = got.message_id, "<back@example.net>"
    again.set_content("Great!")
    post.deliver(SUPPORT, bytes(again))
    await expect(anna.on_screen("mail").last).to_contain_text("Great!")
    assert anna.wrong == []


async def test_R26_R35_a_mail_is_forwarded_and_what_is_closed_is_written_about_again(
    anna: Agent, post: DemoMail
) -> None:
    # given an e-mail with a file, of a customer whom the agent knows
    first = EmailMessage()
    first["From"], first["To"], first["Subject"] = f"Lena Lind <{CUSTOMER}>", SUPPORT, "My cup"
    first.set_content("It broke.")
    first.add_attachment(b"how it looks", maintype="text", subtype="plain", filename="cup.txt")
    post.deliver(SUPPORT, bytes(first))
    row = anna.page.get_by_test_id("queues").locator("[data-item]").first
    await row.get_by_test_id("pick").click()

    # when it is forwarded, the other has its text, who wrote it, and its file
    await anna.on_screen("forward").click()
    await expect(anna.on_screen("forwards")).to_contain_text("Lena Lind")
    assert await violations(anna.page) == []
    await anna.on_screen("answer-to").fill(WORKSHOP)
    await anna.on_screen("answer-send").click()
    await expect(anna.on_screen("answer")).to_have_count(1)
    await expect(anna.on_screen("forwards")).to_have_count(0)
    (got,) = await received(post, WORKSHOP, 1)
    assert got.subject == "Fwd: My cup"
    assert f"Lena Lind <{CUSTOMER}>" in got.text + got.quoted
    assert "It broke." in got.text + got.quoted
    assert [(each.name, each.content) for each in got.attachments] == [("cup.txt", b"how it looks")]

    # and its clock goes on: the customer has no answer yet
    clock = anna.on_screen("conversation").get_by_test_id("reply-clock")
    await expect(clock).to_be_visible()
    await anna.on_screen("answer-text").fill("We mend it.")
    await anna.on_screen("answer-send").click()
    await expect(clock).to_have_count(0)

    # when it is closed, and the same customer writes about something else
    item = await anna.on_screen("conversation").get_attribute("data-item")
    token = (await log_in(anna.url, "anna"))["token"]
    contact = await call(anna.url, "POST", "/v1/contacts", token, json={"name": "Lena", "emails": [CUSTOMER]})
    async with ProtocolAgent(anna.url, token) as same:
        await same.ask("identify", item=item, contact=contact["contact"])
        await same.ask("end", item=item)
        await same.ask("complete", item=item)
        other = mail("And the saucer?", "A saucer", Message_ID="<saucer@example.net>")
        post.deliver(SUPPORT, bytes(other))
        await row.get_by_test_id("pick").click()
        await same.until(lambda: same.inbox)
        await same.ask("identify", item=next(iter(same.inbox)), contact=contact["contact"])

    # then its past is written about again from there
    past = anna.page.locator(f"[data-testid=past][data-item='{item}']")
    await past.locator("summary").click()
    await past.get_by_test_id("write-again").click()
    await expect(anna.on_screen("letter")).to_contain_text("It broke.")
    await anna.on_screen("answer-text").fill("The cup is mended.")
    await anna.on_screen("answer-send").click()
    assert (await received(post, CUSTOMER, 2))[-1].subject == "Re: My cup"
    assert anna.wrong == []
