"""The wallboard over the API: who may what, what is refused and how, what is audited, and pages that keep up."""

from __future__ import annotations

import asyncio
import itertools
import json
from itertools import pairwise

import httpx
import pytest
from wall_server import Line

from app.web import api_wall, build_web_app
from app.web.media_link import MediaAway
from assist.wall import Wall
from assist.wall.board import EVERY_S
from core import events as ev
from core.administration import By
from core.commands import Reply
from core.identity import Role
from core.languages import Language
from core.routing_events import AgentChanged, CallLeftQueue, CallQueued, of_agent
from core.wall_events import WALL

STARTED = ev.CallStarted(
    carrier="c", carrier_call_id="x", caller="+491701234567", called="+1", bot="homegoods", language="en"
)


@pytest.fixture
async def changed():
    """Users who were changed, as open pages of agents are told."""
    return []


@pytest.fixture
async def wall(parts, changed):
    parts.wall = Wall(parts.log, Line(parts.log), parts.administration)
    parts.administration.user_changed = changed.append
    app = build_web_app(parts, consoles=False)
    for name in ("live", "refused"):
        await parts.log.append(name, STARTED)
    async with app.router.lifespan_context(app):
        async with asyncio.timeout(10):
            await parts.wall._ready.wait()
        yield app


@pytest.fixture
async def lead(wall, parts, seeded):
    """A supervisor to whom the right to listen was given."""
    roles = [Role.SUPERVISOR, Role.MONITOR]
    await parts.administration.change_user(By("admin", "api"), "supervisor", roles=roles)
    async with browser(wall, seeded[1]["supervisor"]) as client:
        yield client


@pytest.fixture
async def supervisor(wall, seeded):
    """A supervisor without the right to listen."""
    async with browser(wall, seeded[1]["supervisor"]) as client:
        yield client


def browser(app, token: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 5000), raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url="http://test", headers={"Authorization": f"Bearer {token}"}
    )


async def entries(parts, action: str):
    return await parts.administration.audit.entries(action=action, limit=10)


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def test_figures_are_for_supervisors_and_hold_no_number_of_a_caller(supervisor, wall, seeded):
    answer = await supervisor.get("/api/wall")
    assert answer.status_code == 200 and "4917" not in answer.text
    data = answer.json()
    assert data["total"]["calls"] >= 2 and set(data["queues"]) == {"complaints", "general"}
    assert "live" in {one["id"] for one in data["calls"]}
    async with browser(wall, seeded[1]["agent"]) as agent:
        assert (await agent.get("/api/wall")).status_code == 403


async def test_without_the_right_to_listen_a_supervisor_is_refused_clearly(supervisor, parts):
    answer = await supervisor.post("/api/wall/calls/live/monitor", json={"manner": "listen"})
    assert answer.status_code == 403
    error = answer.json()["error"]
    assert error["code"] == "no_right_to_monitor" and "an administrator can give it" in error["message"]
    assert not any(one.event.kind == "monitoring_changed" for one in await parts.log.read("live"))
    assert await entries(parts, "call.monitor") == []


async def test_the_right_to_listen_alone_opens_no_wallboard(wall, seeded):
    async with browser(wall, seeded[1]["monitor"]) as client:
        answer = await client.post("/api/wall/calls/live/monitor", json={"manner": "listen"})
        assert answer.status_code == 403


@pytest.mark.parametrize("manner", ["listen", "whisper", "barge", "take_over", "stop"])
async def test_monitoring_reaches_the_line_and_the_audit_log(lead, parts, manner):
    answer = await lead.post("/api/wall/calls/live/monitor", json={"manner": manner})
    assert answer.status_code == 200, answer.text
    event = (await parts.log.read("live"))[-1].event
    assert (event.supervisor, event.manner) == ("supervisor", manner)
    (entry,) = await entries(parts, f"call.monitor_{manner}")
    assert (entry.actor, entry.subject, entry.origin) == ("supervisor", "call:live", "api")


