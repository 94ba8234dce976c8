"""The verdicts, as a small table."""

from __future__ import annotations

from collections.abc import Sequence

from .world import Result


def table(results: Sequence[Result]) -> str:
    """One line a fault: the verdict, how much was judged, the greatest of each measured time."""
    lines = [f"{'fault':<36} {'verdict':<9} {'messages':>8} {'chats':>6} {'s':>5}  measured (the most)"]
    for result in results:
        verdict = "skipped" if result.skipped else "kept" if result.passed else "NOT KEPT"
        most = ", ".join(f"{what} {max(found):g}" for what, found in result.measures.items())
        counts = f"{result.verdict.messages:>8} {result.verdict.chats:>6} {result.seconds:>5.0f}"
        lines.append(f"{result.fault:<36} {verdict:<9} {counts}  {result.skipped or most}")
    return "\n".join(lines)
