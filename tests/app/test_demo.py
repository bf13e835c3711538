"""The demo's own care: it looks for free ports before it sets anything up."""

from __future__ import annotations

import asyncio
import io
import re
import socket
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from app.bot import first_phrases
from app.cli_parts import switched_on
from app.demo import DemoFailed, Result, _until_ready, closing_table, describe, judge, run_demo
from app.demo_agent import ScriptedAgent
from app.demo_script import FIRST_LINES, FIRST_RESPONSES, CallerLine, ScriptedCall
from app.settings import load
from bots.engine.bot import Bot
from core import events as ev
from core.commands import HangUp, Say
from core.events import Recorded, UtteranceHeard, UtteranceSpoken
from core.languages import Language
from core.views import CallView
from voice_gateway.phrases import TEXTS, Phrase


def test_a_taken_port_ends_the_demo_at_once_and_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setenv("TETRAPHONE_DATA", str(tmp_path))
        monkeypatch.setenv("TETRAPHONE_DEMO", "1")
        monkeypatch.setenv("TETRAPHONE_LOG_LEVEL", "WARNING")
        monkeypatch.setenv("TETRAPHONE_LINE_PORT", str(taken))
        with socket.create_server(("127.0.0.1", 0)) as probe:
            free = probe.getsockname()[1]
        monkeypatch.setenv("TETRAPHONE_WEB_PORT", str(free))
        said = io.StringIO()

        status = asyncio.run(run_demo(Console(file=said, width=200), stay=False))

    assert status == 1
    assert f"Port {taken} is taken" in said.getvalue()


def test_what_every_call_needs_is_rendered_first_and_the_rest_later() -> None:
    settings = load(demo=True)
    bot = Bot.load(settings.bot_folder, settings.nlu_folder)
    first = {phrase[:2] for phrase in first_phrases(settings, bot, FIRST_RESPONSES, FIRST_LINES)}
    everything = {phrase[:2] for phrase in first_phrases(settings, bot, FIRST_RESPONSES)}
    for language in Language:
        for line in (Phrase.CONSENT, Phrase.ONE_MOMENT, Phrase.TECHNICAL, Phrase.TRANSFERRING):
            assert (TEXTS[line][language], language) in first
    assert first < everything and len(first) < len(everything) / 2


class SlowCall:
    """A call whose typed lines are spoken late; the caller talks meanwhile, and answers each."""

    def __init__(self, speaks_after_s: float) -> None:
        self.did: list[Any] = []
        self.events: list[Any] = [heard("Hello?")]
        self._speaks_after_s = speaks_after_s
        self._there = True

    async def send(self, command: Any) -> Any:
        self.did.append(command)
        if isinstance(command, Say):
            loop = asyncio.get_running_loop()
            if command.text == "One.":
                loop.call_later(self._speaks_after_s / 3, self.events.append, heard("I have moved."))
            loop.call_later(self._speaks_after_s, self.events.append, spoken(command.text))
            loop.call_later(self._speaks_after_s + 0.1, self.events.append, heard("Yes."))
        if isinstance(command, HangUp):
            self._there = False
        return SimpleNamespace(ok=True)

    async def state(self) -> dict[str, Any]:
        me = {"user": "mei", "offer": {"offer_id": "1"}, "interaction_id": "call", "state": "wrap_up"}
        calls = [{"interaction_id": "call", "stage": "agent"}] if self._there else []
        return {"agents": [me], "calls": calls}

    async def read(self, _call: str) -> list[Any]:
        return [SimpleNamespace(event=event) for event in self.events]

    async def close(self) -> None: ...


def heard(text: str) -> UtteranceHeard:
    return UtteranceHeard(
        speaker="caller", text=text, language=Language.EN, start_s=0, end_s=1, confidence=1, turn=1
    )


def spoken(text: str) -> UtteranceSpoken:
    return UtteranceSpoken(speaker="agent", text=text, language=Language.EN, start_s=0, end_s=1)


def test_the_scripted_agent_ends_the_call_when_all_of_the_lines_were_heard_and_answered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr("app.demo_agent._POLL_S", 0.01)
    call: Any = SlowCall(speaks_after_s=0.3)

    async def main() -> None:
        agent = ScriptedAgent(load(data=tmp_path), call, "mei", ("One.", "Two."))
        agent._link = call
        await agent._work()

    asyncio.run(main())
    assert [one.text for one in call.did if isinstance(one, Say)] == ["One.", "Two."]
    ended = next(place for place, one in enumerate(call.did) if isinstance(one, HangUp))
    assert [one.text for one in call.events] == ["Hello?", "I have moved.", "One.", "Yes.", "Two.", "Yes."]
    assert not any(isinstance(one, Say) for one in call.did[ended:])


