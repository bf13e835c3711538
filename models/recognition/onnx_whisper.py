"""Whisper with encoder and decoder in ONNX Runtime, which needs less of a processor's time than CTranslate2.

CTranslate2's products of eight bits are made for many rows; a decoder's step has few. ONNX Runtime keeps the weights
in the order in which the processor reads them; and with a graph of its own the encoder need not look at silence in full.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from models.recognition.beam import BeamSearch
from models.recognition.decoder_session import DecoderSession, Heard, Likely, Memory, Past
from models.recognition.decoding import Decoded, Reading, Utterance
from models.recognition.encoder_session import EncoderSession
from models.recognition.language import weigh
from models.recognition.scripts import is_foreign
from models.recognition.weights import read_weights
from models.recognition.whisper import WhisperDecoder
from models.recognition.window import FULL_FRAMES, Guard
from models.threads import plan

_PROMPT = 4


class OnnxWhisperDecoder(WhisperDecoder):
    """A Whisper model in CTranslate2's format, in ONNX Runtime; on a processor only. Where words lie CTranslate2 tells.

    Args:
        folder, beam, full_beam, guard, mend: see :class:`models.recognition.whisper.WhisperDecoder`.

    Raises:
        models.recognition.weights.WeightsUnreadable: the model is of another version of the format.
        models.recognition.decoder_shape.UnexpectedModel: its layers are not as expected.
        ValueError: its tokenizer lacks one of Whisper's marks.
    """

    _one_by_one = True

    def __init__(
        self, folder: Path, beam: int = 5, full_beam: int = 5, guard: Guard | None = None, mend: bool = True
    ) -> None:
        super().__init__(folder, "cpu", None, beam, full_beam, guard, mend)
        config = json.loads((folder / "config.json").read_text())
        if self._silence is None:
            raise ValueError(f"{folder}: the recogniser's tokenizer has no mark of no speech")
        weights = read_weights(folder / "model.bin")
        never = {*config.get("suppress_ids", ())}
        # What is left of a foreign letter, its bytes, is kept: "café" can still be said, in more tokens.
        said = np.array(
            [
                token
                for token in range(self._sot)
                if token not in never and not is_foreign(self._tokenizer.decode([token]))
            ],
            np.int64,
        )
        self._blank = [token for token in config.get("suppress_ids_begin", []) if token in said]
        self._session = DecoderSession(
            weights,
            said,
            2 * max(beam, full_beam) + len(self._blank),
            self._blank,
            plan().recognition_threads,
        )
        self._encoder = EncoderSession(weights, plan().recognition_threads)
        embedding = weights["decoder/embeddings/weight"]
        self._codes = {
            token: code.strip("<|>") for code, token in self._tokenizer.get_vocab().items()
            if token in set(config["lang_ids"])
        }  # fmt: skip
        self._marks = embedding[[*self._codes, self._silence]].astype(np.float32)

    def _hear(
        self, batch: Sequence[Utterance], frames: Sequence[int], beam: int, caps: Sequence[int]
    ) -> Iterator[Reading]:
        heard_in = [self._heard(one, window) for one, window in zip(batch, frames, strict=True)]
        memory = self._session.memory(heard_in)
        rows = len(batch)
        start = np.full((rows, 1), self._sot)
        state, past = self._session.step(memory, self._session.nothing(rows), range(rows), start)
        scores, no_speech = self._languages_after(batch, state)
        chosen = [max(one, key=lambda language: one[language]) for one in scores]
        prompts = [[self._sot, self._languages[language], *self._after_language] for language in chosen]
        state, past = self._session.step(memory, past, range(rows), np.array([one[1:] for one in prompts]))
        room = self._session.shape.positions - len(prompts[0])
        searches = [BeamSearch(beam, self._end, min(cap, room)) for cap in caps]
        going = list(zip(range(rows), batch, searches, strict=True))
        for place in self._search(going, memory, past, self._first(self._session.likely(state))):
            one, search = batch[place], searches[place]
            found = self._text(search, float(no_speech[place]))
            if one.request.words and found.tokens:
                ids = list(search.best().tokens)
                found = replace(
                    found, words=self._words(heard_in[place].states, prompts[place], ids, one, chosen[place])
                )
            yield Reading(place, scores[place], chosen[place], found)

    def _heard(self, utterance: Utterance, frames: int) -> Heard:
        """What the encoder makes of it.

        CTranslate2 encodes every position by itself, as the model was trained: for the full window, which is the last
        resort, and to tell where words lie.
        """
        if utterance.request.words or frames == FULL_FRAMES:
            states = np.array(self._encoded([self._features(utterance.audio, frames)]))
            return Heard(states, np.zeros(states.shape[1], np.float32))
        return self._encoder.heard(self._mel(utterance.audio), frames)

    def _languages_after(
        self, batch: Sequence[Utterance], state: NDArray[np.float32]
    ) -> tuple[list[dict[Language, float]], NDArray[np.float32]]:
        """Of each utterance the languages' scores and the probability that nobody speaks, by what follows the first mark.

        After it the model says nothing but a language or that there is no speech, so only these are looked at.
        """
        shares = _softmax(state @ self._marks.T)
        languages = shares[:, :-1] / shares[:, :-1].sum(1, keepdims=True)
        scores = []
        for one, row in zip(batch, languages, strict=True):
            if self._one_language_each([one]):
                scores.append(weigh({}, one.request.languages))
            else:
                scores.append(
                    self._weighed(one, dict(zip(self._codes.values(), map(float, row), strict=True)))
                )
        return scores, shares[:, -1]

    def _first(self, likely: Likely) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """What may be said first: no blank and no end."""
        left = 1.0 - likely.watched.sum(1, keepdims=True)
        logs = np.log(np.maximum(likely.probabilities, 1e-30) / np.maximum(left, 1e-30))
        logs[np.isin(likely.tokens, self._blank)] = -np.inf
        return likely.tokens, logs

    def _search(
        self,
        going: list[tuple[int, Utterance, BeamSearch]],
        memory: Memory,
        past: Past,
        first: tuple[NDArray[np.int64], NDArray[np.float32]],
    ) -> Iterator[int]:
        """Carry all searches to their ends; each leaves the batch with its last step, or once nobody wants its words.

        Args:
            going: of each its place in the batch, the utterance and the search.

        Yields:
            The place of each that has left.
        """
        tokens, logs = first
        rows = 1
        while going:
            for slot, (_, _, search) in enumerate(going):
                mine = slice(slot * rows, (slot + 1) * rows)
                search.advance(tokens[mine], logs[mine])
            starts = [slot * rows for slot in range(len(going))]
            for slot in reversed(range(len(going))):
                place, utterance, search = going[slot]
                if search.done or not utterance.wanted():
                    memory.leave(slot)
                    going[slot], starts[slot] = going[-1], starts[-1]
                    going.pop()
                    starts.pop()
                    yield place
            if not going:
                return
            order = [
                start + parent
                for start, (_, _, search) in zip(starts, going, strict=True)
                for parent in search.parents
            ]
            rows = len(going[0][-1].parents)
            newest = np.array([[token] for _, _, search in going for token in search.last])
            state, past = self._session.step(memory, past, order, newest)
            likely = self._session.likely(state)
            tokens, logs = likely.tokens, np.log(np.maximum(likely.probabilities, 1e-30))

    def _text(self, search: BeamSearch, no_speech: float) -> Decoded:
        best = search.best()
        return Decoded(
            text=str(self._tokenizer.decode(list(best.tokens))).strip(),
            tokens=len(best.tokens),
            mean_logprob=best.logprob / (len(best.tokens) + 1),
            no_speech=no_speech,
            circles=search.circles,
        )


def _softmax(x: Any) -> NDArray[np.float32]:
    powers: NDArray[np.float32] = np.exp(x - x.max(-1, keepdims=True))
    shares: NDArray[np.float32] = powers / powers.sum(-1, keepdims=True)
    return shares
