"""The formulas against values that can be worked out by hand, special cases that must agree, and published ones."""

from __future__ import annotations

from math import exp, isclose

import pytest

from .formulas import ErlangA, ErlangC, beta_tails, blocked, cobham, cobham_alone, interrupted


def test_erlang_B_by_hand() -> None:
    """3 erlangs on 1, 2 … 5 trunks: 3/4, 9/17, 9/26, 27/131, 81/736, from B(n) = a B(n-1) / (n + a B(n-1))."""
    assert [blocked(n, 3) for n in range(1, 6)] == pytest.approx([3 / 4, 9 / 17, 9 / 26, 27 / 131, 81 / 736])


def test_erlang_C_of_one_agent() -> None:
    """M/M/1: who waits is the load, and the mean wait is load / (1 - load) handling times."""
    queue = ErlangC(1, arrivals=0.8, handling=1)
    assert queue.waiting_probability == pytest.approx(0.8)
    assert queue.mean_wait == pytest.approx(4)
    assert queue.answered_within(0) == pytest.approx(0.2)
    assert queue.answered_within(5) == pytest.approx(1 - 0.8 * exp(-1))


def test_erlang_C_of_two_agents() -> None:
    """M/M/2: with each agent's load r, who waits is 2r²/(1 + r) and the mean wait r²/(1 - r²) handling times."""
    queue = ErlangC(2, arrivals=1.5 / 60, handling=60)
    assert queue.waiting_probability == pytest.approx(2 * 0.75**2 / 1.75)
    assert queue.mean_wait == pytest.approx(60 * 0.5625 / 0.4375)


def test_erlang_C_of_five_agents() -> None:
    """3 erlangs on 5 agents, from Erlang B's 81/736: 5·81 / (5·736 - 3·655) = 405/1715 = 0.2362 as in the tables."""
    assert ErlangC(5, arrivals=3, handling=1).waiting_probability == pytest.approx(405 / 1715)


def test_erlang_C_refuses_too_much_work() -> None:
    with pytest.raises(ValueError, match="grows for ever"):
        ErlangC(2, arrivals=2, handling=1)


def test_published_fifty_agents() -> None:
    """48 calls a minute of one minute each for 50 agents, and patience of two minutes (Garnett, Mandelbaum, Reiman, Designing
    a call center with impatient customers, 2002): 20.8 s without and 3.7 s with abandonment, of which there is 3.1 %."""
    assert ErlangC(50, 48 / 60, 60).mean_wait == pytest.approx(20.8, abs=0.05)
    patient = ErlangA(50, 48 / 60, 60, patience=120)
    assert patient.mean_wait == pytest.approx(3.7, abs=0.05)
    assert patient.abandoned == pytest.approx(0.031, abs=0.0005)


def test_erlang_A_of_one_agent_and_patience_like_handling() -> None:
    """Where patience equals handling, items leave as if each were served at once, so their number is Poisson: with one agent
    and one erlang there is nobody with probability 1/e, so 1 - 1/e find the agent busy, the queue is 1/e long, and
    1/e give up."""
    queue = ErlangA(1, arrivals=1, handling=1, patience=1)
    assert queue.waiting_probability == pytest.approx(1 - exp(-1))
    assert queue.mean_wait == pytest.approx(exp(-1))
    assert queue.abandoned == pytest.approx(exp(-1))


def test_erlang_A_of_the_endlessly_patient_is_erlang_C() -> None:
    patient, endless = ErlangA(4, 3, 1, patience=1e6), ErlangC(4, 3, 1)
    assert patient.waiting_probability == pytest.approx(endless.waiting_probability, rel=1e-4)
    assert patient.mean_wait == pytest.approx(endless.mean_wait, rel=1e-4)
    assert patient.answered_within(0.4) == pytest.approx(endless.answered_within(0.4), rel=1e-4)


def test_erlang_A_answers_at_once_or_loses_all_others() -> None:
    """Within no time whoever finds an agent free is served; in the end everybody who does not give up."""
    queue = ErlangA(3, arrivals=4, handling=1, patience=0.5)
    assert queue.answered_within(0) == pytest.approx(1 - queue.waiting_probability)
    assert queue.answered_within(1e3) == pytest.approx(1 - queue.abandoned)


def test_erlang_A_answered_within_by_adding_up() -> None:
    """Beside a plain numerical solution: who finds one waiting, with one agent, waits the sum of two exponential times."""
    queue = ErlangA(1, arrivals=0.7, handling=2, patience=3)
    limit, steps = 1.5, 20_000
    expected = 1 - queue.waiting_probability
    for ahead, chance in enumerate(queue.queued[:60]):
        # the states "i are before me", as differential equations, in small steps; I give up with rate 1/patience throughout
        before, served, step = [0.0] * ahead + [1.0], 0.0, limit / steps
        for _ in range(steps if ahead < 3 else 2_000):
            width = step if ahead < 3 else limit / 2_000
            leave = [place / 3 + 1 / 2 for place in range(ahead + 1)]
            flows = [state * rate * width for state, rate in zip(before, leave, strict=True)]
            served += flows[0]
            before = [
                state - flow + (flows[place + 1] if place < ahead else 0) - state * width / 3
                for place, (state, flow) in enumerate(zip(before, flows, strict=True))
            ]
        expected += chance * served
        if chance < 1e-6:
            break
    assert queue.answered_within(limit) == pytest.approx(expected, abs=2e-4)


def test_the_tails_of_the_beta_distribution() -> None:
    """(a, 1) is x^a; (2, 2) is 3x² - 2x³."""
    assert next(beta_tails(3, 0.5)) == pytest.approx(1 - 0.125)
    tails = beta_tails(2, 0.25)
    next(tails)
    assert next(tails) == pytest.approx(1 - (3 / 16 - 2 / 64))


def test_cobham_of_one_agent_by_hand() -> None:
    """Loads of 0.2 and 0.6, handling 1: 0.8 remains of what is being handled; 0.8 / 0.8 and 0.8 / (0.8 · 0.2)."""
    assert cobham(1, [0.2, 0.6], 1) == pytest.approx([1, 5])
    assert cobham_alone([0.2, 0.6], [1, 1]) == pytest.approx([1, 5])
    assert cobham_alone([0.2, 0.1], [1, 4]) == pytest.approx([1.8 / 0.8, 1.8 / (0.8 * 0.4)])


def test_cobham_keeps_the_mean_of_all() -> None:
    """Whoever goes first, the work is the same: the mean over all is Erlang C's (handling times alike)."""
    first, second = cobham(5, [1.0, 3.0], 1)
    assert (first * 1 + second * 3) / 4 == pytest.approx(ErlangC(5, 4, 1).mean_wait)
    assert first < second


def test_interruption_by_hand() -> None:
    """Who interrupts does not feel the others: M/M/1 alone. The others, 0.5 and 0.25 of the time: 1/0.5 + 0.75 / (0.5 · 0.25)."""
    first, second = interrupted([0.5, 0.25], [1, 1])
    assert isclose(first, 1 / (1 - 0.5))
    assert isclose(second, 2 + 6)


def test_too_much_work_for_one_agent_is_refused() -> None:
    with pytest.raises(ValueError, match="grows for ever"):
        cobham_alone([0.5, 0.5], [1, 1])
