"""The peak rule in a conversation: while too many wait, a simple matter stays with self-service for one turn more.

The distributor decides (``Router.stays_with_bot``, by ``assist.acd.plan.Peak``); here is what the caller hears of it. They are offered to go on
with the bot or to be called back; who asks for a person a second time gets one.
"""

from __future__ import annotations

from dataclasses import replace

from bots.engine.types import HandOffWish, Reply, Say
from bots.understanding.call_back import asks_for_call_back
from voice_gateway.call_back import CALL_BACK_KEY
from voice_gateway.floor import Turn, words_of
from voice_gateway.phrases import Phrase, phrase_text
from voice_gateway.state import CallState


class PeakRule:
    """Of one call; asked about each reply of its bot."""

    def __init__(self, state: CallState) -> None:
        self._state = state
        self._kept = False
        self._open: HandOffWish | None = None
        """The hand-over that the caller was just told about."""

    def applied(self, reply: Reply) -> Reply:
        """The reply, or in place of a hand-over the offer to stay."""
        self._open = None
        wish = reply.hand_off
        if wish is None or self._kept:
            return reply
        state, language = self._state, reply.language
        if state.parts.router.stays_with_bot(state.id, wish.reason, wish.intent, language) is None:
            return reply
        self._kept, self._open = True, wish
        offer = Say(phrase_text(Phrase.PEAK, language), language, Phrase.PEAK.value)
        return replace(reply, says=(offer,), hand_off=None, outcome=None, resolved_by=None, listen="open")

    def call_back_wanted(self, turn: object) -> HandOffWish | None:
        """Whether the caller, just told to be served by the bot, would rather be called back: what about."""
        wish, self._open = self._open, None
        if wish is None or not isinstance(turn, Turn) or not self._state.parts.settings.call_back:
            return None
        if turn.entry is not None:
            if turn.entry.keys.rstrip("#") != CALL_BACK_KEY:
                return None
            self._state.keys_pressed(turn.entry, shown=False)
            return wish
        asked = asks_for_call_back(words_of(turn.utterances), self._state.facts.language)
        return wish if asked else None
