"""Scorecards: what a call is asked after it ended, written in YAML by a QA lead."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.languages import Language

FOLDER = Path(__file__).parent / "scorecards"


class ScorecardError(ValueError):
    """A scorecard file is not usable; the message names the place and what is accepted there."""


class Question(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    weight: float = Field(gt=0)
    check: str
    text: dict[Language, str]
    settings: dict[str, Any] = {}


class Scorecard(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    title: dict[Language, str]
    questions: list[Question] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Scorecard:
        ids = [question.id for question in self.questions]
        if len(set(ids)) != len(ids):
            raise ValueError("question ids must be unique")
        return self


class Answer(BaseModel):
    """One question's answer with what it rests on.

    Attributes:
        answer: ``abstained`` where the call gives no ground for yes or no.
        quote: the words that decided it, '' where silence or absence decided.
        second: where to listen, on the recording's clock; None where there is no such moment.
        reason: one English sentence.
    """

    model_config = ConfigDict(frozen=True)

    question: str
    answer: Literal["yes", "no", "abstained"]
    reason: str
    quote: str = ""
    second: float | None = None
    speaker: str = ""


def load(path: Path) -> Scorecard:
    """Read a scorecard.

    Raises:
        ScorecardError: naming the file, the place and what is accepted.
    """
    from evals.check_settings import settings_fault
    from evals.checks import CHECKS

    try:
        card = Scorecard.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, OSError) as error:
        raise ScorecardError(f"{path.name}: cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ScorecardError(f"{path.name}: {place}: {first['msg']}") from error
    for question in card.questions:
        if question.check not in CHECKS:
            raise ScorecardError(
                f"{path.name}: question {question.id}: no check {question.check!r}; there are: {', '.join(CHECKS)}"
            )
        if fault := settings_fault(question.check, question.settings):
            raise ScorecardError(f"{path.name}: question {question.id}: {fault}")
    return card


def total(card: Scorecard, answers: list[Answer]) -> float | None:
    """The score, 0 to 100, over the questions that were answered; None where all abstained."""
    given = {answer.question: answer.answer for answer in answers if answer.answer != "abstained"}
    weights = {question.id: question.weight for question in card.questions if question.id in given}
    if not weights:
        return None
    earned = sum(weight for name, weight in weights.items() if given[name] == "yes")
    return round(100 * earned / sum(weights.values()), 1)
