"""Mails are read in a process of its own (ADR 35): it ends with the service, and a mail that ends it twice is refused."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from parley_crm_logger.incoming import reading
from parley_crm_logger.incoming.reading import MailReader
from parley_mail.values import ReadMail

MAIL = b"From: jo@example.net\r\nSubject: Cup\r\n\r\nIt broke.\r\n"
SCRIPT = """
import asyncio, os
from parley_crm_logger.incoming.reading import MailReader

async def main():
    reader = MailReader()
    await reader.read(b"From: jo@example.net\\r\\n\\r\\nx", "")
    print(next(iter(reader._pool._processes)), flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_a_mail_is_read_or_refused_by_name() -> None:
    reader = MailReader()
    try:
        found = await reader.read(MAIL, "")
        assert isinstance(found, ReadMail)
        assert found.subject == "Cup"
        assert await reader.read(b"", "") == "empty"
    finally:
        reader.close()


def _ends(raw: bytes, loop_mark: str) -> str:
    os._exit(1)


async def test_R32_a_mail_that_ends_the_process_twice_is_refused_and_the_next_one_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = MailReader()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(reading, "_read", _ends)
            assert await reader.read(MAIL, "") == "unreadable"
        assert isinstance(await reader.read(MAIL, ""), ReadMail)
    finally:
        reader.close()


def test_the_process_ends_with_the_service_whatever_ends_that(tmp_path) -> None:
    script = tmp_path / "service.py"
    script.write_text(SCRIPT)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        child = int(service.stdout.readline())
        service.kill()
    until = time.monotonic() + 20
    while os.path.exists(f"/proc/{child}") and time.monotonic() < until:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{child}")
