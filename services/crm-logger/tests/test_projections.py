"""A generation of tables knows the projection that it was built by, and a process says when that is not its own."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Any

import httpx
import pytest
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.probes import probe_routes
from parley_chassis.tasks import Tasks
from parley_crm_logger.app import build
from parley_crm_logger.projections import ProjectionWatch
from parley_crm_logger.store import EVERYBODY, Crm, open_crm, schema
from starlette.applications import Starlette


def test_a_new_installation_and_each_new_generation_know_their_projection(crm: Crm, store_url: str) -> None:
    assert crm.projections() == (schema.PROJECTION, schema.PROJECTION)
    with closing(open_crm(store_url)) as again:
        assert again.projections() == (schema.PROJECTION, schema.PROJECTION)
    newer = Crm(crm.db, "2.other")
    assert newer.projections() == (schema.PROJECTION, "2.other")
    dropped = newer.create_generation()
    newer.drop_generation(dropped)
    newer.make_live(newer.create_generation(), lambda goal: [])
    assert newer.projections() == ("2.other", "2.other")
    assert crm.projections() == ("2.other", schema.PROJECTION)


def test_what_was_there_before_projections_had_versions_has_none(crm: Crm, store_url: str) -> None:
    with crm.transaction(write=True, tenant=EVERYBODY) as cursor:
        crm.db.do(cursor, "DROP TABLE $generations")
    with closing(open_crm(store_url)) as again:
        assert again.projections() == (None, schema.PROJECTION)


@pytest.mark.parametrize(
    "change",
    [
        lambda tables: tables["lines"].columns.update(mood="text"),
        lambda tables: tables["lines"].columns.update(text="stems"),
        lambda tables: tables.update(moods=tables["lines"]),
    ],
)
def test_other_tables_or_columns_are_another_projection(monkeypatch: pytest.MonkeyPatch, change: object) -> None:
    tables = {name: table._replace(columns=dict(table.columns)) for name, table in schema.TABLES.items()}
    monkeypatch.setattr(schema, "TABLES", tables)
    assert schema._projection() == schema.PROJECTION
    change(tables)  # type: ignore[operator]
    assert schema._projection() != schema.PROJECTION
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    assert schema._projection().startswith(f"{schema.VERSION}.")


async def until(watch: ProjectionWatch, told: int) -> list[str]:
    async with asyncio.timeout(20):
        while len(watch.notices()) != told:
            await asyncio.sleep(0.01)
    return watch.notices()


async def test_a_process_says_that_the_tables_are_another_projections_until_they_are_swapped(
    crm: Crm, caplog: pytest.LogCaptureFixture
) -> None:
    tasks, newer = Tasks(None), Crm(crm.db, "2.other")
    watch = ProjectionWatch(newer, tasks, every_s=0.01)
    assert watch.notices() == []
    watch.start()
    try:
        (notice,) = await until(watch, 1)
        assert schema.PROJECTION in notice
        assert "2.other" in notice
        assert "parley rebuild crm --swap" in notice
        await asyncio.to_thread(lambda: newer.make_live(newer.create_generation(), lambda goal: []))
        await until(watch, 0)
    finally:
        await tasks.stop()
        watch.stop()
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [notice]


async def test_readyz_says_so_and_stays_ready(crm: Crm) -> None:
    newer = Crm(crm.db, "2.other")
    bus = MemoryBus(MemoryBroker())
    await bus.start()
    logger = build(newer, bus)
    await logger.start()
    try:
        async with asyncio.timeout(20):
            while not logger.notices() or logger.troubles():
                await asyncio.sleep(0.01)
        app = Starlette(routes=probe_routes("crm-logger", logger.troubles, logger.notices))
        assert await readyz(app) == (200, {"status": "ready", "notices": logger.notices()})
    finally:
        await logger.stop()
        await bus.stop()
    assert await readyz(Starlette(routes=probe_routes("crm-logger", list))) == (200, {"status": "ready"})


async def readyz(app: Starlette) -> tuple[int, Any]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://probes") as client:
        answer = await client.get("/readyz")
        return answer.status_code, answer.json()
