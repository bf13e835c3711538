"""The list of call backs over the API: who may use it, what is masked, and that two agents never have one entry."""

from __future__ import annotations

import asyncio
import io

import pytest
import soundfile
from callbacks_world import add_entries
from web_world import CALLER, record

from core import events as ev
from core.identity import Role


@pytest.fixture
async def listed(parts, web):
    await add_entries(parts)
    while await web.state.call_backs.catch_up():
        pass
    return parts


async def test_agents_see_who_is_to_be_called_with_masked_numbers(listed, as_role):
    client = await as_role(Role.AGENT)
    call_back, message = (await client.get("/api/callbacks")).json()
    assert (call_back["id"], call_back["kind"], call_back["status"]) == ("asks", "call_back", "open")
    assert call_back["number"].endswith("8000") and CALLER not in str(call_back)
    assert call_back["summary"] == "客户查询订单104227"
    assert (message["kind"], message["seconds"]) == ("voicemail", 2.0)
    assert "13912345678" not in message["transcript"][0] and "请回电" in message["transcript"][0]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.QA])
async def test_others_are_refused(listed, as_role, role):
    client = await as_role(role)
    assert (await client.get("/api/callbacks")).status_code == 403
    assert (await client.post("/api/callbacks/asks/take")).status_code == 403
    assert (await client.get("/api/callbacks/leaves/message")).status_code == 403


async def test_nobody_comes_in_without_a_session(listed, client):
    assert (await client.get("/api/callbacks")).status_code == 401


async def test_an_entry_is_taken_by_one_alone_however_many_ask_at_once(listed, as_role):
    agent, supervisor = await as_role(Role.AGENT), await as_role(Role.SUPERVISOR)
    answers = await asyncio.gather(*(one.post("/api/callbacks/asks/take") for one in (agent, supervisor)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert loser.json()["error"]["code"] == "taken"


async def test_what_came_of_it_is_a_fact_in_the_log(listed, as_role):
    client = await as_role(Role.AGENT)
    refused = await client.post("/api/callbacks/asks/reached")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_yours")
    await client.post("/api/callbacks/asks/take")
    done = (await client.post("/api/callbacks/asks/reached")).json()
    assert done["status"] == "reached" and done["attempts"][0]["agent"] == "agent"
    tried = [one.event for one in await listed.log.read("asks") if isinstance(one.event, ev.CallBackTried)]
    assert [(one.attempt, one.answered, one.agent) for one in tried] == [(1, True, "agent")]


async def test_who_was_not_reached_can_still_be_taken(listed, web, as_role):
    for attempt in (1, 2, 3):
        tried = ev.CallBackTried(attempt=attempt, answered=False, agent="agent", reason="no_answer")
        await listed.log.append("asks", tried, person="person-1")
    while await web.state.call_backs.catch_up():
        pass
    client = await as_role(Role.AGENT)
    message, not_reached = (await client.get("/api/callbacks")).json()
    assert (message["id"], not_reached["id"], not_reached["status"]) == ("leaves", "asks", "not_reached")
    assert not_reached["due_at"] is None
    taken = (await client.post("/api/callbacks/asks/take")).json()
    assert (taken["status"], taken["taken_by"]) == ("taken", "agent")


async def test_a_message_is_played_as_a_wav_and_each_listening_is_noted(listed, as_role):
    client = await as_role(Role.AGENT)
    answer = await client.get("/api/callbacks/leaves/message")
    assert answer.status_code == 200 and answer.headers["content-type"] == "audio/wav"
    sound, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16", always_2d=True)
    assert (rate, sound.shape) == (8000, (16_000, 1)) and (sound == 1234).all()
    assert (await client.get("/api/callbacks/asks/message")).status_code == 404
    entries = [entry async for entry in _audit(listed)]
    assert ("agent", "data.recording_opened", "call:leaves") in entries


async def test_the_number_in_full_is_a_right_and_each_look_is_noted(listed, as_role):
    agent = await as_role(Role.AGENT)
    refused = await agent.post("/api/callbacks/asks/number")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "no_right")
    supervisor = await as_role(Role.SUPERVISOR)
    assert (await supervisor.post("/api/callbacks/asks/number")).json() == {"number": CALLER}
    entries = [entry async for entry in _audit(listed)]
    assert [entry for entry in entries if entry[1] == "number.shown"] == [
        ("supervisor", "number.shown", "call:asks")
    ]


async def test_an_erased_customer_has_neither_number_nor_sound(listed, web, as_role):
    await listed.person_keys.destroy("person-1")
    for name in ("asks", "leaves"):
        await web.state.call_backs.fresh(name)
    client = await as_role(Role.SUPERVISOR)
    call_back, message = (await client.get("/api/callbacks")).json()
    assert call_back["number"] == "" and message["seconds"] is None and "请回电" not in str(message)
    assert (await client.post("/api/callbacks/asks/number")).json() == {"number": ""}
    assert (await client.get("/api/callbacks/leaves/message")).status_code == 410


async def test_unknown_entries_and_actions_are_named(listed, as_role):
    client = await as_role(Role.AGENT)
    assert (await client.post("/api/callbacks/nobody/take")).status_code == 404
    assert (await client.post("/api/callbacks/asks/dance")).status_code == 422


async def _audit(parts):
    for entry in await parts.administration.audit.entries(limit=50):
        yield entry.actor, entry.action, entry.subject


async def test_a_customer_who_was_called_back_has_a_recording_of_each_call(parts, as_role):
    second = await record(parts, "call-resolved-2", "person-1", 2.0)
    await parts.log.append(
        "call-resolved", ev.RecordingStarted(name="call-resolved-2", channels=2, rate=8000), person="person-1"
    )
    client = await as_role(Role.QA)
    lengths = []
    for query in ("?part=1", "?part=2", ""):
        answer = await client.get(f"/api/calls/call-resolved/recording{query}")
        lengths.append(soundfile.info(io.BytesIO(answer.content)).duration)
    assert lengths == [3.5, 2.0, 2.0] and len(second) == 16_000
    assert (await client.get("/api/calls/call-resolved/recording?part=3")).status_code == 404
