"""Whisper through transformers and PyTorch, for GPUs where CTranslate2's libraries are missing; the extra ``gpu``.

The folder is one as ``transformers`` saves it (``config.json``, ``model.safetensors``, ``tokenizer.json``). Decoding
is greedy. Window, guard, languages, words and text are the same as with CTranslate2 (``decoding``).

Several threads may decode at once: the model is only read, and what a decode remembers is its own. On a GPU their
kernels take turns, so a full window holds a short one up only by the work that stands before it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.languages import Language
from models.protocols import Word
from models.recognition.decoding import Decoded, Reading, Utterance, WindowedDecoder
from models.recognition.language import weigh
from models.recognition.silence import sound_from
from models.recognition.window import HOP, Guard
from models.recognition.words import begun_at, words_of
from models.threads import plan


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
        layer = self._whisper.model.encoder.layers[0]
        self._layer_takes = dict.fromkeys({"layer_head_mask"} & set(signature(layer.forward).parameters))
        """What transformers 4 wants of a layer beside its input, and 5 does not know."""
        self._heads = _alignment_heads(model)
        self._noted = threading.local()
        for number in sorted({layer for layer, _ in self._heads}):
            attention = self._whisper.model.decoder.layers[number].encoder_attn
            attention.q_proj.register_forward_hook(self._note_queries(number))
        self._extract = FeatureExtractor(feature_size=int(model.config.num_mel_bins))
        self._use(Tokenizer.from_file(str(folder / "tokenizer.json")))

    def _hear(
        self, batch: Sequence[Utterance], frames: Sequence[int], beam: int, caps: Sequence[int]
    ) -> Iterator[Reading]:
        features = np.stack([self._features(one.audio, max(frames)) for one in batch])
        with self._torch.inference_mode():
            encoded = self._encode(features)
            scores = self._languages_of(batch, encoded)
            chosen = [max(one, key=lambda language: one[language]) for one in scores]
            said = self._greedy(encoded, chosen, max(caps))
            decoded = [
                replace(heard, words=self._words(encoded[row : row + 1], ids, one, chosen[row]))
                if one.request.words and ids
                else heard
                for row, (one, (heard, ids)) in enumerate(zip(batch, said, strict=True))
            ]
        yield from map(Reading, range(len(batch)), scores, chosen, decoded)

    def _encode(self, features: NDArray[np.float32]) -> Any:
        """The encoder on as many frames as there are; its own ``forward`` insists on all thirty seconds."""
        functional, encoder = self._torch.nn.functional, self._whisper.model.encoder
        heard = self._torch.from_numpy(features).to(self._device, self._whisper.dtype)
        heard = functional.gelu(encoder.conv1(heard))
        heard = functional.gelu(encoder.conv2(heard)).permute(0, 2, 1)
        heard = heard + encoder.embed_positions.weight[: heard.shape[1]]
        for layer in encoder.layers:
            heard = layer(heard, None, **self._layer_takes)
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

    def _greedy(
        self, encoded: Any, languages: Sequence[Language], cap: int
    ) -> list[tuple[Decoded, list[int]]]:
        """What was said in each row, and its tokens."""
        torch = self._torch
        prompts = [self._prompt(language) for language in languages]
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
            (
                Decoded(
                    text=str(self._tokenizer.decode(row)).strip(),
                    tokens=len(row),
                    mean_logprob=total[number] / (len(row) + 1),
                    no_speech=silence[number],
                ),
                row,
            )
            for number, row in enumerate(said)
        ]

    def _prompt(self, language: Language) -> list[int]:
        return [self._sot, self._languages[language], *self._after_language]

    # --- words ---

    def _words(
        self, encoded: Any, ids: list[int], utterance: Utterance, language: Language
    ) -> tuple[Word, ...]:
        """Where each word lies, by what the decoder attends to, and how sure it is of its tokens: one more pass."""
        from transformers.models.whisper.generation_whisper import _dynamic_time_warping

        torch, prompt = self._torch, self._prompt(language)
        self._noted.queries = {}
        logits, _ = self._step(torch.tensor([[*prompt, *ids]], device=self._device), encoded, None)
        queries, self._noted.queries = self._noted.queries, None
        rows = slice(
            len(prompt) - 1, None
        )  # what precedes a token tells where it is looked for; then the end mark
        positions = max(1, min(-(-len(utterance.audio) // HOP) // 2, encoded.shape[1]))
        attention = self._attention(queries, encoded)[:, rows, :positions]
        tokens, places = _dynamic_time_warping(-_even(torch, attention).cpu().numpy())
        aligned = [
            (int(token), int(place)) for token, place in zip(tokens, places, strict=True) if token < len(ids)
        ]
        chances = (logits[0, rows][: len(ids)] + self._text_only(logits.shape[-1])).softmax(-1)
        sure = chances[torch.arange(len(ids)), torch.tensor(ids)].tolist()
        return begun_at(words_of(self._tokenizer, ids, language, aligned, sure), sound_from(utterance.audio))

    def _note_queries(self, layer: int) -> Any:
        """Remember what a layer looks for in the sound, where this thread asks for it."""

        def note(module: Any, given: Any, queries: Any) -> None:
            noted = getattr(self._noted, "queries", None)
            if noted is not None:
                noted[layer] = queries

        return note

    def _attention(self, queries: dict[int, Any], encoded: Any) -> Any:
        """Of the heads that follow the sound: (heads, tokens, positions). Fast attention does not give its weights away."""
        found = []
        for layer, head in self._heads:
            attention = self._whisper.model.decoder.layers[layer].encoder_attn
            size = slice(head * attention.head_dim, (head + 1) * attention.head_dim)
            looked_for = queries[layer][0, :, size].float()
            there = attention.k_proj(encoded)[0, :, size].float()
            found.append((looked_for @ there.T * attention.head_dim**-0.5).softmax(-1))
        return self._torch.stack(found)

    def _text_only(self, vocabulary: int) -> Any:
        """Added to the logits: no mark but the end may be chosen."""
        allowed = self._torch.zeros(vocabulary, device=self._device)
        allowed[self._end + 1 :] = -float("inf")
        return allowed


def _alignment_heads(model: Any) -> list[tuple[int, int]]:
    """(layer, head) of those that follow the sound, as the model's makers found; else all of the upper layers."""
    told = getattr(model.generation_config, "alignment_heads", None)
    if told:
        return [(int(layer), int(head)) for layer, head in told]
    layers, heads = model.config.decoder_layers, model.config.decoder_attention_heads
    return [(layer, head) for layer in range(layers // 2, layers) for head in range(heads)]


def _even(torch: Any, attention: Any) -> Any:
    """One matrix (tokens, positions) of all heads: places that every token attends to count for nothing."""
    from transformers.models.whisper.generation_whisper import _median_filter

    spread = torch.std(attention, dim=-2, keepdim=True, unbiased=False).clamp_min(1e-8)
    return _median_filter((attention - attention.mean(dim=-2, keepdim=True)) / spread, 7).mean(dim=0)
