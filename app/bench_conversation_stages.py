"""The stages of the measured conversation, in their order: each does what people do, and says what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from app.bench_platform import BenchFailed, Platform
from core.languages import Language
from evals.bench import conversation as judge
from evals.bench.capacity.resources import CpuClock
from evals.bench.conversation import Heard, Span
from evals.bench.conversation_ears import Side
from evals.bench.conversation_lines import PERIOD_S, TALKS_AT_S
from evals.bench.conversation_pages import Person, collect_all, now_ms
from evals.bench.network import OwnNetwork
from voice_gateway.phrases import Phrase

GOAL_MS = 60.0
"""Of what we add, 95th percentile."""
DELAY = "tetraphone_bridge_delay_seconds"
LISTEN_S = 2 * PERIOD_S + 4.0
"""Everybody has had two turns by then: windows enough to judge by."""
STRETCH_S = 5.0
"""The talk is measured in stretches of this length."""
DISTURBED = 0.01
"""A stretch of whose time the machine's host took more tells of the host, and not of us."""
LONGEST = 4.0
"""The talk goes on until so much was undisturbed as is asked for, and at most so many times as long."""
_NUMBERS = {Language.EN: "+14155550102", Language.JA: "+819012345603"}
"""Of demo customers, so that the agent's page has something to show."""
_SETTLE_S = 2.0
_RECOGNISED_S = 8.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. ``ok``: None where there is only a figure."""

    stage: str
    what: str
    ok: bool | None
    figure: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the talk. ``span``: milliseconds since 1970; ``delays``: what was counted in it, by who heard it."""

    span: Span
    stolen: float
    delays: dict[str, dict[float, float]]


