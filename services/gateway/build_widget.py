# ruff: noqa: T201, S603
"""Makes `web/widget.min.js`, which browsers get, from the modules in `web/widget/src`: `make widget`. It needs Node, and
fetches what joins them (https://esbuild.github.io) and what makes that small (https://terser.org).

--check: says whether the file was made from the modules as they are, and changes nothing; it needs neither.
--pin: also keeps it in `web/widget/pinned`, under its hash. Pages that pinned a version go on with it after an upgrade.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

WEB = Path(__file__).parent / "src/parley_gateway/web"
SOURCES, BUILT, PINNED = WEB / "widget/src", WEB / "widget.min.js", WEB / "widget/pinned"
MADE = WEB / "widget/made.json"
"""The hashes of the modules and of what was made from them."""
SHARED = re.compile(r'^import .* from "../../(assets/shared/\w+\.js)";$', re.M)
"""A module of our pages that the widget has too."""

JOIN = (
    "--yes",
    "esbuild@0.28.2",
    str(SOURCES / "main.js"),
    "--bundle",
    "--format=iife",
    "--charset=utf8",
    "--tsconfig-raw={}",
)
"""What is a module's own becomes a variable, which the next step gives a short name; names of properties stay as they are."""
COMPRESS = "passes=4,hoist_funs,pure_getters,unsafe,unsafe_arrows,unsafe_methods"
SHORTEN = ("--yes", "terser@5.51.4", "--ecma", "2022", "--compress", COMPRESS, "--mangle")


def built() -> bytes:
    """The modules in one file, with short names for their variables and without needless characters, also in the style
    sheet."""
    npx = shutil.which("npx")
    if npx is None:
        sys.exit("npx is missing on this machine: web/widget.min.js was not made (apt-get install npm)")
    joined = subprocess.run([npx, *JOIN], stdout=subprocess.PIPE, check=True).stdout.decode()
    script, sheets = re.subn(r"(?s)`\n:host.*?`", _tight, joined)
    if sheets != 1:
        sys.exit("the style sheet was not found in what esbuild made of widget/src/css.js")
    return subprocess.run([npx, *SHORTEN], input=script.encode(), stdout=subprocess.PIPE, check=True).stdout


def _tight(sheet: re.Match[str]) -> str:
    return re.sub(r"\s*([{};,>~]|!important)\s*|(?<=:)\s+", r"\1", sheet[0]).replace(";}", "}")


def made() -> dict[str, str]:
    """What `made.json` has to say."""
    sources = sorted(SOURCES.iterdir())
    shared = {WEB / path for source in sources for path in SHARED.findall(source.read_text("utf-8"))}
    files = [*sources, *sorted(shared), BUILT]
    return {str(path.relative_to(WEB)): sha256(path.read_bytes()).hexdigest() for path in files}


def main(args: list[str]) -> int:
    """0 when the file is, or now is, what the modules make."""
    if "--check" in args:
        if json.loads(MADE.read_text("utf-8")) == made():
            return 0
        print("web/widget.min.js was not made from web/widget/src as it is: run `make widget`")
        return 1
    script = built()
    BUILT.write_bytes(script)
    MADE.write_text(json.dumps(made(), indent=2) + "\n", "utf-8")
    print(f"{BUILT.name}: {len(gzip.compress(script, 9))} bytes gzipped")
    if "--pin" in args:
        path = PINNED / f"{sha256(script).hexdigest()[:16]}.js"
        path.write_bytes(script)
        print(f"pinned: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
