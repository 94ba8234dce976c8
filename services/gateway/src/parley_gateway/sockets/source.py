"""The telephone system's socket, and other sources': `/v1/source`. It is told whom to ring, and when not any more."""

from __future__ import annotations

from parley_chassis.tasks import Tasks

from ..domain.identity import Identity
from ..metrics import SOCKETS
from ..service_link import ServiceLink
from . import frames as f
from .asgi import Channel
from .socket import Socket


class SourceSocket(Socket):
    """One connection of a source. It only listens: what it does, it does over HTTP."""

    kinds = f.SOURCE
    label = "source"

    def __init__(self, channel: Channel, link: ServiceLink, tasks: Tasks, identity: Identity) -> None:
        super().__init__(channel, link, tasks)
        self.identity = identity
        SOCKETS.labels(self.label).inc()

    def take(self, frame: f.Frame) -> None:
        """There is nothing but `ping`, which every socket answers."""

    def gone(self) -> None:
        SOCKETS.labels(self.label).dec()
