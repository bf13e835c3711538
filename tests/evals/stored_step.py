"""Steps of the capacity benchmark as the generator and its runner leave them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from voice_gateway.leg import LINE_RATE


def track(seconds: float, *sounds: tuple[float, float]) -> np.ndarray:
    """A track with tones from a to b."""
    pcm = np.zeros(round(seconds * LINE_RATE), dtype=np.int16)
    for begin, end in sounds:
        at = np.arange(round(begin * LINE_RATE), round(end * LINE_RATE))
        pcm[at] = (6000 * np.sin(at / 3)).astype(np.int16)
    return pcm


def line(name: str, start_s: float, end_s: float) -> dict:
    return {"name": name, "start_s": start_s, "end_s": end_s}


def counted(decoded: int, busy_s: float, discarded_s: float, spoken_s: dict[str, float]) -> str:
    """A platform's ``/metrics``, of its line and of its web with the models."""
    spoken = "".join(
        f"# TYPE tetraphone_speech_{what}_total counter\n"
        + "".join(
            f'tetraphone_speech_{what}_total{{language="en",source="{source}"}} {value}\n'
            for source, value in by.items()
        )
        for what, by in (("seconds", spoken_s), ("clauses", dict.fromkeys(spoken_s, 2.0)))
    )
    return f"""\
{spoken}# TYPE tetraphone_recognition_decode_seconds_total counter
tetraphone_recognition_decode_seconds_total{{process="models"}} {busy_s}
# TYPE tetraphone_recognition_discarded_seconds_total counter
tetraphone_recognition_discarded_seconds_total{{process="models"}} {discarded_s}
# TYPE tetraphone_recognition_jobs_total counter
tetraphone_recognition_jobs_total{{process="models",what="decoded"}} {decoded}.0
tetraphone_recognition_jobs_total{{process="models",what="batches"}} {decoded // 2}.0
tetraphone_recognition_jobs_total{{process="models",what="full_windows"}} 5.0
"""


def store_step(
    folder: Path,
    job: dict[str, Any] | None = None,
    gaps_s: tuple[float, ...] = (0.5, 0.7),
    *,
    told: bool = True,
) -> Path:
    """A step of as many calls as gaps, and of one that rang in a burst.

    Args:
        job: what was asked for otherwise than of a burst.
        told: whether the platform marks its lines, and gives its events.
    """
    asked = {"name": "burst-3x", "places": 2, "warm_up_s": 0.0, "fillers": [], "extra": 1} | (job or {})
    (folder / "calls").mkdir(parents=True)
    (folder / "job.json").write_text(json.dumps(asked))
    process = {"cpu_s": 5.0, "seconds": 10.0, "most_memory_mib": 120.0, "threads": 9, "handles": 30}
    used = {
        "processes": {"media": process}, "idle_memory_mib": 100.0, "seconds": 10.0,
        "generator_cpu_s": 1.0, "generator_late_ms": 4.0, "read_gb_s": [13.4, 6.5],
    }  # fmt: skip
    (folder / "used.json").write_text(json.dumps(used))
    for number, gap_s in enumerate(gaps_s):
        said, heard = track(8, (1.0, 3.0)), track(8, (3.0 + gap_s, 6.0))
        soundfile.write(
            folder / "calls" / f"c{number}.wav", np.stack([said, heard], 1), LINE_RATE, subtype="ULAW"
        )
        call = {
            "name": f"c{number}", "step": asked["name"], "extra": False, "began_s": 0.0, "language": "en",
            "said": [{"text": "where is my order", "number": ""}], "call_sid": f"CA{number}",
            "ended_by": "caller", "duration_s": 8.0, "greeting_s": 0.1, "clears": 0,
            "turns": [{"started_s": 1.0, "ended_s": 3.2, "reply_started_s": 3.5}],
            "lines": [line("utter_a", 3.0 + gap_s, 6.0)] if told else [],
        }  # fmt: skip
        (folder / "calls" / f"c{number}.json").write_text(json.dumps(call))
    if asked["extra"]:
        refused = {"name": "x", "step": asked["name"], "extra": True, "began_s": 2.0, "language": "en", "said": [],
                   "refused": "the platform answered without a stream", "told": "all our lines are busy"}  # fmt: skip
        (folder / "calls" / "x.json").write_text(json.dumps(refused))
    if told:
        heard = {
            "kind": "utterance_heard",
            "data": {"text": "where is my order", "start_s": 1.0, "end_s": 3.0},
        }
        (folder / "events.json").write_text(json.dumps({"CA0": [heard]}))
    return folder
