"""Results that were kept, each a JSON file of its own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")


class Kept:
    """The results in a folder. All raise ValueError for a name that is none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def must_be_free(self, name: str) -> None:
        """Raises ValueError where there is one of this name."""
        if self._path(name).exists():
            raise ValueError(f"{name} is kept already, in {self._path(name)}: take another name")

    def write(self, name: str, shown: dict[str, Any]) -> None:
        """Keep a result. Raises OSError, and ValueError where there is one of this name."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x") as file:
                json.dump(shown, file, ensure_ascii=False, indent=1)
        except FileExistsError:
            self.must_be_free(name)
            raise

    def read(self, name: str) -> dict[str, Any]:
        """A result that was kept. Raises ValueError where there is none, or it cannot be read."""
        path = self._path(name)
        if not path.is_file():
            raise ValueError(f"nothing is kept as {name} in {self._folder}")
        try:
            shown: dict[str, Any] = json.loads(path.read_text())
        except ValueError as error:
            raise ValueError(f"{path} holds no result") from error
        if not isinstance(shown, dict) or not shown.get("rows"):
            raise ValueError(f"{path} holds no result")
        return shown

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name: letters, digits, dots, dashes, at most 60")
        return self._folder / f"{name}.json"
