"""What queueing theory says about a contact centre: Erlang C, Erlang A, Cobham's priorities, and interruption.

Throughout: arrivals are Poisson with rate `arrivals` a second, handling is exponential with mean `handling` seconds,
`agents` serve first come first served (within a priority). Nothing here knows of the floor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp

ENOUGH = 1e-15
"""A probability, relative to the greatest one, below which the tail of a series is left out."""


def offered(arrivals: float, handling: float) -> float:
    """The offered load in erlangs: how many agents would be busy if nobody ever waited."""
    return arrivals * handling


def blocked(agents: int, load: float) -> float:
    """Erlang B: the probability that all are busy where nobody may wait; by the usual recursion over the agents."""
    found = 1.0
    for n in range(1, agents + 1):
        found = load * found / (n + load * found)
    return found


class ErlangC:
    """M/M/n: who has to wait waits until they are served."""

    def __init__(self, agents: int, arrivals: float, handling: float) -> None:
        self.agents, self.arrivals, self.handling = agents, arrivals, handling
        load = offered(arrivals, handling)
        if load >= agents:
            raise ValueError(f"{load} erlangs are too many for {agents} agents: the queue grows for ever")
        lost = blocked(agents, load)
        self.waiting_probability = agents * lost / (agents - load * (1 - lost))
        self.surplus = agents / handling - arrivals
        """How much faster the agents are than the arrivals, items a second."""

    @property
    def mean_wait(self) -> float:
        """Seconds, of all, those who did not wait included."""
        return self.waiting_probability / self.surplus

    def answered_within(self, limit: float) -> float:
        """The share that waits no longer than `limit` seconds."""
        return 1 - self.waiting_probability * exp(-self.surplus * limit)


class ErlangA:
    """M/M/n+M: as Erlang C, but who waits gives up after an exponential time with mean `patience` seconds."""

    def __init__(self, agents: int, arrivals: float, handling: float, patience: float) -> None:
        self.agents, self.arrivals, self.patience = agents, arrivals, patience
        self.rate = agents / handling
        """At which busy agents become free, all together, a second."""
        idle, queued = self._states(offered(arrivals, handling))
        total = sum(idle) + sum(queued)
        self.queued = [weight / total for weight in queued]
        """By how many wait already, the probability that all agents are busy and so many wait."""

    def _states(self, load: float) -> tuple[list[float], list[float]]:
        """The weights of the states of the birth-death process, up to `agents - 1` busy and from there on."""
        idle = [1.0]
        for n in range(1, self.agents):
            idle.append(idle[-1] * load / n)
        queued = [idle[-1] * load / self.agents]
        while queued[-1] > ENOUGH * max(max(queued), max(idle)):
            queued.append(queued[-1] * self.arrivals / (self.rate + len(queued) / self.patience))
        return idle, queued

    @property
    def waiting_probability(self) -> float:
        """The share that finds every agent busy."""
        return sum(self.queued)

    @property
    def mean_wait(self) -> float:
        """Seconds, of all, those who gave up included: by Little's law from the mean length of the queue."""
        return sum(ahead * chance for ahead, chance in enumerate(self.queued)) / self.arrivals

    @property
    def abandoned(self) -> float:
        """The share that gives up: each second, every one who waits does with probability 1/patience."""
        return self.mean_wait / self.patience

    def answered_within(self, limit: float) -> float:
        """The share of all that is served after at most `limit` seconds.

        Who finds k waiting is served after the sum of k+1 exponential times with the rates n/handling + i/patience,
        i = 0 … k, unless they give up before. exp(-wait/patience) is then beta-distributed with n·patience/handling and k+1.
        """
        found = 1 - self.waiting_probability
        shape, least = self.rate * self.patience, exp(-limit / self.patience)
        tails = beta_tails(shape + 1, least)
        for ahead, chance in enumerate(self.queued):
            # E[U; U >= least] of a beta variable U with (shape, ahead + 1) is its mean times a tail of (shape + 1, ahead + 1)
            found += chance * shape / (shape + ahead + 1) * next(tails)
        return found


def beta_tails(shape: float, least: float) -> Iterator[float]:
    """For b = 1, 2, 3 …: the probability that a beta variable with (shape, b) is at least `least`.

    The other side is least^shape · sum over j < b of (1 - least)^j · shape (shape + 1) … (shape + j - 1) / j!.
    """
    term, below, b = least**shape, 0.0, 0
    while True:
        below += term
        yield max(0.0, 1 - below)
        term *= (1 - least) * (shape + b) / (b + 1)
        b += 1


def cobham(agents: int, arrivals: Sequence[float], handling: float) -> list[float]:
    """The mean waits by priority, the first one first, where nobody is interrupted and all are handled alike (A. Cobham,
    Priority Assignment in Waiting Line Problems, 1954)."""
    all_of_them = ErlangC(agents, sum(arrivals), handling)
    until_one_is_free = all_of_them.waiting_probability * handling / agents
    return [
        until_one_is_free / (before * after)
        for before, after in _left_over(agents, arrivals, [handling] * len(arrivals))
    ]


def cobham_alone(arrivals: Sequence[float], handling: Sequence[float]) -> list[float]:
    """The same for one agent, where each priority has a mean handling time of its own."""
    rest = sum(rate * mean**2 for rate, mean in zip(arrivals, handling, strict=True))  # half of E[S²] = 2 mean²
    return [rest / (before * after) for before, after in _left_over(1, arrivals, handling)]


def interrupted(arrivals: Sequence[float], handling: Sequence[float]) -> list[float]:
    """The mean times from arrival to end by priority, for one agent, where the higher priority interrupts and what it
    interrupted goes on where it stood (preemptive resume)."""
    times, rest = [], 0.0
    shares = _left_over(1, arrivals, handling)
    for rate, mean, (before, after) in zip(arrivals, handling, shares, strict=True):
        rest += rate * mean**2
        times.append(mean / before + rest / (before * after))
    return times


def _left_over(agents: int, arrivals: Sequence[float], handling: Sequence[float]) -> list[tuple[float, float]]:
    """By priority, the share of the agents' time that those before it leave over, and that it leaves over itself."""
    found, left = [], 1.0
    for rate, mean in zip(arrivals, handling, strict=True):
        before, left = left, left - rate * mean / agents
        found.append((before, left))
    if left <= 0:
        raise ValueError("there is more work than the agents can do: the queue grows for ever")
    return found
