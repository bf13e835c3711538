"""Words while they are still being spoken: for whoever reads along, when the recogniser has time to spare.

A partial transcript is ephemeral: it is shown and forgotten, never logged. It never takes a recogniser's time
from a caller who waits for an answer: none is asked for unless a person reads along, the recogniser has said
that it has capacity, and the one before has come back; and the recogniser itself refuses it otherwise.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter

from core.languages import Language
from core.redaction import redact_unfinished
from models.protocols import ModelError, Recognition
from voice_gateway.leg import Pcm

logger = logging.getLogger(__name__)

PARTIALS = Counter(
    "tetraphone_partial_transcripts_total", "Partial transcripts by what became of them", ["result"]
)


@dataclass(frozen=True, slots=True)
class PartialWords:
    """What has been heard so far of a turn that goes on; redacted.

    Attributes:
        start_s: when the turn began, on the call's media clock.
    """

    text: str
    language: Language
    start_s: float


class PartialBoard:
    """The latest partial words of every call of the process; readers wait for a change."""

    def __init__(self) -> None:
        self._words: dict[str, PartialWords] = {}
        self._changed = asyncio.Event()
        self.version = 0

    def show(self, call_id: str, words: PartialWords) -> None:
        """These are the call's words now."""
        self._words[call_id] = words
        self._news()

    def clear(self, call_id: str) -> None:
        """Nothing is being said in this call."""
        if self._words.pop(call_id, None) is not None:
            self._news()

    def _news(self) -> None:
        self.version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def changes(self, after: int, limit_s: float) -> dict[str, Any]:
        """What the board shows, once that is something else than version ``after``, or at the end of the time."""
        if after == self.version:
            try:
                async with asyncio.timeout(limit_s):
                    await self._changed.wait()
            except TimeoutError:
                pass
        return self.snapshot()

    def snapshot(self) -> dict[str, Any]:
        """The board as JSON-ready fields."""
        return {
            "version": self.version,
            "calls": {
                call: {
                    "text": words.text,
                    "language": words.language.value,
                    "start_s": round(words.start_s, 3),
                }
                for call, words in self._words.items()
            },
        }


@dataclass(frozen=True, slots=True)
class PartialPacing:
    """When to ask.

    Attributes:
        first_s: of a turn, before its first partial.
        every_s: between two.
        stretch: a longer turn is asked about less often, as each time all of it is decoded: at least so many
            seconds pass per second of the turn.
        longest_s: of a turn; later its words are awaited.
    """

    first_s: float = 0.7
    every_s: float = 0.7
    stretch: float = 0.15
    longest_s: float = 20.0


class PartialPacer:
    """Tells when a turn's next partial is due. Pure: it is told the time."""

    def __init__(self, pacing: PartialPacing | None = None) -> None:
        self._pacing = pacing or PartialPacing()
        self._turn_s: float | None = None
        self._asked_s = 0.0

    def due(self, start_s: float, at_s: float) -> bool:
        """Whether to ask now, ``at_s``, about the turn that began at ``start_s``; if so it counts as asked."""
        pacing, spoken = self._pacing, at_s - start_s
        if start_s != self._turn_s:
            self._turn_s, self._asked_s = start_s, start_s
        since = at_s - self._asked_s
        if spoken < pacing.first_s or spoken > pacing.longest_s:
            return False
        if since < max(pacing.every_s, pacing.stretch * spoken) - 1e-6:
            return False
        self._asked_s = at_s
        return True


@dataclass(frozen=True, slots=True)
class PartialsFor:
    """Where a call's partial words go, and when they are worth asking for.

    Attributes:
        wanted: whether somebody reads along.
        spare: whether the recogniser has capacity.
    """

    board: PartialBoard
    wanted: Callable[[], bool]
    spare: Callable[[], bool]


class PartialTranscriber:
    """Follows one call's turns; ``speaking`` and ``over`` are told by the listener, ``close`` it at the end.

    Args:
        ask: the recogniser, for a sound of which more will come.
    """

    def __init__(
        self,
        call_id: str,
        where: PartialsFor,
        ask: Callable[[Pcm], Awaitable[Recognition]],
        pacing: PartialPacing | None = None,
    ) -> None:
        self._call_id, self._where, self._ask = call_id, where, ask
        self._pacer = PartialPacer(pacing)
        self._task: asyncio.Task[None] | None = None

    def speaking(self, start_s: float, at_s: float, sound: Callable[[], Pcm]) -> None:
        """The turn that began at ``start_s`` goes on; ``sound`` gives it so far."""
        if self._task is not None or not self._where.wanted():
            return
        if self._pacer.due(start_s, at_s):
            if not self._where.spare():
                PARTIALS.labels("no_capacity").inc()
                return
            self._task = asyncio.create_task(self._transcribe(start_s, sound()), name="partial-transcript")

    def over(self, words_follow: bool) -> None:
        """The turn has ended; what was heard of it stays until its own words are there, if any are to come."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if not words_follow:
            self.clear()

    def clear(self) -> None:
        """The words of the turn are known, or there were none."""
        self._where.board.clear(self._call_id)

    def close(self) -> None:
        """The call is over."""
        self.over(words_follow=False)

    async def _transcribe(self, start_s: float, sound: Pcm) -> None:
        result = "failed"
        try:
            heard = await self._ask(sound)
            result = "shown" if heard.text else "no_words"
            if heard.text:
                words = PartialWords(redact_unfinished(heard.text), heard.language, start_s)
                self._where.board.show(self._call_id, words)
        except asyncio.CancelledError:
            result = "discarded"
            raise
        except (ModelError, OSError, TimeoutError) as error:
            result = "refused"
            logger.debug("call %s: no partial transcript: %s", self._call_id, type(error).__name__)
        except Exception:
            logger.exception("call %s: a partial transcript failed", self._call_id)
        finally:
            PARTIALS.labels(result).inc()
            if self._task is asyncio.current_task():
                self._task = None
