"""``/calls/{id}``: one call: conversation, reply times, hand-over, events. Follows a running call."""

from __future__ import annotations

import html
import json
from typing import Any

from fastapi import FastAPI
from nicegui import context, ui

from app.web.access import READERS, only_agent
from app.web.event_stream import LiveTail, event_json
from app.web.page_calls import length_of, matters, outcome_badge
from app.web.parts import WebParts
from app.web.stage_chart import stage_chart
from app.web.with_right import with_right
from assist.unmasking import NUMBER_SHOWN_S, may_unmask, unmask
from core.console import badge, console_page, empty_note, frame, local_time, t
from core.identity import Session, User
from core.languages import Language
from core.refusals import note_refusal
from core.views import CallView

LOOK_S = 0.5


def register(parts: WebParts, web: FastAPI) -> None:
    @console_page("/calls/{call_id}", *READERS)
    async def call_page(session: Session, call_id: str) -> None:
        recorded = await parts.log.read(call_id) if len(call_id) <= 64 else []
        view, mine = CallView.of(recorded), only_agent(session)
        with frame(session, t("calls.one"), section="calls"):
            ui.link(f"← {t('calls.back')}", "/calls").classes("tp-back")
            if view is None:
                context.client.status_code = 404
                note_refusal("unknown_call", "a call that is not known was asked for")
                empty_note(t("calls.unknown"))
                return
            if mine is not None and view.agent != mine:
                context.client.status_code = 403
                empty_note(t("calls.not_yours"))
                return
            _Page(parts, session, view, [event_json(one) for one in recorded]).build(web.state.live_tail)


class _Page:
    """One reader's view of one call."""

    def __init__(
        self, parts: WebParts, session: Session, view: CallView, events: list[dict[str, Any]]
    ) -> None:
        self._parts, self._session, self._view, self._events = parts, session, view, events
        self._number = ""
        """The caller's, while it is shown in full."""

    def build(self, tail: LiveTail) -> None:
        self._head = ui.element("div").classes("tp-row tp-call-head")
        self._unseen = ui.element("div")
        with ui.element("div").classes("tp-columns"):
            with ui.element("div").classes("tp-stack"):
                self._talk = ui.element("section").classes("tp-card")
                self._event_card = ui.element("section").classes("tp-card")
            self._side = ui.element("div").classes("tp-stack")
        self._show()
        if self._view.ended_at is None or self._view.score is None:
            self._follow(tail)

    def _follow(self, tail: LiveTail) -> None:
        """Show what comes; the log's own news say when to look."""
        news = tail.subscribe(self._view.id)

        async def look() -> None:
            if not news.is_set():
                return
            news.clear()
            for one in await self._parts.log.read(self._view.id, self._view.last_seq):
                self._view.apply(one)
                self._events.append(event_json(one))
            self._show()

        ui.timer(LOOK_S, look)
        context.client.on_delete(lambda: tail.unsubscribe(self._view.id, news))

    def _show(self) -> None:
        call = self._view.to_json()
        for place, fill in (
            (self._head, self._facts),
            (self._talk, self._conversation),
            (self._event_card, self._event_list),
            (self._side, self._panels),
        ):
            place.clear()
            with place:
                fill(call)

    def _facts(self, call: dict[str, Any]) -> None:
        outcome_badge(call["outcome"])
        badge(Language(call["language"]).own_name)
        with ui.element("span").classes("tp-muted"):
            local_time(call["started_at"])
        ui.label(length_of(self._view)).classes("tp-number tp-muted")
        ui.label(self._number or call["from"] or "–").classes("tp-number")
        if call["from"] and not self._number and may_unmask(self._session.user):
            label = t("callbacks.show_number")
            show = ui.button(icon="visibility", on_click=self._show_number).tooltip(label)
            show.props(f'dense flat round size=sm aria-label="{html.escape(label)}"')
        if call["agent"]:
            ui.label(f"{t('calls.agent')}: {call['agent']}")

    async def _show_number(self) -> None:
        async def show(user: User) -> None:
            audit = self._parts.administration.audit
            self._number = await unmask(audit, user, self._view.id, self._view.caller, "console")
            ui.timer(NUMBER_SHOWN_S, self._hide_number, once=True)
            self._show()

        with self._unseen:  # which stays, while the button goes
            await with_right(show)

    def _hide_number(self) -> None:
        self._number = ""
        self._show()

    def _conversation(self, call: dict[str, Any]) -> None:
        _heading(t("calls.conversation"))
        if call["erased"]:
            ui.label(t("calls.erased")).classes("tp-alert")
        if not call["transcript"]:
            empty_note(t("calls.nothing_said"))
        lines = "".join(_line(line) for line in call["transcript"])
        ui.html(f'<div class="tp-talk" role="log" aria-live="polite">{lines}</div>', sanitize=False)

    def _panels(self, call: dict[str, Any]) -> None:
        with ui.element("section").classes("tp-card"):
            _heading(t("calls.summary"))
            if call["summary"]:
                ui.label(call["summary"]).style("margin-bottom: 12px")
            facts = [(t("calls.matter"), matters(call["intents"]))]
            if call["score"] and call["score"]["score"] is not None:
                facts.append((t("calls.score"), f"{call['score']['score']:.0f}"))
            facts += [(t("calls.faults"), f"{one['what']} {one['detail']}") for one in call["faults"][:5]]
            _facts_list(facts)
        if call["recording"] and "seconds" in call["recording"] and not call["erased"]:
            with ui.element("section").classes("tp-card"):
                _heading(t("calls.recording"))
                for part in range(1, len(self._view.recordings) + 1):
                    source = f"/api/calls/{html.escape(call['id'])}/recording?part={part}"
                    label = html.escape(f"{t('calls.recording')} {part if part > 1 else ''}".strip())
                    ui.html(
                        f'<audio controls preload="none" style="width:100%" src="{source}" aria-label="{label}"></audio>',
                        sanitize=False,
                    )
        with ui.element("section").classes("tp-card"):
            _heading(t("calls.timings"))
            if call["timings"]:
                ui.html(stage_chart(call["timings"]), sanitize=False)
            else:
                ui.label(t("calls.timings_none")).classes("tp-muted")
        if call["handoff"]:
            with ui.element("section").classes("tp-card"):
                _heading(t("calls.handoff"))
                _facts_list(_packet(call["handoff"]))

    def _event_list(self, _call: dict[str, Any]) -> None:
        rows = "".join(
            f'<tr><td class="tp-number tp-muted">{one["seq"]}</td>'
            f'<td><tp-time datetime="{one["recorded_at"]}" format="time"></tp-time></td>'
            f'<td><code>{html.escape(one["kind"])}</code></td><td class="tp-small tp-event">{_shown(one["data"])}</td></tr>'
            for one in self._events
        )
        ui.html(
            f"<details><summary><h2>{html.escape(t('calls.events'))} "
            f'<span class="tp-muted tp-number">{len(self._events)}</span></h2></summary>'
            f'<div class="tp-scroll"><table class="tp-table tp-dense">{rows}</table></div></details>',
            sanitize=False,
        )


