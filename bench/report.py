"""The figures as tables: on the terminal, and between the markers in docs/performance.md."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .figures import KIB, SETUPS, aims, get, shown, sources
from .texts import ROOT

RESULTS = Path(__file__).parent / "results" / "latest.json"
PROFILE = Path(__file__).parent / "results" / "profile.json"
DOCUMENT = ROOT / "docs" / "performance.md"
WINDOWS = {"max": "", "both": ", both sides speak"}
_MET = {True: "yes", False: "no", None: ""}


def _grid(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table that can be read as it is, too."""
    lines = [list(head), *([_shown(cell) for cell in row] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    return shown(cell) if isinstance(cell, int | float) else str(cell)


def _aims(results: dict[str, Any]) -> str:
    head = ("Parley as services", "measured", "beside", "ratio", "aim", "met")
    return _grid(head, [(*aim[:5], _MET[aim.met]) for aim in aims(results)])


def _latencies(results: dict[str, Any]) -> str:
    head = ("from the instant of sending, ms", "at", "arrived p50", "p95", "p99", "acknowledged p50", "p95", "p99")
    rows = []
    for name, figures in sources(results):
        for rate, found in (get(figures, "latency") or {}).items():
            cells = [found[side][at] for side in ("delivered", "acked") for at in ("p50_ms", "p95_ms", "p99_ms")]
            rows.append((name, rate, *cells))
    return _grid(head, rows)


def _most(results: dict[str, Any]) -> str:
    head = ("as many as go through", "messages/s", "each window", "in flight", "p50 ms", "p99 ms", "others' cores")
    rows = []
    for name, figures in sources(results):
        for part, title in WINDOWS.items():
            if (found := get(figures, part)) is not None:
                windows = ", ".join(f"{rate:,.0f}" for rate in found["all_windows_per_s"])
                times = found["delivered"]
                cells = (found["in_flight"], times["p50_ms"], times["p99_ms"], found.get("others_cores"))
                rows.append((name + title, found["per_s"], windows, *cells))
    return _grid(head, rows)


def _processor(results: dict[str, Any]) -> str:
    parts: list[str] = []
    spent = [
        (name + title, get(figures, part, "cpu_us_per_message") or {})
        for name, figures in sources(results)
        for part, title in WINDOWS.items()
    ]
    for _, found in spent:
        parts += [part for part in found if part not in parts and part not in ("client", "all")]
    parts += ["client", "all"]
    head = ("processor time per message, µs", *parts)
    return _grid(head, [(name, *(found.get(part) for part in parts)) for name, found in spent if found])


def _stored(results: dict[str, Any]) -> str:
    head = ("bytes stored per message", "text", "session's log", "CRM", "log without indexes", "CRM without indexes")
    names = ("text_bytes", "log_bytes", "crm_bytes", "log_bytes_without_indexes", "crm_bytes_without_indexes")
    found = [(title, get(results, name, "bytes")) for name, title in SETUPS.items()]
    return _grid(head, [(title, *(figures.get(name) for name in names)) for title, figures in found if figures])


def _rebuilt(results: dict[str, Any]) -> str:
    head = ("events/s", "events", "CRM rebuilt and compared", "only rebuilt", "chats folded", "rows that differ")
    rows = []
    for name, title in SETUPS.items():
        if (found := get(results, name, "rebuild")) is not None:
            folded = results[name]["replay"]["events_per_s"]
            only = found["without_comparison_events_per_s"]
            rows.append((title, found["events"], found["events_per_s"], only, folded, found["different_rows"]))
    return _grid(head, rows)


def _memory(results: dict[str, Any]) -> str:
    head = ("gateway's memory per visitor, KiB", "visitors", "connected", "with a chat, idle")
    found = get(results, "services", "memory")
    if found is None:
        return ""
    cells = (found["visitors"], found["connected_bytes"] / KIB, found["started_bytes"] / KIB)
    return _grid(head, [(SETUPS["services"], *cells)])


def _where(results: dict[str, Any]) -> str:
    machine, settings = results["machine"], results["settings"]
    servers = machine.get("servers", {})
    lines = [
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB, {machine['system']}; "
        f"Python {machine['python']}, RabbitMQ {servers.get('rabbitmq', '-')}, PostgreSQL "
        f"{servers.get('postgresql', '-')} (fsync {servers.get('fsync', '-')}, synchronous_commit "
        f"{servers.get('synchronous_commit', '-')}).",
        f"{settings['conversations']} chats, {settings['in_flight']} messages in flight, {settings['windows']} windows "
        f"of {settings['window_s']} s, texts: {settings['texts']}. Measured {results['measured']} in "
        f"{results.get('took_s', 0)} s.",
    ]
    if reason := get(results, "ejabberd", "absent"):
        lines.append(f"ejabberd was not measured: {reason}.")
    return " ".join(lines)


def table(results: dict[str, Any]) -> str:
    """Everything that was measured."""
    parts = [_where(results), *(make(results) for make in (_aims, _latencies, _most, _processor))]
    parts += [make(results) for make in (_memory, _stored, _rebuilt)]
    return "\n\n".join(part for part in parts if part.count("\n") != 1)


def profile_table(profile: dict[str, Any]) -> str:
    """Where each process's time goes."""
    parts = []
    for name, found in profile["processes"].items():
        per_message = found["us_per_message"]
        head = (f"{name}: {per_message:,.0f} µs a message", "share", "µs a message")
        groups = [(group, f"{part:.1%}", part * per_message) for group, part in found["groups"].items()]
        own = [(f"its function {what}", f"{part:.1%}", part * per_message) for what, part in found["functions"].items()]
        parts.append(_grid(head, [(what, part, f"{us:.1f}") for what, part, us in groups + own]))
    return "\n\n".join(parts)


def _between(text: str, marker: str, content: str) -> str:
    pattern = re.compile(rf"(<!-- {marker} -->\n).*?(<!-- end of {marker} -->)", re.DOTALL)
    if not pattern.search(text):
        raise LookupError(f"{DOCUMENT.name} has no markers <!-- {marker} --> and <!-- end of {marker} -->")
    return pattern.sub(lambda found: f"{found[1]}\n{content}\n\n{found[2]}", text)


def write_between(marker: str, content: str) -> None:
    """The content between the document's markers of this name. Raises LookupError where it has none."""
    DOCUMENT.write_text(_between(DOCUMENT.read_text(), marker, content))


def write_report() -> int:
    """The kept figures into the document; 1 when there are none."""
    if not RESULTS.exists():
        print("no figures are kept: `make bench` makes some", file=sys.stderr)
        return 1
    text = _between(DOCUMENT.read_text(), "figures", table(json.loads(RESULTS.read_text())))
    if PROFILE.exists():
        text = _between(text, "profile", profile_table(json.loads(PROFILE.read_text())))
    DOCUMENT.write_text(text)
    print(f"written: {DOCUMENT.relative_to(ROOT)}", file=sys.stderr)
    return 0
