"""R3, R30, R35: mails come in, are answered from the desk, and the customer's reply comes back to the same conversation: once, through a kill of everything."""

from __future__ import annotations

import asyncio
import smtplib
from collections import Counter
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from parley_mail.reading import read
from parley_mail.values import ReadMail
from parley_ops.demo_mail import DemoMail
from protocol import Agent, RefusedByServer, Source, call, log_in
from running import Demo

SUPPORT = "support@firm.example"
CUSTOMER = "lena@example.net"


@pytest_asyncio.fixture
async def post(tmp_path: Path) -> AsyncIterator[DemoMail]:
    """A mail server, which lives on whatever is done to the product."""
    made = DemoMail(tmp_path / "post", [SUPPORT], "a password")
    await made.start()
    yield made
    await made.stop()


@pytest_asyncio.fixture
async def demo(post: DemoMail, demo_process: Any) -> AsyncIterator[Demo]:
    env = {"PARLEY_SMTP_URL": f"smtp://127.0.0.1:{post.smtp_port}", "PARLEY_MAIL_FROM": "post@firm.example"}
    made = demo_process(env, start=False)
    await asyncio.to_thread(made.start)
    yield made
    await asyncio.to_thread(made.stop)


async def follow(demo: Demo, post: DemoMail, queue: str = "sales", **settings: Any) -> None:
    token = (await log_in(demo.url, "ada"))["token"]
    user = post.company_mailbox.replace("@", "%40")
    url = f"imap://{user}@127.0.0.1:{post.imap_port}"
    asked = {"address": SUPPORT, "queue": queue, "name": "Firm", "url": url, "password": "a password", **settings}
    await call(demo.url, "PUT", "/v1/admin/mailboxes/support", token, json=asked)