def _heading(text: str) -> None:
    ui.html(f"<h2>{html.escape(text)}</h2>", sanitize=False)


def _line(line: dict[str, Any]) -> str:
    who = {"caller": "caller", "bot": "bot", "agent": "by_agent"}[line["speaker"]]
    at = f"{int(line['start_s']) // 60}:{int(line['start_s']) % 60:02}"
    cut = f"<span>{html.escape(t('calls.cut_off'))}</span>" if line.get("interrupted") else ""
    return (
        f'<div class="tp-line tp-{line["speaker"]}"><div class="tp-line-head"><strong>{html.escape(t(f"calls.{who}"))}'
        f'</strong><span class="tp-number">{at}</span>{cut}</div>'
        f'<div lang="{html.escape(line["language"])}">{html.escape(line["text"])}</div></div>'
    )


def _facts_list(facts: list[tuple[str, str]]) -> None:
    rows = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in facts if value
    )
    ui.html(f'<dl class="tp-facts">{rows}</dl>', sanitize=False)


def _packet(handoff: dict[str, Any]) -> list[tuple[str, str]]:
    packet = handoff.get("packet") or {}
    summary = packet.get("summary") or {}
    slots = packet.get("slots") or {}
    facts = [
        (t("calls.reason"), str(handoff["reason"]).replace("_", " ")),
        (t("calls.matter"), matters([str(packet["intent"])]) if packet.get("intent") else ""),
        (t("calls.summary"), " ".join(str(part) for part in summary.values() if part)),
        (
            t("calls.collected"),
            ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in slots.items() if value),
        ),
        (
            t("calls.tried"),
            ", ".join(str(one.get("what", "")).replace("_", " ") for one in packet.get("tried") or []),
        ),
        (t("calls.skills"), ", ".join(handoff.get("skills") or [])),
        (t("calls.agent"), str(handoff.get("agent") or "")),
    ]
    if handoff.get("waited_s") is not None:
        facts.append((t("calls.waited"), f"{handoff['waited_s']:.0f} s"))
    return facts


def _shown(data: dict[str, Any]) -> str:
    parts = [
        f"<span class='tp-muted'>{html.escape(name)}</span> "
        + html.escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in data.items()
        if value not in ("", None, [], {})
    ]
    return " · ".join(parts)
