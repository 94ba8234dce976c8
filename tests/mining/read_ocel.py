"""`build/mining/bin/python read_ocel.py FILE QUEUE KIND`: what PM4Py reads in an OCEL 2.0 file. Prints JSON: the numbers of events,
objects and relations by kind, and of the objects of a kind that were in a queue the directly-follows graph; `place`: where in their ways an activity stands on
average, from 0 to 1.

In an environment of its own (`make mining`): PM4Py is under the AGPL, and nothing of Parley is made with it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pm4py  # type: ignore[import-not-found, unused-ignore]


def main(path: str, queue: str, kind: str) -> dict[str, Any]:
    ocel = pm4py.read_ocel2_json(path)
    relations = ocel.relations
    inside = set(relations[relations["ocel:oid"] == queue]["ocel:eid"])
    about = relations[(relations["ocel:type"] == kind) & (relations["ocel:qualifier"] == "about")]
    chosen = set(about[about["ocel:eid"].isin(inside)]["ocel:oid"])
    flat = pm4py.ocel_flattening(ocel, kind)
    flat = flat[flat["case:concept:name"].isin(chosen)]
    edges, begins, ends = pm4py.discover_dfg(flat)
    steps = flat.groupby("case:concept:name")["concept:name"]
    place = (steps.cumcount() / steps.transform("size")).groupby(flat["concept:name"]).mean()
    activities = flat["concept:name"].value_counts().to_dict()
    return {
        "pm4py": pm4py.__version__,
        "events": ocel.events["ocel:activity"].value_counts().to_dict(),
        "objects": ocel.objects["ocel:type"].value_counts().to_dict(),
        "relations": len(relations),
        "qualifiers": relations["ocel:qualifier"].value_counts().to_dict(),
        "cases": len(chosen),
        "activities": activities,
        "edges": [[one, other, count] for (one, other), count in sorted(edges.items())],
        "begins": begins,
        "ends": ends,
        "place": {name: float(where) for name, where in place.items()},
    }


if __name__ == "__main__":
    found = main(*sys.argv[1:])
    json.dump(found, sys.stdout, default=int, sort_keys=True)