async def test_a_call_of_ones_own_is_hung_up_and_the_audit_log_says_so(supervisor, parts, wall, seeded):
    refused = await supervisor.post("/api/wall/calls/refused/hang-up")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "refused")
    answer = await supervisor.post("/api/wall/calls/live/hang-up")
    assert answer.status_code == 200, answer.text
    await until(lambda: "live" not in parts.wall.floor.calls)
    assert (await supervisor.post("/api/wall/calls/live/hang-up")).status_code == 404
    assert [one.subject for one in await entries(parts, "call.hang_up")] == ["call:live", "call:refused"]
    async with browser(wall, seeded[1]["agent"]) as agent:
        assert (await agent.post("/api/wall/calls/refused/hang-up")).status_code == 403


async def test_what_the_line_refuses_is_told_with_its_reason(lead):
    answer = await lead.post("/api/wall/calls/refused/monitor", json={"manner": "listen"})
    assert answer.status_code == 409
    assert answer.json()["error"] == {"code": "refused", "message": "This call is being transferred."}
    assert (await lead.post("/api/wall/calls/over/monitor", json={"manner": "listen"})).status_code == 404
    assert (await lead.post("/api/wall/calls/live/monitor", json={"manner": "shout"})).status_code == 422


@pytest.mark.parametrize(
    ("language", "refused", "over"),
    [
        ("en", "Another supervisor is with this call.", "There is no such call, or it is over."),
        ("zh", "另一位主管正在此通话中。", "没有该通话，或通话已结束。"),
        (
            "ja",
            "別のスーパーバイザーがこの通話に参加しています。",
            "その通話は存在しないか、終了しています。",
        ),
        ("ko", "다른 슈퍼바이저가 이 통화에 있습니다.", "해당 통화가 없거나 이미 끝났습니다."),
    ],
)
async def test_why_a_supervisor_is_refused_is_told_in_their_language(
    lead, parts, monkeypatch, language, refused, over
):
    async def refuse(command):
        return Reply(ok=False, error="Another supervisor is with this call.")

    monkeypatch.setattr(parts.wall.link, "send", refuse)
    reader = {"params": {"language": language}}
    for path, body in (("monitor", {"manner": "whisper"}), ("hang-up", None)):
        answer = await lead.post(f"/api/wall/calls/live/{path}", json=body, **reader)
        assert answer.json()["error"] == {"code": "refused", "message": refused}
        answer = await lead.post(f"/api/wall/calls/gone/{path}", json=body, **reader)
        assert answer.json()["error"] == {"code": "unknown", "message": over}
    for path in ("complaints/gone/take-up", "alerts/gone/acknowledge"):
        english = (await lead.post(f"/api/wall/{path}")).json()["error"]
        told = (await lead.post(f"/api/wall/{path}", **reader)).json()["error"]
        assert english["code"] == told["code"] == "unknown"
        assert (told["message"] == english["message"]) == (language == "en")


async def test_a_line_that_is_away_is_said_to_be_away(lead, parts, monkeypatch):
    async def away(command):
        raise MediaAway("the line is away and is being started again; try again in a moment")

    monkeypatch.setattr(parts.wall.link, "send", away)
    answer = await lead.post("/api/wall/calls/live/monitor", json={"manner": "listen"})
    assert answer.status_code == 503 and answer.json()["error"]["code"] == "line_away"


async def test_priority_and_thresholds_are_saved_audited_and_judged_by(supervisor, parts):
    known = (await supervisor.get("/api/wall/queues/general")).json()
    assert known["priority"] == 0 and known["alerts"]["waiting"] is None
    change = {"version": known["version"], "priority": 3, "alerts": {"waiting": 0, "service_level": 0.75}}
    answer = await supervisor.put("/api/wall/queues/general", json=change)
    assert answer.status_code == 200, answer.text
    assert answer.json()["alerts"]["service_level"] == 0.75
    (entry,) = await entries(parts, "queue.plan_changed")
    assert entry.actor == "supervisor" and entry.after["queues.general.priority"] == 3
    assert entry.after["queues.general.alerts.waiting"] == 0
    # Somebody who looked at the old version overwrites nothing.
    again = await supervisor.put("/api/wall/queues/general", json=change)
    assert again.status_code == 409 and again.json()["error"]["code"] == "plan_changed"
    # The wallboard judges by it at once.
    now = parts.wall.now
    await parts.log.append("w", CallQueued(queue="general", language="en", since=now, order=1, at=now))
    await until(lambda: parts.wall.alerts.shown(parts.wall.now))
    (alert,) = parts.wall.alerts.shown(parts.wall.now)
    assert (alert.subject, alert.measure, alert.limit) == ("general", "waiting", 0)


