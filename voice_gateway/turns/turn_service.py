"""The acoustic end-of-turn model for all calls: one question at a time, in one thread, and few of them.

A question costs 40 to 90 ms of a core whatever else happens, and an answer that comes after the silence has
ended the turn by itself is worth nothing. So whoever asks says by when the answer is needed; a question that the
queue cannot answer in time is refused at once, and the silence profile alone decides. The busier the machine,
the fewer questions are asked.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from prometheus_client import Counter, Histogram

from models.protocols import EndOfTurn
from voice_gateway.audio.resample import resample
from voice_gateway.leg import LINE_RATE, Pcm

logger = logging.getLogger(__name__)

MOST_WAITING = 8
FIRST_GUESS_S = 0.1
SHARE = 0.15
SAVED_S = 2.0
"""Time on the core that may be saved up for a burst of questions."""
_FORGETS = 0.2
"""Weight of the newest question in what one is thought to take."""

QUESTIONS = Counter(
    "tetraphone_turn_model_questions_total",
    "Pauses the end-of-turn model was to hear, by outcome",
    ["outcome"],
)
TOOK = Histogram(
    "tetraphone_turn_model_seconds",
    "From question to answer",
    buckets=(0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0),
)


class _Question:
    """Belongs to whoever claims it first: the thread that answers it, or the one who withdraws it."""

    def __init__(self) -> None:
        self._unclaimed = threading.Lock()

    def claim(self) -> bool:
        """Whether it is the caller's now; once True, for one of them."""
        return self._unclaimed.acquire(blocking=False)


class TurnService:
    """Owns the model and its thread. ``close`` it at the end.

    Args:
        most_waiting: questions that may wait besides the one being answered.
        share: of one core that all questions together may take in the long run; the recogniser needs the rest.
    """

    def __init__(self, model: EndOfTurn, *, most_waiting: int = MOST_WAITING, share: float = SHARE) -> None:
        self._model = model
        self._most = most_waiting
        self._share = share
        self._credit_s = SAVED_S
        self._credited_at: float | None = None
        self._open = 0
        self._takes_s = FIRST_GUESS_S
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="end-of-turn")

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def finished(self, sound: Pcm, within_s: float) -> float | None:
        """Return the probability that the speaker has finished; None if it cannot be had in time.

        Args:
            sound: int16 at 8 kHz, from the beginning of the turn into the pause.
            within_s: the answer is worthless later. A cancelled wait withdraws a question not begun yet.
        """
        loop = asyncio.get_running_loop()
        asked = loop.time()
        if self._open > self._most or (self._open + 1) * self._takes_s > within_s:
            QUESTIONS.labels("too busy").inc()
            if not self._open:
                # One slow answer is no reason never to ask again.
                self._takes_s *= 1 - _FORGETS
            return None
        if not self._afford(asked):
            QUESTIONS.labels("too dear").inc()
            return None
        self._open += 1
        question = _Question()
        try:
            probability, took_s = await loop.run_in_executor(
                self._thread, self._answer, question, sound, loop
            )
        except asyncio.CancelledError:
            QUESTIONS.labels("withdrawn").inc()
            self._withdraw(question)
            raise
        except Exception:
            logger.exception("the end-of-turn model failed; silence alone decides")
            QUESTIONS.labels("failed").inc()
            self._withdraw(question)
            return None
        self._takes_s += _FORGETS * (took_s - self._takes_s)
        TOOK.observe(loop.time() - asked)
        QUESTIONS.labels("answered").inc()
        return probability

    def _withdraw(self, question: _Question) -> None:
        """Give its place up, unless the thread is at it, or has been: then the thread does."""
        if question.claim():
            self._free()

    def _answer(
        self, question: _Question, sound: Pcm, loop: asyncio.AbstractEventLoop
    ) -> tuple[float, float]:
        """In the thread: a question once begun keeps its place to the end, whoever has given it up meanwhile."""
        if not question.claim():
            return 0.0, 0.0
        try:
            return self._ask(sound)
        finally:
            try:
                loop.call_soon_threadsafe(self._free)
            except RuntimeError:
                logger.debug("an answer came after the loop had ended")

    def _free(self) -> None:
        self._open -= 1

    def _afford(self, now: float) -> bool:
        """Whether the share of the core that is ours pays for one more question; if so, it is paid."""
        since_s = 0.0 if self._credited_at is None else now - self._credited_at
        self._credited_at = now
        self._credit_s = min(SAVED_S, self._credit_s + since_s * self._share)
        if self._credit_s < self._takes_s:
            return False
        self._credit_s -= self._takes_s
        return True

    def _ask(self, sound: Pcm) -> tuple[float, float]:
        began = time.perf_counter()
        probability = self._model.finished(resample(sound, LINE_RATE, 16_000))
        return probability, time.perf_counter() - began
