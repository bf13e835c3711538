"""The models process's service over a real Unix socket, and its client."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import numpy as np
import pytest
import uvicorn
from starlette.responses import JSONResponse
from starlette.routing import Route

from core.languages import Language
from models import wire
from models.client import ModelsClient, ModelsFailed, ModelsUnavailable
from models.protocols import (
    BadRequest,
    Overloaded,
    Priority,
    Recognition,
    RecognitionRequest,
    Speech,
    Superseded,
    Word,
)
from models.recognition.load import Load
from models.recognition.scheduler import SchedulerCounts
from models.server import build_app
from tests import unix_server

KOREAN = RecognitionRequest(
    "call 1", {Language.KO: 0.7, Language.EN: 0.3}, ["환불"], Priority.SPECULATIVE, 1.5
)


class FakeRecogniser:
    busy_s, discarded_s, in_work_s = 40.0, 10.0, 0.0

    def __init__(self) -> None:
        self.counts = SchedulerCounts(batches=5, discarded=2, full_windows=1)
        self.error: Exception | None = None
        self.seen: list[tuple[np.ndarray, RecognitionRequest]] = []
        self.cancelled = asyncio.Event()
        self.slow = False

    def load(self):
        return Load(utilisation=0.75, waiting=3, workers=2, cost=0.05, discarded_share=0.25, spare=False)

    async def recognise(self, audio, request):
        self.seen.append((audio, request))
        if self.error:
            raise self.error
        if self.slow:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        scores = {Language.KO: 0.9, Language.EN: 0.1}
        return Recognition(
            "환불", Language.KO, scores, -0.2, 0.8, [Word("환불", 0.1, 0.6, 0.8)], True, 12.0, 80.0, 4
        )


class FakeSynthesiser:
    async def synthesise(self, text, language, voice=None):
        if voice == "nobody":
            raise BadRequest("unknown voice 'nobody'")
        return Speech(np.arange(len(text), dtype=np.int16), 24_000)


class FakeEmbedder:
    dimension = 4

    async def embed(self, texts, role):
        return np.full((len(texts), 4), 0.5, dtype=np.float32)


def serving(app, socket):
    return unix_server.serving(uvicorn.Config(app, uds=str(socket), log_level="error", lifespan="on"))


@pytest.fixture
async def recogniser():
    return FakeRecogniser()


@pytest.fixture
async def client(tmp_path, recogniser):
    async def search(request):
        return JSONResponse({"found": await request.json()})

    async def passage(request):
        return JSONResponse({"id": request.query_params["id"]})

    extra = [Route("/kb/search", search, methods=["POST"]), Route("/kb/passage", passage)]
    app = build_app(recogniser, FakeSynthesiser(), FakeEmbedder(), extra_routes=extra)
    socket = tmp_path / "models.sock"
    async with serving(app, socket), ModelsClient(socket) as client:
        yield client


async def test_audio_and_its_request_arrive_as_they_were_sent(client, recogniser):
    audio = np.arange(-1600, 1600, dtype=np.int16)
    heard = await client.recognise(audio, KOREAN)
    assert heard == Recognition(
        "환불",
        Language.KO,
        {Language.KO: 0.9, Language.EN: 0.1},
        -0.2,
        0.8,
        [Word("환불", 0.1, 0.6, 0.8)],
        True,
        12.0,
        80.0,
        4,
    )
    arrived, request = recogniser.seen[0]
    assert np.array_equal(arrived, audio)
    assert request == KOREAN


async def test_speech_and_vectors_come_back_as_they_were_made(client):
    speech = await client.synthesise("您好", Language.ZH)
    assert (speech.rate, speech.pcm.tolist()) == (24_000, [0, 1])
    vectors = await client.embed(["a", "b", "c"], "query")
    assert vectors.shape == (3, 4)
    assert vectors.dtype == np.float32
    assert client.dimension == 4


async def test_routes_of_other_rooms_are_served_too(client):
    assert await client.post_json("/kb/search", {"q": "Versand"}) == {"found": {"q": "Versand"}}
    assert await client.get_json("/kb/passage", {"id": 7}) == {"id": "7"}
    with pytest.raises(BadRequest, match="404"):
        await client.get_json("/kb/nothing")


@pytest.mark.parametrize(
    ("raised", "arrives"),
    [
        (Overloaded("full"), Overloaded),
        (Superseded("newer"), Superseded),
        (BadRequest("too long"), BadRequest),
        (RuntimeError("secret path /root"), ModelsFailed),
    ],
)
async def test_errors_keep_their_kind_across_the_socket(client, recogniser, raised, arrives):
    recogniser.error = raised
    with pytest.raises(arrives) as caught:
        await client.recognise(np.zeros(160, np.int16), KOREAN)
    assert "secret" not in str(caught.value)


async def test_an_unknown_voice_is_the_callers_mistake(client):
    with pytest.raises(BadRequest, match="nobody"):
        await client.synthesise("hello", Language.EN, "nobody")


async def test_what_the_caller_gave_up_is_cancelled(client, recogniser):
    recogniser.slow = True
    task = asyncio.create_task(client.recognise(np.zeros(160, np.int16), KOREAN))
    while not recogniser.seen:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait_for(recogniser.cancelled.wait(), 10)


async def test_a_slow_answer_is_given_up_and_called_unavailable(tmp_path, recogniser):
    recogniser.slow = True
    socket = tmp_path / "models.sock"
    async with (
        serving(build_app(recogniser), socket),
        ModelsClient(socket, recognise_timeout_s=0.2) as client,
    ):
        with pytest.raises(ModelsUnavailable, match="within"):
            await client.recognise(np.zeros(160, np.int16), RecognitionRequest("c", {Language.EN: 1.0}))


async def test_a_process_that_is_away_is_unavailable_and_welcome_back(tmp_path, recogniser):
    socket = tmp_path / "models.sock"
    async with ModelsClient(socket) as client:
        with pytest.raises(ModelsUnavailable):
            await client.embed(["x"], "query")
        assert not await client.ready()
        for _ in range(2):  # and again, over connections that the first process has taken with it
            async with serving(build_app(recogniser, FakeSynthesiser(), FakeEmbedder()), socket):
                assert await client.ready()
                assert len(await client.embed(["x"], "query")) == 1
        with pytest.raises(ModelsUnavailable):
            await client.embed(["x"], "query")


async def test_until_the_models_are_loaded_they_are_unavailable(tmp_path, recogniser):
    loaded, closed = asyncio.Event(), []

    @asynccontextmanager
    async def loader(services):
        await loaded.wait()
        services.recogniser, services.synthesiser, services.embedder = (
            recogniser,
            FakeSynthesiser(),
            FakeEmbedder(),
        )
        yield
        closed.append(True)

    socket = tmp_path / "models.sock"
    async with ModelsClient(socket) as client, serving(build_app(loader=loader), socket):
        assert not await client.ready()
        with pytest.raises(ModelsUnavailable, match="not loaded"):
            await client.embed(["x"], "query")
        assert (await client.get_json("/healthz")) == {"status": "ok"}
        loaded.set()
        while not await client.ready():
            await asyncio.sleep(0.01)
        assert len(await client.embed(["x"], "query")) == 1
    assert closed == [True]


async def test_a_process_in_which_a_decode_hangs_is_not_healthy():
    recogniser = FakeRecogniser()
    transport = httpx.ASGITransport(build_app(recogniser))
    async with httpx.AsyncClient(transport=transport, base_url="http://models") as client:
        recogniser.in_work_s = 59.0
        assert (await client.get("/healthz")).status_code == 200
        recogniser.in_work_s = 61.0
        assert (await client.get("/healthz")).status_code == 503


async def test_a_failed_load_is_told(tmp_path):
    @asynccontextmanager
    async def loader(services):
        raise FileNotFoundError("model.bin is missing")
        yield

    socket = tmp_path / "models.sock"
    async with serving(build_app(loader=loader), socket):
        transport = httpx.AsyncHTTPTransport(uds=str(socket))
        async with httpx.AsyncClient(transport=transport, base_url="http://models") as raw:
            answer = await raw.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failed"
    assert "model.bin" in answer.json()["detail"]


def _header(**changes) -> dict[str, str]:
    fields = json.loads(wire.request_to_header(KOREAN)) | changes
    return {wire.REQUEST_HEADER: json.dumps(fields)}


@pytest.mark.parametrize(
    ("path", "content", "status", "detail"),
    [
        ("/recognise", {"content": b"\0" * 320}, 400, "JSON"),
        ("/recognise", {"content": b"\0" * 320, "headers": {wire.REQUEST_HEADER: "[1]"}}, 400, "object"),
        ("/recognise", {"content": b"\0" * 321, "headers": _header()}, 400, "int16"),
        (
            "/recognise",
            {"content": b"\0\0", "headers": _header(languages={"xx": 1})},
            400,
            "unknown language",
        ),
        ("/recognise", {"content": b"\0\0", "headers": _header(languages={})}, 400, "languages"),
        ("/recognise", {"content": b"\0\0", "headers": _header(languages={"en": 0})}, 400, "above zero"),
        ("/recognise", {"content": b"\0\0", "headers": _header(priority="now")}, 400, "now"),
        ("/recognise", {"content": b"\0\0", "headers": _header(deadline_s="soon")}, 400, "deadline_s"),
        ("/recognise", {"content": b"\0\0", "headers": _header(bias="x")}, 400, "bias"),
        ("/recognise", {"content": b"\0\0", "headers": _header(call_id="")}, 400, "call_id"),
        ("/recognise", {"content": b"\0" * (wire.MAX_AUDIO_BYTES + 2), "headers": _header()}, 413, "at most"),
        ("/synthesise", {"content": b"{"}, 400, "JSON"),
        ("/synthesise", {"json": {"text": " ", "language": "en"}}, 400, "text"),
        ("/synthesise", {"json": {"text": "a", "language": "fr"}}, 400, "unknown language"),
        ("/synthesise", {"json": {"text": "a", "language": "en", "voice": 3}}, 400, "voice"),
        ("/embed", {"json": {"texts": "a", "role": "query"}}, 400, "texts"),
        ("/embed", {"json": {"texts": ["a"], "role": "title"}}, 400, "role"),
        ("/embed", {"content": b"x" * (wire.MAX_JSON_BYTES + 1)}, 413, "at most"),
    ],
)
async def test_bad_requests_are_told_what_is_wrong(client, path, content, status, detail):
    answer = await client._client.post(path, **content)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]


async def test_a_long_list_of_bias_words_is_cut_to_what_a_header_holds(client, recogniser):
    words = [f"単語その{number}" for number in range(5000)]
    await client.recognise(np.zeros(160, np.int16), RecognitionRequest("c", {Language.JA: 1.0}, words))
    arrived = list(recogniser.seen[0][1].bias)
    assert 100 < len(arrived) < 5000
    assert arrived == words[: len(arrived)]


async def test_metrics_count_requests_by_outcome(client, recogniser):
    await client.recognise(np.zeros(160, np.int16), KOREAN)
    recogniser.error = Overloaded("full")
    with pytest.raises(Overloaded):
        await client.recognise(np.zeros(160, np.int16), KOREAN)
    text = (await client._client.get("/metrics")).text
    assert 'tetraphone_models_requests_total{outcome="ok",route="recognise"} 1.0' in text
    assert 'tetraphone_models_requests_total{outcome="overloaded",route="recognise"} 1.0' in text
    assert 'tetraphone_recognition_jobs_total{what="full_windows"} 1.0' in text
    assert "tetraphone_recognition_full_windows" not in text, "one count of them is enough"
    assert "tetraphone_recognition_waiting 3.0" in text
    assert "tetraphone_recognition_utilisation 0.75" in text
    assert "tetraphone_recognition_discarded_seconds_total 10.0" in text
    assert "tetraphone_recognition_discarded_share 0.25" in text
    assert 'tetraphone_recognition_jobs_total{what="discarded"} 2.0' in text


async def test_every_answer_tells_how_busy_the_recogniser_is_refusals_too(client, recogniser):
    assert client.load() is None
    await client.recognise(np.zeros(160, np.int16), KOREAN)
    assert client.load() == recogniser.load()
    client._load = None
    recogniser.error = Overloaded("full")
    with pytest.raises(Overloaded):
        await client.recognise(np.zeros(160, np.int16), KOREAN)
    assert client.load() == recogniser.load()
    client._load_at -= 10
    assert client.load() is None


def test_a_load_that_is_not_understood_is_left_out():
    assert wire.load_from_header("") is None
    assert wire.load_from_header("[]") is None
    assert wire.load_from_header('{"utilisation": 1}') is None


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Backlog(httpx.AsyncBaseTransport):
    """A models process that answers nothing until it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.answers = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/readyz":
            return httpx.Response(200)
        self.asked += 1
        await self.answers.wait()
        load = wire.load_to_header(Load(utilisation=0.3, workers=2, cost=0.05))
        heard = Recognition("환불", Language.KO, {Language.KO: 1.0}, -0.2, 0.8)
        if request.url.path == "/synthesise":
            return httpx.Response(200, content=b"\0\0", headers={wire.RATE_HEADER: "8000"})
        return httpx.Response(200, json=wire.recognition_to_json(heard), headers={wire.LOAD_HEADER: load})


