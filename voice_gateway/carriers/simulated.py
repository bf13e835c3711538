"""A caller without a network: a script of what they say, press and do, and a record of what they hear.

The leg keeps the loop's time and nothing else, so under a virtual clock a call of minutes takes no
time at all, and is the same each time. Example::

    leg = SimulatedLeg([WaitForReply(), Speak(pcm), WaitForReply(), Press("104227#"), HangUp()])
    await answer(leg)
    leg.heard            # what was played to the caller, and when
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from core.events import new_id
from voice_gateway.audio.playout import Heard, PlayoutBuffer
from voice_gateway.leg import (
    FRAME_S,
    FRAME_SAMPLES,
    LINE_RATE,
    CallInfo,
    Frame,
    KeyPress,
    LegClosed,
    LegEvent,
    LegFault,
    MarkPassed,
    Pcm,
)


@dataclass(frozen=True, slots=True)
class Speak:
    """Say something: int16 at 8 kHz."""

    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Wait:
    """Say nothing for so long."""

    seconds: float


@dataclass(frozen=True, slots=True)
class WaitForReply:
    """Wait until something audible was played since the last word and then nothing for ``quiet_s``.

    Goes on after ``limit_s`` in any case.
    """

    quiet_s: float = 1.0
    limit_s: float = 60.0


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Wait for a condition, at most ``limit_s``; it is asked every 20 ms."""

    condition: Callable[[], bool]
    limit_s: float = 60.0


