"""The widget's files as browsers get them: the script, its pinned versions, its languages."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256, sha384
from pathlib import Path
from typing import NamedTuple, Self

WEB = Path(__file__).parent / "web"
PINNED = WEB / "widget" / "pinned"
HASH_DIGITS = 16


class Served(NamedTuple):
    """A file as it is sent; `tag` names its content."""

    plain: bytes
    zipped: bytes
    tag: str

    @classmethod
    def of(cls, plain: bytes) -> Self:
        return cls(plain, gzip.compress(plain, 9, mtime=0), sha256(plain).hexdigest()[:HASH_DIGITS])

    @property
    def integrity(self) -> str:
        """As the `integrity` attribute of a script has it."""
        return f"sha384-{b64encode(sha384(self.plain).digest()).decode()}"


@cache
def widget() -> Served:
    """The script of this version, made from `web/widget.js` by `make widget`."""
    return Served.of((WEB / "widget.min.js").read_bytes())


@cache
def pinned(tag: str) -> Served | None:
    """The version with this hash, None where there is none."""
    path = PINNED / f"{tag}.js"
    return Served.of(path.read_bytes()) if re.fullmatch(r"[0-9a-f]{16}", tag) and path.is_file() else None


def language(name: str) -> Served | None:
    """The texts of a language, None where there are none. Read anew each time: a new file needs no restart."""
    path = WEB / "widget" / f"{name}.json"
    return Served.of(path.read_bytes()) if re.fullmatch(r"[a-z]{2,3}", name) and path.is_file() else None
