"""Each fault in its reduced form: after it everything was kept, and every promise about recovery was held (R30).

The long form is `make faults`. What is measured is shown in a table at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import PrivatePostgreSQL, PrivateRabbitMQ, Say

from .catalogue import FAULTS, run
from .dialogues import real_dialogues
from .table import table
from .world import SHORT, Result

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def results(say: Say) -> Iterator[list[Result]]:
    """What the faults came to; shown when all have been."""
    found: list[Result] = []
    yield found
    for line in table(found).splitlines():
        say(line)


@pytest.mark.parametrize("name", FAULTS)
async def test_R30_everything_is_kept_when(
    name: str,
    own_servers: tuple[PrivateRabbitMQ, PrivatePostgreSQL],
    tmp_path: Path,
    say: Say,
    results: list[Result],
) -> None:
    broker, database = own_servers
    result = await run(name, SHORT, broker, database, real_dialogues(), tmp_path, lambda line: None)
    results.append(result)
    if result.skipped:
        say(f"SKIPPED {name}: {result.skipped}")
        pytest.skip(result.skipped)
    assert result.passed, f"{name}\n{result.report()}"
