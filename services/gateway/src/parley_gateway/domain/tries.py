"""How often somebody may be wrong: so many times at once, then after a delay that grows, and is never a lock."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from parley_contracts.refusal import Refused


class Tries(NamedTuple):
    """What is known of one key: how many tries came to nothing, or are not decided yet, as of `at` (milliseconds since 1970). Until
    `known_until` it is somewhere from where this user has logged in."""

    wrong: float = 0.0
    at: int = 0
    known_until: int = 0


class Rule(NamedTuple):
    """`free` tries at once; then `first_s` after the last one, doubled by each try, at most `longest_s`. One is forgotten every
    `forget_s`."""

    free: int
    first_s: float
    longest_s: float
    forget_s: float


HERE = Rule(free=10, first_s=5, longest_s=300, forget_s=600)
"""One user from one address, or in one browser that this user has used before."""
ADDRESS = Rule(free=100, first_s=1, longest_s=20, forget_s=20)
"""One address, whomever it tries: an office mistypes, too."""
EVERYWHERE = Rule(free=100, first_s=1, longest_s=60, forget_s=60)
"""One user from all the addresses and browsers where they have never been."""

Key = tuple[str, ...]


def keys_of(tenant: str, user: str, address: str, device: str | None) -> dict[Key, Rule]:
    """Where a try counts. A browser that this user has logged in with counts for itself: whatever others do elsewhere, its user can
    log in."""
    if device is not None:
        return {("device", device): HERE}
    return {
        ("here", tenant, user, address): HERE,
        ("address", address): ADDRESS,
        ("everywhere", tenant, user): EVERYWHERE,
    }


def counting(known: dict[Key, Tries], rules: dict[Key, Rule], at: int) -> dict[Key, Rule]:
    """Those of the rules that hold: whoever has been here before is not kept out by what strangers do elsewhere."""
    trusted = any(known.get(key, Tries()).known_until > at for key in rules if key[0] == "here")
    return {key: rule for key, rule in rules.items() if not (trusted and key[0] == "everywhere")}


def reserved(known: dict[Key, Tries], rules: dict[Key, Rule], at: int) -> dict[Key, Tries]:
    """What is known once a try at `at` is counted as wrong: it is, until it was right. Raises Refused `rate_limited`; then nothing
    is counted."""
    counted: dict[Key, Tries] = {}
    wait_ms = 0.0
    for key, rule in counting(known, rules, at).items():
        tries = known.get(key, Tries())
        since = max(0, at - tries.at)
        wrong = max(0.0, tries.wrong - since / 1000 / rule.forget_s)
        if wrong > rule.free - 1:
            delay_s = min(rule.longest_s, rule.first_s * 2 ** min(30, max(0, ceil(tries.wrong) - rule.free)))
            wait_ms = max(wait_ms, delay_s * 1000 - since)
        counted[key] = tries._replace(wrong=wrong + 1, at=max(at, tries.at))
    if wait_ms > 0:
        wait = ceil(wait_ms / 1000)
        raise Refused("rate_limited", f"Too many wrong passwords: wait {wait} s.", retry_after_s=wait)
    return counted


KNOWN_MS = 90 * 24 * 3_600_000
"""So long an address is one where a user has been."""


def right(known: dict[Key, Tries], rules: dict[Key, Rule], at: int) -> dict[Key, Tries]:
    """What is known once the try has turned out right: here nothing was wrong, elsewhere this one was not."""
    back = given_back(known, rules, at)
    here = {key: Tries(0.0, at, at + KNOWN_MS) for key in back if key[0] in ("here", "device")}
    return {**back, **here}


def given_back(known: dict[Key, Tries], rules: dict[Key, Rule], at: int) -> dict[Key, Tries]:
    """What is known once it has turned out that nothing was wrong: there was no room to look, or it was right."""
    counted = [key for key in counting(known, rules, at) if key in known]
    return {key: known[key]._replace(wrong=max(0.0, known[key].wrong - 1)) for key in counted}
