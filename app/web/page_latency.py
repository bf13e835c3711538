"""``/latency``: what the newest turns took, stage by stage and language by language; fresh by itself."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from nicegui import ui

from app.web.api_latency import LEDGER_READERS, SLOWEST
from app.web.latency_chart import spread_chart
from app.web.parts import WebParts
from core.console import console_page, empty_note, frame, t
from core.identity import Session
from core.languages import Language
from core.timings import PERCENTILES, STAGES, TimedTurn, by_language, newest_turns, slowest, summary

FRESH_S = 5.0
WINDOWS = (200, 1000, 5000)


def register(parts: WebParts) -> None:
    @console_page("/latency", *LEDGER_READERS)
    async def latency_page(session: Session) -> None:
        ledger = _Ledger(parts)
        with frame(session, t("latency.title"), section="latency"):
            ledger.build()
        await ledger.refresh(force=True)
        ui.timer(FRESH_S, ledger.refresh)


class _Ledger:
    """One reader's view: which turns, and of which language."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts
        self._shown: Any = None

    def build(self) -> None:
        ui.label(t("latency.intro")).classes("tp-muted tp-intro")
        languages = {"": t("latency.all")} | {one.value: one.own_name for one in Language}
        windows = {count: t("latency.newest", count=count) for count in WINDOWS}
        with ui.element("div").classes("tp-row tp-filters"):
            self._language = ui.select(
                languages, value="", label=t("latency.language"), on_change=self._again
            )
            self._window = ui.select(windows, value=1000, label=t("latency.window"), on_change=self._again)
            for chooser in (self._language, self._window):
                chooser.style("min-width: 170px")
        self._place = ui.element("div")

    async def _again(self) -> None:
        await self.refresh(force=True)

    async def refresh(self, *, force: bool = False) -> None:
        """Show the figures again if a turn has come since."""
        turns = await newest_turns(self._parts.log, int(self._window.value))
        wanted = self._language.value
        chosen = [turn for turn in turns if not wanted or turn.language == wanted]
        newest = (len(chosen), turns[0].at if turns else None)
        if newest == self._shown and not force:
            return
        self._shown = newest
        self._place.clear()
        with self._place:
            if not chosen:
                empty_note(t("latency.none"))
                return
            with ui.element("div").classes("tp-latency"):
                _card(t("latency.stages", turns=len(chosen)), _stages(chosen))
                _card(t("latency.spread"), spread_chart([turn.ms["gap"] for turn in chosen]))
                _card(t("latency.languages"), _languages(chosen))
                _card(t("latency.slowest"), _slowest(chosen))


def _card(title: str, body: str) -> None:
    with ui.element("section").classes("tp-card"):
        ui.html(f"<h2>{html.escape(title)}</h2>{body}", sanitize=False)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """HTML of a table; the first column is the row's name, the others are figures. Cells are HTML."""
    head = "".join(
        f'<th scope="col"{"" if number == 0 else _RIGHT}>{html.escape(name)}</th>'
        for number, name in enumerate(heads)
    )
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f'<td class="tp-number tp-right">{cell}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="tp-scroll" tabindex="0"><table class="tp-table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


_RIGHT = ' class="tp-right"'


def _figure(ms: float) -> str:
    return html.escape(t("calls.milliseconds", ms=round(ms)))


def _percent_heads() -> list[str]:
    return [t("latency.half") if p == 50 else t("latency.under", percent=p) for p in PERCENTILES]


def _stages(turns: Sequence[TimedTurn]) -> str:
    stages = summary(turns)["stages"]
    rows = [
        [html.escape(t(f"calls.{stage}")), *(_figure(stages[stage][f"p{p}"]) for p in PERCENTILES)]
        for stage in STAGES
    ]
    return _table([t("latency.stage"), *_percent_heads()], rows)


def _languages(turns: Sequence[TimedTurn]) -> str:
    rows = []
    for language, figures in by_language(turns).items():
        name = Language(language).own_name if language else t("latency.unknown")
        gap = figures["stages"]["gap"]
        rows.append([html.escape(name), str(figures["turns"]), *(_figure(gap[f"p{p}"]) for p in PERCENTILES)])
    return _table([t("latency.language"), t("latency.window"), *_percent_heads()], rows)


def _slowest(turns: Sequence[TimedTurn]) -> str:
    rows = []
    for turn in slowest(turns, SLOWEST):
        words = html.escape(t("latency.open", turn=turn.turn))
        moment = f'<tp-time datetime="{turn.at.isoformat()}"></tp-time>'
        link = (
            f'<a href="/calls/{html.escape(turn.call_id)}" aria-label="{words}" title="{words}">{moment}</a>'
        )
        language = Language(turn.language).own_name if turn.language else t("latency.unknown")
        worst = max(STAGES[:-1], key=lambda stage: turn.ms[stage])
        rows.append(
            [link, html.escape(language), _figure(turn.ms["gap"]),
             f"{html.escape(t(f'calls.{worst}'))} {_figure(turn.ms[worst])}"]
        )  # fmt: skip
    heads = [t("calls.started"), t("latency.language"), t("calls.gap"), t("latency.stage")]
    return _table(heads, rows)
