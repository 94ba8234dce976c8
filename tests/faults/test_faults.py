"""Each fault in its reduced form: after it everything was kept, and every promise about recovery was held (R30).

The long form is `make faults`. What is measured is shown in a table at the end.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from servers import PrivatePostgreSQL, PrivateRabbitMQ, Say

from .catalogue import FAULTS, run
from .company import OF_THE_SERVERS
from .dialogues import real_dialogues
from .stage import SHORT, Stage
from .table import table
from .world import Result

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def results(say: Say) -> Iterator[list[Result]]:
    """What the faults came to; shown when all have been."""
    found: list[Result] = []
    yield found
    for line in table(found).splitlines():
        say(line)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stages() -> AsyncIterator[list[Stage]]:
    """What a fault has left in order is used by the next."""
    kept: list[Stage] = []
    yield kept
    for stage in kept:
        await stage.close()


IN_THE_SHORT_FORM = "services_are_killed"


def played(name: str) -> object:
    marks = [pytest.mark.stores] if name in OF_THE_SERVERS else []
    marks += [pytest.mark.slow] if name != IN_THE_SHORT_FORM else []
    return pytest.param(name, marks=marks)


@pytest.mark.parametrize("name", [played(name) for name in FAULTS if name != "nothing_happens"])
async def test_R30_everything_is_kept_when(
    name: str,
    own_servers: tuple[PrivateRabbitMQ, PrivatePostgreSQL],
    tmp_path_factory: pytest.TempPathFactory,
    say: Say,
    results: list[Result],
    stages: list[Stage],
) -> None:
    broker, database = own_servers
    logs = tmp_path_factory.mktemp(name)
    result = await run(name, SHORT, broker, database, real_dialogues(), logs, lambda line: None, kept=stages)
    results.append(result)
    if result.skipped:
        say(f"SKIPPED {name}: {result.skipped}")
        pytest.skip(result.skipped)
    assert result.passed, f"{name}\n{result.report()}"
    if name == IN_THE_SHORT_FORM:
        assert result.again is not None
        assert result.again.holds, f"what if cannot reproduce it: {result.again}"
