"""The wallboard as named parts of HTML in one language; a part that is as it was is not sent again.

A part named ``list/key`` is one entry of a list, placed by its ``data-order``; the others fill an element of the page.
Times that run are written as the moment since when they run (``data-since``): the browser counts on, so that they do
not change every second.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assist.acd.plan import Plan
from assist.desk.words import Words
from assist.wall.alerts import Alert
from assist.wall.charts import charts, percent
from assist.wall.figures import STATES, AgentNow, Figures, Group
from assist.wall.floor import COMPLAINT_WITHIN_S, Complaint, FloorCall
from core.console import t
from core.languages import Language

MANNERS = {
    "agent": ("listen", "whisper", "barge", "take_over"),
    "bot": ("listen", "take_over"),
    "queue": ("listen",),
}
"""What a supervisor may do with a call, by who has it."""
_TONES = {
    "available": "good",
    "talking": "info",
    "consulting": "info",
    "offered": "warn",
    "not_ready": "bad",
    "break": "neutral",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is drawn.

    Attributes:
        names: user name -> the person's name.
        link_up: the line answers.
        clock: the site's time of day of a moment.
    """

    figures: Figures
    plan: Plan
    alerts: Sequence[Alert]
    names: Mapping[str, str]
    link_up: bool
    clock: Callable[[float], str]


def parts(scene: Scene, language: Language, *, with_charts: bool = True) -> dict[str, str]:
    """All parts as they are now; without the charts where these are not due."""
    view = _View(scene, language)
    found = {
        "link": "" if scene.link_up else f'<p class="wall-away">{view.word("line_away")}</p>',
        "tiles": view.tiles(),
        "queues": view.groups(scene.figures.queues, "queue"),
        "languages": view.groups(scene.figures.languages, "language"),
        "states": view.states(),
        "complaints-share": view.complaints_share(),
    }
    if with_charts:
        shares = [queue.target_share for queue in scene.plan.queues.values()]
        found["charts"] = charts(scene.figures, scene.clock, min(shares, default=0.8), language)
    found |= {f"alerts/{one.id}": view.alert(one, number) for number, one in enumerate(scene.alerts)}
    found |= {f"agents/{one.user}": view.agent(one) for one in scene.figures.agents}
    found |= {f"calls/{one.id}": view.call(one) for one in scene.figures.calls}
    found |= {
        f"complaints/{one.id}": view.complaint(one, number)
        for number, one in enumerate(scene.figures.complaints)
    }
    return found


