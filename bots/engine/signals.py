"""What a response or an action says to the line beside words: Rasa's ``custom`` payload.

A Rasa server hands the same payloads through its channels unchanged, so a bot needs no second way:
``listen``, ``hand_off``, ``end_call``, ``outcome`` and ``resolved_by``, ``passage``, ``record``, and
``soft_answer`` (``yes`` or ``no``): what "okay" or 大丈夫です means after this question.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, get_args

from bots.engine.types import ActionRecord, HandOffWish, KnowledgeAnswer, Listen, Outcome, ResolvedBy

KEYS = ("listen", "hand_off", "end_call", "outcome", "resolved_by", "passage", "record", "soft_answer")


@dataclass(slots=True)
class Signals:
    """The payloads of one turn, the later overriding the earlier."""

    listen: Listen = "open"
    outcome: Outcome | None = None
    resolved_by: ResolvedBy | None = None
    hand_off: HandOffWish | None = None
    end_call: bool = False
    soft_yes: bool = True
    passage: KnowledgeAnswer | None = None
    records: list[ActionRecord] = field(default_factory=list)

    def take(self, payload: dict[str, Any], intent: str) -> None:
        """Take in one payload.

        Raises:
            ValueError: an unknown key or value; the message names the accepted ones.
        """
        for key, value in payload.items():
            if key == "listen":
                self.listen = _one_of(key, value, get_args(Listen))
            elif key == "outcome":
                self.outcome = _one_of(key, value, get_args(Outcome))
            elif key == "resolved_by":
                self.resolved_by = _one_of(key, value, get_args(ResolvedBy))
            elif key == "soft_answer":
                self.soft_yes = _one_of(key, value, ("yes", "no")) == "yes"
            elif key == "end_call":
                self.end_call = bool(value)
            elif key == "hand_off":
                self.hand_off = HandOffWish(
                    reason=value["reason"],
                    intent=value.get("intent") or intent,
                    skills=tuple(value.get("skills", ())),
                    priority=int(value.get("priority", 0)),
                )
            elif key == "passage":
                self.passage = KnowledgeAnswer(**value)
            elif key == "record":
                self.records.append(ActionRecord(**value))
            else:
                raise ValueError(f"unknown custom payload {key!r}; accepted: {', '.join(KEYS)}")


def _one_of(key: str, value: Any, accepted: tuple[Any, ...]) -> Any:
    if value not in accepted:
        raise ValueError(f"custom payload {key} is {value!r}; accepted: {', '.join(accepted)}")
    return value
