"""What Prometheus is shown of the chassis."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

COMMITS = Counter("parley_commits_total", "Group commits stored", ["service"])
EVENTS = Counter("parley_events_total", "Events stored", ["service"])
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5, 20)
COMMIT_SECONDS = Histogram("parley_commit_seconds", "How long a group commit took", ["service"], buckets=_SECONDS)
CONFIRM_SECONDS = Histogram(
    "parley_confirm_seconds", "How long the broker took to confirm a message", ["to"], buckets=_SECONDS
)
BATCH = Histogram(
    "parley_commit_events",
    "Events in one group commit",
    ["service"],
    buckets=(0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
)
PROJECTION_LAG = Histogram(
    "parley_projection_lag_seconds",
    "How long after it happened an event was projected: of each batch, the one that waited longest",
    ["service"],
    buckets=(*_SECONDS, 60, 300),
)
PROJECTION_BEHIND = Gauge(
    "parley_projection_behind_seconds",
    "How long ago the oldest event happened that has arrived and is not projected; 0 when none waits",
    ["service"],
)
PROJECTION_WAITING = Gauge(
    "parley_projection_waiting_events",
    "Events that have arrived and are not projected; a broker message that is not opened yet counts as one",
    ["service"],
)
DEAD_LETTERS = Counter("parley_dead_letters_total", "Messages put with the dead letters", ["service"])
LETTERS_KEPT = Counter(
    "parley_letters_kept_total", "Messages that could not be taken, and are kept", ["service", "kind"]
)
LETTERS = Gauge("parley_letters", "Letters that wait for somebody, of all processes of a service", ["service", "kind"])
LETTERS_OLDEST = Gauge(
    "parley_letters_oldest_seconds", "For how long the oldest letter waits; 0 without any", ["service", "kind"]
)
SNAPSHOTS_DISCARDED = Counter(
    "parley_snapshots_discarded_total", "Snapshots that did not fit, so that the log was folded instead", ["service"]
)
REFUSED_STALE = Counter(
    "parley_stale_refused_total", "Writes refused because another process owns the partition", ["service"]
)
PARTITIONS_LOST = Counter("parley_partitions_lost_total", "Partitions that another process has taken", ["service"])
PARTITIONS_HANDED_OVER = Counter(
    "parley_partitions_handed_over_total", "Partitions given back so that others have their share", ["service"]
)
PARTITIONS_HELD = Gauge("parley_partitions_held", "Partitions that this process works on", ["service"])
PARTITIONS_UNHELD = Gauge(
    "parley_partitions_unheld", "Partitions that no process has worked on for longer than a lease lasts", ["service"]
)
STUCK_SECONDS = Gauge(
    "parley_stuck_seconds",
    "How long a line has stood still although something waits in it: `batches`, `questions`, or whom it leads to",
    ["service", "line"],
)
PARCEL = Histogram(
    "parley_parcel_messages",
    "Messages in one broker message",
    ["to"],
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
)
NOT_OFFERED = Counter("parley_copies_left_out_total", "Copies that an inbox could not take", ["inbox"])
UNDELIVERABLE = Counter(
    "parley_undeliverable_total", "Messages that the broker takes from nobody, put aside", ["inbox"]
)
SAID_AGAIN = Counter("parley_said_again_total", "Messages said again because they were lost on their way", ["service"])
UNTAKEN_SECONDS = Gauge(
    "parley_untaken_seconds", "How long an inbox has not taken what was said there", ["source", "inbox"]
)
