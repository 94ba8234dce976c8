# ruff: noqa: T201, S603
"""Makes `web/widget.min.js`, which browsers get, from `web/widget.js`: `make widget`. It needs Node, and fetches the
minifier (https://terser.org); nothing else in the repository does.

--check: says whether the file was made from the source as it is, and changes nothing; it needs neither.
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
SOURCE, BUILT, PINNED = WEB / "widget.js", WEB / "widget.min.js", WEB / "widget/pinned"
MADE = WEB / "widget/made.json"
"""The hashes of the source and of what was made from it."""

OWN = (
    "agentTypes answer asking badge begin death draw endButton fail flush flying gone granted guest heading heart isRead lastFrom "
    "launcher leaving letter line match notice offer opened otherTab pend pending pendings quiet readMark reading refuse renew report "
    "resuming scroll sendButton sender settle signalled started tell translate typed typingEnd unpend unread wish"
)
"""Names of the widget's own properties, which nobody outside says: no text's, no frame's, no element's."""
SHORT = f"regex=/^({'|'.join(OWN.split())})$/"
MINIFIER = ("--yes", "terser@5.51.4", "--ecma", "2020", "--compress", "passes=2", "--mangle", "--mangle-props", SHORT)


def built() -> bytes:
    """The source with short names for its variables and without needless characters, also in its style sheet."""
    npx = shutil.which("npx")
    if npx is None:
        sys.exit("npx is missing on this machine: web/widget.min.js was not made (apt-get install npm)")
    source = re.sub(r"(?s)`\n:host.*?`", _tight, SOURCE.read_text("utf-8"))
    return subprocess.run([npx, *MINIFIER], input=source.encode(), stdout=subprocess.PIPE, check=True).stdout


def _tight(sheet: re.Match[str]) -> str:
    return re.sub(r"\s*([{};,>~])\s*|(?<=:)\s+", r"\1", sheet[0]).replace(";}", "}")


def made() -> dict[str, str]:
    """What `made.json` has to say."""
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in (SOURCE, BUILT)}


def main(args: list[str]) -> int:
    """0 when the file is, or now is, what the source makes."""
    if "--check" in args:
        if json.loads(MADE.read_text("utf-8")) == made():
            return 0
        print("web/widget.min.js was not made from web/widget.js as it is: run `make widget`")
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
