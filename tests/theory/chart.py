"""The comparison as one SVG, drawn by hand; readable on light and on dark ground."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log10

from .comparison import CHAT_S, CURVES, Verdict, erlang_c
from .formulas import ErlangC

WIDTH, LEFT, RIGHT = 760, 300, 30
CURVES_TOP, CURVES_HEIGHT = 58, 250
ROW = 19
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 14px; font-weight: 600 }
  .quiet { fill: #59636e }
  .end { text-anchor: end } .middle { text-anchor: middle }
  .grid { stroke: #d1d9e0; stroke-width: 1 }
  .zero { stroke: #59636e; stroke-width: 1.5 }
  .theory { fill: none; stroke: #59636e; stroke-width: 1.5 }
  .bar { stroke: #0969da; stroke-width: 2 }
  .dot { fill: #0969da }
  .off { stroke: #bc4c00; fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 }
    .grid { stroke: #3d444d } .zero, .theory { stroke: #9198a1 }
    .bar { stroke: #58a6ff } .dot { fill: #58a6ff }
    .off { stroke: #f0883e; fill: #f0883e }
  }
"""


def chart(verdicts: Sequence[Verdict], arrivals: int) -> str:
    """The picture of all that was measured over so many arrivals a case."""
    top = CURVES_TOP + CURVES_HEIGHT + 90
    height = top + ROW * len(verdicts) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-label="The floor on simulated time beside queueing theory">',
        f"<style>{STYLE}</style>",
        *_curves(verdicts),
        *_deviations(verdicts, arrivals, top),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _text(x: float, y: float, what: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{what}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


# --- the curves of Erlang C -------------------------------------------------------------------------------------------

LOADS = (0.5, 1.0)
WAITS = (0.01, 20.0)
CURVES_LEFT, CURVES_RIGHT = 70, WIDTH - 110


def _x(load: float) -> float:
    return CURVES_LEFT + (load - LOADS[0]) / (LOADS[1] - LOADS[0]) * (CURVES_RIGHT - CURVES_LEFT)


def _y(handling_times: float) -> float:
    low, high = map(log10, WAITS)
    return CURVES_TOP + (high - log10(handling_times)) / (high - low) * CURVES_HEIGHT


def _curves(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield _text(16, 24, "Mean wait by load: Erlang C (lines) and the real floor (dots)", "title")
    yield _text(16, 42, "in handling times, logarithmic; load is the share of the agents' time that is taken", "quiet")
    for wait in (0.01, 0.1, 1, 10):
        yield _line(CURVES_LEFT, _y(wait), CURVES_RIGHT, _y(wait), "grid")
        yield _text(CURVES_LEFT - 8, _y(wait) + 4, f"{wait:g}", "quiet end")
    for load in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0):
        yield _text(_x(load), CURVES_TOP + CURVES_HEIGHT + 18, f"{load:g}", "quiet middle")
    measured = {verdict.case: verdict for verdict in verdicts if verdict.figure == "mean wait"}
    for agents, loads in CURVES.items():
        points = []
        for step in range(0, 96):
            load = LOADS[0] + step * 0.005
            wait = ErlangC(agents, load * agents, 1).mean_wait
            if WAITS[0] <= wait <= WAITS[1]:
                points.append((_x(load), _y(wait)))
        yield f'<polyline class="theory" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'
        yield _text(points[-1][0] + 8, points[-1][1] + 4, "1 agent" if agents == 1 else f"{agents} agents")
        for load in loads:
            verdict = measured.get(erlang_c(agents, load).name)
            if verdict is not None:
                off = "" if verdict.agrees else " off"
                yield f'<circle class="dot{off}" r="4" cx="{_x(load):.1f}" cy="{_y(verdict.measured / CHAT_S):.1f}"/>'


# --- how far from theory ----------------------------------------------------------------------------------------------


def _deviations(verdicts: Sequence[Verdict], arrivals: int, top: int) -> Iterator[str]:
    yield _text(16, top - 44, "Measured beside expected: deviation and its 99 % confidence interval", "title")
    yield _text(16, top - 26, f"{arrivals:,} arrivals a case; the line in the middle is what theory says", "quiet")
    most = max((abs(v.measured / v.expected - 1) + v.half_width / v.expected for v in verdicts), default=0.01)
    middle, scale = (LEFT + WIDTH - RIGHT) / 2, (WIDTH - RIGHT - LEFT) / 2 / most
    bottom = top + ROW * len(verdicts)
    step = next(step for step in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1) if most / step < 4.5)
    for times in range(-int(most / step), int(most / step) + 1):
        x = middle + times * step * scale
        yield _line(x, top - 8, x, bottom, "zero" if times == 0 else "grid")
        yield _text(x, bottom + 16, f"{times * step * 100:+g} %" if times else "0", "quiet middle")
    before = ""
    for row, verdict in enumerate(verdicts):
        y = top + ROW * row + 4
        if verdict.case != before:
            yield _text(16, y + 4, f"{verdict.theory}: {verdict.case}" if verdict.theory != "Cobham" else verdict.case)
        before = verdict.case
        x = middle + (verdict.measured / verdict.expected - 1) * scale
        half, off = verdict.half_width / verdict.expected * scale, "" if verdict.agrees else " off"
        yield _line(x - half, y, x + half, y, f"bar{off}")
        tip = f"{verdict.figure}: {verdict.measured:.4g} {verdict.unit}, expected {verdict.expected:.4g}"
        yield f'<circle class="dot{off}" r="3.5" cx="{x:.1f}" cy="{y:.1f}"><title>{tip}</title></circle>'