@pytest.fixture
async def backlog(monkeypatch):
    clock, transport = Clock(), Backlog()
    monkeypatch.setattr("models.client.monotonic", clock)
    async with ModelsClient("unused", transport=transport) as client:
        asked: list[asyncio.Task] = []

        async def ask(what=None) -> asyncio.Task:
            what = what or client.recognise(np.zeros(160, np.int16), KOREAN)
            asked.append(asyncio.create_task(what))
            before = transport.asked
            while transport.asked == before:
                await asyncio.sleep(0)
            return asked[-1]

        yield client, clock, transport.answers, ask
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


async def test_a_recogniser_that_leaves_us_waiting_is_told_to_be_fully_used_and_not_to_be_idle(backlog):
    client, clock, answers, ask = backlog
    answers.set()
    await (await ask())
    known = client.load()
    assert known == Load(utilisation=0.3, workers=2, cost=0.05)
    answers.clear()
    clock.now += 60
    assert client.load() is None, "nobody asks"
    waiting = await ask()
    clock.now += 1.9
    assert client.load() is None, "two seconds may be its work"
    await ask()
    clock.now += 0.2
    pressed = client.load()
    assert pressed == Load(utilisation=1.0, workers=2, cost=0.05, spare=False)
    clock.now += 5
    assert client.load() is pressed, "one observation, whose cost is charged once"
    answers.set()
    await waiting
    assert client.load() == known


async def test_a_recogniser_that_never_answered_is_told_to_be_fully_used_as_well(backlog):
    client, clock, _, ask = backlog
    await ask()
    clock.now += 1.5
    assert await client.ready(), "the process answers, the recogniser does not"
    clock.now += 0.6
    load = client.load()
    assert load is not None and load.utilisation == 1.0 and not load.spare


async def test_trials_that_are_given_up_one_after_the_other_do_not_hide_that_nothing_is_answered(backlog):
    client, clock, _, ask = backlog
    given_up = await ask()
    clock.now += 1.5
    await ask()
    given_up.cancel()
    await asyncio.gather(given_up, return_exceptions=True)
    clock.now += 1.0
    load = client.load()
    assert load is not None and not load.spare


async def test_once_nothing_is_waited_for_any_more_nothing_is_known(backlog):
    client, clock, _, ask = backlog
    for _ in range(2):
        given_up = await ask()
        clock.now += 3
        assert client.load() is not None
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        assert client.load() is None
        clock.now += 30


async def test_a_clause_that_takes_long_says_nothing_of_the_recogniser(backlog):
    client, clock, _, ask = backlog
    await ask(client.synthesise("您好", Language.ZH))
    clock.now += 5
    assert client.load() is None
