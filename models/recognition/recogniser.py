"""The packaged recogniser: Whisper on threads of its own behind the scheduler."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

import numpy as np

from models.assets import asset_path
from models.protocols import RECOGNISER_RATE, BadRequest, Pcm, Recognition, RecognitionRequest
from models.recognition.decoding import MAX_SECONDS, Utterance, WindowedDecoder
from models.recognition.engine import Engine, engine_for
from models.recognition.load import Load
from models.recognition.queue import Job
from models.recognition.scheduler import Answered, Doubt, Scheduler, SchedulerCounts
from models.recognition.whisper import WhisperDecoder
from models.recognition.window import group_of
from models.threads import plan

PARTIAL_LIMIT = 0.5
"""Utilisation from which nobody is offered partial transcripts: the rest is for callers who wait."""


class ThreadedDecoder:
    """Runs a blocking decoder on a thread for each lane; the scheduler's ``BatchDecoder``."""

    def __init__(self, decoder: WindowedDecoder, lanes: int, at_rest: bool = False) -> None:
        self._decoder = decoder
        self._at_rest = at_rest
        self._threads = ThreadPoolExecutor(lanes, thread_name_prefix="recognition")

    def group(self, samples: int) -> int:
        """Lengths that may share a batch."""
        return group_of(samples)

    async def decode(
        self, jobs: Sequence[Job], pressure: float, answered: Answered
    ) -> Sequence[Recognition | Doubt]:
        """Decode a batch with the short window."""
        loop = asyncio.get_running_loop()

        def tell(place: int, answer: Recognition | Doubt) -> None:
            loop.call_soon_threadsafe(answered, jobs[place], answer)

        utterances = [_utterance(job) for job in jobs]
        pressure = 0.0 if self._at_rest else pressure
        return await loop.run_in_executor(self._threads, self._decoder.decode, utterances, pressure, tell)

    async def decode_again(self, job: Job, pressure: float) -> Recognition:
        """Decode one utterance with a longer window, the full one at last."""
        utterance = _utterance(job)
        pressure = 0.0 if self._at_rest else pressure
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._decoder.decode_again, utterance, pressure
        )

    def close(self) -> None:
        """Wait for the decodes in work and end the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)


def _utterance(job: Job) -> Utterance:
    return Utterance(job.audio, job.request, lambda: job.wanted)


class WhisperRecogniser:
    """The ``Recogniser`` of the models process; use it as an asynchronous context manager.

    Args:
        decoder: a loaded model; None loads the packaged one.
        max_waiting, max_batch, even: see :class:`models.recognition.scheduler.Scheduler`. On a CPU a batch saves only some
            15 % over one by one, and takes longer to answer each, so batches are small; a GPU wants more.
        at_rest: search as widely as when nobody waits, however closely requests follow each other: to measure what is
            heard, and not how soon.
    """

    def __init__(
        self,
        decoder: WindowedDecoder | None = None,
        max_waiting: int = 128,
        max_batch: int = 4,
        even: bool = True,
        at_rest: bool = False,
    ) -> None:
        workers = plan().recognition_lanes
        self._threads = ThreadedDecoder(decoder or load_whisper(), workers, at_rest)
        self._scheduler = Scheduler(
            self._threads,
            max_waiting=max_waiting,
            max_batch=max_batch,
            even=even,
            workers=workers,
            partial_limit=PARTIAL_LIMIT,
        )

    async def __aenter__(self) -> WhisperRecogniser:
        await self._scheduler.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._scheduler.__aexit__(kind, error, trace)
        await asyncio.to_thread(self._threads.close)

    @property
    def counts(self) -> SchedulerCounts:
        """What has happened since the start."""
        return self._scheduler.counts

    def load(self) -> Load:
        """How busy it is at this moment."""
        return self._scheduler.load()

    @property
    def busy_s(self) -> float:
        """Worker seconds spent on decoding since the start."""
        return self._scheduler.busy_s

    @property
    def discarded_s(self) -> float:
        """Of ``busy_s``, what was for nothing."""
        return self._scheduler.discarded_s

    @property
    def in_work_s(self) -> float:
        """For how long the oldest of the decodes in work has been; 0 where none is."""
        return self._scheduler.in_work_s

    @property
    def waiting(self) -> int:
        """Utterances that wait."""
        return self._scheduler.waiting

    async def recognise(self, audio: Pcm, request: RecognitionRequest) -> Recognition:
        """See :class:`models.protocols.Recogniser`."""
        if audio.dtype != np.int16 or audio.ndim != 1:
            raise BadRequest(f"audio must be int16 mono, got {audio.dtype} with {audio.ndim} dimensions")
        if len(audio) > MAX_SECONDS * RECOGNISER_RATE:
            raise BadRequest(
                f"audio may be {MAX_SECONDS:.0f} s long, got {len(audio) / RECOGNISER_RATE:.1f} s"
            )
        return await self._scheduler.submit(audio, request)


def load_whisper(
    model: str | Path | None = None,
    device: str = "cpu",
    compute_type: str | None = None,
    beam: int = 5,
    mend: bool = True,
    engine: Engine = "ctranslate2",
) -> WindowedDecoder:
    """Load a Whisper model.

    Args:
        model: a folder with a model (``large-v3-turbo``, say) in CTranslate2's format, or as transformers saves it,
            for PyTorch (the extra ``gpu``); None means the packaged base.
        device, compute_type, beam, mend: see :class:`models.recognition.whisper.WhisperDecoder`.
        engine: what runs the decoder of a model in CTranslate2's format; see :mod:`models.recognition.engine`.

    Raises:
        ValueError: ``onnx`` was asked for and cannot run this model, or not on this device.
        models.assets.AssetMissing: the packaged model has not been fetched.
        FileNotFoundError: there is no such folder.
    """
    folder = Path(model).expanduser() if model else asset_path("whisper-base")
    if not (folder / "model.bin").is_file():
        if any(folder.glob("model*.safetensors")):
            from models.recognition.transformers_whisper import TransformersWhisperDecoder

            return TransformersWhisperDecoder(folder, device=device, mend=mend)
        raise FileNotFoundError(
            f"{folder} holds neither model.bin (CTranslate2) nor model.safetensors (transformers)"
        )
    if engine_for(folder, device, compute_type, engine) == "onnx":
        from models.recognition.onnx_whisper import OnnxWhisperDecoder

        return OnnxWhisperDecoder(folder, beam=beam, mend=mend)
    return WhisperDecoder(folder, device=device, compute_type=compute_type, beam=beam, mend=mend)
