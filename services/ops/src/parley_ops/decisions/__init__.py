"""Decisions verified: what the floor did by itself, derived again from what had happened until then."""

from .checking import Difference, FloorCheck
from .reading import Verified, verify

__all__ = ["Difference", "FloorCheck", "Verified", "verify"]
