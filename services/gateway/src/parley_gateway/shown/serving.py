"""Which agents serve which queues, and how many of them are here, and ready."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import count


class Serving:
    """The queues of each agent, in the order in which the floor has them; how many of a queue's agents are logged in, and how many of
    them are ready."""

    def __init__(self) -> None:
        self._agents: dict[str, frozenset[str]] = {}
        self._queues: dict[str, set[str]] = {}
        self._numbers: dict[str, int] = {}
        self._next = count()
        self._logged_in: set[str] = set()
        self._here: Counter[str] = Counter()
        self._ready: set[str] = set()
        self._ready_in: Counter[str] = Counter()

    def put_queue(self, queue: str, agents: Iterable[str]) -> None:
        """The queue is served by these now."""
        if queue not in self._numbers:
            self._numbers[queue] = next(self._next)
        old, new = self._agents.get(queue, frozenset()), frozenset(agents)
        self._agents[queue] = new
        for agent in old - new:
            self._no_longer(agent, queue)
        for agent in new - old:
            self._queues.setdefault(agent, set()).add(queue)
        self._here[queue] = len(new & self._logged_in)
        self._ready_in[queue] = len(new & self._ready)

    def drop_queue(self, queue: str) -> None:
        """The queue is gone."""
        for agent in self._agents.pop(queue, frozenset()):
            self._no_longer(agent, queue)
        self._numbers.pop(queue, None)
        self._here.pop(queue, None)
        self._ready_in.pop(queue, None)

    def _no_longer(self, agent: str, queue: str) -> None:
        queues = self._queues[agent]
        queues.discard(queue)
        if not queues:
            del self._queues[agent]

    def put_agent(self, agent: str, logged_in: bool, ready: bool = False) -> None:
        """The agent is logged in or not, and ready or not."""
        self._put(agent, logged_in, self._logged_in, self._here)
        self._put(agent, ready, self._ready, self._ready_in)

    def _put(self, agent: str, is_so: bool, agents: set[str], counts: Counter[str]) -> None:
        if is_so == (agent in agents):
            return
        (agents.add if is_so else agents.discard)(agent)
        for queue in self._queues.get(agent, ()):
            counts[queue] += 1 if is_so else -1

    def queues_of(self, agent: str) -> list[str]:
        """The queues that an agent serves, logged in or not."""
        return sorted(self._queues.get(agent, ()), key=self._numbers.__getitem__)

    def ready_in(self, queue: str) -> int:
        """How many of the queue's agents are ready."""
        return self._ready_in[queue]

    def anybody_here(self, queue: str) -> bool:
        """Whether an agent of the queue is logged in."""
        return self._here[queue] > 0
