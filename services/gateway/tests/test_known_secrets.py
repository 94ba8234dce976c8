"""What everybody knows keeps nobody out: outside loopback no gateway starts with it, however it came there."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from parley_chassis.bus.memory import MemoryBroker, MemoryBus
from parley_chassis.store import Commit, Store, open_store
from parley_gateway.app import build
from parley_gateway.domain.directory import UserRemoved, UserSet
from parley_gateway.settings import Settings
from parley_gateway.tenants.demo import KNOWN_SECRET, PASSWORD, USERS
from parley_gateway.tenants.directories import JOURNAL

OWN = "a secret of one's own, of enough characters"
PUBLIC = "0.0.0.0"


def gateway(store: Store, **settings: object) -> object:
    return build(Settings(**{"secret": OWN, **settings}), store, MemoryBus(MemoryBroker()))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"secret": KNOWN_SECRET}, "PARLEY_SECRET"),
        ({"broker_url": "amqp://parley:parley@broker:5672/"}, "PARLEY_BROKER_URL"),
        ({"broker_url": "amqp://guest:guest@broker:5672/,amqp://guest:guest@other:5672/"}, "PARLEY_BROKER_URL"),
        ({"database_url": "postgresql://parley:parley@database:5432/parley"}, "PARLEY_DATABASE_URL"),
    ],
)
def test_a_known_secret_is_refused_outside_loopback(settings: dict[str, str], named: str) -> None:
    with closing(open_store("memory:", "gateway")) as store:
        for outside in (PUBLIC, "::", "192.0.2.1", "chat.example.org"):
            with pytest.raises(ValueError, match=named):
                gateway(store, host=outside, **settings)
        gateway(store, **settings)
        gateway(store, host=PUBLIC, published_on_loopback=True, **settings)


def test_the_compose_file_has_no_secret_that_everybody_knows() -> None:
    compose = (Path(__file__).parents[3] / "docker-compose.yml").read_text()
    assert re.findall(r"\$\{PARLEY_SECRET:-([^}]*)\}", compose) == [""]
    assert KNOWN_SECRET not in compose
    assert not re.search(r"://[^/@\s]*:[^/@\s]*@", compose)


async def test_S8_the_demonstrations_users_are_refused_outside_loopback_also_without_the_demonstration() -> None:
    password = PasswordHasher(time_cost=1, memory_cost=64).hash(PASSWORD)
    events = [
        UserSet(at=1, by="system", user=user, name=name, role=role, password=password)
        for user, (name, role) in USERS.items()
    ]
    with closing(open_store("memory:", "gateway")) as store:
        store.commit(Commit(events=[JOURNAL.stored("demo", n, event) for n, event in enumerate(events, 1)]))
        outside = gateway(store, host=PUBLIC)
        with pytest.raises(ValueError, match="ada, anna, ben, otto, pbx, sam"):
            await outside.start()  # type: ignore[attr-defined]
        await outside.stop()  # type: ignore[attr-defined]
        gone = [UserRemoved(at=2, by="ada", user=user) for user in USERS if user != "ada"]
        own = UserSet(at=2, by="ada", user="ada", name="Ada", role="admin", password=PasswordHasher().hash(OWN))
        more = [JOURNAL.stored("demo", n, each) for n, each in enumerate([*gone, own], len(events) + 1)]  # type: ignore[misc]
        store.commit(Commit(events=more))
        cured = gateway(store, host=PUBLIC)
        await cured.start()  # type: ignore[attr-defined]
        await cured.stop()  # type: ignore[attr-defined]
