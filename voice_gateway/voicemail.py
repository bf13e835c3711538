"""A message left after the tone: the caller's channel alone, encrypted like every recording, and transcribed.

It ends by silence, by a key, by hanging up, or after two minutes. A file is made only once there is a voice:
nobody has to listen to silence.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.events import VoicemailLeft, new_id
from voice_gateway.floor import Floor
from voice_gateway.leg import LINE_RATE, Frame, Pcm
from voice_gateway.phrases import Phrase
from voice_gateway.recording import CALLER, CallRecording
from voice_gateway.state import CallState

logger = logging.getLogger(__name__)

TONE_HZ, TONE_S, TONE_LEVEL = 1_000, 0.5, 0.15
LOOK_S = 0.25
MessageEnd = Literal["key", "silence", "nothing_said", "full"]


@dataclass(frozen=True, slots=True)
class MessageOptions:
    """Seconds.

    Attributes:
        longest_s: a message is cut off after this.
        silence_s: silence that ends it.
        first_s: silence at its beginning after which there is none.
    """

    longest_s: float = 120.0
    silence_s: float = 5.0
    first_s: float = 8.0


@dataclass(slots=True)
class Message:
    """When a message is over; told the time, all times on the call's media clock.

    Attributes:
        began_s: the end of the tone.
        voice_s: the caller's last sound since; None before the first.
    """

    began_s: float
    options: MessageOptions
    voice_s: float | None = None

    def voice(self, at_s: float | None) -> None:
        """A voice was heard, last at this time; what was said before the tone does not count."""
        if at_s is not None and at_s > self.began_s:
            self.voice_s = at_s

    def over(self, now_s: float, *, key: bool) -> MessageEnd | None:
        """Why the message ends now; None: it goes on."""
        if key:
            return "key"
        if now_s - self.began_s >= self.options.longest_s:
            return "full"
        if self.voice_s is None:
            return "nothing_said" if now_s - self.began_s >= self.options.first_s else None
        return "silence" if now_s - self.voice_s >= self.options.silence_s else None


async def take_message(
    state: CallState, floor: Floor, queue: str, options: MessageOptions | None = None
) -> bool:
    """Ask for a message, take it, and thank for it; whether there is one.

    A caller who hangs up in the middle has left what they said until then.

    Raises:
        EndAsked: somebody ended the call; the message so far is kept.
    """
    state.facts.stage = "voicemail"
    await floor.try_say(Phrase.VOICEMAIL)
    await state.leg.play(tone())
    await asyncio.sleep(TONE_S)
    floor.expect("open")
    message = Message(state.media_now(), options or MessageOptions())
    sound = _Sound(state, message.began_s)
    state.tap = sound.frame
    try:
        why = await _listen(state, floor, message, sound)
    finally:
        state.tap = None
        left = await sound.close(queue)
    logger.info("call %s: the message is over: %s", state.id, why)
    if left:
        await floor.try_say(Phrase.VOICEMAIL_KEPT)
    return left


def tone() -> Pcm:
    """The tone, int16 at 8 kHz, without clicks."""
    t = np.arange(round(TONE_S * LINE_RATE)) / LINE_RATE
    edges = np.minimum(np.minimum(t, TONE_S - t) / 0.02, 1.0)
    return np.round(32767 * TONE_LEVEL * edges * np.sin(2 * np.pi * TONE_HZ * t)).astype(np.int16)


async def _listen(state: CallState, floor: Floor, message: Message, sound: _Sound) -> MessageEnd:
    nobody: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    while True:
        turn = await floor.listen_on(nobody, LOOK_S, answers=True)
        floor.agent_lines.clear()
        message.voice(floor.voice_s)
        now_s = state.media_now()
        if message.voice_s is not None:
            await sound.keep(now_s)
        if why := message.over(now_s, key=turn is not None and turn.entry is not None):
            return why


class _Sound:
    """The caller's sound since the tone: held back until there is a voice in it, then written to a recording."""

    def __init__(self, state: CallState, began_s: float) -> None:
        self._state, self._began_s = state, began_s
        self._held: deque[Frame] = deque(maxlen=round(2 * MessageOptions().first_s / 0.02))
        self._recording: CallRecording | None = None
        self._there = False
        self._end_s = 0.0

    def frame(self, frame: Frame) -> None:
        self._end_s = max(self._end_s, frame.at_s + len(frame.pcm) / LINE_RATE - self._began_s)
        if self._recording is None:
            self._held.append(frame)
        else:
            self._write(self._recording, frame)

    async def keep(self, now_s: float) -> None:
        """There is a voice: store what is over."""
        if not self._there:
            self._there = True
            await self._open()
        if self._recording is not None:
            await self._recording.advance(now_s - self._began_s)

    async def close(self, queue: str) -> bool:
        """Finish and log the message; False where there is none."""
        if not self._there:
            return False
        name, state = "", self._state
        if (recording := self._recording) is not None:
            await recording.close(self._end_s)
            if recording.fault is None:
                name = recording.name
            else:
                state.fault("recording_failed", recording.fault)
        # Without its sound there is still what was understood of it.
        state.emit(
            VoicemailLeft(
                name=name,
                seconds=round(self._end_s, 3),
                language=state.facts.language,
                queue=queue,
                at_s=round(self._began_s, 3),
            )
        )
        return True

    async def _open(self) -> None:
        state = self._state
        name = f"{state.id}-{new_id()[:8]}"
        try:
            writer = await state.parts.open_recording(name, state.person or state.id, channels=1)
        except (OSError, ValueError) as error:
            logger.exception("call %s: the message cannot be recorded", state.id)
            state.fault("recording_failed", f"{type(error).__name__}: {error}")
            return
        self._recording = CallRecording(writer)
        while self._held:
            self._write(self._recording, self._held.popleft())

    def _write(self, recording: CallRecording, frame: Frame) -> None:
        recording.write(CALLER, frame.at_s - self._began_s, frame.pcm)
