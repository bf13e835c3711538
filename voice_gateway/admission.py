"""How many calls may be led at once: learned from the gaps that callers wait for a reply, and the recogniser's load.

A number of cores says little about a number of calls: it depends on how people talk, on what the bot does and on
what else the machine does. So the ceiling is learned. While nearly every reply comes in time and the line is used
to its ceiling, it grows slowly; when replies come late and the machine is the reason, it falls at once, and no call
is taken until enough have ended. Calls that were admitted are never touched. The machine is the reason where the
recogniser is busy, and also where it is not and yet recognising and speaking take up much of the gap: a backlog of
the synthesiser, say, or a process that gets too little time. A second, quicker limit stands beside it: what one call
costs on average is known, and a call that would bring the recogniser past its headroom waits.

Pure: it is told the time, and what happened.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

from models.recognition.load import Load

COST_MEMORY_S = 60.0
COST_EVIDENCE_S = 120.0
"""Call seconds before the average cost of a call is believed: one call is a matter of chance."""
METER_S = 5.0
"""The recogniser's utilisation is a fading mean over about so many seconds; see ``LoadMeter``."""
DECODING_S = 2.0
"""A sample comes with the answer to a decode: what was decoded since the last one was decoded at most so long ago."""


@dataclass(frozen=True, slots=True)
class AdmissionOptions:
    """What is to be held, and how it is learned.

    Attributes:
        most: calls at once, whatever is measured; the operator's limit.
        first: ceiling before anything was learned.
        least: the ceiling never falls below.
        target_s: 95th percentile of the gap between a caller's last sound and the reply that is to be held.
        ease: the ceiling grows while the 95th percentile is below this share of the target.
        headroom: share of the recogniser's time that calls may use on average.
        strained: utilisation from which late replies are taken for a matter of load.
        ours: share of the target that recognising and speaking may take of the gap; late replies above it are a matter
            of load whatever the recogniser says. Otherwise somebody else is slow (the order system, say) or the
            callers' own pauses are long, and turning callers away would not help.
        replies: latest replies that are judged; fewer than a quarter of them are no evidence.
        judge_s: between two judgements.
        rest_s: after the ceiling fell, before it may grow.
        cut: what is left of it when it falls.
    """

    most: int = 40
    first: int = 12
    least: int = 2
    target_s: float = 1.5
    ease: float = 0.8
    headroom: float = 0.8
    strained: float = 0.6
    ours: float = 0.5
    replies: int = 80
    judge_s: float = 5.0
    rest_s: float = 30.0
    cut: float = 0.85


