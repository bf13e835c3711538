"""``/wall``: the page's skeleton and its forms. What it shows comes as parts over ``/api/wall/stream``; what
supervisors do goes to ``/api/wall``."""

from __future__ import annotations

import hashlib
import html
import json
from pathlib import Path

from nicegui import app as nicegui_app
from nicegui import ui

from assist.wall import words  # noqa: F401  (registers them)
from core.console import console_page, frame, surface_language, t
from core.identity import LEVELS, Role, Session
from core.languages import Language

_ASSETS = "/wall-assets"
_STATIC = Path(__file__).parent / "static"
_VERSION = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(_STATIC.iterdir()))).hexdigest()[:12]
_SAID = (
    "behind", "no_right", "done", "saved", "not_done", "plan_changed", "away", "hang_up_sure", "headset_off", "headset_connecting",
    "headset_connected", "headset_lost", "headset_needed",
)  # fmt: skip


def mount_wall(
    *, path: str = "/wall", api: str = "/api/wall", softphone: str = "/desk-assets/softphone.js"
) -> None:
    """Register the page with NiceGUI; once per process.

    Args:
        api: where the figures come from and actions go to.
        softphone: address of the ES module that brings a supervisor's sound.
    """
    nicegui_app.add_static_files(_ASSETS, _STATIC)

    @console_page(path, Role.SUPERVISOR)
    async def wall_page(session: Session) -> None:
        language = surface_language()
        config = {
            "api": api,
            "softphone": softphone,
            "language": language.value,
            "csrf": session.csrf,
            "user": session.user.username,
            "mayMonitor": session.user.may(Role.MONITOR),
            "say": {key: t(f"wall.{key}", why="{why}") for key in _SAID},
            "languages": {one.value: one.own_name for one in Language},
            "most": max(LEVELS),
        }
        ui.add_head_html(
            f'<link rel="stylesheet" href="{_ASSETS}/wall.css?v={_VERSION}">'
            f'<script src="{_ASSETS}/wall.js?v={_VERSION}" defer></script>'
        )
        with frame(session, t("wall.title"), section="wall"):
            ui.html(skeleton(json.dumps(config), may_monitor=session.user.may(Role.MONITOR)), sanitize=False)


def _w(key: str, **values: object) -> str:
    return html.escape(t(f"wall.{key}", **values))


def _section(name: str, title: str, body: str, note: str = "") -> str:
    return (
        f'<section class="tp-card wall-card" id="wall-section-{name}" aria-labelledby="wall-head-{name}">'
        f'<div class="wall-head"><h2 id="wall-head-{name}">{_w(title)}</h2>{note}</div>{body}</section>'
    )


def _table(part: str, columns: tuple[str, ...], *, filled: str, empty: str = "") -> str:
    """A table whose body is a part (``filled='part'``) or a list of parts (``filled='list'``)."""
    buttons = f'<span class="tp-visually-hidden">{_w("change")}</span>'
    heads = "".join(f'<th scope="col">{_w(one) if one else buttons}</th>' for one in columns)
    none = f'<p class="wall-none" data-empty-of="{part}">{_w(empty)}</p>' if empty else ""
    return (
        f'<div class="wall-scroll" tabindex="0"><table class="wall-table"><thead><tr>{heads}</tr></thead>'
        f'<tbody data-{filled}="{part}"></tbody></table></div>{none}'
    )


