"""Logins: what a password is stored as."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from parley_gateway.tenants.access import Access
from parley_gateway.tenants.tries_book import TriesBook


def test_a_password_is_hashed_at_the_cost_that_rfc_9106_recommends() -> None:
    """Tests of the whole product run it with less (`tests/launch.py`)."""
    others: dict[str, Any] = dict.fromkeys(
        Access.__init__.__annotations__.keys() - {"return"}
    )  # a hash needs nobody else
    with closing(Access(**others | {"tries": TriesBook()})) as access:
        assert extract_parameters(access.hash("a password")) == RFC_9106_LOW_MEMORY
