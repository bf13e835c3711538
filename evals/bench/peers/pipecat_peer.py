# mypy: ignore-errors
# (what it imports is installed in the peer's own environment alone)
"""A Pipecat bot that answers Twilio streams as its examples do, with a canned reply in place of a model.

``python pipecat_peer.py PORT WHISPER_FOLDER REPLY.wav``. Silero, the quickest of the framework's own
turn strategies (silence, without its turn model), faster-whisper with the given weights in int8, shared by all calls; the reply is a recording, so
nothing is thought and nothing rendered: what is measured is hearing alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import soundfile
import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket
from loguru import logger
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.frames.frames import Frame, OutputAudioRawFrame, TranscriptionFrame, UserStoppedSpeakingFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.whisper.stt import WhisperSTTService
from pipecat.transcriptions.language import Language
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_processor import UserTurnProcessor
from pipecat.turns.user_turn_strategies import UserTurnStrategies

RATE = 8000
LANGUAGES = {"+86": Language.ZH, "+81": Language.JA, "+82": Language.KO}
_models: dict[str, Any] = {}


class SharedWhisper(WhisperSTTService):
    """The service with one model for all calls: what a careful user of the framework would do."""

    def _load(self) -> None:
        if not _models:
            super()._load()
            _models["shared"] = self._model
        self._model = _models["shared"]


class CannedReply(FrameProcessor):
    """Says its recording once the turn is over and the words are there."""

    def __init__(self, reply: bytes) -> None:
        super().__init__()
        self._reply = reply
        self._heard = self._over = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame):
            self._heard = True
        elif isinstance(frame, UserStoppedSpeakingFrame):
            self._over = True
        if self._heard and self._over:
            self._heard = self._over = False
            await self.speak()

    async def speak(self) -> None:
        await self.push_frame(OutputAudioRawFrame(audio=self._reply, sample_rate=RATE, num_channels=1))


def build(whisper: str, reply: bytes, port: int) -> FastAPI:
    """The app: the two webhooks that a carrier asks, and the stream."""
    app = FastAPI()
    callers: dict[str, str] = {}

    @app.get("/readyz")
    async def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/twilio/voice")
    async def voice(request: Request) -> Response:
        form = await request.form()
        callers[str(form["CallSid"])] = str(form["From"])
        url = f"ws://127.0.0.1:{port}/twilio/media"
        twiml = f'<Response><Connect action="/twilio/action"><Stream url="{url}"/></Connect></Response>'
        return Response(twiml, media_type="application/xml")

    @app.post("/twilio/action")
    async def action() -> Response:
        return Response("<Response><Hangup/></Response>", media_type="application/xml")

    @app.websocket("/twilio/media")
    async def media(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_text()
        start = json.loads(await websocket.receive_text())["start"]
        caller = callers.pop(start["callSid"], "")
        await follow(websocket, start, LANGUAGES.get(caller[:3], Language.EN), whisper, reply)

    return app


async def follow(
    websocket: WebSocket, start: dict[str, Any], language: Language, whisper: str, reply: bytes
) -> None:
    """One call."""
    serializer = TwilioFrameSerializer(
        stream_sid=start["streamSid"], params=TwilioFrameSerializer.InputParams(auto_hang_up=False)
    )
    transport = FastAPIWebsocketTransport(
        websocket=websocket,
        params=FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=serializer),
    )
    canned = CannedReply(reply)
    hearing = SharedWhisper(
        device="cpu",
        compute_type="int8",
        ttfs_p99_latency=0.0,  # its transcripts are final: nothing is to be waited for after one
        # At its default of 0.4 it takes half the callers' Korean for no speech, and never answers that.
        settings=WhisperSTTService.Settings(model=whisper, language=language, no_speech_prob=1.0),
    )
    # The quickest of its strategies: 0.2 s until silence is noticed, then 0.6 s for the caller to go on.
    strategies = UserTurnStrategies(stop=[SpeechTimeoutUserTurnStopStrategy()])
    pipeline = Pipeline(
        [
            transport.input(),
            VADProcessor(vad_analyzer=SileroVADAnalyzer()),
            hearing,
            UserTurnProcessor(user_turn_strategies=strategies),
            canned,
            transport.output(),
        ]
    )
    task = PipelineTask(
        pipeline, params=PipelineParams(audio_in_sample_rate=16000, audio_out_sample_rate=RATE)
    )

    @transport.event_handler("on_client_connected")
    async def connected(transport: Any, client: Any) -> None:
        await canned.speak()

    @transport.event_handler("on_client_disconnected")
    async def gone(transport: Any, client: Any) -> None:
        await task.cancel()

    await PipelineRunner(handle_sigint=False).run(task)


def main() -> None:
    port, whisper, path = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    sound, rate = soundfile.read(path, dtype="int16")
    assert rate == RATE, f"{path} is not at {RATE} Hz"
    with contextlib.suppress(KeyboardInterrupt):
        config = uvicorn.Config(
            build(whisper, sound.tobytes(), port), host="127.0.0.1", port=port, log_level="warning"
        )
        asyncio.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main()
