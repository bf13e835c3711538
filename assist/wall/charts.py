"""The day by quarter hours as inline SVG: each bar says its figures under the pointer, the whole says its sum."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from assist.wall.figures import Figures, Quarter
from core.console import t
from core.languages import Language

_WIDTH, _HEIGHT, _FOOT, _TOP, _LEFT = 640, 150, 20, 8, 30
_LEAST_QUARTERS = 32


def charts(figures: Figures, clock: Callable[[float], str], target: float, language: Language) -> str:
    """HTML: calls, service level, and both as a table.

    Args:
        clock: the site's time of day of a moment.
        target: share to be answered in time, drawn as a line.
    """
    quarters = shown_quarters(figures.quarters)

    def said(quarter: Quarter) -> str:
        one = quarter.service
        return html.escape(
            t(
                "wall.chart_said",
                language,
                time=clock(quarter.begins),
                offered=offered(quarter),
                answered=one.answered,
                abandoned=one.abandoned,
                unserved=one.unserved,
                level=percent(one.service_level),
            )
        )

    def svg(name: str, what: str, drawn: str) -> str:
        day = figures.total.day
        words = t(
            "wall.chart_sum",
            language,
            what=t(f"wall.{what}", language),
            first=clock(quarters[0].begins) if quarters else "–",
            last=clock(figures.wall),
            offered=sum(offered(one) for one in quarters),
            answered=day.answered,
            abandoned=day.abandoned,
            unserved=day.unserved,
            level=percent(day.service_level),
        )
        return (
            f'<figure class="wall-chart"><figcaption>{html.escape(t(f"wall.{what}", language))}</figcaption>'
            f'<svg class="wall-svg wall-svg-{name}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
            f'aria-label="{html.escape(words)}">{drawn}{_hours(quarters, clock)}</svg></figure>'
        )

    return (
        svg("calls", "chart_calls", _bars(quarters, said))
        + svg("level", "chart_level", _levels(quarters, said, target))
        + _table(quarters, clock, language)
    )


def shown_quarters(quarters: Sequence[Quarter]) -> Sequence[Quarter]:
    """From the hour of the first call on, eight hours at least; the night before it says nothing."""
    first = next((number for number, one in enumerate(quarters) if offered(one)), len(quarters))
    return quarters[max(min(first - first % 4, len(quarters) - _LEAST_QUARTERS), 0) :]


def offered(quarter: Quarter) -> int:
    """All that was queued in it, what is counted apart too."""
    one = quarter.service
    return one.queued + one.short + one.call_backs + one.lines_lost


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f}\u202f%"


def _place(number: int, count: int) -> tuple[float, float]:
    step = (_WIDTH - _LEFT) / max(count, _LEAST_QUARTERS)
    return _LEFT + number * step, step


def _bars(quarters: Sequence[Quarter], said: Callable[[Quarter], str]) -> str:
    most = max((offered(one) for one in quarters), default=0) or 1
    tall = (_HEIGHT - _FOOT - _TOP) / most
    parts = [_scale(f"{most}")]
    for number, quarter in enumerate(quarters):
        if not (count := offered(quarter)):
            continue
        x, step = _place(number, len(quarters))
        y = float(_HEIGHT - _FOOT)
        pieces = []
        one = quarter.service
        for name, value in (
            ("answered", one.answered),
            ("abandoned", one.abandoned),
            ("unserved", one.unserved),
            ("other", count - one.over),
        ):
            if value:
                y -= value * tall
                pieces.append(
                    f'<rect class="wall-{name}" x="{x + 1:.1f}" y="{y:.1f}" width="{step - 2:.1f}" height="{value * tall:.1f}"/>'
                )
        parts.append(f"<g><title>{said(quarter)}</title>{''.join(pieces)}</g>")
    return "".join(parts)


def _levels(quarters: Sequence[Quarter], said: Callable[[Quarter], str], target: float) -> str:
    high = _HEIGHT - _FOOT - _TOP
    at = _HEIGHT - _FOOT - target * high
    parts = [
        _scale("100"),
        f'<line class="wall-target" x1="{_LEFT}" y1="{at:.1f}" x2="{_WIDTH}" y2="{at:.1f}"/>',
        f'<text x="{_LEFT - 4}" y="{at + 4:.1f}" text-anchor="end">{target * 100:.0f}</text>',
    ]
    for number, quarter in enumerate(quarters):
        level = quarter.service.service_level
        if level is None:
            continue
        x, step = _place(number, len(quarters))
        tall = max(level * high, 2.0)
        low = " wall-below" if level < target else ""
        parts.append(
            f'<rect class="wall-level{low}" x="{x + 1:.1f}" y="{_HEIGHT - _FOOT - tall:.1f}" '
            f'width="{step - 2:.1f}" height="{tall:.1f}"><title>{said(quarter)}</title></rect>'
        )
    return "".join(parts)


def _scale(top: str) -> str:
    return f'<text x="{_LEFT - 4}" y="{_TOP + 8}" text-anchor="end">{top}</text>'


def _hours(quarters: Sequence[Quarter], clock: Callable[[float], str]) -> str:
    foot = _HEIGHT - _FOOT
    parts = [f'<line x1="{_LEFT}" y1="{foot}" x2="{_WIDTH}" y2="{foot}"/>']
    wide = len(quarters) > 2 * _LEAST_QUARTERS
    for number, quarter in enumerate(quarters):
        hour, _, minute = clock(quarter.begins).partition(":")
        if minute == "00" and (not wide or int(hour) % 2 == 0):
            x, _ = _place(number, len(quarters))
            parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - 5}">{hour}</text>')
    return "".join(parts)


def _table(quarters: Sequence[Quarter], clock: Callable[[float], str], language: Language) -> str:
    heads = "".join(
        f'<th scope="col">{html.escape(t(f"wall.{name}", language))}</th>'
        for name in ("time", "offered", "answered", "gave_up", "unserved", "level")
    )
    rows = "".join(
        f'<tr><th scope="row">{clock(one.begins)}</th><td>{offered(one)}</td><td>{one.service.answered}</td>'
        f"<td>{one.service.abandoned}</td><td>{one.service.unserved}</td><td>{percent(one.service.service_level)}</td></tr>"
        for one in quarters
        if offered(one)
    )
    return (
        f'<details class="wall-figures"><summary>{html.escape(t("wall.chart_table", language))}</summary>'
        f'<div class="wall-scroll" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></details>'
    )