def duration(seconds: float) -> str:
    """``1:05``, ``1:02:05``."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _since(at: float, *, until: float | None = None) -> str:
    """A time that runs: up from ``at``, or down to ``until``."""
    if until is not None:
        return f'<span class="wall-tick" role="timer" aria-live="off" data-until="{until:.1f}"></span>'
    return f'<span class="wall-tick" role="timer" aria-live="off" data-since="{at:.1f}"></span>'


class _View:
    def __init__(self, scene: Scene, language: Language) -> None:
        self._scene, self._language = scene, language
        self._names = Words(language)
        """What the desk calls queues and reasons of a break, so that agents and supervisors speak of the same."""

    def word(self, key: str, **values: object) -> str:
        """Escaped."""
        return html.escape(t(f"wall.{key}", self._language, **values))

    def name(self, user: str) -> str:
        return html.escape(self._scene.names.get(user, user))

    def queue(self, name: str) -> str:
        """A queue's name in the reader's language, or as the plan has it; not escaped."""
        return self._names.named("queue", name) if name else ""

    # --- figures ---

    def tiles(self) -> str:
        now, plan = self._scene.figures, self._scene.plan
        total, day = now.total, now.total.day
        below = [
            (group.day.service_level, name)
            for name, group in now.queues.items()
            if name in plan.queues
            and group.day.service_level is not None
            and group.day.service_level < plan.queues[name].target_share
        ]
        level_note, tone = self.word("targets_met") if day.service_level is not None else "", "good"
        if below:
            level, name = min(below)
            target = percent(plan.queues[name].target_share)
            level_note = self.word("lowest", queue=self.queue(name), share=percent(level), target=target)
            tone = "bad"
        over = day.over
        lost = "of_calls_and_unserved" if day.unserved else "of_calls"
        longest = self.word("longest_today", time=duration(day.longest_wait_s)) if day.longest_wait_s else ""
        tiles = (
            (
                "service_level",
                percent(day.service_level),
                level_note,
                tone if day.service_level is not None else "",
            ),
            ("waiting", str(total.waiting), self.word("call_backs", count=now.call_backs), ""),
            ("longest", _since(total.oldest) if total.oldest is not None else "–", longest, ""),
            (
                "speed_of_answer",
                _time(day.speed_of_answer_s),
                self.word("of_calls", part=day.answered, whole=over),
                "",
            ),
            (
                "abandonment",
                percent(day.abandonment),
                self.word(lost, part=day.abandoned, whole=over, unserved=day.unserved),
                "",
            ),
            ("occupancy", percent(total.occupancy), self.word("at_work", count=total.agents), ""),
            ("containment", percent(total.containment), self.word("resolved_alone"), ""),
            ("calls", str(total.calls), self.word("live_calls", count=len(now.calls)), ""),
        )
        return "".join(
            f'<div class="wall-tile {mark}" data-tile="{name}"><dt>{self.word(name)}</dt>'
            f'<dd class="wall-big">{figure}</dd><dd class="wall-note">{note}</dd></div>'
            for name, figure, note, mark in tiles
        )

    def groups(self, groups: Mapping[str, Group], kind: str) -> str:
        return "".join(self._group(name, group, kind) for name, group in groups.items())

    def _group(self, name: str, group: Group, kind: str) -> str:
        queue = self._scene.plan.queues.get(name) if kind == "queue" else None
        day, level = group.day, group.day.service_level
        low = " wall-low" if queue and level is not None and level < queue.target_share else ""
        shown = Language(name).own_name if kind == "language" else self.queue(name)
        cells = [f'<td class="{low}">{percent(level)}</td>']
        if kind == "queue":
            recent = group.recent.service_level if group.recent else None
            low = " wall-low" if queue and recent is not None and recent < queue.target_share else ""
            cells.append(f'<td class="{low}">{percent(recent)}</td>')
        cells += [
            f"<td>{_time(day.speed_of_answer_s)}</td>",
            f"<td>{percent(day.abandonment)}</td>",
            f'<td class="wall-strong">{group.waiting}</td>',
            f"<td>{_since(group.oldest) if group.oldest is not None else '–'}</td>",
            f"<td>{group.agents}</td>",
            f"<td>{percent(group.occupancy)}</td>",
        ]
        if kind == "language":
            cells += [f"<td>{percent(group.containment)}</td>", f"<td>{group.calls}</td>"]
        else:
            said = self.word("change_queue", name=shown)
            change = (
                f'<button type="button" class="wall-button" data-do="queue" data-of="{html.escape(name)}" '
                f'aria-label="{said}">{self.word("change")}</button>'
            )
            cells += [f"<td>{queue.priority if queue else '–'}</td>", f"<td>{change if queue else ''}</td>"]
        return f'<tr data-{kind}="{html.escape(name)}"><th scope="row">{html.escape(shown)}</th>{"".join(cells)}</tr>'

    # --- people ---

    def states(self) -> str:
        counts = self._scene.figures.states
        return "".join(
            f'<li class="wall-state wall-{_TONES.get(state, "neutral")}"><b>{counts.get(state, 0)}</b> {self.state(state)}</li>'
            for state in STATES
            if state not in ("offline", "consulting") or counts.get(state)
        )

    def state(self, state: str) -> str:
        return self.word("offered_state" if state == "offered" else state)

    def agent(self, agent: AgentNow) -> str:
        state = self.word("on_hold") if agent.held else self.state(agent.state)
        if agent.break_reason:
            state += f" ({html.escape(self._names.named('break', agent.break_reason))})"
        languages = " ".join(
            f'<span class="wall-chip" lang="{code}">{html.escape(code)} {level}</span>'
            for code, level in sorted(agent.languages.items())
        )
        skills = " ".join(
            f'<span class="wall-chip">{html.escape(skill)} {level}</span>'
            for skill, level in sorted(agent.skills.items())
        )
        name, user = self.name(agent.user), html.escape(agent.user)
        call = ""
        if agent.call_id:
            said = f"{self.word('open_call')}: {name}"
            shown = html.escape(self.queue(agent.queue))
            call = f'<a href="/calls/{html.escape(agent.call_id)}" aria-label="{said}">{shown}</a>'
        return (
            f'<tr data-key="{user}" data-order="{name.lower()} {user}" data-state="{agent.state}">'
            f'<th scope="row">{name}</th>'
            f'<td><span class="wall-badge wall-{_TONES.get(agent.state, "neutral")}">{state}</span></td>'
            f"<td>{_since(agent.since)}</td><td>{call}</td><td>{languages} {skills}</td>"
            f"<td>{html.escape(', '.join(self.queue(one) for one in agent.queues))}</td>"
            f'<td><button type="button" class="wall-button" data-do="agent" data-of="{user}" '
            f'aria-label="{self.word("change_agent", name=self._scene.names.get(agent.user, agent.user))}">'
            f"{self.word('change')}</button></td></tr>"
        )

    # --- calls ---

    def call(self, call: FloorCall) -> str:
        if call.stage == "agent":
            whom = self._scene.names.get(call.agent, call.agent)
            with_ = self.name(call.agent) + (f" ({self.word('on_hold')})" if call.held else "")
        else:
            whom = t(f"wall.with_{call.stage}", self._language, queue=self.queue(call.queue))
            with_ = html.escape(whom)
        marks = f'<span class="wall-badge wall-bad">{self.word("complaint")}</span>' if call.complaint else ""
        for user, manner in call.monitors.items():
            said = self.word(
                "monitored",
                name=self._scene.names.get(user, user),
                manner=t(f"wall.{manner}", self._language),
            )
            marks += f' <span class="wall-badge wall-info">{said}</span>'
        key, language = html.escape(call.id), Language(call.language)
        mine = html.escape(" ".join(f"{user}={manner}" for user, manner in call.monitors.items()))
        buttons = "".join(
            f'<button type="button" class="wall-button" data-do="monitor" data-of="{key}" '
            f'data-manner="{manner}" aria-pressed="false">{self.word(manner)}</button>'
            for manner in MANNERS[call.stage]
        )
        said = self.word("monitor_call", name=whom)
        controls = (
            f'<div class="wall-controls" role="group" aria-label="{said}" data-monitors="{mine}">{buttons}'
            f'<button type="button" class="wall-button wall-stop" data-do="monitor" data-of="{key}" '
            f'data-manner="stop" hidden>{self.word("stop")}</button>{self.hang_up(call)}</div>'
        )
        return (
            f'<tr data-key="{key}" data-order="{call.since:015.3f}"><td>{_since(call.since)}</td>'
            f'<td lang="{language.value}">{language.own_name}</td><td>{with_} {_since(call.stage_since)}</td>'
            f"<td>{marks}</td><td>{controls}</td><td>{self.open(key)}</td></tr>"
        )

    def hang_up(self, call: FloorCall) -> str:
        """For the call's agent alone; the browser knows who looks."""
        if call.stage != "agent":
            return ""
        key, agent = html.escape(call.id), html.escape(call.agent)
        return (
            f'<button type="button" class="wall-button wall-danger" data-do="hang-up" data-of="{key}" '
            f'data-agent="{agent}" aria-label="{self.word("hang_up_mine")}" hidden>{self.word("hang_up")}</button>'
        )

    def open(self, key: str) -> str:
        """A link to the call, its id escaped already."""
        return f'<a href="/calls/{key}" aria-label="{self.word("open_call")}">{self.word("open")}</a>'

    def complaint(self, complaint: Complaint, number: int) -> str:
        key, due = html.escape(complaint.id), complaint.since + COMPLAINT_WITHIN_S
        late = complaint.taken_at is None and self._scene.figures.at > due
        if complaint.taken_at is not None:
            took = duration(complaint.taken_at - complaint.since)
            name = self._scene.names.get(complaint.taken_by, complaint.taken_by)
            clock = self.word("taken_by", name=name, time=took)
            button = ""
        else:
            clock = _since(complaint.since, until=due) + (f" {self.word('overdue')}" if late else "")
            button = (
                f'<button type="button" class="wall-button" data-do="take-up" data-of="{key}">'
                f"{self.word('take_up')}</button>"
            )
        who = self.name(complaint.agent) if complaint.agent else ""
        over = self.word("over") if complaint.over else ""
        shown = Language(complaint.language)
        return (
            f'<tr data-key="{key}" data-order="{number:05}" class="{"wall-late" if late else ""}">'
            f'<td class="wall-strong">{clock}</td><td lang="{shown.value}">{shown.own_name}</td><td>{who} {over}</td>'
            f"<td>{button}</td><td>{self.open(key)}</td></tr>"
        )

    def complaints_share(self) -> str:
        share = self._scene.figures.complaints_in_time
        return "" if share is None else self.word("complaints_within", share=percent(share))

    # --- alerts ---

    def alert(self, alert: Alert, number: int) -> str:
        share = alert.measure in ("service_level", "abandonment")
        value: object = percent(alert.value) if share else round(alert.value)
        limit: object = percent(alert.limit) if share else round(alert.limit)
        if alert.measure == "longest_wait_s":
            limit = duration(alert.limit)
        said = self.word(f"alert_{alert.measure}", queue=self.queue(alert.subject), value=value, limit=limit)
        state = ""
        if alert.ended_at is not None:
            state = f'<span class="wall-badge">{self.word("ended")}</span>'
        elif alert.by:
            name = self._scene.names.get(alert.by, alert.by)
            state = f'<span class="wall-badge">{self.word("acknowledged", name=name)}</span>'
        button = ""
        if not alert.by:
            button = (
                f'<button type="button" class="wall-button" data-do="acknowledge" data-of="{alert.id}" '
                f'aria-label="{self.word("acknowledge")}: {said}">{self.word("acknowledge")}</button>'
            )
        calm = " wall-calm" if state else ""
        return (
            f'<li class="wall-alert{calm}" data-key="{alert.id}" data-order="{number:05}" data-say="{said}">'
            f"<span>{said}</span> {_since(alert.raised_at) if alert.ended_at is None else ''} {state} {button}</li>"
        )


def _time(seconds: float | None) -> str:
    return "–" if seconds is None else duration(round(seconds))
