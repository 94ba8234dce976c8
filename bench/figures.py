"""From the results to rows: what was measured, beside what, against which aim."""

from __future__ import annotations

from typing import Any, NamedTuple

KIB = 1024


def shown(number: float) -> str:
    """A number with as many digits as say something."""
    if isinstance(number, int) or abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}"


SETUPS = {"services": "Parley, services", "one process": "Parley, one process on SQLite"}


class Aim(NamedTuple):
    """One line of the comparison; `met` is None where there is no aim, or nothing to compare with."""

    what: str
    measured: str
    against: str
    ratio: str
    aim: str
    met: bool | None


def get(results: dict[str, Any], *path: str) -> Any:
    """What stands there in the results; None where it was not measured."""
    found: Any = results
    for name in path:
        if not isinstance(found, dict) or name not in found:
            return None
        found = found[name]
    return found


def _against(
    what: str, value: Any, other: Any, unit: str, name: str, aim: str = "", least: float = 0, most: float = 0
) -> Aim | None:
    if value is None or not other:
        return None
    ratio = value / other
    met = ratio >= least if least else ratio <= most if most else None
    return Aim(what, f"{shown(value)} {unit}", f"{shown(other)} {unit} ({name})", f"{ratio:.2f}", aim, met)


def _alone(what: str, value: Any, unit: str, aim: str, met: bool) -> Aim | None:
    return None if value is None else Aim(what, f"{shown(value)} {unit}", "", "", aim, met)


def aims(results: dict[str, Any]) -> list[Aim]:
    """Parley as services, beside the floor and beside the others."""
    parley = results.get("services", {})
    p50 = get(parley, "latency", "20/s", "delivered", "p50_ms")
    p99 = get(parley, "latency", "1000/s", "delivered", "p99_ms")
    rate = get(parley, "max", "per_s")
    cpu = get(parley, "max", "cpu_us_per_message", "all")
    packed = get(results, "floor", "packed") or {}
    idle = get(parley, "memory", "started_bytes")
    idle = None if idle is None else idle / KIB
    rebuilt = get(parley, "rebuild", "events_per_s")
    floor_p50 = get(packed, "latency", "20/s", "delivered", "p50_ms")
    floor_cpu = get(packed, "max", "cpu_us_per_message", "all")
    found = [
        _against("p50 at 20/s", p50, floor_p50, "ms", "floor, packed", "≤ 1.5", most=1.5),
        _alone("p99 at 1,000/s", p99, "ms", "< 25 ms", p99 is not None and p99 < 25),
        _against("most messages/s", rate, get(packed, "max", "per_s"), "/s", "floor, packed", "≥ 0.3", least=0.3),
        _against("most messages/s", rate, get(results, "ejabberd", "max", "per_s"), "/s", "ejabberd", "≥ 2", least=2),
        _against("most messages/s", rate, get(results, "socket.io", "max", "per_s"), "/s", "socket.io"),
        _against("processor time per message", cpu, floor_cpu, "µs", "floor, packed"),
        _alone("memory per idle visitor", idle, "KiB", "≤ 32 KiB", idle is not None and idle <= 32),
        _alone("rebuild of the CRM", rebuilt, "events/s", "≥ 100,000/s", (rebuilt or 0) >= 100_000),
    ]
    return [aim for aim in found if aim is not None]


def sources(results: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Everything that carried messages, by its name."""
    found = [(title, results[name]) for name, title in SETUPS.items() if name in results]
    found += [(f"floor, {mode}", figures) for mode, figures in results.get("floor", {}).items()]
    found += [(name, results[name]) for name in ("ejabberd", "socket.io") if "max" in results.get(name, {})]
    return found