@dataclass(frozen=True, slots=True)
class WaitUntilSpokenTo:
    """Wait until something audible has been playing for ``for_s``: the moment to interrupt."""

    for_s: float = 0.5
    limit_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys, one every ``pause_s``."""

    keys: str
    pause_s: float = 0.2


@dataclass(frozen=True, slots=True)
class Fault:
    """The carrier sends nonsense."""

    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """The line carries nothing at all for so long: no frames, and the media clock moves on."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """The caller hangs up, or with another reason the line fails."""

    reason: str = "hung_up"


Step = Speak | Wait | WaitForReply | WaitUntil | WaitUntilSpokenTo | Press | Fault | Gap | HangUp


class SimulatedLeg:
    """A ``CallLeg`` played by a script. When the script is at its end the caller stays on, silent.

    All times are seconds since ``events`` was first asked, on the running loop's clock.

    Attributes:
        spoken: when each ``Speak`` began and ended.
        closed_reason: why the leg ended, '' while it runs.
        transferred_to: where ``close`` sent the caller.
        clears: when playout was cleared.
    """

    def __init__(
        self,
        script: Iterable[Step] = (),
        *,
        caller: str = "+8613800000000",
        called: str = "+8657900000000",
        parameters: dict[str, str] | None = None,
        noise: int = 0,
    ) -> None:
        self.id = new_id()
        self.info = CallInfo("simulated", f"SIM{self.id}", caller, called, parameters or {})
        self.spoken: list[tuple[float, float]] = []
        self.clears: list[float] = []
        self.closed_reason = ""
        self.transferred_to: str | None = None
        self._script: deque[Step] = deque(script)
        self._playout = PlayoutBuffer()
        self._noise = np.random.default_rng(0).integers(-noise, noise + 1, LINE_RATE).astype(np.int16)
        self._began: float | None = None
        self._ended_s: float | None = None
        self._ticks = 0
        self._last_word_s = 0.0
        self._due: deque[LegEvent] = deque()

    # --- what the call does ---

    async def play(self, pcm: Pcm) -> None:
        if not self.closed_reason:
            self._playout.add(pcm, self.now_s)

    async def mark(self, name: str) -> None:
        if not self.closed_reason:
            self._playout.mark(name, self.now_s)

    async def clear(self) -> None:
        if not self.closed_reason:
            self.clears.append(self.now_s)
            self._playout.clear(self.now_s)

    async def close(self, *, transfer_to: str | None = None) -> None:
        if not self.closed_reason:
            self.transferred_to = transfer_to
            self._end("closed_by_us")

    async def fail(self) -> None:
        if not self.closed_reason:
            self._end("failed")

    async def events(self) -> AsyncIterator[LegEvent]:
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        caller = self._live()
        while not self.closed_reason:
            # The time of each frame is absolute: a listener that is late is not waited for.
            await asyncio.sleep(max(0.0, self._began + (self._ticks + 1) * FRAME_S - loop.time()))
            for name in self._playout.passed(self.now_s):
                yield MarkPassed(name)
            if self.closed_reason:
                break
            at_s = self._ticks * FRAME_S
            self._ticks += 1
            pcm = next(caller)
            while self._due:
                yield self._due.popleft()
            if pcm is not None and not self.closed_reason:
                yield Frame(pcm, at_s)
        yield LegClosed(self.closed_reason)

    # --- what a test does and sees ---

    def then(self, *steps: Step) -> None:
        """Add to the end of the script, also while the call runs."""
        self._script.extend(steps)

    @property
    def now_s(self) -> float:
        """Seconds since the call began; after its end, when that was."""
        if self._ended_s is not None or self._began is None:
            return self._ended_s or 0.0
        return asyncio.get_running_loop().time() - self._began

    @property
    def heard(self) -> list[Heard]:
        """What was played to the caller, piece by piece; after a clear without what was not played."""
        return self._playout.heard

    @property
    def playout(self) -> PlayoutBuffer:
        return self._playout

    def recording(self) -> Pcm:
        """What the caller heard from the beginning until now, as one track."""
        return self._playout.recording(self.now_s)

    # --- the caller ---

    def _end(self, reason: str) -> None:
        self._ended_s = self.now_s
        self.closed_reason = reason
        self._playout.clear(self._ended_s)

    def _live(self) -> Iterator[Pcm | None]:
        """The caller's line, one frame a step; None where it carries nothing."""
        while True:
            if not self._script:
                yield self._quiet()
                continue
            yield from self._do(self._script.popleft())

    def _do(self, step: Step) -> Iterator[Pcm | None]:
        match step:
            case Speak(pcm):
                begins = self._ticks * FRAME_S - FRAME_S
                for at in range(0, pcm.size, FRAME_SAMPLES):
                    frame = self._quiet()
                    piece = pcm[at : at + FRAME_SAMPLES]
                    frame[: piece.size] = piece
                    yield frame
                self._last_word_s = begins + pcm.size / LINE_RATE
                self.spoken.append((begins, self._last_word_s))
            case Wait(seconds):
                yield from self._wait(lambda: False, seconds)
            case WaitForReply(quiet_s, limit_s):
                yield from self._wait(lambda: self._reply_is_over(quiet_s), limit_s)
                self._last_word_s = self.now_s
            case WaitUntil(condition, limit_s):
                yield from self._wait(condition, limit_s)
            case WaitUntilSpokenTo(for_s, limit_s):
                yield from self._wait(lambda: self._spoken_to(for_s), limit_s)
            case Press(keys, pause_s):
                for key in keys:
                    self._due.append(KeyPress(key, self._ticks * FRAME_S))
                    yield from self._wait(lambda: False, pause_s)
                self._last_word_s = self.now_s
            case Fault(what, detail):
                self._due.append(LegFault(what, detail))
            case Gap(seconds):
                for _ in range(round(seconds / FRAME_S)):
                    yield None
            case HangUp(reason):
                self._end(reason)
                yield None

    def _wait(self, condition: Callable[[], bool], limit_s: float) -> Iterator[Pcm]:
        for _ in range(round(limit_s / FRAME_S)):
            if condition():
                return
            yield self._quiet()

    def _reply_is_over(self, quiet_s: float) -> bool:
        now = self.now_s
        return self._last_word_s < self._playout.audible_until <= now - quiet_s

    def _spoken_to(self, for_s: float) -> bool:
        now = self.now_s
        begun = self._playout.first_audible(self._last_word_s, now)
        return begun is not None and now - begun >= for_s and self._playout.audible_until > now

    def _quiet(self) -> Pcm:
        at = self._ticks * FRAME_SAMPLES % (LINE_RATE - FRAME_SAMPLES)
        return self._noise[at : at + FRAME_SAMPLES].copy()
