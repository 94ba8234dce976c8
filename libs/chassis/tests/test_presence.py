"""R21, R22: who is there is known by hearsay; what is not said again lapses, and a deaf process counts no silence."""

from __future__ import annotations

from parley_chassis.presence import LEASE_MS, Leases


def test_R22_what_nobody_says_again_lapses_once() -> None:
    leases = Leases()
    assert leases.hear("t/c1", "g1", 0)
    assert not leases.hear("t/c1", "g1", 1_000), "no news"
    assert leases.hear("t/c1", "g2", 2_000), "another gateway is news"
    assert leases.lapse(1_000 + LEASE_MS) == []
    assert leases.lapse(1_001 + LEASE_MS) == [], "another gateway still holds it"
    assert leases.of("t/c1") == ["g2"]
    assert leases.lapse(2_001 + LEASE_MS) == ["t/c1"]
    assert leases.lapse(9_999 + LEASE_MS) == []


def test_R22_it_is_free_when_the_last_has_released_it() -> None:
    leases = Leases()
    leases.hear("t/c1", "g1", 0)
    leases.hear("t/c1", "g2", 0)
    assert not leases.release("t/c1", "g1")
    assert leases.release("t/c1", "g2")
    assert leases.release("t/c1", "g2"), "as free as before"
    assert leases.of("t/c1") == []


def test_R21_a_process_that_heard_nobody_takes_nobody_for_gone() -> None:
    leases = Leases()
    leases.hear("t", "g1", 0)
    leases.prolong(60_000)
    assert leases.lapse(60_000 + LEASE_MS) == []
    assert leases.lapse(60_001 + LEASE_MS) == ["t"]


def test_what_another_process_works_on_is_forgotten_here() -> None:
    leases = Leases()
    for stream in ("t/c1", "t/c2", "t/c3"):
        leases.hear(stream, "g1", 0)
    leases.keep(lambda stream: stream != "t/c2")
    leases.forget("t/c3")
    assert [leases.of(stream) for stream in ("t/c1", "t/c2", "t/c3")] == [["g1"], [], []]
