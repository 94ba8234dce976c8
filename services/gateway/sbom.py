"""Adds what browsers load to the gateway's bill of materials: the packages that the vendored file is built of, as its README lists them.

`make sbom` calls it: `sbom.py FILE`, a CycloneDX document in JSON, changed in place.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

README = Path(__file__).parent / "src/parley_gateway/web/assets/vendor/README.md"
ROW = re.compile(
    r"^\| (?P<name>(?:@[\w-]+/)?[\w-]+) \| (?P<version>\d[\w.]*) \| (?P<licence>[\w.-]+) \|$", re.MULTILINE
)


def vendored(readme: str) -> list[dict[str, Any]]:
    """The components that the README's table lists."""
    return [
        {
            "type": "library",
            "bom-ref": f"npm:{row['name']}@{row['version']}",
            "name": row["name"],
            "version": row["version"],
            "purl": f"pkg:npm/{row['name'].replace('@', '%40')}@{row['version']}",
            "licenses": [{"license": {"id": row["licence"]}}],
        }
        for row in ROW.finditer(readme)
    ]


def main(path: Path) -> None:
    """Raises OSError, ValueError where the file is no such document."""
    bom = json.loads(path.read_text())
    added = vendored(README.read_text())
    there = {component["bom-ref"] for component in bom["components"]}
    bom["components"] += [component for component in added if component["bom-ref"] not in there]
    path.write_text(json.dumps(bom, indent=1) + "\n")
    sys.stdout.write(f"{path}: {len(bom['components'])} components\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
