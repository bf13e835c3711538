"""The words of the agent's page in four languages."""

from __future__ import annotations

from assist.desk.words_call import CALL
from assist.desk.words_data import DATA
from assist.desk.words_page import PAGE
from assist.refusals import in_language
from core.languages import Language

_TABLE = PAGE | CALL | DATA
_COLUMN = {Language.EN: 0, Language.ZH: 1, Language.JA: 2, Language.KO: 3}


class Words:
    """The page's words in one language: ``words("accept")``."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._column = _COLUMN[language]

    def __call__(self, name: str, /, **values: object) -> str:
        return _TABLE[name][self._column].format(**values) if values else _TABLE[name][self._column]

    def named(self, prefix: str, name: str) -> str:
        """The word for a value from data (``named('intent', 'order_status')``); the value itself if unknown."""
        row = _TABLE.get(f"{prefix}_{name}")
        return row[self._column] if row is not None else name.replace("_", " ")

    def refusal(self, sentence: str) -> str:
        """Why the line refused something; its own English where these words do not know the sentence."""
        if (found := in_language(sentence, self.language)) is None:
            return sentence
        words, values = found
        if "queue" in values:
            values["queue"] = self.named("queue", values["queue"].strip("'"))
        return words.format(**values)
