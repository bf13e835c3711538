"""How many turns had a gap of which length, as bars with their numbers in words."""

from __future__ import annotations

import html
from collections.abc import Sequence

from core.console import t

EDGES_S = (0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0)
"""Ends of the bars; the last bar holds what is longer."""
SLOW_S = 1.5
_WIDTH, _HEIGHT, _FOOT, _TOP = 520, 190, 22, 16


def spread(gaps_ms: Sequence[float]) -> list[int]:
    """Turns per bar, one more than there are edges."""
    counts = [0] * (len(EDGES_S) + 1)
    for gap in gaps_ms:
        counts[sum(gap / 1000 >= edge for edge in EDGES_S)] += 1
    return counts


def spread_chart(gaps_ms: Sequence[float]) -> str:
    """SVG; each bar says its figures to screen readers and under the pointer."""
    counts = spread(gaps_ms)
    step, most = _WIDTH / len(counts), max(counts) or 1
    parts, words = [], []
    for number, count in enumerate(counts):
        low = EDGES_S[number - 1] if number else 0.0
        if number < len(EDGES_S):
            said = t("latency.from_to", low=f"{low:g}", high=f"{EDGES_S[number]:g}", turns=count)
        else:
            said = t("latency.longer", low=f"{low:g}", turns=count)
        words.append(said)
        tall = (_HEIGHT - _FOOT - _TOP) * count / most
        x, y = number * step, _HEIGHT - _FOOT - tall
        slow = ' class="tp-slow"' if low >= SLOW_S else ""
        parts.append(
            f'<rect{slow} x="{x + 3:.1f}" y="{y:.1f}" width="{step - 6:.1f}" height="{tall:.1f}" rx="3">'
            f"<title>{html.escape(said)}</title></rect>"
        )
        if count:
            parts.append(f'<text x="{x + step / 2:.1f}" y="{y - 4:.1f}" text-anchor="middle">{count}</text>')
        if number:
            parts.append(f'<text x="{x:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{low:g}</text>')
    unit = html.escape(t("latency.seconds", seconds="").strip())
    parts.append(f'<text x="{_WIDTH}" y="{_HEIGHT - 6}" text-anchor="end">{unit}</text>')
    foot = _HEIGHT - _FOOT
    label = html.escape("; ".join(words))
    return (
        f'<svg class="tp-spread" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}">'
        f'<line x1="0" y1="{foot}" x2="{_WIDTH}" y2="{foot}"/>{"".join(parts)}</svg>'
    )
