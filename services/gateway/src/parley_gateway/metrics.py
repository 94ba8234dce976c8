"""What Prometheus is shown of the gateway."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

FRAMES = Counter("parley_frames_total", "Frames received from clients", ["socket"])
SOCKETS = Gauge("parley_sockets", "Open sockets", ["socket"])
UNANSWERED_SECONDS = Gauge(
    "parley_unanswered_seconds",
    "How long a service has owed this gateway an answer, by partition, or for `questions`",
    ["service", "partition"],
)
UNAVAILABLE = Counter("parley_unavailable_total", "Commands given up because no answer came", ["socket"])
"""R33: whoever asked is told, and asks again by the same id."""

LIMITED = Counter("parley_limited_total", "What was refused because there was too much of it", ["what"])
LOGINS = Counter("parley_logins_total", "Tries to log in, by what came of them", ["outcome"])
AUDIT_LOST = Counter(
    "parley_audit_lost_total", "Refusals that are in no audit log, because there were too many at once"
)
HASHING = Gauge("parley_hashing_waiting", "Passwords that wait to be hashed")

ASKED_AGAIN = Counter("parley_asked_again_total", "Commands asked again because no answer came")
