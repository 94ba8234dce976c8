"""The CRM's tables: generations of them, so that a fresh one can be built beside the live one and put in its place."""

from .opening import open_crm
from .tables import Crm, Difference, Interaction

__all__ = ["Crm", "Difference", "Interaction", "open_crm"]