def skeleton(config: str, *, may_monitor: bool) -> str:
    """The page before anything is known. HTML."""
    refusal = "" if may_monitor else f'<p class="wall-none" id="wall-no-right">{_w("no_right")}</p>'
    headset = (
        f'<button type="button" class="wall-button" id="wall-headset" aria-pressed="false">{_w("headset_off")}</button>'
        if may_monitor
        else ""
    )
    queues = _table(
        "queues",
        (
            "queue",
            "level",
            "recent",
            "asa",
            "gave_up",
            "waits",
            "longest_short",
            "agents",
            "occupancy_short",
            "priority",
            "",
        ),
        filled="part",
    )
    languages = _table(
        "languages",
        (
            "language",
            "level",
            "asa",
            "gave_up",
            "waits",
            "longest_short",
            "agents",
            "occupancy_short",
            "contained",
            "calls_short",
        ),
        filled="part",
    )
    complaints = _table(
        "complaints",
        ("left", "language", "agent", "take_up", "open"),
        filled="list",
        empty="no_complaints",
    )
    calls = _table(
        "calls", ("since", "language", "with", "marks", "monitoring", "open"), filled="list", empty="no_calls"
    )
    agents = _table(
        "agents",
        ("agent", "state", "for_time", "queue", "skills", "serves", ""),
        filled="list",
        empty="no_agents",
    )
    return f"""
<div id="wall" data-config="{html.escape(config)}">
  <div class="tp-visually-hidden" id="wall-announce" role="alert"></div>
  <div class="wall-said" id="wall-said" role="status"></div>
  <div class="wall-top">
    <section class="wall-alerts" aria-label="{_w("alerts")}"><ul data-list="alerts"></ul>
      <p class="wall-calm-note" data-empty-of="alerts">{_w("no_alerts")}</p></section>
    {headset}
    <button type="button" class="wall-button" id="wall-room" aria-pressed="false">{_w("room_view")}</button>
  </div>
  <div data-part="link" role="status"></div>
  <dl class="wall-tiles" data-part="tiles" aria-label="{_w("figures")}"></dl>
  <div class="wall-columns">
    <div class="wall-column">
      {_section("queues", "by_queue", queues)}
      {_section("languages", "by_language", languages)}
      {_section("charts", "charts", '<div class="wall-charts" data-part="charts"></div>')}
    </div>
    <div class="wall-column">
      {_section("complaints", "complaints", complaints, '<span class="tp-muted" data-part="complaints-share"></span>')}
      {_section("live", "live", refusal + calls)}
      {_section("agents", "agents", '<ul class="wall-states" data-part="states"></ul>' + agents)}
    </div>
  </div>
  {_queue_form()}
  {_agent_form()}
</div>"""


def _form(name: str, fields: str) -> str:
    return f"""<dialog class="wall-dialog" id="wall-{name}" aria-labelledby="wall-{name}-title"><form method="dialog">
<h2 id="wall-{name}-title"></h2><p class="tp-alert" role="alert" hidden></p>{fields}
<div class="wall-form-end"><button type="button" class="wall-button" data-close>{_w("cancel")}</button>
<button type="submit" class="wall-button wall-primary">{_w("save")}</button></div></form></dialog>"""


def _field(name: str, label: str, note: str = "", **attributes: object) -> str:
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    hint = f"<small>{_w(note)}</small>" if note else ""
    return f'<label>{_w(label)}<input type="number" name="{name}"{more}>{hint}</label>'


def _queue_form() -> str:
    return _form(
        "queue",
        _field("priority", "priority", "priority_note", min=-100, max=100, step=1, required="")
        + f"<fieldset><legend>{_w('thresholds')}</legend>"
        + _field("waiting", "more_waiting", min=0, step=1)
        + _field("longest_wait_s", "longer_wait", min=0, step=1)
        + _field("service_level", "level_below", min=0, max=100, step="any")
        + _field("abandonment", "more_give_up", min=0, max=100, step="any")
        + f"<small>{_w('empty_never')}</small></fieldset>",
    )


def _agent_form() -> str:
    return _form(
        "agent",
        f'<fieldset><legend>{_w("language")}</legend><div class="wall-levels" data-levels="languages"></div></fieldset>'
        f'<fieldset><legend>{_w("skills")}</legend><div class="wall-levels" data-levels="skills"></div>'
        f'<label>{_w("another_skill")}<input type="text" name="another" maxlength="40" pattern="[^\\s,+]+"></label>'
        f"</fieldset><small>{_w('skill_note')}</small>",
    )
