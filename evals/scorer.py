"""Scores every call when it has ended, and old calls again on request, from the log alone."""

from __future__ import annotations

import logging

from prometheus_client import Counter

from core.events import CallEnded, CallScored
from core.log import EventLog
from evals.checks import CallFacts, answer_all
from evals.scorecard import Scorecard, total

logger = logging.getLogger(__name__)

CALLS_SCORED = Counter("tetraphone_calls_scored_total", "Calls scored, by what became of it", ["result"])


class UnknownCall(LookupError):
    """There is no such call."""


class Scorer:
    """Follows the log; belongs in the web process, which may die and come back without missing a call."""

    READER = "scorer"

    def __init__(self, log: EventLog, card: Scorecard) -> None:
        self._log = log
        self.card = card

    async def keep_up(self) -> None:
        """Score calls as they end, for ever; belongs in a task of its own."""
        await self._log.drive(self.catch_up)

    async def catch_up(self) -> int:
        """Look at the new events; returns how many there were."""
        batch = await self._log.read_from(await self._log.offset(self.READER))
        for recorded in batch:
            if isinstance(recorded.event, CallEnded) and not recorded.erased:
                await self._score(recorded.interaction_id, unless_scored=True)
        if batch:
            await self._log.set_offset(self.READER, batch[-1].position)
        return len(batch)

    async def rescore(self, interaction_id: str) -> CallScored:
        """Score a call again with the present scorecard.

        Raises:
            UnknownCall: if the log holds no such call.
        """
        scored = await self._score(interaction_id, unless_scored=False)
        if scored is None:
            raise UnknownCall(f"there is no call {interaction_id}")
        return scored

    async def _score(self, interaction_id: str, *, unless_scored: bool) -> CallScored | None:
        events = await self._log.read(interaction_id)
        if unless_scored and any(isinstance(one.event, CallScored) for one in events):
            return None
        call = CallFacts.of(events)
        if call is None:
            return None
        try:
            answers = answer_all(self.card, call)
        except Exception:
            # One odd call must not stop the scoring of all others; it shows in log and metrics.
            CALLS_SCORED.labels("failed").inc()
            logger.exception("call %s could not be scored", interaction_id)
            if unless_scored:
                return None
            raise
        scored = CallScored(
            scorecard=self.card.name,
            scorecard_version=self.card.version,
            score=total(self.card, answers),
            answers={"answers": [answer.model_dump() for answer in answers]},
        )
        await self._log.append(interaction_id, scored, person=call.view.person)
        CALLS_SCORED.labels("scored").inc()
        return scored
