"""Which agents serve which queues, and whether any of them is here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import count


class Serving:
    """The queues of each agent, in the order in which the floor has them; how many of a queue's agents are logged in."""

    def __init__(self) -> None:
        self._agents: dict[str, frozenset[str]] = {}
        self._queues: dict[str, set[str]] = {}
        self._numbers: dict[str, int] = {}
        self._next = count()
        self._logged_in: set[str] = set()
        self._here: Counter[str] = Counter()

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

    def drop_queue(self, queue: str) -> None:
        """The queue is gone."""
        for agent in self._agents.pop(queue, frozenset()):
            self._no_longer(agent, queue)
        self._numbers.pop(queue, None)
        self._here.pop(queue, None)

    def _no_longer(self, agent: str, queue: str) -> None:
        queues = self._queues[agent]
        queues.discard(queue)
        if not queues:
            del self._queues[agent]

    def put_agent(self, agent: str, logged_in: bool) -> None:
        """The agent is logged in or not."""
        if logged_in == (agent in self._logged_in):
            return
        (self._logged_in.add if logged_in else self._logged_in.discard)(agent)
        for queue in self._queues.get(agent, ()):
            self._here[queue] += 1 if logged_in else -1

    def queues_of(self, agent: str) -> list[str]:
        """The queues that an agent serves, logged in or not."""
        return sorted(self._queues.get(agent, ()), key=self._numbers.__getitem__)

    def anybody_here(self, queue: str) -> bool:
        """Whether an agent of the queue is logged in."""
        return self._here[queue] > 0
