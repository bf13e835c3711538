"""Intents that say how a talk goes, not what it is about."""

TALK = frozenset(
    {
        "",
        "affirm",
        "change_language",
        "deny",
        "goodbye",
        "greet",
        "inform",
        "nlu_fallback",
        "no_input",
        "out_of_scope",
        "repeat",
        "thank",
    }
)
"""Everything else is a matter: what reports count, summaries name and scorecards look for."""
