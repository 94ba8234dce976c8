"""What Prometheus is shown of the gateway."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

FRAMES = Counter("parley_frames_total", "Frames received from clients", ["socket"])
SOCKETS = Gauge("parley_sockets", "Open sockets", ["socket"])
ASKED_AGAIN = Counter("parley_asked_again_total", "Commands asked again because no answer came")
