"""Whole calls over the carrier's protocol, through the three real processes and the real models, some at once."""

import asyncio
import json
import re

import httpx
import pytest
import pytest_asyncio

from app.demo_data import DEMO_PASSWORD
from core.languages import Language
from tests.voice_gateway.carriers.nonsense import hostile
from tests.voice_gateway.carriers.raw_stream import raw_stream

pytestmark = [pytest.mark.platform, pytest.mark.models, pytest.mark.asyncio(loop_scope="session")]

# On a slow machine a clause that is synthesised anew comes seconds after the one before it; after seven
# seconds of silence the bot asks whether the caller is still there.
PATIENT = {"quiet_s": 4.5, "linger_s": 2.0, "reply_limit_s": 90.0}
AT_ONCE = 3

ORDER = {
    "en": ("I would like to know the status of my order.", "+14155550188"),
    "zh": ("你好，我想查一下我的订单状态。", "+8613900139001"),
    "ja": ("注文の状況を知りたいのですが。", "+81312345679"),
    "ko": ("주문 상태를 확인하고 싶어요.", "+82212345678"),
}
QUESTION = (
    "How much does the assembly service for a wardrobe cost?",
    "Yes, that answers it.",
)
CARD_DIGITS = re.compile(r"4[\s,.-]*1[\s,.-]*1[\s,.-]*1|(?:1[\s,.-]*){5}|(?:one\W+){3}one", re.IGNORECASE)
IDS = re.compile(r"\b[0-9a-f]{32}\b|[0-9]+\.[0-9]+")
CARD = "My card number is four one one one, one one one one, one one one one, one one one one."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def calls(platform):
    """The call of each name, as a task; all are placed while the first is waited for."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def place(turns, **options):
        async with gate:
            report = await platform.call(turns, **options)
        return await platform.view(report.call_sid)

    turns = {code: [await platform.say(text, code), "dtmf:104227#"] for code, (text, _) in ORDER.items()}
    question = [await platform.say(text, "en") for text in QUESTION]
    card = [await platform.say(CARD, "en")]
    await publish_a_document(platform)
    beside: list[asyncio.Task[int]] = []

    def disturbed(event):
        if event.kind == "connected":
            beside.append(asyncio.create_task(nonsense(platform)))

    async def place_beside_nonsense():
        view = await place(turns["en"], caller=ORDER["en"][1], on_event=disturbed, **PATIENT)
        return view, await beside[0]

    async def of_two():
        return (await tasks["disturbed"])[0]

    tasks = {
        # Without a word of theirs the bot ends the call by itself, long before they would.
        "silent": place(["silence:90"], caller="+14155550190", linger_s=0.5, reply_limit_s=5),
        **{
            code: place(turns[code], caller=number, **PATIENT)
            for code, (_, number) in ORDER.items()
            if code != "en"
        },
        "disturbed": place_beside_nonsense(),
        "en": of_two(),
        "question": place(question, caller="+14155550189", **PATIENT),
        "card": place(card, caller="+14155550191", **PATIENT),
    }
    tasks = {name: asyncio.create_task(work, name=name) for name, work in tasks.items()}
    yield tasks
    for task in tasks.values():
        task.cancel()


async def nonsense(platform):
    """Send 200 hostile messages on two other streams, as long as a good call may last; returns how many were taken."""
    sent = 0
    for number in range(2):
        async with raw_stream(platform.line, f"CA{number}" + "e" * 31) as stream:
            await stream.start()
            messages = [message for _, message in hostile(stream)]
            for at in range(100):
                await stream.send(messages[(100 * number + at) % len(messages)])
                sent += 1
                await asyncio.sleep(0.1)
    return sent


async def publish_a_document(platform):
    async with platform.api("emma") as editor:
        document = "# Assembly service\n\n## Price\n\nOur assembly service for wardrobes costs 49 dollars per wardrobe.\n"
        answer = await editor.post(
            "/api/kb/documents", files={"file": ("assembly.md", document.encode(), "text/markdown")}
        )
        assert answer.status_code in (200, 201), answer.text
        found = (
            await editor.post("/api/kb/search", json={"query": "What does wardrobe assembly cost?"})
        ).json()
        assert "49 dollars" in json.dumps(found)


@pytest.mark.parametrize("language", [language.value for language in Language])
async def test_an_order_is_found_by_voice_and_keys_in_each_language(platform, calls, language):
    view, number = await calls[language], ORDER[language][1]
    assert view.language == language
    assert "order_status" in view.intents
    assert view.outcome == "resolved" and view.resolved_by == "connector"
    speakers = {line["speaker"] for line in view.transcript}
    assert speakers == {"caller", "bot"}
    assert {line["language"] for line in view.transcript if line["speaker"] == "bot"} == {language}
    assert view.timings and all(timing["gap_ms"] > 0 for timing in view.timings)
    assert view.score["score"] >= 60
    async with platform.api("quinn") as api:
        shown = (await api.get(f"/api/calls/{view.id}")).json()
        assert shown["outcome"] == "resolved"
        assert number not in json.dumps(shown) and shown["from"].startswith("****")
        sound = await api.get(f"/api/calls/{view.id}/recording")
        assert sound.status_code == 200 and sound.content[:4] == b"RIFF"
        again = await api.post(f"/api/calls/{view.id}/replay")
        assert again.status_code == 200, again.text


async def test_a_question_is_answered_from_a_document_published_a_moment_ago(calls):
    view = await calls["question"]
    spoken = " ".join(line["text"] for line in view.transcript if line["speaker"] == "bot")
    assert "49" in spoken
    assert view.outcome == "resolved" and view.resolved_by == "caller"


async def test_a_caller_who_says_nothing_is_asked_and_then_let_go_politely(calls):
    view = await calls["silent"]
    assert (view.outcome, view.end_reason) == ("ended_unconfirmed", "bot_closed")
    assert {line["speaker"] for line in view.transcript} == {"bot"}
    names = [line.get("name", "") for line in view.transcript]
    asked, last = names[names.index("utter_greet") + 1 :]
    assert asked in ("utter_no_input", "utter_no_input_short")
    assert last == "utter_no_input_goodbye"


async def test_spoken_card_digits_are_masked_everywhere(platform, calls):
    view = await calls["card"]
    heard = " ".join(line["text"] for line in view.transcript if line["speaker"] == "caller")
    assert "****" in heard
    shown = {"log": [one.event.model_dump(mode="json") for one in await platform.common.log.read(view.id)]}
    async with platform.api("quinn") as api:
        for name, path in (("call", ""), ("events", "/events"), ("stream", "/events?stream=1")):
            answer = await api.get(f"/api/calls/{view.id}{path}")
            assert answer.status_code == 200
            shown[name] = answer.text
    async with httpx.AsyncClient(base_url=platform.web, timeout=60) as browser:
        form = {"username": "quinn", "password": DEMO_PASSWORD}
        assert (await browser.post("/login", data=form)).status_code == 303
        page = await browser.get(f"/calls/{view.id}")
        assert page.status_code == 200
        shown["page"] = page.text
    for where, found in shown.items():
        text = json.dumps(found, ensure_ascii=False)
        assert "****" in text, f"{where} shows the turn"
        assert not CARD_DIGITS.search(IDS.sub("", text)), f"{where} shows the number"


async def test_200_hostile_messages_beside_it_do_not_disturb_a_call(platform, calls):
    view, sent = await calls["disturbed"]
    assert sent == 200
    assert view.outcome == "resolved" and view.faults == []
    gaps = [timing["gap_ms"] for timing in view.timings]
    assert gaps and max(gaps) < 20_000
    for number in range(2):
        hostile_call = await platform.view(f"CA{number}" + "e" * 31, until="ended_at")
        assert len({fault["what"] for fault in hostile_call.faults}) >= 8, "each sort is named"
        assert hostile_call.end_reason != "crashed"
