"""The PyTorch adapter on a real, tiny Whisper model with random weights, built here; skipped without the extra."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from core.languages import Language
from models.protocols import Recognition, RecognitionRequest
from models.recognition.decoding import Reading, Utterance
from models.recognition.recogniser import WhisperRecogniser, load_whisper
from models.recognition.scheduler import Doubt
from models.recognition.window import Guard

torch = pytest.importorskip("torch", reason="needs the extra gpu")
transformers = pytest.importorskip("transformers", reason="needs the extra gpu")

WORDS = [f"w{number}" for number in range(40)]
MARKS = [
    "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>", "<|ja|>", "<|ko|>", "<|es|>",
    "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    folder = tmp_path_factory.mktemp("whisper-tiny-random")
    vocabulary = {token: number for number, token in enumerate([*WORDS, *MARKS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="w0"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.decoder = decoders.Fuse()
    tokenizer.add_special_tokens(MARKS)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(7)
    config = transformers.WhisperConfig(
        vocab_size=len(vocabulary), num_mel_bins=80, d_model=32, encoder_layers=2, decoder_layers=2,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64,
        max_source_positions=1500, max_target_positions=128, decoder_start_token_id=41, pad_token_id=40,
        bos_token_id=40, eos_token_id=40, begin_suppress_tokens=None, suppress_tokens=None,
    )  # fmt: skip
    model = transformers.WhisperForConditionalGeneration(config)
    with torch.no_grad():
        model.model.decoder.embed_tokens.weight *= 20  # random weights, but not indifferent ones
    model.save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text())["model_type"] == "whisper"
    return folder


@pytest.fixture(scope="module")
def decoder(folder):
    found = load_whisper(folder, mend=False)
    found._guard = Guard(mean_logprob=-99.0, compression_ratio=99.0, tokens_per_second=20.0)
    return found


def noise(seconds: float, seed: int = 0):
    return (np.random.default_rng(seed).standard_normal(round(16_000 * seconds)) * 3000).astype(np.int16)


def utterance(seconds: float, seed: int = 0, languages=None, words=False) -> Utterance:
    request = RecognitionRequest("a", languages or {Language.EN: 1.0}, words=words)
    return Utterance(noise(seconds, seed), request)


def hear(decoder, batch, frames: int, cap: int) -> list[Reading]:
    """What is heard of each with the same window and limit."""
    return list(decoder._hear(batch, [frames] * len(batch), 1, [cap] * len(batch)))


def test_the_adapters_full_window_is_the_librarys_own_decode(folder, decoder):
    """With all thirty seconds, greedy decoding by ``generate`` gives the same tokens."""
    one = utterance(3.0)
    mine = hear(decoder, [one], 3000, 40)[0].decoded
    model = transformers.WhisperForConditionalGeneration.from_pretrained(folder).eval()
    features = torch.from_numpy(decoder._features(one.audio, 3000)[None])
    start = torch.tensor([[41, 42, 48, 52]])
    state = model.model.encoder(features)
    wanted: list[int] = []
    ids = start
    for _ in range(40):  # without any cache of ours
        logits = model(encoder_outputs=state, decoder_input_ids=ids).logits[:, -1]
        logits[:, 41:] = -float("inf")
        token = int(logits.argmax(-1))
        if token == 40:
            break
        wanted.append(token)
        ids = torch.cat([ids, torch.tensor([[token]])], dim=1)
    assert mine.tokens == len(wanted) > 0
    assert mine.text.replace(" ", "") == "".join(WORDS[token] for token in wanted)
    assert mine.mean_logprob < 0 and 0 <= mine.no_speech <= 1


def test_a_batch_hears_what_each_would_hear_alone(decoder):
    batch = [utterance(2.0 + 0.3 * seed, seed) for seed in range(4)]
    together = hear(decoder, batch, 800, 30)
    alone = [hear(decoder, [one], 800, 30)[0] for one in batch]
    assert [one.decoded.text for one in together] == [one.decoded.text for one in alone]
    assert [one.decoded.mean_logprob for one in together] == pytest.approx(
        [one.decoded.mean_logprob for one in alone], abs=1e-3
    )


def test_the_short_window_encodes_fewer_frames(decoder):
    assert decoder._encode(np.zeros((1, 80, 800), np.float32)).shape[1] == 400


def test_only_the_allowed_languages_are_chosen_from(decoder):
    one = utterance(3.0, languages={Language.JA: 1.0, Language.KO: 1.0})
    (heard,) = hear(decoder, [one], 800, 5)
    assert set(heard.scores) == {Language.JA, Language.KO} and heard.language in heard.scores
    assert sum(heard.scores.values()) == pytest.approx(1.0)


def test_the_guard_stands_before_this_model_too(folder):
    strict = load_whisper(folder, mend=False)
    strict._guard = Guard(mean_logprob=0.5)
    assert isinstance(strict.decode([utterance(2.0)])[0], Doubt)
    assert isinstance(strict.decode_full(utterance(2.0)), Recognition)


async def test_it_serves_the_scheduler(decoder):
    async with WhisperRecogniser(decoder) as recogniser:
        requests = [RecognitionRequest(f"call {n}", dict.fromkeys(Language, 1.0)) for n in range(5)]
        heard = await asyncio.gather(
            *(recogniser.recognise(noise(2.0, n), request) for n, request in enumerate(requests))
        )
        silent = await recogniser.recognise(np.zeros(16_000, np.int16), requests[0])
    assert all(isinstance(one, Recognition) and one.tokens > 0 for one in heard)
    assert silent.text == ""


def test_a_full_window_does_not_hold_up_a_short_one(decoder, monkeypatch):
    begun, go, encode = threading.Event(), threading.Event(), decoder._encode

    def slow(features):
        if features.shape[-1] == 3000:
            begun.set()
            assert go.wait(20)
        return encode(features)

    monkeypatch.setattr(decoder, "_encode", slow)
    with ThreadPoolExecutor(2) as threads:
        full = threads.submit(decoder.decode_full, utterance(2.0))
        assert begun.wait(20)
        try:
            assert threads.submit(decoder.decode, [utterance(2.0)]).result(20), "while the other is under way"
            assert not full.done()
        finally:
            go.set()
        assert full.result(20)


def test_what_lanes_hear_at_once_is_what_each_hears_alone(decoder):
    asked = [utterance(1.5 + 0.2 * seed, seed, words=True) for seed in range(6)]
    alone = [hear(decoder, [one], 800, 30)[0] for one in asked]
    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(lambda one: hear(decoder, [one], 800, 30)[0], asked))
    assert [one.decoded for one in together] == [one.decoded for one in alone]


def test_with_words_each_word_has_its_time_and_confidence(decoder):
    one = utterance(3.0, languages={Language.ZH: 1.0}, words=True)
    heard = hear(decoder, [one], 800, 12)[0].decoded
    assert [word.text for word in heard.words] == [f"w{n}" for n in re.findall(r"\d+", heard.text)]
    assert all(0 <= word.start_s <= word.end_s <= 3.02 and 0 < word.confidence <= 1 for word in heard.words)
    starts = [word.start_s for word in heard.words]
    assert starts == sorted(starts)
    without = hear(decoder, [utterance(3.0, languages={Language.ZH: 1.0})], 800, 12)[0].decoded
    assert without.words is None and without.text == heard.text


def test_words_are_placed_by_what_the_decoder_attends_to(folder, decoder):
    """Our own reading of the attention is the library's, of a model that gives its weights away."""
    told = transformers.WhisperForConditionalGeneration.from_pretrained(
        folder, attn_implementation="eager"
    ).eval()
    one = utterance(3.0)
    with torch.inference_mode():
        encoded = decoder._encode(decoder._features(one.audio, 800)[None])
        ids = torch.tensor([[41, 42, 48, 52, 3, 5, 9]])
        decoder._noted.queries = {}
        decoder._step(ids, encoded, None)
        queries, decoder._noted.queries = decoder._noted.queries, None
        mine = decoder._attention(queries, encoded)
        theirs = told.model.decoder(
            input_ids=ids, encoder_hidden_states=encoded, output_attentions=True
        ).cross_attentions
    assert decoder._heads == [(1, 0), (1, 1)]
    assert mine.numpy() == pytest.approx(theirs[1][0].numpy(), abs=1e-5)


def test_a_folder_without_any_model_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="safetensors"):
        load_whisper(tmp_path)
