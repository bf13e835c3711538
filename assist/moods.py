"""Judges how the caller feels while an agent talks with them, one utterance at a time and never in their way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from prometheus_client import Counter

from assist.live import LiveCall
from assist.sentiment import SentimentClassifier
from core.languages import Language

logger = logging.getLogger(__name__)

MOODS = Counter("tetraphone_assist_moods_total", "Caller utterances judged for agents, by how", ["how"])
_QUEUE = 500
_TIMEOUT_S = 2.0


class MoodJudge:
    """
    Args:
        classifier: judges the words; None leaves the wording's cues.
        changed: called with a call whose mood or tip may be another now.
    """

    def __init__(self, classifier: SentimentClassifier | None, changed: Callable[[LiveCall], None]) -> None:
        self._classifier, self._changed = classifier, changed
        self._queue: asyncio.Queue[tuple[LiveCall, str, Language]] = asyncio.Queue(_QUEUE)

    def heard(self, call: LiveCall, text: str, language: Language) -> None:
        """A finished utterance of the caller; returns at once."""
        try:
            self._queue.put_nowait((call, text, language))
        except asyncio.QueueFull:
            MOODS.labels("dropped").inc()

    async def work(self) -> None:
        """Judge for ever; belongs in a task of its own."""
        while True:
            call, text, language = await self._queue.get()
            value: float | None = None
            if self._classifier is not None:
                try:
                    async with asyncio.timeout(_TIMEOUT_S):
                        value = await self._classifier.sentiment(text, language)
                    MOODS.labels("classified").inc()
                except Exception as error:  # the wording's cues are left; counted
                    MOODS.labels("failed").inc()
                    logger.warning("assist: mood not classified: %s: %s", type(error).__name__, error)
            reading = call.mood.update(text, language, value)
            if reading.tip is not None:
                call.tip, call.tip_number = reading.tip, call.tip_number + 1
            elif reading.mood > 0:
                call.tip = None
            self._changed(call)
