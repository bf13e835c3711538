"""A recording is listened to again, for words that a killed process did not come to write down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import numpy as np

from core.languages import Language
from models.protocols import Recogniser
from voice_gateway.happenings import Happening, Utterance
from voice_gateway.language_tracker import LanguageTracker
from voice_gateway.leg import LINE_RATE, Frame, Pcm
from voice_gateway.listening import Listener, ListeningOptions
from voice_gateway.turns.barge_in import is_echo
from voice_gateway.turns.echo import OwnSound
from voice_gateway.turns.endpointing import TRANSCRIPT
from voice_gateway.turns.vad_service import OnHop, OpensStreams, VadStream
from voice_gateway.turns.voice import HOP_SAMPLES

_AT_ONCE_S = 0.5
"""So much is listened to before it is asked whether voice activity keeps up."""
_WORDS_LIMIT_S = 20.0
"""As long as a call would wait for models that are away."""


class ListeningAgain:
    """Listens to a channel of a recording as the call did, only faster.

    Args:
        vad: that of the calls under way.
        bias: words to listen for, by language.
    """

    def __init__(
        self,
        vad: OpensStreams,
        recogniser: Recogniser,
        languages: Sequence[Language],
        bias: Callable[[Language], Sequence[str]],
        words_limit_s: float = _WORDS_LIMIT_S,
    ) -> None:
        self._vad, self._recogniser = vad, recogniser
        self._languages, self._bias = tuple(languages), bias
        self._words_limit_s = words_limit_s

    async def listen(
        self,
        call_id: str,
        sound: Pcm,
        from_s: float,
        language: Language,
        ours: Pcm | None = None,
        our_words: str = "",
    ) -> list[Utterance]:
        """What is said on a channel, turn by turn; a turn whose words cannot be had is ``lost``.

        Args:
            sound: int16 at 8 kHz, which begins at ``from_s`` on the call's clock.
            language: the call's, for want of better knowledge.
            ours: what we played meanwhile; its echo is nobody's words.
            our_words: what was said in it.
        """
        found: list[Utterance] = []
        now_s = from_s
        own, hops = OwnSound(), _Hops(self._vad, from_s)

        def post(happening: Happening) -> None:
            if isinstance(happening, Utterance):
                found.append(happening)

        listener = Listener(
            call_id,
            vad=hops,
            recogniser=self._recogniser,
            tracker=LanguageTracker(language, caller="", known=True, offered=self._languages),
            post=post,
            media_now=lambda: now_s,
            bias=lambda: self._bias(language),
            options=ListeningOptions(models_wait_s=self._words_limit_s),
            own=own,
        )
        listener.expect(TRANSCRIPT)
        recognising = asyncio.create_task(listener.run(), name=f"listen to {call_id} again")
        try:
            step = round(_AT_ONCE_S * LINE_RATE)
            for at in range(0, len(sound), step):
                at_s, part = from_s + at / LINE_RATE, sound[at : at + step]
                now_s = at_s + len(part) / LINE_RATE
                if ours is not None:
                    own.write(ours[at : at + step], at_s)
                listener.frame(Frame(part, at_s))
                while hops.until_s + HOP_SAMPLES / LINE_RATE <= now_s:
                    listener.check_stall()
                    await asyncio.sleep(0.002)
            recognising.cancel()
            await asyncio.wait({recognising})
            found += await listener.finish(self._words_limit_s)
        finally:
            recognising.cancel()
            listener.close()
        return [
            one for one in found if one.lost or not (one.sounds_like_ours and is_echo(one.text, our_words))
        ]


class _Hops:
    """Voice activity of one listener, and how far it has come."""

    def __init__(self, vad: OpensStreams, from_s: float) -> None:
        self._vad = vad
        self.until_s = from_s

    def open(self, on_hop: OnHop) -> VadStream:
        def judged(probability: float, start_s: float, end_s: float) -> None:
            self.until_s = end_s
            on_hop(probability, start_s, end_s)

        return self._vad.open(judged)


def channel(sound: Pcm, number: int) -> Pcm:
    """One channel of (samples, channels); silence where it is not there."""
    return sound[:, number] if number < sound.shape[1] else np.zeros(len(sound), np.int16)
