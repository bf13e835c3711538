"""Calls that we place: the real client of Twilio against a server that answers as Twilio's does, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time

import pytest
from lxml import etree
from raw_stream import RawStream
from served_line import line, until
from twilio.request_validator import RequestValidator
from twilio_api import ACCOUNT, TOKEN, twilio_api
from websockets.asyncio.client import connect

from voice_gateway.calling_out import CallingOut
from voice_gateway.carriers.outgoing import OutgoingCalls
from voice_gateway.carriers.twilio_client import StreamOrder, StreamWriter
from voice_gateway.carriers.twilio_dialer import TwilioDialer
from voice_gateway.carriers.twilio_settings import TwilioDialerSettings, TwilioSettings
from voice_gateway.dialer import CALL_BACK, NotReached
from voice_gateway.leg import Frame

OURS, CUSTOMER = "+14155550199", "+14155550100"


def dialer(served, api: str, **settings: object) -> TwilioDialer:
    options = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "number": OURS,
        "public_url": served.url,
        **settings,
    }
    return TwilioDialer(TwilioDialerSettings(api=api, **options), served.streams.outgoing)


@contextlib.asynccontextmanager
async def signed_line(listener):
    async with line(listener, TwilioSettings(auth_token=TOKEN)) as served:
        yield served


async def not_reached(placing: TwilioDialer) -> str:
    with pytest.raises(NotReached) as failure:
        await placing.ring(CUSTOMER, "call-1")
    return failure.value.reason


async def test_an_answered_call_comes_in_as_a_leg_that_says_what_it_was_placed_for(listener):
    async with signed_line(listener) as served, twilio_api() as api:
        await dialer(served, api.url).ring(CUSTOMER, "call-1")
        await api.settle()
        (placed,) = api.placed
        assert (placed["To"], placed["From"], placed["Timeout"]) == (CUSTOMER, OURS, "30")
        (told,) = api.answers
        stream_order = etree.fromstring(told.content).find("Connect").find("Stream")
        parameter = stream_order.find("Parameter")
        order = StreamOrder(stream_order.get("url"), "", {parameter.get("name"): parameter.get("value")})
        headers = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(order.url, {})}
        sid = f"CA{0:032x}"
        async with connect(order.url, proxy=None, additional_headers=headers) as websocket:
            stream = RawStream(websocket, StreamWriter(sid), order)
            await stream.start()
            await stream.sound(2)
            await until(lambda: len(listener.calls[sid].frames) == 2)
        info = listener.calls[sid].leg.info
        assert (info.caller, info.called, info.parameters) == (CUSTOMER, OURS, {CALL_BACK: "call-1"})
        assert not served.streams.outgoing and not api.updated


async def test_a_telephone_that_is_rung_for_an_agent_comes_to_who_waits_for_it_and_to_nobody_else(listener):
    out = CallingOut()
    async with line(out.answer, TwilioSettings(auth_token=TOKEN)) as served, twilio_api() as api:
        out.dial_with(dialer(served, api.url), listener)
        ringing = asyncio.create_task(out.leg_to(CUSTOMER))
        await until(lambda: api.answers)
        (placed,) = api.placed
        assert (placed["To"], placed["From"]) == (CUSTOMER, OURS)
        connected = etree.fromstring(api.answers[0].content).find("Connect").find("Stream")
        parameter = connected.find("Parameter")
        order = StreamOrder(connected.get("url"), "", {parameter.get("name"): parameter.get("value")})
        headers = {"X-Twilio-Signature": RequestValidator(TOKEN).compute_signature(order.url, {})}
        async with connect(order.url, proxy=None, additional_headers=headers) as websocket:
            stream = RawStream(websocket, StreamWriter(f"CA{0:032x}"), order)
            await stream.start()
            leg = await ringing
            events = leg.events()
            await stream.sound(2)
            assert isinstance(await anext(events), Frame)
            await leg.close()
            assert (await asyncio.wait_for(websocket.wait_closed(), 5)) is None
        assert not listener.calls and leg.info.caller == CUSTOMER


@pytest.mark.parametrize(
    ("status", "reason"),
    [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "failed"), ("canceled", "failed")],
)
async def test_who_does_not_answer_is_not_reached_and_why_is_known(listener, status, reason):
    async with signed_line(listener) as served, twilio_api(status) as api:
        assert await not_reached(dialer(served, api.url)) == reason
        assert not served.streams.outgoing


@pytest.mark.parametrize(
    ("status", "reason"),
    [(400, "number_refused"), (403, "carrier_refused"), (429, "carrier_busy"), (503, "carrier_away")],
)
async def test_a_refusal_of_the_api_is_told_apart_and_names_no_number_in_the_log(
    listener, caplog, status, reason
):
    caplog.set_level(logging.DEBUG)
    async with signed_line(listener) as served, twilio_api(status) as api:
        assert await not_reached(dialer(served, api.url)) == reason
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("voice_gateway")]
    assert ours and not any(CUSTOMER in text for text in ours)


@pytest.mark.parametrize("machine", ["machine_start", "fax"])
async def test_a_machine_that_answers_is_not_the_customer_and_is_hung_up(listener, machine):
    async with signed_line(listener) as served, twilio_api(machine) as api:
        assert await not_reached(dialer(served, api.url)) == "machine"
        await api.settle()
        (placed,), (told,) = api.placed, api.answers
        assert (placed["MachineDetection"], placed["MachineDetectionTimeout"]) == ("Enable", "10")
        assert etree.fromstring(told.content).find("Hangup") is not None and not listener.calls


@pytest.mark.parametrize("who", ["human", "unknown"])
async def test_a_person_and_whoever_cannot_be_told_from_one_is_the_customer(listener, who):
    async with signed_line(listener) as served, twilio_api(who) as api:
        await dialer(served, api.url).ring(CUSTOMER, "call-1")


async def test_where_a_machine_may_answer_nobody_looks_and_nobody_waits(listener):
    async with signed_line(listener) as served, twilio_api("machine_start") as api:
        await dialer(served, api.url).ring(CUSTOMER, "call-1", machines=True)
        await dialer(served, api.url, machine_s=0).ring(CUSTOMER, "call-2")
        assert not any("MachineDetection" in placed for placed in api.placed)


async def test_a_wrong_token_is_the_carriers_refusal(listener):
    async with signed_line(listener) as served, twilio_api() as api:
        assert await not_reached(dialer(served, api.url, auth_token="0" * 32)) == "carrier_refused"


async def test_an_api_that_does_not_answer_is_waited_for_a_bounded_time(listener):
    async with signed_line(listener) as served, twilio_api("hangs") as api:
        began = time.monotonic()
        assert await not_reached(dialer(served, api.url, answer_s=0.3)) == "carrier_away"
        assert time.monotonic() - began < 3


async def test_an_api_that_cannot_be_reached_is_away(listener):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    async with signed_line(listener) as served:
        assert await not_reached(dialer(served, nobody)) == "carrier_away"


async def test_a_carrier_that_never_says_what_became_of_a_call_is_told_to_stop_it(listener):
    async with signed_line(listener) as served, twilio_api("silent") as api:
        assert await not_reached(dialer(served, api.url, ring_s=1, answer_s=0.5, machine_s=0)) == "no_answer"
        assert api.updated == [(f"CA{0:032x}", "completed")]


async def test_giving_up_stops_the_ringing(listener):
    async with signed_line(listener) as served, twilio_api("silent") as api:
        ringing = asyncio.create_task(dialer(served, api.url).ring(CUSTOMER, "call-1"))
        await until(lambda: api.placed)
        await asyncio.sleep(0.2)
        ringing.cancel()
        await asyncio.gather(ringing, return_exceptions=True)
        await until(lambda: api.updated)
        assert not served.streams.outgoing


async def test_who_gives_up_while_twilio_is_being_asked_leaves_no_telephone_ringing(listener):
    async with signed_line(listener) as served, twilio_api("held") as api:
        placing = dialer(served, api.url)
        ringing = asyncio.create_task(placing.ring(CUSTOMER, "call-1"))
        await until(lambda: api.asked)
        ringing.cancel()
        await asyncio.gather(ringing, return_exceptions=True)
        assert ringing.cancelled() and not api.placed and not served.streams.outgoing
        api.go_on.set()
        await until(lambda: api.updated)
        assert api.updated == [(f"CA{0:032x}", "completed")]
        await until(lambda: not placing._stopping)


async def test_who_gives_up_before_twilio_is_asked_has_nobody_rung(listener):
    async with signed_line(listener) as served, twilio_api("held", "answered") as api:
        placing = dialer(served, api.url, at_once=1)
        first, second = (
            asyncio.create_task(placing.ring(CUSTOMER, call_back)) for call_back in ("call-1", "call-2")
        )
        await until(lambda: api.asked)
        for ringing in (first, second):
            ringing.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        api.go_on.set()
        await placing.ring(CUSTOMER, "call-3")
        assert ["call-1" in api.placed[0]["Url"], "call-3" in api.placed[1]["Url"]] == [True, True]
        await until(lambda: not placing._stopping)
        assert len(api.placed) == 2 and len(api.updated) == 1


async def test_the_line_tells_those_calls_that_it_was_given(listener):
    outgoing = OutgoingCalls()
    async with line(listener, outgoing=outgoing) as served:
        ringing = outgoing.expect("call-1", CUSTOMER, OURS)
        await served.post("/twilio/status?call_back=call-1", CallSid="CA1", CallStatus="busy")
        assert await asyncio.wait_for(ringing, 5) == "busy"


async def test_an_answer_that_nobody_waits_for_any_more_is_hung_up(listener):
    async with line(listener) as served:
        response = await served.post(
            "/twilio/answered?call_back=call-1", CallSid="CA1", CallStatus="in-progress"
        )
        assert "<Hangup" in response.text


async def test_an_unsigned_answer_is_refused(listener):
    async with signed_line(listener) as served:
        response = await served.post("/twilio/answered?call_back=call-1", CallSid="CA1")
        assert response.status_code == 403


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"account_sid": "AC1"}, "account_sid"), ({"auth_token": ""}, "auth_token"),
        ({"number": "0571"}, "number"), ({"public_url": ""}, "public_url"), ({"machine_s": 2}, "machine_s"),
    ],
)  # fmt: skip
def test_wrong_settings_are_named(wrong, named):
    right = {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "number": OURS,
        "public_url": "https://phone.example.com",
    }
    with pytest.raises(ValueError, match=named):
        TwilioDialerSettings(**{**right, **wrong})
