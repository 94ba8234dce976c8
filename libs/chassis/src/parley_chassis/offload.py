"""The one place where blocking store calls leave the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class Offload:
    """A few threads of its own. One thread keeps calls in their order; more let reads pass each other."""

    def __init__(self, name: str, threads: int = 1) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def __call__(self, call: Callable[..., Result], *arguments: object) -> Result:
        """What `call(*arguments)` returns or raises, without holding up the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call, *arguments)

    def close(self) -> None:
        """Wait for what runs, take nothing more."""
        self._pool.shutdown(wait=True)
