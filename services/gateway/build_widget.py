"""Makes `web/widget.min.js`, which browsers get, from `web/widget.js`: `make widget`.

--check: says whether the file is the one that the source makes, and changes nothing.
--pin: also keeps it in `web/widget/pinned`, under its hash. Pages that pinned a version go on with it after an upgrade.

The minifier (https://github.com/tdewolff/minify) is needed here only; where no wheel of it fits the machine, --check
passes over it and says so. It drops what stands behind `void`: the source may not use that.
"""

# ruff: noqa: T201
from __future__ import annotations

import gzip
import re
import sys
from hashlib import sha256
from pathlib import Path

WEB = Path(__file__).parent / "src/parley_gateway/web"
SOURCE, BUILT, PINNED = WEB / "widget.js", WEB / "widget.min.js", WEB / "widget/pinned"


def built() -> bytes:
    """The source with short names for its variables and without needless characters, also in its style sheet."""
    import minify

    script = minify.string("text/javascript", SOURCE.read_text("utf-8"))
    return re.sub(r"(?s)`\n:host.*?`", _tight, script).encode() + b"\n"


def _tight(sheet: re.Match[str]) -> str:
    return re.sub(r"\s*([{};,>~])\s*|(?<=:)\s+", r"\1", sheet[0]).replace(";}", "}")


def main(args: list[str]) -> int:
    """0 when the file is, or now is, what the source makes."""
    try:
        script = built()
    except ImportError:
        print("the minifier is missing on this machine: web/widget.min.js was neither made nor checked")
        return 0 if "--check" in args else 1
    if "--check" in args:
        if BUILT.read_bytes() == script:
            return 0
        print("web/widget.min.js is not what web/widget.js makes: run `make widget`")
        return 1
    BUILT.write_bytes(script)
    print(f"{BUILT.name}: {len(gzip.compress(script, 9))} bytes gzipped")
    if "--pin" in args:
        path = PINNED / f"{sha256(script).hexdigest()[:16]}.js"
        path.write_bytes(script)
        print(f"pinned: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
