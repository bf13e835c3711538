"""Whisper through transformers and PyTorch, for GPUs where CTranslate2's libraries are missing; the extra ``gpu``.

The folder is one as ``transformers`` saves it (``config.json``, ``model.safetensors``, ``tokenizer.json``). Decoding
is greedy. Window, guard, languages and text are the same as with CTranslate2 (``decoding``).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from models.recognition.decoding import Decoded, Utterance, WindowedDecoder
from models.recognition.language import weigh
from models.recognition.window import Guard
from models.threads import plan

_NO_SPEECH = ("<|nospeech|>", "<|nocaptions|>")
"""Newer and older models name it differently."""


class TransformersWhisperDecoder(WindowedDecoder):
    """A multilingual Whisper model of any size, run by PyTorch.

    Args:
        folder: as saved by ``save_pretrained``, with ``tokenizer.json``; nothing is downloaded.
        device: as torch names it: ``cpu``, ``cuda``, ``cuda:1``.
        guard, mend: see :class:`models.recognition.decoding.WindowedDecoder`.

    Raises:
        ImportError: the extra is not installed; the message says how to.
        ValueError: the model is not multilingual Whisper.
    """

    def __init__(
        self, folder: Path, device: str = "cpu", guard: Guard | None = None, mend: bool = True
    ) -> None:
        super().__init__(1, 1, guard, mend)
        try:
            import torch
            from transformers import WhisperForConditionalGeneration
        except ImportError as error:
            raise ImportError("this recogniser needs the extra: pip install 'tetraphone[gpu]'") from error
        from faster_whisper.feature_extractor import FeatureExtractor
        from tokenizers import Tokenizer

        self._torch: Any = torch
        on_cpu = torch.device(device).type == "cpu"
        if on_cpu:
            torch.set_num_threads(plan().recognition_threads)
        model = WhisperForConditionalGeneration.from_pretrained(
            str(folder), dtype=torch.float32 if on_cpu else torch.float16, local_files_only=True
        )
        self._whisper: Any = model.to(device).eval()
        self._device = device
        # One model, one stream of work: the lanes' threads take turns.
        self._turn = threading.Lock()
        self._extract = FeatureExtractor(feature_size=int(model.config.num_mel_bins))
        self._use(Tokenizer.from_file(str(folder / "tokenizer.json")))
        self._silence = next(
            (found for name in _NO_SPEECH if (found := self._tokenizer.token_to_id(name)) is not None), None
        )

    def _hear(
        self, batch: Sequence[Utterance], frames: int, beam: int, cap: int
    ) -> list[tuple[dict[Language, float], Language, Decoded]]:
        features = np.stack([self._features(one.audio, frames) for one in batch])
        with self._turn, self._torch.inference_mode():
            encoded = self._encode(features)
            scores = self._languages_of(batch, encoded)
            chosen = [max(one, key=lambda language: one[language]) for one in scores]
            decoded = self._greedy(encoded, chosen, cap)
        return list(zip(scores, chosen, decoded, strict=True))

    def _encode(self, features: NDArray[np.float32]) -> Any:
        """The encoder on as many frames as there are; its own ``forward`` insists on all thirty seconds."""
        functional, encoder = self._torch.nn.functional, self._whisper.model.encoder
        heard = self._torch.from_numpy(features).to(self._device, self._whisper.dtype)
        heard = functional.gelu(encoder.conv1(heard))
        heard = functional.gelu(encoder.conv2(heard)).permute(0, 2, 1)
        heard = heard + encoder.embed_positions.weight[: heard.shape[1]]
        for layer in encoder.layers:
            heard = layer(heard, None)
            heard = heard[0] if isinstance(heard, tuple) else heard
        return encoder.layer_norm(heard)

    def _step(self, ids: Any, encoded: Any, past: Any) -> tuple[Any, Any]:
        """Logits of shape (batch, len(ids), vocabulary) in float32, and the cache for the next step."""
        out = self._whisper.model.decoder(
            input_ids=ids, encoder_hidden_states=encoded, past_key_values=past, use_cache=True
        )
        return self._whisper.proj_out(out.last_hidden_state).float(), out.past_key_values

    def _languages_of(self, batch: Sequence[Utterance], encoded: Any) -> list[dict[Language, float]]:
        if self._one_language_each(batch):
            return [weigh({}, one.request.languages) for one in batch]
        start = self._torch.full((len(batch), 1), self._sot, device=self._device)
        logits, _ = self._step(start, encoded, None)
        codes, ids = zip(*self._all_languages(), strict=True)
        chances = logits[:, 0, list(ids)].softmax(-1).tolist()
        return [
            self._weighed(one, dict(zip(codes, row, strict=True)))
            for one, row in zip(batch, chances, strict=True)
        ]

    def _all_languages(self) -> list[tuple[str, int]]:
        """Every language that the model knows: its guess is spread over all of them."""
        first, last = self._sot + 1, self._id("<|translate|>")
        tokens = [(self._tokenizer.id_to_token(one), one) for one in range(first, last)]
        return [(token.strip("<|>"), one) for token, one in tokens if token and len(token) in (6, 7)]

    def _greedy(self, encoded: Any, languages: Sequence[Language], cap: int) -> list[Decoded]:
        torch = self._torch
        prompts = [[self._sot, self._languages[language], *self._after_language] for language in languages]
        logits, past = self._step(torch.tensor(prompts, device=self._device), encoded, None)
        silence = [0.0] * len(prompts)
        if self._silence is not None:
            silence = logits[:, 0].softmax(-1)[:, self._silence].tolist()
        allowed = self._text_only(logits.shape[-1])
        said: list[list[int]] = [[] for _ in prompts]
        total, over = [0.0] * len(prompts), [False] * len(prompts)
        most = min(cap, int(self._whisper.config.max_target_positions) - len(prompts[0]))
        for _ in range(most):
            chances = (logits[:, -1] + allowed).log_softmax(-1)
            best, ids = chances.max(-1)
            for row, (token, logprob) in enumerate(zip(ids.tolist(), best.tolist(), strict=True)):
                if not over[row]:
                    total[row] += logprob
                    over[row] = token == self._end
                    if not over[row]:
                        said[row].append(token)
            if all(over):
                break
            logits, past = self._step(ids[:, None], encoded, past)
        return [
            Decoded(
                text=str(self._tokenizer.decode(row)).strip(),
                tokens=len(row),
                mean_logprob=total[number] / (len(row) + 1),
                no_speech=silence[number],
            )
            for number, row in enumerate(said)
        ]

    def _text_only(self, vocabulary: int) -> Any:
        """Added to the logits: no mark but the end may be chosen."""
        allowed = self._torch.zeros(vocabulary, device=self._device)
        allowed[self._end + 1 :] = -float("inf")
        return allowed
