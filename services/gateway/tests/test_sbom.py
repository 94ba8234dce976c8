"""The gateway's bill of materials names what browsers load, too."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "sbom.py"
spec = importlib.util.spec_from_file_location("sbom", SCRIPT)
assert spec is not None
assert spec.loader is not None
sbom = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sbom)


def test_each_vendored_package_is_a_component_once(tmp_path: Path) -> None:
    bom = tmp_path / "gateway.cdx.json"
    bom.write_text(json.dumps({"components": [{"bom-ref": "requirements-L1", "name": "aio-pika"}]}))
    for _ in range(2):
        sbom.main(bom)
    named = {component["name"]: component for component in json.loads(bom.read_text())["components"]}
    built_of = re.search(r"npm install --no-save (.+)", sbom.README.read_text())
    assert built_of is not None
    installed = {tuple(package.rsplit("@", 1)) for package in built_of[1].split() if not package.startswith("esbuild")}
    assert {(name, found["version"]) for name, found in named.items() if name != "aio-pika"} == installed
    assert named["@preact/signals"]["purl"] == f"pkg:npm/%40preact/signals@{named['@preact/signals']['version']}"
    assert len(json.loads(bom.read_text())["components"]) == 1 + len(installed)
