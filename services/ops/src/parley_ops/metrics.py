"""What the operators' service measures: itself, and what goes on in the contact centre."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

BEHIND = Gauge("parley_index_behind_events", "Events of a log that the operators' index does not have yet", ["log"])
LAG = Gauge(
    "parley_consumer_lag_positions",
    "How far a consumer is behind what was said to it, in positions of the source's log",
    ["consumer", "source"],
)

_OF_QUEUE = ["tenant", "queue", "kind"]
_SECONDS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_200, 1_800, 3_600)
WAITING = Gauge("parley_waiting_items", "Items that wait in a queue", _OF_QUEUE)
LONGEST_WAIT = Gauge(
    "parley_longest_wait_seconds", "For how long the item waits that came first; 0 without any", _OF_QUEUE
)
AGENTS = Gauge(
    "parley_agents",
    "Agents who have logged in, by what they can take: `free`, `busy`, `on_call`, `wrap_up`, `not_ready` or `away`",
    ["tenant", "state"],
)
QUEUED = Counter("parley_items_queued_total", "Items that have come", _OF_QUEUE)
ANSWER_SECONDS = Histogram(
    "parley_answer_seconds",
    "How long an item had waited when it was answered for the first time",
    _OF_QUEUE,
    buckets=_SECONDS,
)
ABANDONED = Counter("parley_items_abandoned_total", "Items that were given up while they waited", _OF_QUEUE)
HANDLED = Counter("parley_items_handled_total", "Items that were closed after somebody had them", _OF_QUEUE)
INTERRUPTIONS = Counter(
    "parley_interruptions_total", "Items that a call, or another item, interrupted", ["tenant", "queue"]
)
