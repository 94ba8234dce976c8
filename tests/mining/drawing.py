"""A directly-follows graph as one SVG, drawn by hand: what happened from top to bottom, how often one thing followed another as
lines; back again on the left. Readable on light and on dark ground."""

from __future__ import annotations

from html import escape
from typing import Any, NamedTuple

WIDTH, TOP, ROW, BOX, HIGH = 900, 96, 62, 190, 34
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 14px; font-weight: 600 }
  .quiet { fill: #59636e } .middle { text-anchor: middle } .end { text-anchor: end }
  .box { fill: #ddf4ff; stroke: #0969da; stroke-width: 1 }
  .ends { fill: #dafbe1; stroke: #1a7f37 }
  .line { fill: none; stroke: #59636e; stroke-opacity: 0.75 }
  .head { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 }
    .box { fill: #0c2d4d; stroke: #58a6ff } .ends { fill: #12361f; stroke: #3fb950 }
    .line { stroke: #9198a1 } .head { fill: #9198a1 }
  }
"""


class Edge(NamedTuple):
    """So often the `other` followed the `one`."""

    one: str
    other: str
    count: int


def draw(graph: dict[str, Any], title: str, least: int) -> str:
    """The picture; what followed less than `least` times is left out."""
    edges = [Edge(*each) for each in graph["edges"]]
    names = sorted(graph["activities"], key=lambda name: graph["place"][name])
    shown = [each for each in edges if each.count >= least]
    most = max(each.count for each in edges)
    height = TOP + ROW * len(names) + 20
    place = {name: TOP + ROW * number + HIGH / 2 for number, name in enumerate(names)}
    left_out = sum(each.count < least for each in edges)
    about = f"{graph['cases']} chats; a number says how often one followed the other"
    if left_out:
        about += f"; {left_out} ways that were taken less than {least} times are not drawn"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto" '
        'markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8z" class="head"/></marker></defs>',
        f'<text x="20" y="28" class="title">{escape(title)}</text>',
        f'<text x="20" y="50" class="quiet">{escape(about)}</text>',
        *(_line(each, place, most) for each in sorted(shown, key=lambda each: each.count)),
        *(_box(name, place[name], graph) for name in names),
        *(_label(each, place) for each in shown),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _curve(edge: Edge, place: dict[str, float]) -> tuple[float, float, float, float]:
    """Where a line begins and ends, how far out it goes, and to which side: 1 right, -1 left."""
    y1, y2 = place[edge.one], place[edge.other]
    side = 1 if y2 > y1 else -1
    rows = abs(y2 - y1) / ROW
    return y1 + side * 4, y2 - side * 4, 26 + 30 * (rows - 1) if rows else 24, side


def _line(edge: Edge, place: dict[str, float], most: int) -> str:
    wide = 0.8 + 5 * edge.count / most
    middle = WIDTH / 2
    style = f'class="line" stroke-width="{wide:.1f}" marker-end="url(#head)"'
    if edge.one == edge.other:
        x, y = middle - BOX / 2, place[edge.one]
        return f'<path d="M{x:.0f} {y - 8:.0f}C{x - 34:.0f} {y - 18:.0f} {x - 34:.0f} {y + 18:.0f} {x:.0f} {y + 8:.0f}" {style}/>'
    y1, y2, out, side = _curve(edge, place)
    if y2 - y1 + 8 == ROW:
        return f'<path d="M{middle:.0f} {y1 + HIGH / 2 - 4:.0f}V{y2 - HIGH / 2 + 4:.0f}" {style}/>'
    x = middle + side * BOX / 2
    far = x + side * min(out, 300) * 4 / 3
    return f'<path d="M{x:.0f} {y1:.0f}C{far:.0f} {y1:.0f} {far:.0f} {y2:.0f} {x:.0f} {y2:.0f}" {style}/>'


def _label(edge: Edge, place: dict[str, float]) -> str:
    middle = WIDTH / 2
    if edge.one == edge.other:
        return f'<text x="{middle - BOX / 2 - 30:.0f}" y="{place[edge.one] + 4:.0f}" class="end">{edge.count}</text>'
    y1, y2, out, side = _curve(edge, place)
    if y2 - y1 + 8 == ROW:
        return f'<text x="{middle + 8:.0f}" y="{(y1 + y2) / 2 + 4:.0f}">{edge.count}</text>'
    x = middle + side * (BOX / 2 + min(out, 300) + 3)
    return f'<text x="{x:.0f}" y="{(y1 + y2) / 2 + 4:.0f}" class="{"" if side > 0 else "end"}">{edge.count}</text>'


def _box(name: str, y: float, graph: dict[str, Any]) -> str:
    kind = "box ends" if graph["ends"].get(name) else "box"
    x = WIDTH / 2
    return (
        f'<rect x="{x - BOX / 2:.0f}" y="{y - HIGH / 2:.0f}" width="{BOX}" height="{HIGH}" rx="6" class="{kind}"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}" class="middle">{escape(name)} · {graph["activities"][name]}</text>'
    )
