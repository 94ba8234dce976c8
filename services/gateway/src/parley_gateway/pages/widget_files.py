"""The widget's files as browsers get them: the script, its pinned versions, its languages."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from .web_files import WEB, Served

PINNED = WEB / "widget" / "pinned"


@lru_cache(maxsize=1)
def widget() -> Served:
    """The script of this version, made from `web/widget/src` by `make widget`."""
    return Served.of((WEB / "widget.min.js").read_bytes())


def pinned(tag: str) -> Served | None:
    """The version with this hash, None where there is none: what is not there is not remembered, whoever asks for it."""
    path = PINNED / f"{tag}.js"
    return _kept(path) if re.fullmatch(r"[0-9a-f]{16}", tag) and path.is_file() else None


@lru_cache(maxsize=64)
def _kept(path: Path) -> Served:
    return Served.of(path.read_bytes())


def language(name: str) -> Served | None:
    """The texts of a language, None where there are none. Read anew each time: a new file needs no restart."""
    path = WEB / "widget" / f"{name}.json"
    return Served.of(path.read_bytes()) if re.fullmatch(r"[a-z]{2,3}", name) and path.is_file() else None
