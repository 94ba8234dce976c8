"""The CRM's tables: generations of them, so that a fresh one can be built beside the live one and put in its place."""

from . import confirmations, contacts, interactions, outbox, past, search, texts
from .commands import CHANGES, JOURNAL, SOURCE, carry_out
from .crm import Crm, Difference, Projections
from .database import EVERYBODY, NOBODY, Whose
from .interactions import Interaction, Place
from .opening import open_crm, open_existing_crm
from .rebuilds import accept

__all__ = [
    "CHANGES",
    "EVERYBODY",
    "JOURNAL",
    "NOBODY",
    "SOURCE",
    "Crm",
    "Difference",
    "Interaction",
    "Place",
    "Projections",
    "Whose",
    "accept",
    "carry_out",
    "confirmations",
    "contacts",
    "interactions",
    "open_crm",
    "open_existing_crm",
    "outbox",
    "past",
    "search",
    "texts",
]
