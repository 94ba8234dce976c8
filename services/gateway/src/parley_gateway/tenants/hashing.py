"""The line before the one thread that hashes passwords: short, and fair to everybody in it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from parley_contracts.refusal import Refused

from ..metrics import HASHING

Result = TypeVar("Result")

LONGEST = 32
"""So many wait: about two seconds."""
LONGEST_OF_A_GROUP = 16
"""Of one address: it leaves room for others."""


class Hashing:
    """One hash at a time. The groups, such as addresses, take turns, and within a group its members, such as users: whoever asks a lot
    waits for themselves."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="argon2")
        self._groups: dict[str, dict[str, deque[tuple[Callable[[], Any], asyncio.Future[Any]]]]] = {}
        self._waiting = 0
        self._busy = False

    async def run(self, group: str, member: str, do: Callable[[], Result]) -> Result:
        """What `do` returns, when its turn has come. Raises Refused `unavailable` at once where the line is full."""
        members = self._groups.get(group, {})
        if self._waiting >= LONGEST or sum(map(len, members.values())) >= LONGEST_OF_A_GROUP:
            raise Refused("unavailable", "Too many log in at the moment: try again in a moment.", retry_after_s=2)
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._groups.setdefault(group, {}).setdefault(member, deque()).append((do, future))
        self._waiting += 1
        self._next()
        return await future

    def _next(self) -> None:
        if self._busy or not self._groups:
            return
        do, future = self._first()
        self._busy = True
        HASHING.set(self._waiting)
        working = asyncio.get_running_loop().run_in_executor(self._thread, do)
        working.add_done_callback(lambda done: self._done(done, future))

    def _first(self) -> tuple[Callable[[], Any], asyncio.Future[Any]]:
        """The next one; its member and its group go behind the others."""
        group = next(iter(self._groups))
        members = self._groups.pop(group)
        member = next(iter(members))
        line = members.pop(member)
        found = line.popleft()
        self._waiting -= 1
        if line:
            members[member] = line
        if members:
            self._groups[group] = members
        return found

    def _done(self, working: asyncio.Future[Any], future: asyncio.Future[Any]) -> None:
        self._busy = False
        if not future.done():
            error = working.exception()
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(working.result())
        self._next()

    def close(self) -> None:
        """Hash no more; who waits is told so."""
        while self._groups:
            _, future = self._first()
            if not future.done():
                future.set_exception(Refused("unavailable", "This process ends: try again in a moment."))
        self._thread.shutdown(wait=False)
