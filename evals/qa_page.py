"""The QA lead's pages: ``/qa`` lists scored calls, ``/qa/{id}`` plays one from the second that counts."""

from __future__ import annotations

import html
from typing import Any

from nicegui import ui

import evals.qa_texts  # noqa: F401  (registers the page's words)
from core.console import (
    badge,
    console_page,
    empty_note,
    frame,
    local_time,
    notify,
    session_now,
    surface_language,
    t,
)
from core.console.frame import Tone
from core.identity import Role, Session
from core.languages import Language
from core.log import EventLog
from core.views import CallList, CallView
from evals.scorer import Scorer, UnknownCall

_TONES: dict[str, Tone] = {"yes": "good", "no": "bad", "abstained": "neutral"}
_SHOWN = 100

# Seeking needs the recording's length, which the browser knows only once it has begun to load it.
_SEEK = """
<script>
function tetraphonePlayFrom(second) {
  const player = document.getElementById('recording');
  if (!player) return;
  const go = () => { player.currentTime = second; player.play(); player.focus(); };
  if (player.readyState >= 1) go();
  else { player.addEventListener('loadedmetadata', go, { once: true }); player.load(); }
}
</script>
"""


def clock(second: float) -> str:
    """12.3 -> 0:12."""
    return f"{int(second) // 60}:{int(second) % 60:02}"


def score_tone(score: float | None) -> Tone:
    """Colour of a score: 85 and more is good, under 60 is bad."""
    if score is None:
        return "neutral"
    return "good" if score >= 85 else "warn" if score >= 60 else "bad"


def register_qa_pages(log: EventLog, call_list: CallList, scorer: Scorer) -> None:
    """Register the pages; once per process."""

    @console_page("/qa", Role.QA, Role.SUPERVISOR)
    async def scored_calls(session: Session) -> None:
        rows = [row for row in await call_list.newest(_SHOWN) if row["ended_at"]]
        with frame(session, t("qa.title"), section="qa"):
            ui.label(t("qa.intro")).classes("tp-muted")
            with ui.element("div").classes("tp-card tp-flush"):
                if not rows:
                    empty_note(t("qa.none"))
                    return
                _table(rows)

    @console_page("/qa/{call_id}", Role.QA, Role.SUPERVISOR)
    async def one_call(session: Session, call_id: str) -> None:
        view = CallView.of(await log.read(call_id))
        with frame(session, t("qa.call"), section="qa"):
            if view is None:
                empty_note(t("qa.no_such"))
                return
            ui.add_head_html(_SEEK)
            call = view.to_json()
            _facts(call)
            with ui.element("div").classes("tp-columns"):
                with ui.element("div").classes("tp-stack"):
                    _recording(call)
                    _transcript(call)
                with ui.element("section").classes("tp-card"):
                    _answers(call, scorer)

                    async def again() -> None:
                        if await session_now() is None:
                            return
                        try:
                            scored = await scorer.rescore(call_id)
                        except UnknownCall as error:
                            notify(str(error), "bad")
                            return
                        notify(t("qa.rescored", score=_number(scored.score)), "good")
                        ui.navigate.reload()

                    ui.button(t("qa.rescore"), icon="replay", on_click=again).props("outline")


def _number(score: float | None) -> str:
    return "–" if score is None else f"{score:.0f}"


def _table(rows: list[dict[str, Any]]) -> None:
    heads = ("started", "language", "matter", "outcome", "score", "open")
    with ui.element("div").classes("tp-scroll"), ui.element("table").classes("tp-table"):
        with ui.element("thead"), ui.element("tr"):
            for head in heads:
                with ui.element("th").props("scope=col"):
                    ui.label(t(f"qa.{head}"))
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    with ui.element("td"):
                        local_time(row["started_at"])
                    with ui.element("td"):
                        ui.label(Language(row["language"]).own_name)
                    with ui.element("td"):
                        ui.label(", ".join(row["intents"]).replace("_", " ") or "–")
                    with ui.element("td"):
                        badge(t(f"qa.{row['outcome']}"))
                    with ui.element("td"):
                        tone = score_tone(row["score"])
                        badge(_number(row["score"]) if row["score"] is not None else t("qa.waiting"), tone)
                    with ui.element("td"):
                        ui.link(t("qa.open"), f"/qa/{row['id']}")


