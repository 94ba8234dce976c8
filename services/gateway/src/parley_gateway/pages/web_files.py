"""What browsers are served from `web/`, as it is sent: without comments, and gzipped beside."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256, sha384
from pathlib import Path
from typing import NamedTuple, Self

WEB = Path(__file__).parents[1] / "web"
HASH_DIGITS = 16
USELESS = {
    ".js": re.compile(r"/\*\*.*?\*/\s*|^\s*//[^\n]*\n|^\s+", re.S | re.M),
    ".css": re.compile(r"/\*.*?\*/\s*|^\s+|\s*\n|(?<=[{;,])\s+|\s+(?=[{}])|;\s*(?=})", re.S | re.M),
}
"""What a browser has no use for: comments, which are half of our modules, for they hold the types; and indentation."""


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


IMPORT = re.compile(r"""^(?:import|export)\b[^"']*"(\.[^"]+)";""", re.M)
MODULE = re.compile(r'<script type="module" src="/([^"]+)">')


def page(name: str) -> Served:
    """A page by its file's name. What its module imports is named in it, so that a browser need not find out file by file."""
    return _page(WEB / name, (WEB / name).stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _page(path: Path, changed: int) -> Served:
    """An import that came later is not named before the next start: the browser then finds it by itself."""
    named = "".join(f'<link rel="modulepreload" href="/{file.relative_to(WEB)}">' for file in modules(path)[1:])
    return Served.of(MODULE.sub(lambda script: named + script[0], path.read_text("utf-8"), count=1).encode())


def modules(page: Path) -> tuple[Path, ...]:
    """The module of a page and all that it imports from the start, in the order in which they are named."""
    found: dict[Path, None] = {}
    waiting = [WEB / path for path in MODULE.findall(page.read_text("utf-8"))]
    while waiting:
        file = waiting.pop(0).resolve()
        if file not in found:
            found[file] = None
            waiting += [file.parent / path for path in IMPORT.findall(file.read_text("utf-8"))]
    return tuple(found)


def asset(path: str) -> Served | None:
    """A file under `web/assets`, None where there is none."""
    try:
        found = (WEB / "assets" / path).resolve()
        if not found.is_relative_to(WEB / "assets") or not found.is_file():
            return None
    except (OSError, ValueError):  # no name that a file could have
        return None
    return _read(found, found.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> Served:
    """`changed`: a file that was written anew is read anew."""
    return Served.of(light(path.read_bytes(), path))


def light(content: bytes, path: Path) -> bytes:
    """A module or style sheet of ours without comments and indentation; anything else, what is vendored too, as it is."""
    useless = USELESS.get(path.suffix)
    if useless is None or path.parent.name == "vendor":
        return content
    return useless.sub("", content.decode()).encode()
