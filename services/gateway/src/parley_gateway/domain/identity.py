"""Who a login belongs to."""

from __future__ import annotations

from typing import NamedTuple


class Identity(NamedTuple):
    """Who a login belongs to."""

    tenant: str
    user: str
    name: str
    role: str
    expires_at: float
    enrols: bool = False
    """They must set up their second factor before anything else."""
    login: str = ""
    """Tells this login from the user's others: commands' ids are unique within one."""
