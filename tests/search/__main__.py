"""`python -m search`: everything that can happen on a floor of 3 agents, 2 calls and 4 chats, or on another."""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from time import monotonic

from .explore import Found, Key, Search, dive, look_at
from .judge import Broken
from .world import World

CHUNK = 200
FLAGS = {
    "calls_have_wrap_up": "calls have a wrap-up as well",
    "connections_get_lost": "agents' connections get lost (R21)",
    "transfers": "items are transferred to agents, and to other queues if there are more",
}
DIVE = 120
"""How many steps a random life has."""


def arguments(line: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="make search", description=__doc__)
    parser.add_argument("--agents", type=int, default=3, choices=range(1, 5))
    parser.add_argument("--calls", type=int, default=2, choices=range(4))
    parser.add_argument("--chats", type=int, default=4, choices=range(10))
    parser.add_argument("--chats-per-agent", type=int, default=1)
    parser.add_argument("--queues", type=int, default=1, choices=(1, 2))
    parser.add_argument("--pick", action="store_true", help="agents pick, the router assigns nothing")
    for flag, what in FLAGS.items():
        parser.add_argument(f"--{flag.replace('_', '-')}", action="store_true", help=what)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop then, and say how far it came")
    parser.add_argument(
        "--dive", type=float, default=1, help="after a stop, so many minutes of random lives from the edge"
    )
    parser.add_argument("--jobs", type=int, default=1, help="share it among so many processes")
    return parser.parse_args(line)


def world_of(asked: argparse.Namespace) -> World:
    """The world that is asked for."""
    return World(
        agents=asked.agents,
        calls=asked.calls,
        chats=asked.chats,
        chats_per_agent=asked.chats_per_agent,
        queues=asked.queues,
        distribution="pick" if asked.pick else "push",
        **{flag: getattr(asked, flag) for flag in FLAGS},
    )


def show(search: Search) -> None:
    """How far it is, on one line."""
    looked, found = search.looked_at, len(search.keys)
    rate = looked / search.took_s if search.took_s else 0
    line = (
        f"{looked:,} of {found:,} states looked at, {search.steps:,} steps, depth {search.depth}, {rate:,.0f} states/s"
    )
    if sys.stderr.isatty():
        print(f"\r  {line}  ", end="", file=sys.stderr, flush=True)
    elif looked % 50_000 == 0:
        print(f"  {line}", file=sys.stderr, flush=True)


_judged: set[Key] = set()


def look_at_some(asked: tuple[World, list[Key]]) -> list[Found]:
    """In a process of its own: some states."""
    world, keys = asked
    return [look_at(world, key, _judged) for key in keys]


def shared(pool: multiprocessing.pool.Pool, world: World, keys: Iterable[Key]) -> Iterator[Found]:
    """The states of one level, shared out."""
    left = iter(keys)
    chunks = iter(lambda: list(islice(left, CHUNK)), [])
    for found in pool.imap(look_at_some, ((world, chunk) for chunk in chunks)):
        yield from found


def main(line: Sequence[str] | None = None) -> int:
    """0 when nothing was broken as far as it came."""
    asked = arguments(line)
    search = Search(world_of(asked))
    print(search.world)
    try:
        if asked.jobs > 1:
            with multiprocessing.Pool(asked.jobs, signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
                search.run(
                    seconds=asked.minutes * 60, expand=lambda keys: shared(pool, search.world, keys), progress=show
                )
        else:
            search.run(seconds=asked.minutes * 60, progress=show)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
    except Broken as broken:
        print(f"\nBROKEN after {search.looked_at:,} states: {broken}")
        return 1
    return report(search, asked.dive)


def report(search: Search, dive_minutes: float) -> int:
    """What was looked at, and whether everything can be finished from everywhere."""
    looked, found = search.looked_at, len(search.keys)
    print(f"\n{looked:,} states looked at, {search.steps:,} steps, {search.refused:,} refusals, {search.took_s:,.0f} s")
    if search.complete:
        stuck = search.stuck()
        print(
            f"complete: there are no other states. States in which something can not be finished any more: {len(stuck)}"
        )
        if stuck:
            print(search.story(stuck[0], sentence="The shortest way into one of them:"))
        return 1 if stuck else 0
    print(
        f"NOT complete: {found - looked:,} known states were not looked at. All that can happen in {search.depth} steps was, "
        "and nothing was broken. Whether everything can be finished from everywhere was not asked."
    )
    return from_the_edge(search, dive_minutes * 60)


def from_the_edge(search: Search, seconds: float) -> int:
    """Random lives that begin where the search has stopped."""
    random, begun, lives, steps, new = Random(1), monotonic(), 0, 0, set[Key]()
    while monotonic() - begun < seconds and search.looked_at < len(search.keys):
        key = search.keys[random.randrange(search.looked_at, len(search.keys))]
        lives += 1
        try:
            for reached in dive(search.world, key, random, DIVE):
                steps += 1
                if reached not in search.numbers:
                    new.add(reached)
        except Broken as broken:
            print(f"BROKEN on a random life: {broken}, at {broken.action}, in {broken.key!r}")
            return 1
    print(
        f"from there {lives:,} random lives of {steps:,} steps, through {len(new):,} states that were not known: nothing broken"
    )
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
