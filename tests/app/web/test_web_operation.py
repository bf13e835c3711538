"""Health, readiness, metrics, the link to media, and tasks that must keep running."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import uvicorn
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from web_world import answering, broken, media_that

from app.web import MediaAway, MediaLink, ModelsProbe, build_web_app
from app.web.operation import merged
from app.web.tasks import FAILURES, Background
from core.commands import HangUp, Reply, Say, parse_command


def say() -> Say:
    return Say(
        issued_by="mei",
        expires_at=datetime.now(UTC) + timedelta(seconds=5),
        interaction_id="call-live",
        text="您好",
    )


async def test_alive_whatever_else_is_broken(client, parts):
    parts.models = ModelsProbe("unused", transport=broken())
    assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_ready_when_all_parts_are(client):
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert {name: part["ready"] for name, part in answer.json()["parts"].items()} == {
        "database": True,
        "media": True,
        "models": True,
    }


async def test_not_ready_names_the_part_that_is_missing(client, parts):
    parts.models = ModelsProbe(
        "unused", transport=answering(503, '{"error": "loading", "detail": "recogniser"}')
    )
    parts.media = MediaLink("/nowhere/media.sock")
    answer = await client.get("/readyz")
    assert answer.status_code == 503 and answer.json()["status"] == "not_ready"
    shown = answer.json()["parts"]
    assert shown["database"]["ready"] is True
    assert "recogniser" in shown["models"]["state"]
    assert "away" in shown["media"]["state"]


async def test_a_broken_database_makes_it_not_ready(client, parts, monkeypatch):
    async def gone():
        raise OSError("disk gone")

    monkeypatch.setattr(parts.db, "ping", gone)
    answer = await client.get("/readyz")
    assert answer.status_code == 503 and answer.json()["parts"]["database"]["ready"] is False


async def test_metrics_join_both_processes_and_can_be_read(client, parts):
    models = "# HELP tetraphone_x Things.\n# TYPE tetraphone_x gauge\ntetraphone_x 3.0\n"
    parts.models = ModelsProbe("unused", transport=answering(200, models))
    answer = await client.get("/metrics")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families["tetraphone_x"].samples[0].labels == {"process": "models"}
    written = families["tetraphone_log_events"].samples
    assert any(sample.labels == {"process": "web", "result": "written"} for sample in written)


def test_a_metric_of_both_processes_is_named_once():
    own = '# HELP a_total A "b" \\\\ c\n# TYPE a_total counter\na_total{x="1\\"2"} 1.0\n'
    text = merged({"web": own, "models": own, "odd": "{{{"})
    assert text.count("# TYPE a_total counter") == 1
    (family,) = text_string_to_metric_families(text)
    assert [sample.labels for sample in family.samples] == [
        {"process": "web", "x": '1"2'},
        {"process": "models", "x": '1"2'},
    ]


async def test_metrics_are_for_this_machine_or_the_token(web, parts):
    parts.settings = type(parts.settings)(metrics_token="scrape me")
    far = httpx.ASGITransport(web, client=("10.1.2.3", 5000))
    near = httpx.ASGITransport(web, client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=far, base_url="http://test") as client:
        assert (await client.get("/metrics")).status_code == 403
        wrong = {"Authorization": "Bearer scrape you"}
        assert (await client.get("/metrics", headers=wrong)).status_code == 403
        right = {"Authorization": "Bearer scrape me"}
        assert (await client.get("/metrics", headers=right)).status_code == 200
    async with httpx.AsyncClient(transport=near, base_url="http://test") as client:
        assert (await client.get("/metrics")).status_code == 200
        forwarded = {"X-Forwarded-For": "10.1.2.3"}
        assert (await client.get("/metrics", headers=forwarded)).status_code == 403


# --- media --------------------------------------------------------------------------------------


async def test_a_command_goes_over_the_socket_and_comes_back_as_a_reply(tmp_path):
    received = []

    async def command(request):
        received.append(parse_command.validate_python(await request.json()))
        return JSONResponse(Reply(ok=True).model_dump())

    async def state(_request):
        return JSONResponse({"agents": [{"user": "mei"}], "waiting": []})

    app = Starlette(routes=[Route("/command", command, methods=["POST"]), Route("/state", state)])
    socket = tmp_path / "media.sock"
    server = uvicorn.Server(uvicorn.Config(app, uds=str(socket), log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    link = MediaLink(socket)
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.02)
        asked = say()
        assert await link.send(asked) == Reply(ok=True)
        assert received == [asked]
        assert (await link.state())["agents"] == [{"user": "mei"}]
    finally:
        await link.close()
        server.should_exit = True
        await serving


async def test_a_refusal_is_a_reply_and_not_an_error():
    link = media_that(lambda request: httpx.Response(200, json={"ok": False, "error": "the call has ended"}))
    reply = await link.send(HangUp(issued_by="mei", expires_at=datetime.now(UTC), interaction_id="x"))
    assert not reply.ok and reply.error == "the call has ended"


def stuck(request):
    raise httpx.ReadTimeout("too slow", request=request)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (MediaLink("/nowhere/media.sock"), "away"),
        (media_that(stuck), "in time"),
        (media_that(lambda request: httpx.Response(500, text="oops")), "500"),
        (media_that(lambda request: httpx.Response(200, text="not json")), "cannot be read"),
        (media_that(lambda request: httpx.Response(200, json=["no reply"])), "cannot be read"),
    ],
)
async def test_a_line_that_does_not_answer_is_a_clear_error(link, said):
    with pytest.raises(MediaAway, match=said):
        await link.send(say())


async def test_state_of_a_line_that_is_away():
    with pytest.raises(MediaAway, match="away"):
        await MediaLink("/nowhere/media.sock").state()


# --- background ---------------------------------------------------------------------------------


async def test_a_task_that_fails_is_counted_and_comes_back(monkeypatch):
    monkeypatch.setattr("app.web.tasks._FIRST_PAUSE_S", 0.01)
    runs = asyncio.Queue()

    async def work():
        runs.put_nowait(None)
        if runs.qsize() < 3:
            raise OSError("database away")
        await asyncio.sleep(3600)

    before = FAILURES.labels("flaky")._value.get()
    background = Background()
    background.keep("flaky", work)
    async with asyncio.timeout(10):
        while runs.qsize() < 3:
            await asyncio.sleep(0.01)
    await background.close()
    assert FAILURES.labels("flaky")._value.get() == before + 2


async def test_the_call_list_follows_the_log_while_the_app_runs(parts):
    from web_world import CALLS

    ran = asyncio.Event()

    async def mine():
        ran.set()
        await asyncio.sleep(3600)

    parts.background = {"mine": mine}
    app = build_web_app(parts, consoles=False)
    async with app.router.lifespan_context(app), asyncio.timeout(10):
        for event in CALLS["call-live"][1]:
            await parts.log.append("call-new", event, person="person-9")
        while await parts.call_list.count() < 4:
            await asyncio.sleep(0.05)
        await ran.wait()
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not names & {"call-list", "live-tail", "forget-keys", "mine"}


def test_the_api_is_described_in_json():
    from fastapi import FastAPI

    from app.web import api_calls, api_docs

    app = FastAPI(title="x", description="`y`")
    app.include_router(api_calls.router)
    page = api_docs._page(app.openapi())
    assert "/api/calls/{call_id}" in page and json.dumps("<") not in page
