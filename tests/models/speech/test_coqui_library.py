"""The Coqui adapter with the real library, on a model of a few thousand weights built here (extra ``coqui``)."""

from __future__ import annotations

import numpy as np
import pytest

from core.languages import Language
from models.speech.coqui import CoquiSynthesiser

pytest.importorskip("TTS", reason="the extra `coqui` is not installed", exc_type=ImportError)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An untrained VITS in the library's own file format."""
    import torch
    from TTS.tts.configs.vits_config import VitsConfig
    from TTS.tts.models.vits import Vits, VitsArgs

    small = VitsArgs(
        hidden_channels=16,
        hidden_channels_ffn_text_encoder=16,
        num_heads_text_encoder=2,
        num_layers_text_encoder=1,
        num_layers_posterior_encoder=1,
        num_layers_flow=1,
        upsample_initial_channel_decoder=32,
        resblock_kernel_sizes_decoder=[3],
        resblock_dilation_sizes_decoder=[[1, 3, 5]],
    )
    config = VitsConfig(model_args=small, use_phonemes=False, text_cleaner="basic_cleaners")
    torch.manual_seed(1)
    model = Vits.init_from_config(config)
    out = tmp_path_factory.mktemp("vits")
    torch.save({"model": model.state_dict()}, out / "model.pth")
    config.save_json(str(out / "config.json"))
    return out


async def test_the_real_library_speaks_through_the_same_protocol(folder):
    synthesiser = CoquiSynthesiser({"bot": "any"}, model=str(folder), device="cpu")
    try:
        speech = await synthesiser.synthesise("Order 104227 has shipped.", Language.EN)
    finally:
        synthesiser.close()
    assert speech.rate == 22_050
    assert speech.pcm.dtype == np.int16
    assert speech.seconds > 0.2
    assert np.abs(speech.pcm).max() > 300
    assert synthesiser.version == f"coqui/{folder.name}/1"
