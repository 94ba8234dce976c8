"""Reading and replaying make millions of objects and no cycles: Python's collector, which walks through all of them again and again, rests."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_rests() -> Iterator[None]:
    """Until the end of the block no cycles are looked for in this process; afterwards it is as before."""
    works = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if works:
            gc.enable()
