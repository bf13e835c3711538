"""The scorecard that calls are held against."""

from __future__ import annotations

from app.settings import SettingsError
from evals.scorecard import FOLDER, Scorecard, ScorecardError, load


def the_scorecard() -> Scorecard:
    """Read it.

    Raises:
        SettingsError: naming the file, the place and what is accepted there.
    """
    try:
        return load(FOLDER / "service.yml")
    except ScorecardError as error:
        raise SettingsError(f"evals/scorecards/{error}") from error
