"""One party's connection, as the call sees it, whatever carrier brings it.

The gateway knows nothing of a carrier but this: frames, keys and marks come in; audio, marks and a
clear go out; and the leg ends once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

LINE_RATE = 8_000
"""Samples per second of everything that reaches or leaves a leg."""
FRAME_S = 0.02
FRAME_SAMPLES = 160

Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of the party's sound, int16 (160,), and where it begins on the leg's media clock, in seconds.

    ``at_s`` comes from the carrier's own timestamps: a gap in them is a gap in the sound. ``came_at``: when the packet
    with its first sample reached us, on the event loop's clock, where the carrier tells.
    """

    pcm: Pcm
    at_s: float
    came_at: float | None = None


@dataclass(frozen=True, slots=True)
class KeyPress:
    """One DTMF key: 0-9, * or #."""

    key: str
    at_s: float


@dataclass(frozen=True, slots=True)
class MarkPassed:
    """The carrier has played (or, after a clear, thrown away) everything sent before this mark."""

    name: str


@dataclass(frozen=True, slots=True)
class LegFault:
    """The carrier sent something that makes no sense; it was left out, and the leg goes on."""

    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LegClosed:
    """Always the last event of a leg.

    ``reason``: hung_up, stream_lost, media_timeout, closed_by_us, too_many_faults, line_stuck, failed.
    """

    reason: str


LegEvent = Frame | KeyPress | MarkPassed | LegFault | LegClosed


@dataclass(frozen=True, slots=True)
class CallInfo:
    """Who calls whom, through what."""

    carrier: str
    carrier_call_id: str
    caller: str
    called: str
    parameters: dict[str, str] = field(default_factory=dict)


class Speaking(Protocol):
    """The part of a leg that speaks to its party."""

    @property
    def id(self) -> str: ...

    async def play(self, pcm: Pcm) -> None:
        """See ``CallLeg.play``."""

    async def mark(self, name: str) -> None:
        """See ``CallLeg.mark``."""

    async def clear(self) -> None:
        """See ``CallLeg.clear``."""


class CallLeg(Protocol):
    """A connected party. All methods may be called after the end; they then do nothing."""

    id: str
    info: CallInfo

    def events(self) -> AsyncIterator[LegEvent]:
        """What comes in, in order, ending with ``LegClosed``. To be consumed once."""

    async def play(self, pcm: Pcm) -> None:
        """Send sound (int16, 8 kHz, any length) behind what the carrier already holds."""

    async def mark(self, name: str) -> None:
        """Ask to be told (``MarkPassed``) when everything sent so far was played."""

    async def clear(self) -> None:
        """Make the carrier throw away what it has not yet played; its marks are passed at once."""

    async def close(self, *, transfer_to: str | None = None) -> None:
        """End the leg, or give it to another number where the carrier can."""

    async def fail(self) -> None:
        """End the leg by a fault of ours, in the middle: the carrier apologises where it can."""


@runtime_checkable
class Timing(Protocol):
    """A leg that measures how long sound was on its way through us."""

    async def pass_on(self, pcm: Pcm, came_at: float) -> None:
        """As ``play``, of sound whose oldest packet came in at ``came_at`` on the event loop's clock."""


async def pass_on(leg: Speaking, pcm: Pcm, came_at: float | None) -> None:
    """Play on one leg what another has brought."""
    if came_at is not None and isinstance(leg, Timing):
        await leg.pass_on(pcm, came_at)
    else:
        await leg.play(pcm)