@pytest.mark.parametrize(
    ("value", "on"),
    [(None, False), ("", False), ("0", False), ("no", False), ("False", False), ("1", True), ("yes", True)],
)
def test_a_switch_of_the_environment_can_be_off(
    monkeypatch: pytest.MonkeyPatch, value: str | None, on: bool
) -> None:
    if value is None:
        monkeypatch.delenv("DEMO_EXIT", raising=False)
    else:
        monkeypatch.setenv("DEMO_EXIT", value)
    assert switched_on("DEMO_EXIT") is on


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::"])
def test_a_platform_that_does_not_come_up_ends_the_demo_with_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, host: str
) -> None:
    monkeypatch.setattr("app.demo.START_LIMIT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free = probe.getsockname()[1]
    settings = load(data=tmp_path, web_host=host, line_host=host, web_port=free, line_port=free)

    async def wait() -> None:
        running = asyncio.create_task(asyncio.sleep(60))
        try:
            await _until_ready(settings, Console(file=io.StringIO()), running)
        finally:
            running.cancel()

    with pytest.raises(DemoFailed, match="line, web and models"):
        asyncio.run(wait())


SCRIPT = ScriptedCall(
    title="A lamp",
    caller="+14155550123",
    lines=(CallerLine("Where is my lamp?", Language.EN),),
    expect_languages=(Language.EN, Language.JA),
    expect_outcome="handed_off",
    expect_intent="order_status",
    agent_lines=("Hello.", "Good bye."),
)


def as_scripted() -> CallView:
    view = CallView("call", outcome="handed_off", intents=["order_status"], score={"score": 87.5})
    for speaker, language in (
        ("caller", "en"), ("bot", "en"), ("caller", "en"), ("caller", "ja"), ("agent", "ja"), ("agent", "ja"),
    ):  # fmt: skip
        view.transcript.append({"speaker": speaker, "language": language, "text": "..."})
    view.handoff = {"packet": {"summary": {"matter": "a lamp"}}}
    view.timings = [{"gap_ms": 400.0}, {"gap_ms": 600.0}, {"gap_ms": 800.0}]
    return view


def test_a_call_as_scripted_has_no_problems() -> None:
    assert judge(SCRIPT, as_scripted()) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda view: setattr(view, "outcome", "resolved"), "outcome resolved, expected handed_off"),
        (lambda view: view.intents.clear(), "intents \\[\\], expected order_status"),
        (lambda view: view.transcript.pop(3), "languages \\['en'\\], expected \\['en', 'ja'\\]"),
        (lambda view: view.transcript.pop(), "1 of 2 lines of the agent were spoken"),
        (lambda view: view.handoff.clear(), "the agent got no summary"),
    ],
)
def test_each_way_to_leave_the_script_is_a_problem(spoil: Any, said: str) -> None:
    view = as_scripted()
    spoil(view)
    (problem,) = judge(SCRIPT, view)
    assert re.fullmatch(said, problem)


def test_the_closing_table_tells_of_each_call_what_came_of_it() -> None:
    silent = CallView("other")
    results = [
        Result(SCRIPT, as_scripted(), SimpleNamespace()),  # type: ignore[arg-type]
        Result(SCRIPT, silent, SimpleNamespace(), judge(SCRIPT, silent)),  # type: ignore[arg-type]
    ]
    said = io.StringIO()
    Console(file=said, width=160).print(closing_table(results))
    first, second = (line.split("│") for line in said.getvalue().splitlines() if "→" in line)
    assert [cell.strip() for cell in first[1:-1]] == [
        "1", "English → 日本語", "handed off", "3", "600 ms", "780 ms", "88", "yes",
    ]  # fmt: skip
    assert [cell.strip() for cell in second[1:-1]] == ["2", "English → 日本語", "", "0", "–", "–", "–", "no"]


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (heard("Is it [red]?"), "caller en Is it [red]?"),
        (spoken("Yes."), "agent en Yes."),
        (spoken("Yes.").model_copy(update={"interrupted": True}), "agent en Yes. (interrupted)"),
        (
            ev.TurnUnderstood(turn=1, intent="faq", confidence=0.876, language=Language.EN),
            "understood: faq (0.88)",
        ),
        (
            ev.LanguageChanged(before=Language.EN, after=Language.JA, reason="spoken"),
            "language: en -> ja (spoken)",
        ),
        (ev.ActionTaken(name="refund", ok=False), "action refund: failed"),
        (
            ev.HandoffRequested(packet={"summary": {"matter": "A lamp.", "mood": ""}}, reason="caller_asked"),
            "to a person: caller_asked. A lamp.",
        ),
        (
            ev.OfferAnswered(offer_id="1", agent="mei", answer="accepted", waited_s=2.25),
            "mei accepted after 2.2 s",
        ),
        (ev.LineFault(what="stream_lost", detail="1006"), "fault: stream_lost 1006"),
        (
            ev.CallEnded(outcome="handed_off", reason="agent_closed", duration_s=9),
            "ended: handed off (agent_closed)",
        ),
        (ev.CallHeld(on=True, by="mei"), None),
    ],
)
def test_what_happens_is_told_in_one_line_and_only_what_people_want_to_see(
    event: Any, said: str | None
) -> None:
    told = describe(Recorded(1, "i", "call", 1, datetime(2026, 1, 1, tzinfo=UTC), event))
    if said is None:
        assert told is None
        return
    shown = io.StringIO()
    Console(file=shown, width=160).print(told, highlight=False)
    words = " ".join(shown.getvalue().split())
    assert words.removeprefix("0.0 s ") == said
