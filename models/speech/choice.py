"""Which synthesiser speaks, by configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from models.speech.phrases import ENGINE_VERSION

if TYPE_CHECKING:
    from models.speech.coqui import CoquiSynthesiser
    from models.speech.kokoro import KokoroSynthesiser

Engine = Literal["kokoro", "coqui"]


@dataclass(frozen=True)
class SynthesiserChoice:
    """The engine and what it needs.

    Attributes:
        model: Coqui's model name or folder; the packaged Kokoro has but one.
        voices: Coqui's speakers or recordings by voice name; ``bot`` is needed.
        device: ``cpu`` or ``cuda``, for Coqui.
    """

    engine: Engine = "kokoro"
    model: str = ""
    voices: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"

    @property
    def version(self) -> str:
        """Names the sound: phrases of another engine or model are not used."""
        return ENGINE_VERSION if self.engine == "kokoro" else f"coqui/{Path(self.model).name}/1"

    def open(self, workers: int = 1) -> KokoroSynthesiser | CoquiSynthesiser:
        """Load it, dictionaries and all.

        Raises:
            ModelError: the library, the model or a ``bot`` voice is missing.
        """
        if self.engine == "coqui":
            from models.speech.coqui import CoquiSynthesiser

            return CoquiSynthesiser(self.voices, model=self.model, device=self.device)
        from models.speech.kokoro import KokoroSynthesiser

        return KokoroSynthesiser.from_assets(workers=workers)
