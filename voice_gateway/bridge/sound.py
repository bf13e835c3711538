"""The sound of one call: every 20 ms each party's frame is taken, and each is sent what it hears.

One task for each bridged call, on a schedule of its own that does not drift: the ticks of many calls fall at
different moments, and a carrier that takes nothing any more holds up its own call alone. A tick that comes very late
is left out; what waited meanwhile is caught up by the jitter buffers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from prometheus_client import Counter

from voice_gateway.audio.music import Music
from voice_gateway.bridge.control import Control, Seat, Source
from voice_gateway.bridge.jitter import JitterBuffer
from voice_gateway.bridge.mix import mixed
from voice_gateway.bridge.outlet import Outlet
from voice_gateway.bridge.voices import Voice
from voice_gateway.leg import FRAME_S, CallLeg, Frame, Pcm, pass_on
from voice_gateway.recording import AGENT, SECOND_AGENT, SUPERVISOR, CallRecording

SKIPPED = Counter(
    "tetraphone_bridge_ticks_skipped_total", "Ticks of bridges left out because they came too late"
)
LATE_S = 2 * FRAME_S
ASTRAY_S = 0.1
"""Our count of 20 ms and the call's clock may differ by so much, for want of a frame here and there."""
WATCH_TICKS = 5
CHANNELS: dict[Seat, int] = {"agent": AGENT, "agent2": SECOND_AGENT, "supervisor": SUPERVISOR}


class CallSound:
    """Moves the sound. ``run`` it as a task of the call.

    Args:
        voices: the people beside the caller, by seat; they may change between two ticks.
        recording: the call's recording, if there is one by now.
        media_now: the call's clock.
        watch: called every 0.1 s.
    """

    def __init__(
        self,
        leg: CallLeg,
        outlet: Outlet,
        control: Control,
        voices: Mapping[Seat, Voice],
        *,
        recording: Callable[[], CallRecording | None],
        media_now: Callable[[], float],
        watch: Callable[[], None],
    ) -> None:
        self._leg = leg
        self._outlet = outlet
        self._control = control
        self._voices = voices
        self._recording = recording
        self._now = media_now
        self._watch = watch
        self._caller = JitterBuffer()
        self._music = Music()
        self._playing = False
        self._heard: dict[Seat, frozenset[Source]] = {}
        self._came: dict[Source, float] = {}
        """When the packets came in whose frames are taken in this tick."""
        self.changed()

    def changed(self) -> None:
        """Look again at who hears whom."""
        control = self._control
        self._heard = {seat: control.heard_by(seat) for seat in control.members}

    @property
    def caller_buffer(self) -> JitterBuffer:
        return self._caller

    def caller_said(self, frame: Frame) -> None:
        """A frame of the caller."""
        self._caller.push(frame.pcm, frame.came_at)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        due, at_s, ticks = loop.time(), self._now(), 0
        while True:
            await asyncio.sleep(max(due - loop.time(), 0.0))
            if (late := loop.time() - due) > LATE_S:
                skipped = int(late / FRAME_S)
                SKIPPED.inc(skipped)
                due += skipped * FRAME_S
                at_s += skipped * FRAME_S
            if abs(at_s - self._now()) > ASTRAY_S:
                at_s = self._now()
            await self.tick(at_s)
            ticks += 1
            if ticks % WATCH_TICKS == 0:
                self._watch()
            due += FRAME_S
            at_s += FRAME_S

    async def tick(self, at_s: float) -> None:
        """Move 20 ms, which begin at ``at_s`` on the call's clock."""
        frames = self._take()
        to_caller = self._heard["caller"]
        for seat, voice in list(self._voices.items()):
            heard = seat in to_caller and not self._control.through
            if heard and (pcm := frames.get(seat)) is not None:
                # What the caller does not hear of somebody is neither kept nor recognised, nor what none of us hears.
                if (recording := self._recording()) is not None:
                    recording.write(CHANNELS[seat], at_s, pcm)
                voice.heard(pcm, at_s)
        if (sum_ := self._sum("caller", frames)) is not None:
            await pass_on(self._leg, sum_, self._oldest("caller"))
        for seat, voice in list(self._voices.items()):
            if (sum_ := self._sum(seat, frames)) is not None:
                await voice.send(sum_, self._oldest(seat))

    def _take(self) -> dict[Source, Pcm]:
        frames: dict[Source, Pcm] = {}
        self._came.clear()
        if (pcm := self._caller.pull()) is not None:
            frames["caller"] = pcm
            if self._caller.came_at is not None:
                self._came["caller"] = self._caller.came_at
        if (pcm := self._outlet.pull()) is not None:
            frames["platform"] = pcm
        for seat, voice in self._voices.items():
            if (pcm := voice.pull()) is not None:
                frames[seat] = pcm
                if (came_at := voice.came_at) is not None:
                    self._came[seat] = came_at
        # Music makes way for words, and begins softly after them.
        plays = "music" in self._heard["caller"] and "platform" not in frames
        if plays:
            if not self._playing:
                self._music.begin()
            frames["music"] = self._music.take()
        self._playing = plays
        return frames

    def _oldest(self, listener: Seat) -> float | None:
        """When the oldest packet came in of what this seat hears now."""
        return min((self._came[one] for one in self._heard[listener] if one in self._came), default=None)

    def _sum(self, listener: Seat, frames: Mapping[Source, Pcm]) -> Pcm | None:
        heard = self._heard.get(listener)
        if not heard:
            return None
        return mixed([frames[source] for source in heard if source in frames])
