"""Mails are read in a process of its own: it takes up to seconds and hundreds of megabytes, and they are strangers' bytes (ADR 35)."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess

from parley_mail.reading import read
from parley_mail.refusals import MailRefused
from parley_mail.values import ReadMail

log = logging.getLogger("parley.mails")
TRIES = 2


def _read(raw: bytes, loop_mark: str) -> ReadMail | str:
    """What it says, or the code of why it is refused."""
    try:
        return read(raw, loop_mark=loop_mark)
    except MailRefused as refused:
        return refused.code


def _end_with_the_parent() -> None:
    """Where the service is killed, the process that reads for it does not stay behind."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(0)


class MailReader:
    """One mail at a time. A mail that ends the process twice is `unreadable`."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._pool: ProcessPoolExecutor | None = None

    async def read(self, raw: bytes, loop_mark: str) -> ReadMail | str:
        """What a mail says, or the code of why it is refused (`MailRefused.code`)."""
        async with self._turn:
            for _ in range(TRIES):
                if self._pool is None:
                    self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _end_with_the_parent)
                try:
                    return await asyncio.get_running_loop().run_in_executor(self._pool, _read, raw, loop_mark)
                except BrokenProcessPool:
                    log.exception("the process that reads mails has ended")
                    self.close()
            return "unreadable"

    def close(self) -> None:
        """End the process."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
