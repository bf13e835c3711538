"""Calls over the API: fields, order, masking, events as they happen, recordings, scoring again."""

import asyncio
import io
import json

import numpy as np
import pytest
import soundfile
from web_world import record

from app.web import event_stream
from core import events as ev
from core.identity import Role
from core.refusals import REFUSED

FIELDS = {
    "id",
    "started_at",
    "ended_at",
    "from",
    "language",
    "intents",
    "outcome",
    "summary",
    "transcript",
    "handoff",
    "score",
    "timings",
}


async def test_calls_come_newest_first_with_all_fields(as_role):
    answer = (await (await as_role(Role.QA)).get("/api/calls")).json()
    assert [call["id"] for call in answer["calls"]] == ["call-live", "call-handed", "call-resolved"]
    assert answer["total"] == 3
    for call in answer["calls"]:
        assert set(call) >= FIELDS
        for line in call["transcript"]:
            assert {"speaker", "text", "language", "start_s", "end_s"} <= set(line)
        for turn in call["timings"]:
            assert set(turn) == {
                "turn",
                "language",
                "end_of_turn_ms",
                "recognise_ms",
                "own_line_ms",
                "understand_ms",
                "first_audio_ms",
                "gap_ms",
            }


async def test_the_list_is_filtered_and_paged(as_role):
    client = await as_role(Role.QA)
    japanese = (await client.get("/api/calls?language=ja")).json()
    assert [call["id"] for call in japanese["calls"]] == ["call-handed"] and japanese["total"] == 1
    resolved = (await client.get("/api/calls?outcome=resolved")).json()
    assert [call["id"] for call in resolved["calls"]] == ["call-resolved"]
    second = (await client.get("/api/calls?limit=1&offset=1")).json()
    assert [call["id"] for call in second["calls"]] == ["call-handed"] and second["total"] == 3
    wrong = await client.get("/api/calls?language=fr&limit=0")
    assert wrong.status_code == 422
    assert "language" in wrong.json()["error"]["message"] and "limit" in wrong.json()["error"]["message"]


async def test_brief_leaves_the_long_parts_out(as_role):
    call = (await (await as_role(Role.QA)).get("/api/calls?brief=1")).json()["calls"][2]
    assert "transcript" not in call and "timings" not in call and "handoff" not in call
    assert call["outcome"] == "resolved" and call["score"] == {"score": 88.0} and call["summary"]


@pytest.mark.parametrize("role", [Role.QA, Role.SUPERVISOR, Role.ADMIN])
async def test_nobody_reads_a_number_in_full_without_asking_for_it(as_role, role):
    client = await as_role(role)
    assert (await client.get("/api/calls/call-resolved")).json()["from"] == "****8000"
    for path in (
        "calls",
        "calls/call-resolved",
        "calls/call-handed",
        "calls/call-resolved/events",
        "calls/call-handed/events",
    ):
        text = (await client.get(f"/api/{path}")).text
        for number in ("13800138000", "13912345678", "9012345678"):
            assert number not in text, (path, number)
    assert "+14155550100" in (await client.get("/api/calls/call-resolved/events")).text  # our own number


async def test_agents_read_their_own_calls_alone(as_role):
    client = await as_role(Role.AGENT)
    listed = (await client.get("/api/calls")).json()
    assert [call["id"] for call in listed["calls"]] == ["call-handed"] and listed["total"] == 1
    assert (await client.get("/api/calls/call-handed")).status_code == 200
    for path in ("", "/events", "/recording"):
        refused = await client.get(f"/api/calls/call-resolved{path}")
        assert refused.status_code == 403 and refused.json()["error"]["code"] == "not_your_call"


@pytest.mark.parametrize("path", ["", "/events", "/events?stream=1", "/recording"])
async def test_an_unknown_call_is_a_sentence(as_role, path):
    answer = await (await as_role(Role.QA)).get(f"/api/calls/nothing{path}")
    assert answer.status_code == 404
    assert answer.json()["error"] == {
        "code": "unknown_call",
        "message": "there is no call 'nothing'; GET /api/calls lists them",
    }
    assert (await (await as_role(Role.QA)).get("/api/calls/" + "x" * 900 + path)).status_code == 404


# --- events -------------------------------------------------------------------------------------