@pytest.mark.parametrize(
    ("body", "said"),
    [({"priority": 1000}, "priority"), ({"alerts": {"service_level": 80}}, "service_level"), ({"x": 1}, "x")],
)
async def test_wrong_settings_are_named(supervisor, body, said):
    answer = await supervisor.put("/api/wall/queues/general", json={"version": 0, **body})
    assert answer.status_code == 422 and said in answer.json()["error"]["message"]
    assert (await supervisor.put("/api/wall/queues/nowhere", json={"version": 0})).status_code == 404


async def test_an_agents_skills_are_changed_audited_and_in_force_at_once(supervisor, parts, changed):
    known = (await supervisor.get("/api/wall/agents/agent")).json()
    assert known["languages"] == {"zh": 3, "en": 3} and "complaints" in known["known_skills"]
    answer = await supervisor.put("/api/wall/agents/agent", json={"skills": {"complaints": 4}})
    assert answer.status_code == 200 and answer.json()["skills"] == {"complaints": 4}
    assert answer.json()["languages"] == {"zh": 3, "en": 3}  # what was not given stays
    (entry,) = await entries(parts, "user.changed")
    assert (entry.actor, entry.subject) == ("supervisor", "user:agent")
    assert changed[0].skill_levels == {"complaints": 4}
    wrong = await supervisor.put("/api/wall/agents/agent", json={"skills": {"complaints": 9}})
    assert wrong.status_code == 422 and wrong.json()["error"]["code"] == "bad_level"
    # Whoever takes no calls is not the supervisors' to change.
    for name in ("admin", "nobody"):
        assert (await supervisor.put(f"/api/wall/agents/{name}", json={"skills": {}})).status_code == 404


async def test_a_complaint_is_taken_up_once(supervisor, parts):
    await parts.log.append("live", ev.HandoffRequested(packet={}, reason="complaint"))
    await until(lambda: "live" in parts.wall.floor.complaints)
    assert (await supervisor.post("/api/wall/complaints/live/take-up")).status_code == 200
    await until(lambda: parts.wall.floor.complaints["live"].taken_by == "supervisor")
    assert (await supervisor.post("/api/wall/complaints/live/take-up")).status_code == 404


async def test_an_acknowledged_alert_is_seen_so_by_everybody_and_after_a_restart(supervisor, parts):
    raised = ev.Event.registry["alert_raised"](
        alert_id="a1", subject="general", measure="waiting", value=9, limit=5, at=parts.wall.now
    )
    await parts.log.append(WALL, raised)
    await until(lambda: parts.wall.alerts.get("a1"))
    assert (await supervisor.post("/api/wall/alerts/a1/acknowledge")).status_code == 200
    await until(lambda: parts.wall.alerts.get("a1").by == "supervisor")
    await parts.wall.rebuild()
    assert parts.wall.alerts.get("a1").by == "supervisor"
    assert (await supervisor.post("/api/wall/alerts/none/acknowledge")).status_code == 404


