"""The CRM's tables: generations of them, so that a fresh one can be built beside the live one and put in its place."""

from . import contacts, interactions, outbox, search, texts
from .commands import CHANGES, JOURNAL, SOURCE, carry_out
from .crm import Crm, Difference
from .interactions import Interaction, Place
from .opening import open_crm

__all__ = [
    "CHANGES",
    "JOURNAL",
    "SOURCE",
    "Crm",
    "Difference",
    "Interaction",
    "Place",
    "carry_out",
    "contacts",
    "interactions",
    "open_crm",
    "outbox",
    "search",
    "texts",
]
