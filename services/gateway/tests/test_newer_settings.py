"""R34: settings that a newer version has changed: that tenant's stay as they were, nobody else's are concerned."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import Commit, open_store
from parley_contracts.refusal import Refused
from parley_gateway.domain.directory import UserRemoved, UserSet
from parley_gateway.tenants.directories import Directories


def user(name: str) -> UserSet:
    head: dict[str, Any] = {"at": 1, "by": "ada", "user": name, "name": name.title(), "role": "agent", "password": "x"}
    return UserSet(**head)


async def test_R34_settings_of_a_newer_version_stay_as_they_were_and_only_those() -> None:
    bus = MemoryBus(MemoryBroker())
    await bus.start()
    with closing(open_store("memory:", "gateway")) as store, closing(Directories(store, bus)) as directories:
        for tenant in ("here", "there"):
            await directories.change(tenant, user("anna"))
        newer = StoredEvent("here", 2, "UserSuspended.1", b'{"at":2,"user":"anna"}')
        store.commit(
            Commit(events=[newer, StoredEvent("here", 3, "UserRemoved.1", b'{"at":3,"by":"ada","user":"anna"}')])
        )
        await directories.read()
        await directories.change("there", UserRemoved(at=4, by="ada", user="anna"))
        assert "anna" in directories.tenants["here"].users, "nothing beyond what is not known"
        assert "anna" not in directories.tenants["there"].users
        for refused in (directories.change("here", user("ben")), directories.events("here")):
            with pytest.raises(Refused) as refusal:
                await refused
            assert refusal.value.code == "unavailable"
        assert directories.notices() == ["here: settings hold UserSuspended.1, of a newer version"]
    await bus.stop()
