"""Which faults share a stage: what one has left in order is used by the next."""

from __future__ import annotations

OF_THE_SERVERS = ("the_broker_dies", "the_database_stops_at_once", "the_broker_has_no_memory_left")
"""Theirs alone, so proved on each generation of them."""

ON_A_STAGE_OF_ITS_OWN = (
    "the_servers_cannot_be_reached",
    "the_disk_is_full",
    "everything_comes_twice",
    "one_of_three_brokers_dies",
)
"""A process may play these beside one that plays the others, which hand their stage on."""


def company(name: str) -> str:
    """In whose company a fault is played."""
    return "alone" if name in ON_A_STAGE_OF_ITS_OWN else "the servers'" if name in OF_THE_SERVERS else "others"
