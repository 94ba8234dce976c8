"""Where the CRM's tables are."""

from __future__ import annotations

from pathlib import Path

from parley_chassis.store import must_be_there

from . import arrivals, confirmations, drafts, links, outbox, uploads
from .crm import Crm
from .database import EVERYBODY
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


def open_existing_crm(url: str, *, reading: bool = True) -> Crm:
    """The same for tools: it must be there, and nothing is made. With `reading` nothing can be written either, and a role that may
    only read is enough. Raises NothingThere, ValueError, StoreDown."""
    must_be_there(url, "crm-logger")
    if not reading:
        return open_crm(url)
    if url.startswith("sqlite:"):
        return Crm(SQLiteDatabase(str(Path(url.removeprefix("sqlite:")) / "crm_logger.db"), reading=True))
    return Crm(PostgresDatabase(url, reading=True))


def _prepare(crm: Crm) -> None:
    crm.prepare()
    with crm.transaction(write=True, tenant=EVERYBODY) as cursor:
        outbox.create(crm.db, cursor)
        confirmations.create(crm.db, cursor)
        links.create(crm.db, cursor)
        arrivals.create(crm.db, cursor)
        uploads.create(crm.db, cursor)
        drafts.create(crm.db, cursor)
        crm.db.keep_apart(cursor)
