"""R27: whether a pasted snippet has called home: a small record in memory, which nobody can make large."""

from __future__ import annotations

from itertools import count

from parley_gateway.pages.snippet_calls import LONGEST_ORIGIN, MOST_PAGES, MOST_SERVICES, SnippetCalls

SHOP, OTHER = "https://shop.example", "https://other.example"


def listening() -> SnippetCalls:
    """A clock that goes on by one with every call."""
    ticks = count(100)
    return SnippetCalls(clock=lambda: next(ticks))


def seen(calls: SnippetCalls, service: str = "s") -> list[tuple[str | None, bool, int, int]]:
    return [(call.origin, call.allowed, call.at, call.times) for call in calls.of("t")[service]]


def test_R27_who_asked_last_comes_first_and_is_counted() -> None:
    calls = listening()
    assert (calls.since, calls.of("t")) == (100, {})
    for origin, allowed in ((SHOP, True), (OTHER, False), (None, True), (SHOP, True)):
        calls.heard("t", "s", origin, allowed)
    assert seen(calls) == [(SHOP, True, 104, 2), (None, True, 103, 1), (OTHER, False, 102, 1)]


def test_R27_an_origin_that_is_allowed_meanwhile_is_refused_no_more() -> None:
    calls = listening()
    calls.heard("t", "s", SHOP, False)
    calls.heard("t", "s", SHOP, True)
    assert seen(calls) == [(SHOP, True, 102, 2)]


def test_R27_a_tenant_sees_its_own() -> None:
    calls = listening()
    calls.heard("other", "s", SHOP, True)
    assert calls.of("t") == {}


def test_R27_R31_pages_that_make_up_origins_push_out_nothing_that_is_allowed() -> None:
    calls = listening()
    calls.heard("t", "s", SHOP, True)
    for number in range(1_000):
        calls.heard("t", "s", f"https://{number}.example/{'x' * 1_000}", False)
    found = seen(calls)
    assert len(found) == MOST_PAGES + 1
    assert found[-1] == (SHOP, True, 101, 1)
    assert all(origin is not None and len(origin) <= LONGEST_ORIGIN for origin, *_ in found)


def test_R31_so_many_chat_services_are_remembered() -> None:
    calls = listening()
    for number in range(MOST_SERVICES + 5):
        calls.heard("t", f"s{number}", SHOP, True)
    assert len(calls.of("t")) == MOST_SERVICES
    assert "s0" not in calls.of("t")
