"""Callers who asked to be called, and a message: for the tests of the list."""

from __future__ import annotations

import numpy as np
from web_world import CALLER

from core import events as ev
from core.recordings import RecordingWriter


async def add_entries(parts) -> None:
    """A call back (``asks``) and a message (``leaves``) in the log.

    Without the beginnings of their calls, so that the list of calls is none the longer.
    """
    heard = ev.UtteranceHeard(
        text="我的电话是13912345678，请回电", language="zh", start_s=12.0, end_s=15.0, confidence=0.9
    )
    await parts.log.append(
        "asks", ev.CallBackAsked(number=CALLER, language="zh", queue="general"), person="person-1"
    )
    await parts.log.append(
        "asks", ev.CallSummarised(text="客户查询订单104227", language="zh"), person="person-1"
    )
    await parts.log.append("leaves", heard, person="person-1")
    left = ev.VoicemailLeft(name="leaves-1", seconds=2.0, language="zh", queue="general", at_s=11.0)
    await parts.log.append("leaves", left, person="person-1")
    key = await parts.person_keys.key("person-1")
    writer = RecordingWriter(parts.recordings_folder, "leaves-1", key, "person-1", channels=1)
    writer.write(0, 0.0, np.full(16_000, 1234, np.int16))
    writer.close(2.0)
