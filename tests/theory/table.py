"""The figures as a table, and into the page that shows them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def table(figures: Sequence[dict[str, Any]]) -> str:
    """A Markdown table of what was measured and what theory says."""
    lines = ["| theory | centre | figure | expected | measured | ± (99 %) |", "|---|---|---|--:|--:|--:|"]
    for found in figures:
        places = 1 if found["expected"] >= 100 else 2 if found["expected"] >= 2 else 4
        unit = f" {found['unit']}" if found["unit"] else ""
        numbers = [f"{found[key]:,.{places}f}" for key in ("expected", "measured", "half_width")]
        mark = "" if found["agrees"] else " (outside)"
        lines.append(
            f"| {found['theory']} | {found['case']} | {found['figure']} | {numbers[0]}{unit} | {numbers[1]}{unit}{mark} | {numbers[2]} |"
        )
    return "\n".join(lines)


def summary(results: dict[str, Any]) -> str:
    """How long it was, and how many agree."""
    figures = results["figures"]
    agree = sum(found["agrees"] for found in figures)
    return (
        f"{results['arrivals']:,} arrivals in each case after {results['arrivals'] // 10:,} that only fill the empty centre, "
        f"seed {results['seed']}: {agree} of {len(figures)} figures lie within their 99 % confidence interval."
    )


def write_page(page: Path, results: dict[str, Any]) -> None:
    """The results between the page's markers. Raises LookupError where it has none."""
    write_between(page, "theory", f"{summary(results)}\n\n{table(results['figures'])}")


def write_between(page: Path, marker: str, content: str) -> None:
    """New content between two markers of a page. Raises LookupError where it has none."""
    pattern = re.compile(rf"(<!-- {marker} -->\n).*?(<!-- end of {marker} -->)", re.DOTALL)
    text = page.read_text()
    if not pattern.search(text):
        raise LookupError(f"{page.name} has no markers <!-- {marker} --> and <!-- end of {marker} -->")
    page.write_text(pattern.sub(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", text))
