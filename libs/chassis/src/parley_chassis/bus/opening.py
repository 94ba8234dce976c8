"""Which bus a URL names."""

from __future__ import annotations

from .memory import MemoryBroker, MemoryBus
from .port import Bus


def open_bus(url: str, broker: MemoryBroker | None = None) -> Bus:
    """The bus at `url`: `memory:` (within this process; `broker` is shared by its services) or `amqp://…`,
    with one host or several (`addresses.py`).

    Raises ValueError for another kind of URL.
    """
    if url == "memory:":
        return MemoryBus(broker or MemoryBroker())
    if url.startswith(("amqp://", "amqps://")):
        from .rabbit import RabbitBus

        return RabbitBus(url)
    raise ValueError(f"no bus is known for {url.split(':')[0]}: use memory: or amqp://…")