class Admission:
    """Decides on one caller after the other.

    Args:
        learned: the ceiling of an earlier run, if there was one.
    """

    def __init__(self, options: AdmissionOptions | None = None, learned: int | None = None) -> None:
        self.options = options = options or AdmissionOptions()
        start = options.first if learned is None else learned
        self._learned = float(min(options.most, max(options.least, start)))
        self._gaps: deque[float] = deque(maxlen=options.replies)
        self._ours: deque[float] = deque(maxlen=options.replies)
        self._judged_at = -math.inf
        self._rest_until = -math.inf
        self._most_calls = 0
        self._used_s = self._call_s = 0.0
        """The recogniser's time used, and the time of calls that used it, the latest minutes above all."""
        self._seen_at: float | None = None
        self._seen_calls = 0
        self._sample: Load | None = None
        self._sampled_at = -math.inf
        self._utilisation: float | None = None
        self._queued_s = 0.0

    @property
    def ceiling(self) -> int:
        """Calls that may be led at once, as far as is known now."""
        return min(self.learned, self._affordable())

    @property
    def learned(self) -> int:
        """The part of it that replies have taught; worth keeping for the next start."""
        return int(self._learned)

    def admits(self, calls: int) -> bool:
        """Whether one more may be taken beside so many."""
        return calls < self.ceiling

    def replied(self, gap_s: float, ours_s: float | None = None) -> None:
        """A caller has waited so long for the first word of a reply.

        Args:
            ours_s: what of it went into recognising and speaking, which is the machine's; None: all of it.
        """
        self._gaps.append(gap_s)
        self._ours.append(gap_s if ours_s is None else ours_s)

    def observe(self, now: float, calls: int, load: Load | None) -> None:
        """Learn from what has been seen; to be told often, whatever happens.

        Args:
            calls: calls under way.
            load: of the recogniser at its last answer; None where it has not been asked for a while.
        """
        self._most_calls = max(self._most_calls, calls)
        self._learn_cost(now, calls, load)
        if load is not None:
            self._utilisation, self._queued_s = load.utilisation, load.queue_p95_s
        if now - self._judged_at >= self.options.judge_s:
            if self._judge(now, calls):
                self._judged_at = now
            self._most_calls = calls

    @property
    def gap_p95_s(self) -> float | None:
        """95th percentile of the latest gaps; None before there is evidence."""
        return _p95(self._gaps) if len(self._gaps) >= max(2, self.options.replies // 4) else None

    # --- learning ---

    def _judge(self, now: float, calls: int) -> bool:
        """Grow or fall by the replies since the last change; False where there were too few to tell.

        It does not fall again for calls that it has already fallen below: these replies tell of a load that is
        only passing away.
        """
        options, gap = self.options, self.gap_p95_s
        if gap is None:
            return False
        if gap > options.target_s and self._is_strained():
            # Only what was really carried is known to be too much.
            bearable = max(options.least, math.floor(max(calls, 1) * options.cut))
            self._learned = min(self._learned, float(bearable))
            self._rest_until = now + options.rest_s
            self._forget_replies()
        elif gap <= options.ease * options.target_s and now >= self._rest_until and self._was_full():
            self._learned = min(options.most, self._learned + max(1.0, 0.05 * self._learned))
            self._forget_replies()  # the next step is judged by replies under the new ceiling
        return True

    def _forget_replies(self) -> None:
        self._gaps.clear()
        self._ours.clear()

    def _is_strained(self) -> bool:
        if self._utilisation is None:
            return True
        options = self.options
        return (
            self._utilisation >= options.strained
            or self._queued_s > options.target_s / 4
            or _p95(self._ours) > options.ours * options.target_s
        )

    def _was_full(self) -> bool:
        """A ceiling that nobody reached has shown nothing."""
        return self._most_calls >= self.learned

    def _learn_cost(self, now: float, calls: int, load: Load | None) -> None:
        """Calls cost what was decoded since the last look, and nothing in the pauses between.

        A sample is taken when a decode has just ended, so it says nothing about the time since the one before:
        it is the rise above what would be left of that one that counts.
        """
        passed = 0.0 if self._seen_at is None else max(0.0, now - self._seen_at)
        keep = math.exp(-passed / COST_MEMORY_S)
        # A call begins just after a look and ends just before one: the greater number was there meanwhile.
        under_way = max(self._seen_calls, calls)
        self._call_s = keep * self._call_s + min(passed, COST_MEMORY_S) * under_way
        self._used_s = keep * self._used_s
        self._seen_at, self._seen_calls = now, calls
        if load is None or load is self._sample:
            return
        if self._sample is not None and now > self._sampled_at:
            since = now - self._sampled_at
            rise = load.utilisation - math.exp(-since / METER_S) * self._sample.utilisation
            spread = min(max(since, 0.001), DECODING_S)  # two looks at one moment divide by nothing
            self._used_s += max(0.0, rise) * spread / (1 - math.exp(-spread / METER_S))
        self._sample, self._sampled_at = load, now

    def _affordable(self) -> int:
        """Calls whose average cost fits the headroom."""
        if self._call_s < COST_EVIDENCE_S or self._used_s <= 0:
            return self.options.most
        calls = min(float(self.options.most), self.options.headroom * self._call_s / self._used_s)
        return max(self.options.least, int(calls))


def _p95(values: Collection[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
