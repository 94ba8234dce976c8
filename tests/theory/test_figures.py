"""R37: the figures that supervisors read agree with queueing theory where its formulas hold: speed of answer, service level, who gave up."""

from __future__ import annotations

import pytest
from parley_ops.reports.facts import Facts, Visit
from parley_router.domain import events as e
from parley_router.domain.floor import Floor

from .comparison import SEED, SHORT_ARRIVALS, Case, Verdict, erlang_a, erlang_c, mean_of_batches
from .simulation import TENANT, Simulation


class Counted(Simulation):
    """A centre whose events are counted as those of a log are."""

    def __init__(self, case: Case, seed: int) -> None:
        self.facts = Facts(Floor(TENANT))
        self.visits: dict[int, Visit] = {}
        self._version = 0
        super().__init__(case.centre, seed)

    def _happen(self, events: list[e.Happened]) -> Floor:
        for event in events:
            self._version += 1
            self.facts.follow(self._version, event)
        for (kind, n, _), fact in self.facts.changed.items():
            if kind is Visit and isinstance(fact, Visit):
                self.visits[n] = fact
        self.facts.changed.clear()
        return super()._happen(events)


def gave_up(visit: Visit) -> bool:
    return visit.answered_at is None and visit.outcome in ("abandoned", "visitor_left")


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [erlang_c(5, 0.8), erlang_a(5, 1.1, 180.0, 120.0)], ids=lambda case: f"{case.theory}, {case.name}"
)
def test_R37_figures_agree_with_theory(case: Case) -> None:
    warm = SHORT_ARRIVALS // 10
    centre = Counted(case, SEED)
    centre.run(warm + SHORT_ARRIVALS)
    visits = [centre.visits[n] for n in sorted(centre.visits)][warm : warm + SHORT_ARRIVALS]
    assert all(visit.left_at is not None for visit in visits)
    limit_ms = case.centre.limit_s * 1000
    measured = {
        "mean wait": [(visit.wait_ms or 0) / 1000 for visit in visits],
        f"answered within {case.centre.limit_s:g} s": [
            float(not gave_up(visit) and (visit.wait_ms or 0) <= limit_ms) for visit in visits
        ],
        "gave up": [float(gave_up(visit)) for visit in visits],
    }
    verdicts = [
        Verdict(
            case.theory, case.name, figure.name, figure.unit, figure.theory, *mean_of_batches(measured[figure.name])
        )
        for figure in case.figures
    ]
    assert [verdict.figure for verdict in verdicts if not verdict.agrees] == []