def _facts(call: dict[str, Any]) -> None:
    with ui.element("div").classes("tp-row").style("margin-bottom: 16px"):
        local_time(call["started_at"])
        badge(Language(call["language"]).own_name)
        if call["outcome"]:
            badge(t(f"qa.{call['outcome']}"), "info")
        if call["intents"]:
            badge(", ".join(call["intents"]).replace("_", " "))
    if call["summary"]:
        ui.label(call["summary"]).style("margin-bottom: 16px; display: block")


def _recording(call: dict[str, Any]) -> None:
    with ui.element("section").classes("tp-card"):
        ui.html(f"<h2>{html.escape(t('qa.recording'))}</h2>", sanitize=False)
        if not call["recording"]:
            empty_note(t("qa.no_recording"))
            return
        source = f"/api/calls/{html.escape(call['id'])}/recording"
        ui.html(
            f'<audio id="recording" controls preload="metadata" style="width:100%" src="{source}" '
            f'aria-label="{html.escape(t("qa.recording"))}"></audio>',
            sanitize=False,
        )


def _play_button(second: float) -> str:
    label = html.escape(t("qa.play_from", at=clock(second)))
    return (
        f'<button type="button" class="tp-quiet tp-number" onclick="tetraphonePlayFrom({second:.2f})" '
        f'aria-label="{label}" title="{label}">▶ {clock(second)}</button>'
    )


def _transcript(call: dict[str, Any]) -> None:
    with ui.element("section").classes("tp-card"):
        ui.html(f"<h2>{html.escape(t('qa.transcript'))}</h2>", sanitize=False)
        lines = "".join(
            f'<div class="tp-line tp-{line["speaker"]}" lang="{line["language"]}"><div class="tp-line-head">'
            f"<span>{html.escape(t('qa.' + line['speaker']))}</span><span>{line['language']}</span>"
            f"{_play_button(line['start_s'])}</div>{html.escape(line['text'])}</div>"
            for line in call["transcript"]
        )
        ui.html(f'<div class="tp-talk">{lines}</div>', sanitize=False)


def _answers(call: dict[str, Any], scorer: Scorer) -> None:
    score = call["score"]
    with ui.element("div").classes("tp-row"):
        ui.html(f"<h2>{html.escape(t('qa.scorecard'))}</h2>", sanitize=False)
        badge(
            _number(score["score"]) if score else t("qa.waiting"),
            score_tone(score["score"] if score else None),
        )
    if not score:
        return
    texts = {question.id: question.text for question in scorer.card.questions}
    language = surface_language()
    for answer in score.get("answers", []):
        words = texts.get(answer["question"], {})
        asked = words.get(language) or answer["question"].replace("_", " ")
        second = answer["second"]
        quote = f"<blockquote>{html.escape(answer['quote'])}</blockquote>" if answer["quote"] else ""
        play = _play_button(second) if second is not None else ""
        tone = _TONES[answer["answer"]]
        ui.html(
            f'<article class="qa-answer"><div class="tp-row"><h3>{html.escape(asked)}</h3>'
            f'<span class="tp-badge tp-{tone}">{html.escape(t("qa." + answer["answer"]))}</span>{play}</div>'
            f'<p class="tp-muted tp-small">{html.escape(answer["reason"])}</p>{quote}</article>',
            sanitize=False,
        )
    ui.add_css(
        ".qa-answer { padding: 10px 0; border-bottom: 1px solid var(--tp-line); }"
        ".qa-answer h3 { flex: 1 1 12em; margin: 0; } .qa-answer p { margin: 2px 0; }"
        ".qa-answer blockquote { margin: 4px 0 0; padding-left: 10px; border-left: 3px solid var(--tp-line-strong); }"
    )
