"""R34: broker and database out of step: a broker that lost everything, a database restored to what it was."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from protocol import log_in
from servers import PrivatePostgreSQL, PrivateRabbitMQ
from shop import Dump, Shop

pytestmark = pytest.mark.stores


@pytest.fixture
def shop(tmp_path: Path, own_servers: tuple[PrivateRabbitMQ, PrivatePostgreSQL]) -> Iterator[Shop]:
    shop = Shop(tmp_path, *own_servers)
    yield shop
    shop.fleet.stop()


@pytest.mark.slow
async def test_R34_what_a_wiped_broker_held_is_said_again_by_itself(shop: Shop) -> None:
    await shop.start("router", "session", "crm-logger", "gateway")
    chats = await shop.chats(3)
    await shop.stop("router", "crm-logger")
    chats += await shop.chats(100)
    await asyncio.sleep(1)
    await shop.wipe()
    await shop.start("router", "crm-logger")
    await shop.until_whole(chats)
    chats += await shop.chats(3)
    await shop.until_whole(chats)
    told = shop.parley("streams", "--json")
    assert {line["inbox"].partition(".")[0] for line in json.loads(told.stdout)["lines"]} >= {"router", "crm-logger"}


@pytest.mark.slow
@pytest.mark.parametrize("broker", ["keeps the newer inboxes", "is fresh"])
async def test_R34_after_a_restore_nothing_lives_on_that_no_log_knows_and_everything_new_arrives(
    shop: Shop, broker: str
) -> None:
    await shop.start("router", "session", "crm-logger", "gateway")
    kept = await shop.chats(5)
    await shop.until_whole(kept)
    await shop.stop("crm-logger")
    kept += await shop.chats(4)  # the dump is taken while a consumer lags
    await asyncio.sleep(1)
    dump = Dump(shop.database_url)
    lost = await shop.chats(6)
    await asyncio.sleep(1)
    assert shop.parley("restored").returncode == 1, "while services run it is refused"
    await shop.stop("gateway", "router", "session")
    if broker == "is fresh":
        await shop.wipe()
    dump.restore()
    async with asyncio.timeout(30):
        # The dump has the leases of processes that ran when it was taken.
        while (told := shop.parley("restored", "--json")).returncode:
            assert "within the last 10 s" in told.stderr
            await asyncio.sleep(1)
    await shop.start("router", "session", "crm-logger", "gateway")
    kept += await shop.chats(10)
    await shop.until_whole(kept)
    token = (await log_in(shop.fleet.url, "anna"))["token"]
    assert await shop.in_the_crm(lost, token) == set(), "no ghosts"
    rebuilt = shop.parley("rebuild", "crm", "--json")
    assert json.loads(rebuilt.stdout)["different"] in (0, {}, []), rebuilt.stdout
