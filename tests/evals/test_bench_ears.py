"""What a benchmark listens with is what the models process would run with the same settings."""

import asyncio

import numpy as np
import pytest

from app.bench_ears import ears_for
from app.settings import Settings
from core.languages import Language
from models.protocols import RECOGNISER_RATE, Recognition, RecognitionRequest
from models.recognition import recogniser

EN = Language.EN


class Decoder:
    """Hears nothing, and remembers how many utterances came together and how pressed it was."""

    def __init__(self):
        self.batches = []
        self.loads = set()

    def warm(self): ...

    def decode(self, batch, load=0.0, answered=None):
        self.batches.append(len(batch))
        self.loads.add(load)
        return [Recognition("", EN, {EN: 1.0}, 0.0, 0.0)] * len(batch)


@pytest.mark.parametrize(
    ("device", "asked", "together"), [("cuda", None, 16), ("cpu", None, 4), ("cpu", 9, 9)]
)
async def test_a_benchmark_batches_as_the_device_and_the_settings_say(
    tmp_path, monkeypatch, device, asked, together
):
    decoder, loaded = Decoder(), []
    monkeypatch.setattr(recogniser, "load_whisper", lambda *how: loaded.append(how) or decoder)
    settings = Settings(data=tmp_path, device=device, recogniser_batch=asked, recogniser_beam=3)
    second = np.full(RECOGNISER_RATE, 900, np.int16)
    async with ears_for(settings) as ears:
        assert ears.decoder is decoder and loaded[0][1] == device and 3 in loaded[0]
        requests = [RecognitionRequest(f"call {number}", {EN: 1.0}) for number in range(40)]
        await asyncio.gather(*(ears.recogniser.recognise(second, one) for one in requests))
    assert max(decoder.batches) == together
    assert decoder.loads == {0.0}, "what is heard is measured as if nobody waited"
