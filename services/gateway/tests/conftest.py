"""So that tests find the words beside them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(params=["sqlite", pytest.param("servers", marks=pytest.mark.servers)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that gateways share."""
    if request.param == "servers":
        return str(request.getfixturevalue("database_url"))
    return f"sqlite:{tmp_path}"
