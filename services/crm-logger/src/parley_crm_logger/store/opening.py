"""Where the CRM's tables are."""

from __future__ import annotations

from pathlib import Path

from . import outbox
from .crm import Crm
from .postgres import PostgresDatabase
from .sqlite import SQLiteDatabase


def open_crm(url: str) -> Crm:
    """The CRM's tables at `url`: `sqlite:FOLDER` or `postgresql://…`.

    Raises ValueError for another kind of URL, StoreDown when it cannot be reached.
    """
    if url.startswith("sqlite:"):
        folder = Path(url.removeprefix("sqlite:"))
        folder.mkdir(parents=True, exist_ok=True)
        crm = Crm(SQLiteDatabase(str(folder / "crm_logger.db")))
        _prepare(crm)
        return crm
    if url.startswith(("postgresql://", "postgres://")):
        db = PostgresDatabase(url)
        crm = Crm(db)
        with db.preparing():
            _prepare(crm)
        return crm
    raise ValueError(f"no CRM store is known for {url.split(':')[0]}: use sqlite:FOLDER or postgresql://…")


def _prepare(crm: Crm) -> None:
    crm.prepare()
    with crm.transaction(write=True) as cursor:
        outbox.create(crm.db, cursor)
