"""Rows in which a CRM that was built anew differs from the live one, kept in a file: one JSON object a line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO

from parley_crm_logger.store import Difference


class DifferencesFile:
    """Made with the first row; for its owner's eyes only, because what people wrote stands in it. Raises OSError, also where
    there is such a file already."""

    def __init__(self, path: Path) -> None:
        self.name = str(path.absolute())
        self._file: IO[str] | None = None
        self.rows = 0

    def add(self, difference: Difference) -> None:
        """One more row: as it is in the live tables, and as it is in the fresh ones; null where it is missing."""
        if self._file is None:
            Path(self.name).parent.mkdir(parents=True, exist_ok=True)
            self._file = os.fdopen(os.open(self.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
        told = {"table": difference.table, "live": difference.one, "fresh": difference.other}
        self._file.write(json.dumps(told, ensure_ascii=False) + "\n")
        self.rows += 1

    def close(self) -> None:
        """Safe on the disk, before anything is done that cannot be undone."""
        if self._file is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None
