"""What runs a model in CTranslate2's format: CTranslate2 itself, or ONNX Runtime where that is quicker."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

from models import instructions
from models.recognition.decoder_shape import DecoderShape, UnexpectedModel, shape_of
from models.recognition.encoder_shape import check_encoder
from models.recognition.weights import WeightsUnreadable, read_weights

Engine = Literal["auto", "onnx", "ctranslate2"]

LARGEST = (768, 12)
"""Size and layers of ``small``: above, nothing was measured, and a model held twice takes more memory than it saves time."""

log = logging.getLogger(__name__)


def engine_for(
    folder: Path,
    device: str,
    compute_type: str | None,
    wanted: Engine,
    quick: bool | None = None,
) -> Literal["onnx", "ctranslate2"]:
    """Return what is to run the model.

    ``auto`` means ONNX Runtime on a processor that multiplies bytes quickly, with a model of whole precision that is not
    larger than ``small``, unless a type to compute in was asked for; else CTranslate2.

    Args:
        quick: whether the processor does; None means to look.

    Raises:
        ValueError: ``onnx`` was asked for, and the device, the type or the model is none for it.
    """
    if wanted == "ctranslate2":
        return wanted
    if wanted == "onnx":
        if device != "cpu":
            raise ValueError(f"onnx runs on a processor only, and the device is {device}")
        if compute_type not in (None, "int8"):
            raise ValueError(f"onnx computes in int8, and {compute_type} is asked for")
        _shape(folder)
        return wanted
    if device != "cpu" or compute_type not in (None, "int8"):
        return "ctranslate2"
    if not (instructions.multiplies_bytes() if quick is None else quick):
        return "ctranslate2"
    try:
        shape = _shape(folder)
    except ValueError as error:
        log.warning("the recogniser stays with CTranslate2: %s", error)
        return "ctranslate2"
    return "onnx" if shape.size <= LARGEST[0] and shape.layers <= LARGEST[1] else "ctranslate2"


def _shape(folder: Path) -> DecoderShape:
    try:
        weights = read_weights(folder / "model.bin")
        check_encoder(weights)
        return shape_of(weights)
    except (UnexpectedModel, WeightsUnreadable) as error:
        raise ValueError(f"{folder} cannot be run by onnx: {error}") from error