def frames(text):
    """(event, data) of a server-sent stream; comments are left out."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and line[0] != ":")
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"]), fields.get("id")))
    return found


async def test_events_are_given_in_order_and_from_a_place_on(as_role):
    client = await as_role(Role.QA)
    whole = (await client.get("/api/calls/call-resolved/events")).json()
    assert whole["finished"] is True
    assert [one["seq"] for one in whole["events"]] == list(range(1, len(whole["events"]) + 1))
    assert whole["events"][0]["kind"] == "call_started"
    rest = (await client.get("/api/calls/call-resolved/events?after=10")).json()
    assert rest["events"] == whole["events"][10:]


async def test_a_finished_call_streams_its_history_and_ends(as_role):
    client = await as_role(Role.QA)
    answer = await client.get("/api/calls/call-resolved/events", headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = frames(answer.text)
    assert found[0][0] == "call_started" and found[-1][0] == "end"
    assert len(found) == 19  # eighteen events, and the end


async def test_agents_do_not_see_who_listens_to_them(as_role, parts):
    listens = ev.MonitoringChanged(supervisor="boss", manner="listen")
    await parts.log.append("call-handed", listens, person="person-2")
    for role, sees in ((Role.AGENT, False), (Role.SUPERVISOR, True)):
        client = await as_role(role)
        for headers in ({}, {"Accept": "text/event-stream"}):
            answer = await client.get("/api/calls/call-handed/events", headers=headers)
            assert "call_started" in answer.text and ("monitoring_changed" in answer.text) == sees


async def test_a_running_call_streams_what_happens_until_it_ends(as_role, parts, monkeypatch):
    monkeypatch.setattr(event_stream, "AFTER_END_S", 0.4)
    client = await as_role(Role.QA)

    async def go_on():
        await asyncio.sleep(0.3)
        more = [
            ev.UtteranceSpoken(
                speaker="bot", text="Two years.", language="en", start_s=6.4, end_s=7.2, turn=1
            ),
            ev.CallEnded(outcome="ended_unconfirmed", reason="caller_hung_up", duration_s=8.0),
            ev.CallSummarised(text="Asked about the warranty.", language="en"),
        ]
        for event in more:
            await parts.log.append("call-live", event, person="person-3")

    going = asyncio.create_task(go_on())
    answer = await client.get("/api/calls/call-live/events?stream=1")
    await going
    kinds = [kind for kind, _, _ in frames(answer.text)]
    assert kinds[:2] == ["call_started", "utterance_spoken"]
    assert kinds[-4:] == ["utterance_spoken", "call_ended", "call_summarised", "end"]
    assert [int(id_) for _, _, id_ in frames(answer.text)[:-1]] == list(range(1, len(kinds)))


async def test_a_stream_is_taken_up_where_it_broke(as_role):
    client = await as_role(Role.QA)
    answer = await client.get("/api/calls/call-resolved/events?stream=1", headers={"Last-Event-ID": "16"})
    assert [kind for kind, _, _ in frames(answer.text)] == ["call_summarised", "call_scored", "end"]


async def test_a_stream_ends_with_its_session(as_role, parts, monkeypatch):
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.1)
    client = await as_role(Role.QA)
    streaming = asyncio.create_task(client.get("/api/calls/call-live/events?stream=1"))
    await asyncio.sleep(0.3)
    assert not streaming.done()
    await parts.identity.shut_out("qa")
    text = (await asyncio.wait_for(streaming, 10)).text
    assert ": still here" in text and frames(text)[-1][0] != "end"


async def test_only_so_many_streams_at_once(web, as_role):
    client = await as_role(Role.QA)
    web.state.live_tail.streams = web.state.parts.settings.stream_limit
    answer = await client.get("/api/calls/call-live/events?stream=1")
    assert answer.status_code == 503 and answer.json()["error"]["code"] == "too_many_streams"


# --- recordings ---------------------------------------------------------------------------------


async def test_a_recording_is_the_sound_that_was_recorded(as_role, parts):
    sound = await record(parts, "other", "person-1", 3.5)
    answer = await (await as_role(Role.QA)).get("/api/calls/call-resolved/recording")
    assert answer.status_code == 200 and answer.headers["content-type"] == "audio/wav"
    assert int(answer.headers["content-length"]) == len(answer.content)
    heard, rate = soundfile.read(io.BytesIO(answer.content), dtype="int16")
    assert rate == 8000
    np.testing.assert_array_equal(heard, sound)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-43", 0, 44),
        ("bytes=0-", 0, None),
        ("bytes=10-99", 10, 100),
        ("bytes=31999-64100", 31999, 64101),
        ("bytes=100000-100001", 100000, 100002),
        ("bytes=-1000", -1000, None),
        ("bytes=112000-999999", 112000, None),
    ],
)
async def test_any_range_of_a_recording_can_be_had(as_role, asked, start, end):
    client = await as_role(Role.QA)
    whole = (await client.get("/api/calls/call-resolved/recording")).content
    part = await client.get("/api/calls/call-resolved/recording", headers={"Range": asked})
    assert part.status_code == 206
    assert part.content == whole[start:end]
    first = start if start >= 0 else len(whole) + start
    assert part.headers["content-range"] == f"bytes {first}-{first + len(part.content) - 1}/{len(whole)}"


async def test_a_range_outside_is_refused(as_role):
    client = await as_role(Role.QA)
    answer = await client.get("/api/calls/call-resolved/recording", headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416 and answer.headers["content-range"].startswith("bytes */")


async def test_listening_is_noted_once_with_the_name(as_role, parts):
    client = await as_role(Role.QA)
    for _ in range(3):
        await client.get("/api/calls/call-resolved/recording", headers={"Range": "bytes=0-9"})
    entries = await parts.administration.audit.entries()
    assert [(one.actor, one.origin, one.action, one.subject) for one in entries] == [
        ("qa", "api", "data.recording_opened", "call:call-resolved")
    ]


async def test_a_call_without_a_recording_says_so(as_role):
    answer = await (await as_role(Role.QA)).get("/api/calls/call-live/recording")
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "no_recording"


async def test_a_damaged_recording_is_an_error_and_no_noise(as_role, parts):
    path = parts.recordings_folder / "call-resolved.tprec"
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)
    answer = await (await as_role(Role.QA)).get("/api/calls/call-resolved/recording")
    assert answer.status_code == 409 and "damaged" in answer.json()["error"]["message"]


async def test_an_erased_person_leaves_nothing_that_can_be_read(as_role, parts):
    await parts.person_keys.destroy("person-1")
    client = await as_role(Role.SUPERVISOR)
    call = (await client.get("/api/calls/call-resolved")).json()
    assert call["erased"] is True and call["from"] == "" and call["summary"] == ""
    assert all(line["text"] == "" for line in call["transcript"])
    assert call["outcome"] == "resolved"  # what is not about the person stays
    recording = await client.get("/api/calls/call-resolved/recording")
    assert recording.status_code == 410 and "erased" in recording.json()["error"]["message"]
    assert (await client.post("/api/calls/call-resolved/replay")).status_code == 410
    assert (await client.get("/api/calls/call-resolved/events")).json()["events"][0]["erased"] is True


# --- scoring again ------------------------------------------------------------------------------


async def test_a_call_is_scored_again_and_the_new_score_is_the_calls(as_role, parts):
    client = await as_role(Role.QA)
    answer = await client.post("/api/calls/call-resolved/replay")
    assert answer.status_code == 200
    score = answer.json()
    assert score["call_id"] == "call-resolved" and score["answers"]
    call = (await client.get("/api/calls/call-resolved")).json()
    assert call["score"]["score"] == score["score"]
    kinds = [one["kind"] for one in (await client.get("/api/calls/call-resolved/events")).json()["events"]]
    assert kinds.count("call_scored") == 2


async def test_a_running_call_is_not_scored(as_role):
    answer = await (await as_role(Role.QA)).post("/api/calls/call-live/replay")
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "still_running"


@pytest.mark.parametrize("odd", ["²", "٣", "-1", "1e3", "9" * 40, "sixteen"])
async def test_an_odd_last_event_id_begins_the_stream_anew(as_role, odd):
    client = await as_role(Role.QA)
    headers = {"Last-Event-ID": odd.encode("utf-8" if odd == "٣" else "latin-1")}
    answer = await client.get("/api/calls/call-resolved/events?stream=1", headers=headers)
    assert answer.status_code == 200
    assert frames(answer.text)[0][0] == "call_started"


async def test_an_unknown_call_is_counted_and_logged_without_its_name(as_role, caplog, monkeypatch):
    monkeypatch.setattr("core.refusals.EVERY_S", 0.0)
    client = await as_role(Role.QA)
    before = REFUSED.labels("unknown_call")._value.get()
    answer = await client.get("/api/calls/13800138000-odd")
    assert answer.status_code == 404
    assert REFUSED.labels("unknown_call")._value.get() == before + 1
    assert "a call that is not known was asked for" in caplog.text and "odd" not in caplog.text


async def test_a_card_number_in_groups_over_several_turns_is_masked_in_a_call_of_old(as_role, parts):
    """Also where the log holds the groups, written before they were masked there."""
    groups = ("My card is 4111", "2222", "3333", "4444")
    await parts.log.append(
        "grouped",
        ev.CallStarted(
            carrier="c", carrier_call_id="g", caller="+81312345678", called="+1", bot="b", language="en"
        ),
        person="person-9",
    )
    for number, text in enumerate(groups):
        at = 3.0 * number
        heard = ev.UtteranceHeard(text=text, language="en", start_s=at, end_s=at + 1, confidence=0.9)
        await parts.log.append("grouped", heard, person="person-9")
    shown = (await (await as_role(Role.QA)).get("/api/calls/grouped")).json()
    assert [line["text"] for line in shown["transcript"]] == ["My card is ****", "****", "****", "****"]
