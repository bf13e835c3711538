"""Whether a queue takes a call, and how much there is to do: read from the state, changing nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

from assist.acd.plan import Queue
from assist.acd.state import NEVER, AcdState
from assist.acd.types import Then
from core.languages import Language


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """No queue takes the call. ``opens_at`` in seconds since 1970, where it is closed and opens within a year."""

    queue: str
    closed: bool
    then: Then
    reason: str
    opens_at: float | None = None
    zone: tzinfo = UTC


def entry_of(state: AcdState, queue: Queue) -> tuple[Queue, str] | TurnedDown:
    """The queue, or the one that it overflows to, with the reason where it is another one."""
    why = ""
    while True:
        is_open, until = state.opening(queue, state.now)
        waiting = state.waiting_in[queue.name]
        full = queue.most_waiting is not None and waiting >= queue.most_waiting
        over = queue.overflow
        if over is not None and state.opening(to := state.plan.queues[over.to], state.now)[0]:
            if not is_open and over.when_closed:
                queue, why = to, f"{queue.name} is closed and overflows to {to.name}"
                continue
            if is_open and (full or (over.more_than is not None and waiting > over.more_than)):
                queue, why = to, f"{waiting} wait in {queue.name}, which overflows to {to.name}"
                continue
        if not is_open:
            opens_at = None if until == NEVER else until + state.wall_offset
            zone = queue.hours.zone if queue.hours is not None else UTC
            reason = f"queue {queue.name} is closed"
            return TurnedDown(queue.name, True, queue.out_of_hours, reason, opens_at, zone)
        if full or len(state.calls) >= state.settings.queue_limit:
            reason = f"{waiting} wait in {queue.name}, {len(state.calls)} in all; no more are taken"
            return TurnedDown(queue.name, False, queue.no_answer, reason)
        return queue, why


def load_of(state: AcdState, language: Language) -> float:
    """Calls waiting and in hand for each place of the agents at work who speak the language.

    A call back that is to be tried later is no load yet.
    """
    places = at_hand = 0
    for agent in state.agents.values():
        if agent.serving and language in agent.languages:
            places += agent.capacity
            at_hand += agent.load
    waiting = sum(
        call.language == language and call.offer_id is None and call.due_at <= state.now
        for call in state.calls.values()
    )
    return (waiting + at_hand) / places if places else float(waiting + 1)
