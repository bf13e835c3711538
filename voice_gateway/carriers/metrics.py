"""What the line counts. Labels come from closed sets, never from what a stranger sent."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

FAULTS = Counter(
    "tetraphone_line_faults_total", "Messages of carriers that made no sense", ["carrier", "kind"]
)
FRAMES_DROPPED = Counter(
    "tetraphone_line_frames_dropped_total", "20 ms frames not delivered", ["carrier", "why"]
)
FRAMES = Counter("tetraphone_line_media_total", "Media payloads accepted from carriers", ["carrier"])
LEGS_OPEN = Gauge("tetraphone_line_legs", "Legs connected now", ["carrier"])
LEGS_ENDED = Counter("tetraphone_line_legs_ended_total", "Legs ended, by reason", ["carrier", "reason"])
REFUSED = Counter("tetraphone_line_refused_total", "Webhooks and streams refused", ["carrier", "why"])
CRASHES = Counter("tetraphone_line_answer_crashes_total", "Conversations that ended by a programming error")
PASSED_ON = Histogram(
    "tetraphone_bridge_delay_seconds",
    "From a packet of sound in to the packet out on another leg that carries it, by who is to hear it",
    ["to"],
    buckets=[ms / 1_000 for ms in (2, *range(4, 64, 4), 70, 80, 100, 120, 160, 200, 300, 500, 1_000)],
)