class Stages:
    """
    Args:
        agents: the first one behind ``network``; the second one is ready when it is needed.
        network: the first agent's; None where there is none of its own.
        let_in: has the second agent come to work. Not before the talk is measured: a browser takes much of a small
            machine.
        tell: told of each line as it comes.
        keep: folder for screenshots.
    """

    def __init__(
        self,
        platform: Platform,
        language: Language,
        caller: Person,
        agents: Sequence[Person],
        network: OwnNetwork | None,
        let_in: Callable[[], Awaitable[None]],
        tell: Callable[[Line], None],
        keep: Path | None,
    ) -> None:
        self._platform, self._language = platform, language
        self._caller, self._agents, self._network = caller, agents, network
        self._everybody = [caller, *agents]
        self._let_in, self._tell, self._keep = let_in, tell, keep
        self._call = ""
        self.lines: list[Line] = []

    async def run(self, minutes: float) -> None:
        """All of them. One that breaks off is a line that failed, and ends the run."""
        stages: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("connect", self._connect),
            ("talk", lambda: self._talk(minutes * 60)),
            ("hold", self._hold),
            ("cut 5 s", lambda: self._cut("cut 5 s", 5.0)),
            ("cut 60 s", lambda: self._cut("cut 60 s", 60.0)),
            ("transfer", self._transfer),
            ("consult", self._consult),
            ("conference", self._conference),
            ("warm transfer", self._warm_transfer),
            ("cut 90 s", self._too_long),
        ]
        for name, stage in stages:
            clock = CpuClock()
            try:
                await stage()
            except Exception as error:
                self._add(
                    name, "did not come to its end", False, f"{type(error).__name__}: {str(error)[:300]}"
                )
                for one in self._everybody:
                    await self._picture(one, f"broken-{one.name}")
                return
            stolen = clock.stolen()
            self._add(name, "of the machine's time stolen by its host", None, f"{stolen:.1%}", stolen=stolen)

    # --- the stages ---

    async def _connect(self) -> None:
        """The caller asks for a person; the agent is ready, and accepts."""
        caller, agent = self._caller, self._agents[0]
        await agent.ready()
        opened = await agent.microphone_opened_ms()
        # The caller's turns are to fall into the agent's pauses.
        wait_s = (PERIOD_S - ((now_ms() - opened) / 1_000 + TALKS_AT_S)) % PERIOD_S
        await asyncio.sleep(wait_s)
        began = now_ms()
        await caller.page.locator("#number").fill(_NUMBERS[self._language])
        await caller.page.locator("#call").click()
        await caller.there('.phone[data-state="connected"]')
        self._add("connect", "caller connected", True, f"after {(now_ms() - began) / 1_000:.1f} s")
        await agent.accept(90.0)
        async with self._api() as api:
            self._call = (await api.get("/api/calls?limit=1&brief=1")).json()["calls"][0]["id"]
        await asyncio.sleep(max(0.0, TALKS_AT_S - 2.0 - (now_ms() - began) / 1_000))

    async def _talk(self, seconds: float) -> None:
        people = self._everybody[:2]
        stretches = await self._stretches(people, seconds)
        calm = [one for one in stretches if one.stolen <= DISTURBED]
        self._add(
            "talk", "undisturbed by the machine's host", None,
            f"{len(calm) * STRETCH_S:.0f} s of {len(stretches) * STRETCH_S:.0f}",
            stolen=[round(one.stolen, 3) for one in stretches],
        )  # fmt: skip
        for to in ("caller", "agent"):
            self._delays(f"added, packet in to packet out, to the {to}", calm, to, judged=True)
            self._delays("the same, disturbed stretches too", stretches, to, judged=False)
        self._judge("talk", [one.span for one in calm], people)
        await asyncio.to_thread(self._store, "talk", (stretches[0].span[0], stretches[-1].span[1]), people)
        await self._picture(self._agents[0], "desk")
        await self._picture(self._caller, "phone")
        await self._words()

    async def _stretches(self, people: list[Person], seconds: float) -> list[Stretch]:
        """Let them talk until so much of it was undisturbed."""
        found: list[Stretch] = []
        metrics, calm_s = await self._platform.metrics(), 0.0
        while calm_s < seconds and len(found) * STRETCH_S < LONGEST * seconds:
            clock = CpuClock()
            span = await collect_all(people, STRETCH_S)
            before, metrics = metrics, await self._platform.metrics()
            delays = {
                to: judge.between(*(judge.buckets(text, DELAY, to=to) for text in (before, metrics)))
                for to in ("caller", "agent")
            }
            found.append(Stretch(span, clock.stolen(), delays))
            if found[-1].stolen <= DISTURBED:
                calm_s += STRETCH_S
        return found

    def _delays(self, what: str, stretches: Sequence[Stretch], to: str, *, judged: bool) -> None:
        delays = judge.together([one.delays[to] for one in stretches])
        p50, p95, p99 = (judge.quantile(delays, share) * 1_000 for share in (0.5, 0.95, 0.99))
        count = int(max(delays.values(), default=0))
        self._add(
            "talk", what, p95 < GOAL_MS if judged else None,
            f"p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms of {count} packets",
            p50_ms=p50, p95_ms=p95, p99_ms=p99, packets=count,
        )  # fmt: skip

    async def _words(self) -> None:
        await collect_all(self._everybody[:2], _RECOGNISED_S)
        transcript = (await self._view())["transcript"]
        asked = next((line["start_s"] for line in transcript if line.get("name") == Phrase.AGENT_JOINED), 0.0)
        for person, speaker in ((self._caller, "caller"), (self._agents[0], "agent")):
            said = [
                line["text"]
                for line in transcript
                if line["speaker"] == speaker and line["start_s"] >= asked and not line.get("held")
            ]
            found = judge.words(person.text, " ".join(said), self._language)
            self._add(
                "talk", f"transcript of the {speaker}", found.rate < 0.25 if found.length else False,
                f"{found.rate:.1%} wrong of {found.length} {'words' if self._language is Language.EN else 'characters'}",
                errors=found.errors, length=found.length, said=said,
            )  # fmt: skip

    async def _hold(self) -> None:
        caller, agent = self._everybody[:2]
        await agent.press("Alt+h")
        await agent.there('[data-control="resume"]')
        await asyncio.sleep(_SETTLE_S)
        window = await collect_all([caller, agent], LISTEN_S)
        music = judge.loud_share(caller.ears.levels("heard", *window))
        self._add("hold", "the caller hears music", music > 0.5, f"{music:.0%} of the time")
        for who, to in ((agent, caller), (caller, agent)):
            heard = self._between([window], who, to, [caller, agent])
            self._add("hold", f"{who.name} is not heard by {to.name}", heard.not_at_all, _said(heard))
        await agent.press("Alt+h")
        await agent.there('[data-control="hold"]')
        await asyncio.sleep(_SETTLE_S)
        self._judge("resume", [await collect_all([caller, agent], LISTEN_S)], [caller, agent])

    async def _cut(self, stage: str, seconds: float) -> None:
        """The agent's network is gone for so long; nobody presses anything."""
        caller, agent = self._everybody[:2]
        if self._network is None:
            self._add(stage, "not measured", None, "no network of its own: root and ip are needed")
            return
        before = await self._lines_back()
        await self._network.plug(False)
        window = await collect_all([caller, agent], seconds)
        await self._network.plug(True)
        plugged = now_ms()
        music = judge.loud_share(caller.ears.levels("heard", *window))
        self._add(stage, "the caller hears a word, then music", None, f"{music:.0%} of the time")
        async with asyncio.timeout(30.0):
            while await self._lines_back() == before:  # noqa: ASYNC110 (another process tells it)
                await asyncio.sleep(0.2)
        back_s = (now_ms() - plugged) / 1_000
        await collect_all([caller, agent], 4.0)
        self._add(stage, "the agent's line is back", True, f"{back_s:.1f} s after the network", back_s=back_s)
        self._judge(stage, [await collect_all([caller, agent], LISTEN_S)], [caller, agent])

    async def _transfer(self) -> None:
        """Cold: to the second agent, by name."""
        caller, first, second = self._everybody
        await self._let_in()
        await second.ready()
        await first.choose("Alt+t", second.name)
        await first.there(".wrap")
        began = now_ms()
        await second.accept(70.0)
        await asyncio.sleep(_SETTLE_S)
        self._add(
            "transfer", f"{second.name} has the call", True, f"after {(now_ms() - began) / 1_000:.1f} s"
        )
        await first.wrap_up()
        await self._picture(second, "desk-2")
        window = await collect_all(self._everybody, LISTEN_S)
        self._judge("transfer", [window], [caller, second])
        gone = self._between([window], first, caller, self._everybody)
        self._add("transfer", f"{first.name} is heard no longer", gone.not_at_all, _said(gone))

    async def _consult(self) -> None:
        """The second agent asks the first one."""
        caller, first, second = self._everybody
        await first.ready()
        await second.choose("Alt+c", first.name)
        await first.accept(30.0)
        await second.there('[data-control="consult_conference"]')
        await asyncio.sleep(_SETTLE_S)
        window = await collect_all(self._everybody, LISTEN_S)
        self._judge("consult", [window], [first, second])
        music = judge.loud_share(caller.ears.levels("heard", *window))
        self._add("consult", "the caller hears music", music > 0.5, f"{music:.0%} of the time")
        for who in (first, second):
            heard = self._between([window], who, caller, self._everybody)
            self._add("consult", f"{who.name} is not heard by caller", heard.not_at_all, _said(heard))

    async def _conference(self) -> None:
        _, _, second = self._everybody
        await second.press("Alt+j")
        await asyncio.sleep(_SETTLE_S)
        self._judge("conference", [await collect_all(self._everybody, LISTEN_S)], self._everybody)

    async def _warm_transfer(self) -> None:
        """The second agent leaves the call to the first one."""
        caller, first, second = self._everybody
        await second.press("Alt+t")
        await second.wrap_up()
        await asyncio.sleep(_SETTLE_S)
        self._judge("warm transfer", [await collect_all(self._everybody, LISTEN_S)], [caller, first])

    async def _too_long(self) -> None:
        """Beyond a minute the caller goes back to the head of the queue, with an apology."""
        caller, first, second = self._everybody
        if self._network is None:
            self._add("cut 90 s", "not measured", None, "no network of its own: root and ip are needed")
            return
        await self._network.plug(False)
        began = now_ms()
        await second.ready()
        try:
            await second.accept(100.0)
            taken_s = (now_ms() - began) / 1_000
            await collect_all([caller, second], max(0.0, 90.0 - taken_s))
        finally:
            await self._network.plug(True)
        lines = [line for line in (await self._view())["transcript"] if line["speaker"] == "bot"]
        apology = [line["text"] for line in lines if line.get("name") == Phrase.AGENT_LOST]
        self._add("cut 90 s", "the caller hears an apology", bool(apology), " ".join(apology))
        self._add("cut 90 s", f"{second.name} has the call", taken_s > 60, f"{taken_s:.0f} s after the cut")
        self._judge("cut 90 s", [await collect_all([caller, second], LISTEN_S)], [caller, second])
        # It is shown for some seconds only.
        notice = await first.page.locator(".notice").text_content() or ""
        self._add("cut 90 s", f"{first.name} is told", True, " ".join(notice.split())[:120])
        await caller.page.locator("#hang-up").click()
        await second.there(".wrap")

    # --- inside ---

    def _add(self, stage: str, what: str, ok: bool | None, figure: str, **data: Any) -> None:
        line = Line(stage, what, ok, figure, data)
        self.lines.append(line)
        self._tell(line)

    def _between(self, spans: Sequence[Span], who: Person, to: Person, present: Sequence[Person]) -> Heard:
        found: list[judge.Match] = []
        for span in judge.joined(spans):
            others = [one.ears.levels("spoken", *span) for one in present if one not in (who, to)]
            spoken, heard = who.ears.levels("spoken", *span), to.ears.levels("heard", *span)
            found += judge.matches(spoken, heard, others)
        return judge.heard(found)

    def _judge(self, stage: str, spans: Sequence[Span], people: Sequence[Person]) -> None:
        """Everybody hears everybody else."""
        for who in people:
            for to in people:
                if who is not to:
                    heard = self._between(spans, who, to, people)
                    self._add(
                        stage, f"{who.name} is heard by {to.name}", heard.well, _said(heard),
                        arrived=heard.arrived, p50_ms=heard.p50_ms, p95_ms=heard.p95_ms, windows=heard.windows,
                    )  # fmt: skip

    async def _lines_back(self) -> int:
        """How often the agent's line was lost in this call, and came back."""
        return sum(fault["what"] == "agent_line_back" for fault in (await self._view())["faults"])

    async def _view(self) -> dict[str, Any]:
        async with self._api() as api:
            answer = await api.get(f"/api/calls/{self._call}")
            if answer.status_code != 200:
                raise BenchFailed(f"the call cannot be read: {answer.text[:200]}")
            view: dict[str, Any] = answer.json()
            return view

    def _api(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self._platform.token}"}
        return self._platform.client(60, base_url=self._platform.web, headers=headers)

    def _store(self, name: str, span: Span, people: Sequence[Person]) -> None:
        """The levels themselves, so that the figures can be worked out again."""
        if self._keep is not None:
            sides: tuple[Side, ...] = ("spoken", "heard")
            levels = {f"{one.name}_{side}": one.ears.levels(side, *span) for one in people for side in sides}
            np.savez_compressed(self._keep / f"{name}.npz", **levels)  # type: ignore[arg-type]

    async def _picture(self, person: Person, name: str) -> None:
        if self._keep is not None:
            await person.page.screenshot(path=self._keep / f"{name}.png")


def _said(heard: Heard) -> str:
    ways = f"; end to end p50 {heard.p50_ms:.0f}, p95 {heard.p95_ms:.0f} ms" if heard.arrived else ""
    return f"{heard.arrived:.0%} of {heard.windows} windows{ways}"
