"""The acoustic end-of-turn model for all calls: one question at a time, in one thread, and few of them.

A question costs 40 to 90 ms of a core whatever else happens, and an answer that comes after the silence has
ended the turn by itself is worth nothing. So whoever asks says by when the answer is needed; a question that the
queue cannot answer in time is refused at once, and the silence profile alone decides. The busier the recogniser,
the fewer questions are asked: the core is better spent on the words.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from prometheus_client import Counter, Histogram

from models.protocols import EndOfTurn
from models.turn.smart_turn import WINDOW_S
from voice_gateway.audio.resample import resample
from voice_gateway.leg import LINE_RATE, Pcm

logger = logging.getLogger(__name__)

MOST_WAITING = 8
FIRST_GUESS_S = 0.1
SHARE = 0.15
LEFT = 1 / 3
"""What is left of the share while the recogniser is busy all the time."""
SAVED_S = 2.0
"""Time on the core that may be saved up for a burst of questions."""
_HEARD = round((WINDOW_S + 0.1) * LINE_RATE)
"""Samples that the model hears, and a little for the resampler to begin in."""
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


class Budget:
    """Time on one core that questions may take in the long run; some is saved up for a burst. Pure: told the time.

    Args:
        share: of the core, while the recogniser has nothing to do; it falls in step with its load, to a third.
    """

    def __init__(self, share: float = SHARE) -> None:
        self._share = share
        self._saved_s = SAVED_S
        self._at: float | None = None

    def share_at(self, load: float) -> float:
        """The share while the recogniser is busy for so much (0 to 1) of its time."""
        return self._share * (1.0 - (1.0 - LEFT) * min(1.0, max(0.0, load)))

    def pays(self, now: float, seconds: float, load: float) -> bool:
        """Whether it covers one more question of so many seconds; if so, it is paid."""
        since_s = 0.0 if self._at is None else now - self._at
        self._at = now
        self._saved_s = min(SAVED_S, self._saved_s + since_s * self.share_at(load))
        if self._saved_s < seconds:
            return False
        self._saved_s -= seconds
        return True


class TurnService:
    """Owns the model and its thread. ``close`` it at the end.

    Args:
        most_waiting: questions that may wait besides the one being answered.
        budget: what all questions together may take of a core; the recogniser needs the rest.
        load: how busy the recogniser is, 0 to 1.
    """

    def __init__(
        self,
        model: EndOfTurn,
        *,
        most_waiting: int = MOST_WAITING,
        budget: Budget | None = None,
        load: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._model = model
        self._most = most_waiting
        self._budget = budget or Budget()
        self._load = load
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
        if not self._budget.pays(asked, self._takes_s, self._load()):
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

    def _ask(self, sound: Pcm) -> tuple[float, float]:
        began = time.perf_counter()
        probability = self._model.finished(resample(sound[-_HEARD:], LINE_RATE, 16_000))
        return probability, time.perf_counter() - began