async def test_pages_get_the_whole_first_and_then_what_changed_at_most_once_a_second(wall, parts):
    frames = []

    async def read():
        async for version, text in parts.wall.follow(Language.EN):
            if text:
                frames.append((asyncio.get_running_loop().time(), version, json.loads(text)))

    reader = asyncio.create_task(read())
    try:
        await until(lambda: frames)
        assert frames[0][2]["reset"] and {"tiles", "queues", "charts", "calls/live"} <= set(
            frames[0][2]["parts"]
        )
        for number in range(30):
            at = parts.wall.now
            change = AgentChanged(
                agent="mei",
                wish="break" if number % 2 else "available",
                languages={"zh": 3},
                skills={},
                at=at,
            )
            await parts.log.append(of_agent("mei"), change)
            await asyncio.sleep(0.1)
        await until(lambda: any("agents/mei" in frame["parts"] for _, _, frame in frames[1:]))
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
    news = [one for one in frames if "agents/mei" in one[2]["parts"]]
    assert 2 <= len(news) <= 5
    assert all(b[0] - a[0] > EVERY_S * 0.8 for a, b in pairwise(frames[1:]))
    # What did not change was not sent again.
    assert all("calls/live" not in frame["parts"] and not frame["reset"] for _, _, frame in frames[1:])
    assert parts.wall._boards[Language.EN].readers == 0


async def test_the_stream_ends_for_who_may_no_longer_read_it_however_busy_the_floor(
    wall, parts, lead, monkeypatch
):
    monkeypatch.setattr(api_wall, "RECHECK_S", 0.3)
    streaming = asyncio.create_task(lead.get("/api/wall/stream"))
    await asyncio.sleep(0.5)
    assert not streaming.done()
    await parts.administration.change_user(By("admin", "api"), "supervisor", roles=[Role.QA])
    async with asyncio.timeout(10):
        for number in itertools.count():
            if streaming.done():
                break
            wish = "break" if number % 2 else "available"
            change = AgentChanged(agent="mei", wish=wish, languages={"zh": 3}, skills={}, at=parts.wall.now)
            await parts.log.append(of_agent("mei"), change)
            await asyncio.sleep(0.2)
    assert (await streaming).status_code == 200


async def test_the_stream_ends_nothing_for_a_page_that_comes_back(wall, parts):
    board = parts.wall._boards[Language.KO]
    stream = parts.wall.follow(Language.KO)
    version, first = await anext(stream)
    await stream.aclose()
    assert json.loads(first)["reset"]
    board.update({**json.loads(first)["parts"], "tiles": "other"})
    following = parts.wall.follow(Language.KO, after=version)
    _, text = await anext(following)
    await following.aclose()
    frame = json.loads(text)
    assert not frame["reset"] and "tiles" in frame["parts"] and "calls/live" not in frame["parts"]


async def test_read_anew_the_board_is_the_same(wall, parts):
    now = parts.wall.now
    await parts.log.append(
        of_agent("mei"), AgentChanged(agent="mei", wish="available", languages={"zh": 3}, skills={}, at=now)
    )
    await until(lambda: "mei" in parts.wall.floor.state.agents)
    before = parts.wall.look()
    again = Wall(parts.log, parts.wall.link, parts.administration)
    await again.read_plan()
    await again.rebuild()
    after = again.look()
    for name in ("day", "calls", "agents", "complaints", "states"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.total.day == before.total.day


async def test_a_fact_that_does_not_fit_blinds_nobody(wall, parts, monkeypatch):
    floor = parts.wall.floor
    apply = type(floor).apply

    def broken(self, recorded):
        if recorded.interaction_id == "bad":
            raise KeyError("bad")
        apply(self, recorded)

    monkeypatch.setattr(type(floor), "apply", broken)
    await parts.log.append("bad", STARTED)
    await parts.log.append("good", STARTED)
    await until(lambda: "good" in floor.calls)
    assert "bad" not in floor.calls


async def test_a_plan_that_changes_while_calls_come_counts_nothing_twice(wall, parts):
    async def calls():
        for number in range(60):
            now = parts.wall.now
            name = f"n{number}"
            await parts.log.append(
                name, CallQueued(queue="general", language="en", since=now, order=number, at=now)
            )
            left = CallLeftQueue(queue="general", waited_s=9, why="caller_left", at=now + 9)
            await parts.log.append(name, left)

    async def plans():
        for _ in range(8):
            await parts.wall.rebuild()
            await asyncio.sleep(0.01)

    await asyncio.gather(calls(), plans())
    await parts.wall.take_in()
    assert parts.wall.look().total.day.abandoned == 60