def mail(text: str, subject: str = "My cup", sender: str = f"Lena Lind <{CUSTOMER}>", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, SUPPORT, subject
    made["Message-ID"] = f"<{uuid4().hex}@example.net>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


async def send(post: DemoMail, *mails: EmailMessage) -> None:
    def all_of_them() -> None:
        with smtplib.SMTP("127.0.0.1", post.smtp_port, timeout=30) as server:
            for each in mails:
                server.send_message(each)

    await asyncio.to_thread(all_of_them)


async def state_of(agent: Agent, item: str) -> str:
    """What came of the only answer."""
    record = await call(agent.url, "GET", f"/v1/interactions/{item}", agent.token)
    return str(record["answers"][0]["state"])


async def received(post: DemoMail, count: int, seconds: float = 60) -> list[ReadMail]:
    """What the customer's mailbox has, the oldest first."""
    async with asyncio.timeout(seconds):
        while len(found := post.mails.mails(CUSTOMER)) < count:
            await asyncio.sleep(0.1)
    return [read(post.mails.content(CUSTOMER, each.uid)) for each in found]


async def started_again(post: DemoMail, tmp_path: Path) -> DemoMail:
    """The mail server ends, and another one is there in its place."""
    await post.stop()
    folder, where = tmp_path / "post", {"smtp_port": post.smtp_port, "imap_port": post.imap_port}
    again = DemoMail(folder, [SUPPORT], "a password", **where)
    await again.start()
    return again


async def said(agent: Agent, item: str) -> list[tuple[str, str]]:
    events = (await agent.ask("open", item=item))["events"]
    return [(each["from"], each["text"].strip()) for each in events if each["kind"] == "message"]


async def next_item(agent: Agent, known: set[str]) -> str:
    await agent.until(lambda: set(agent.inbox) - known)
    (item,) = set(agent.inbox) - known
    return str(item)


async def test_R3_R30_R35_a_customer_writes_is_answered_and_writes_back_to_the_same_conversation(
    demo: Demo, post: DemoMail
) -> None:
    await follow(demo, post, queue="support")
    anna = await Agent.log_in(demo.url, "anna")
    await anna.ask("ready")
    first = mail("It arrived broken.")
    await send(post, first)
    item = await next_item(anna, set())
    assert anna.inbox[item]["kind"] == "email"
    assert anna.inbox[item]["name"] == f"Lena Lind <{CUSTOMER}>"
    assert await said(anna, item) == [("visitor", "It arrived broken.")]
    await anna.ask("reply", item=item, text="A new one is on its way.", cc=["boss@example.net"])
    (answer,) = await received(post, 1)
    assert (answer.author.name, answer.author.address) == ("Firm", SUPPORT)
    assert answer.in_reply_to == (first["Message-ID"],)
    assert answer.subject == "Re: My cup"
    assert "A new one is on its way." in answer.text

    # while the item is open the customer's reply is heard there
    message_id = answer.message_id
    await send(
        post, mail("Thank you!", "Re: My cup", In_Reply_To=message_id, References=f"{first['Message-ID']} {message_id}")
    )
    await anna.owns(item, unread=1)
    assert [text for _, text in await said(anna, item)][-1] == "Thank you!"

    # once it is closed, it is a new piece of work of the same conversation, for who had it
    await anna.ask("end", item=item)
    await anna.ask("complete", item=item)
    ben = await Agent.log_in(demo.url, "ben")
    await ben.ask("ready")
    await asyncio.to_thread(demo.kill)
    await asyncio.to_thread(demo.start)
    await anna.close()
    await ben.close()
    anna = await Agent.log_in(demo.url, "anna")
    await send(post, mail("It broke again.", "Re: My cup", In_Reply_To=message_id))
    again = await next_item(anna, {item})
    assert await said(anna, again) == [
        ("visitor", "It arrived broken."),
        ("agent", "A new one is on its way."),
        ("visitor", "Thank you!"),
        ("visitor", "It broke again."),
    ]
    await anna.close()


async def test_R31_a_mailbox_that_cannot_be_is_refused_and_its_password_never_shown(demo: Demo, post: DemoMail) -> None:
    await follow(demo, post)
    token = (await log_in(demo.url, "ada"))["token"]
    shown = await call(demo.url, "GET", "/v1/admin/mailboxes", token)
    assert shown["mailboxes"]["support"]["password"] is True
    assert "a password" not in str(shown)
    for wrong in ({"url": "http://x"}, {"queue": "nowhere"}, {"address": "a@b@c"}, {"url": "imap://a:b@h"}):
        with pytest.raises(RefusedByServer) as refused:
            await follow(demo, post, **wrong)
        assert refused.value.code in ("bad_request", "not_found")
    await call(demo.url, "DELETE", "/v1/admin/mailboxes/support", token)
    assert (await call(demo.url, "GET", "/v1/admin/mailboxes", token))["mailboxes"] == {}


async def test_R30_the_hook_takes_a_mail_once_and_its_files_run_nowhere(demo: Demo, post: DemoMail) -> None:
    await follow(demo, post, url="")
    source = await Source.log_in(demo.url)
    made = mail("See the file.")
    made.add_attachment(b"<script>alert(1)</script>", maintype="text", subtype="html", filename="../../x.html")
    headers = {"Authorization": f"Bearer {source.token}", "Content-Type": "message/rfc822"}
    async with httpx.AsyncClient(base_url=demo.url, trust_env=False, headers=headers) as server:
        told = [await server.post("/v1/mails?mailbox=support", content=bytes(made)) for _ in range(2)]
        assert [each.status_code for each in told] == [201, 201]
        assert told[0].json() == told[1].json()
        assert (await server.post("/v1/mails?mailbox=nowhere", content=bytes(made))).status_code == 404
    item = told[0].json()["item"]
    anna = await Agent.log_in(demo.url, "anna")
    await anna.until(lambda: item in anna.waiting)
    await anna.ask("pick", item=item)
    await anna.owns(item)
    (entry,) = [each for each in (await anna.ask("open", item=item))["events"] if each["kind"] == "message"]
    (file,) = entry["attachments"]
    assert "/" not in file["name"]
    headers = {"Authorization": f"Bearer {anna.token}"}
    async with httpx.AsyncClient(base_url=demo.url, trust_env=False, headers=headers) as desk:
        got = await desk.get(f"/v1/mails/{item}/1/files/0")
        assert b"<script>" in got.content
        assert got.headers["content-type"] == "application/octet-stream"
        assert got.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in got.headers["content-security-policy"]
        handed = (await desk.post("/v1/attachments?name=note.txt", content=b"a note")).json()
        await anna.ask("reply", item=item, text="Here.", attachments=[handed["attachment"]])
        (answer,) = await received(post, 1)
        assert [(each.name, each.content) for each in answer.attachments] == [("note.txt", b"a note")]
        assert (await desk.get("/v1/mails/nothing/1")).status_code == 404
    await anna.close()


async def test_R30_mails_both_ways_are_neither_lost_nor_doubled_through_kills(
    demo: Demo, post: DemoMail, tmp_path: Path
) -> None:
    count = 200
    await follow(demo, post)
    sent = [mail(f"question {number}", f"Question {number}") for number in range(count)]
    sending = asyncio.create_task(send(post, *sent[: count // 2]))
    await asyncio.sleep(1)
    await asyncio.to_thread(demo.kill)
    await sending
    await send(post, *sent[count // 2 :])
    await asyncio.to_thread(demo.start)
    post = await started_again(post, tmp_path)
    anna = await Agent.log_in(demo.url, "anna")
    async with asyncio.timeout(180):
        while len(anna.waiting) < count // 4:
            await asyncio.sleep(0.1)
    await anna.close()
    await asyncio.to_thread(demo.kill)
    await asyncio.to_thread(demo.start)
    anna = await Agent.log_in(demo.url, "anna")
    async with asyncio.timeout(300):
        while len(anna.waiting) < count:
            await asyncio.sleep(0.1)
    items = list(anna.waiting)
    texts = []
    for item in items:
        await anna.ask("pick", item=item)
        await anna.owns(item)
        ((_, text),) = await said(anna, item)
        texts.append(text)
        await anna.ask("reply", item=item, text=f"answer to {text}")
        await anna.ask("end", item=item)
        if item == items[count // 4]:
            post = await started_again(post, tmp_path)
        if item == items[count // 2]:
            await asyncio.to_thread(demo.kill)
            await asyncio.to_thread(demo.start)
            await anna.close()
            anna = await Agent.log_in(demo.url, "anna")
    assert Counter(texts) == Counter(f"question {number}" for number in range(count))
    answers = {f"answer to {text}": item for item, text in zip(items, texts, strict=True)}
    async with asyncio.timeout(300):
        while True:
            got = [each.text.strip() for each in await received(post, 0)]
            missing = set(answers) - set(got)
            # what a mail server was being given when it or everything died is not sent twice, and its agent sees that
            if len(missing) <= 2 and {await state_of(anna, answers[each]) for each in missing} <= {
                "sending",
                "unknown",
            }:
                break
            await asyncio.sleep(1)
    await post.stop()
    assert max(Counter(got).values()) == 1
    assert set(got) <= set(answers)
    await anna.close()
