"""`python -m bench.floor.worker MODE BROKER_URL DATABASE_URL`: stores each frame, then sends it back."""

from __future__ import annotations

import asyncio
import sys

import psycopg
import uvloop
from psycopg_pool import AsyncConnectionPool

from .chain import INBOX, REPLIES, Parcel, Sending, channels, take_all, take_each

CONNECTIONS = 8
PREFETCH = 200


async def _one_by_one(broker_url: str, database_url: str) -> None:
    taking, sending = await channels(broker_url, 2)
    replies = Sending(sending, REPLIES, "one by one")
    async with AsyncConnectionPool(database_url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:

        async def take(parcels: list[Parcel]) -> None:
            async with pool.connection() as connection:
                await connection.execute("INSERT INTO floor (connection, frame) VALUES (%s, %s)", parcels[0])
            await replies.confirmed(parcels)

        await take_each(taking, INBOX, take, PREFETCH)
        print("ready", flush=True)
        await asyncio.Event().wait()


async def _together(mode: str, broker_url: str, database_url: str) -> None:
    taking, sending = await channels(broker_url, 2)
    replies = Sending(sending, REPLIES, mode)
    connection = await psycopg.AsyncConnection.connect(database_url)
    cursor = connection.cursor()

    async def take(parcels: list[Parcel]) -> None:
        await cursor.execute(
            "INSERT INTO floor (connection, frame) SELECT * FROM unnest(%s::bigint[], %s::bytea[])",
            ([number for number, _ in parcels], [frame for _, frame in parcels]),
            prepare=True,
            binary=True,
        )
        await connection.commit()
        for parcel in parcels:
            replies.send(parcel)

    print("ready", flush=True)
    await take_all(taking, INBOX, take, PREFETCH * 5)


async def main(mode: str, broker_url: str, database_url: str) -> None:
    """Until ended."""
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE floor (id bigserial PRIMARY KEY, connection bigint, frame bytea)")
    if mode == "one by one":
        await _one_by_one(broker_url, database_url)
    else:
        await _together(mode, broker_url, database_url)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(*sys.argv[1:4]))
