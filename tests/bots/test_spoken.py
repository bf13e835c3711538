"""A published bot says any number, date and declared name without a model."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.connectors import demo_data
from bots.engine.bot import Bot
from bots.engine.spoken import Spoken, load_spoken
from bots.files import ProjectError
from bots.homegoods.actions.wording import _CARRIERS, _NEAR, digit_by_digit, ticket
from core.languages import Language
from models.protocols import Speech
from models.speech.phrases import PhraseCache
from models.speech.speaker import Speaker

_ORDER = st.from_regex(r"\AH\d{6}\Z")
_DAYS = {
    Language.ZH: "{0}月{1}日",
    Language.JA: "{0}月{1}日",
    Language.KO: "{0}월 {1}일",
}


class Tone:
    """Says everything as a short tone and counts what it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def synthesise(self, text: str, language: Language, voice: str | None = None) -> Speech:
        self.asked += 1
        return Speech(np.full(80, 1_000, np.int16), 8_000)


@pytest.fixture(scope="module")
def bot():
    return Bot.load("bots/homegoods", "nlu_data")


@pytest.fixture
async def published(bot, tmp_path_factory):
    tone = Tone()
    speaker = Speaker(
        tone, PhraseCache(tmp_path_factory.mktemp("phrases")), version="tone/1", names=bot.spoken.names
    )
    for language in Language:
        await speaker.prerender([(text, language, None) for text in bot.fixed_phrases(language)])
    yield speaker, tone
    await speaker.close()


def day(month: int, number: int, language: Language) -> str:
    if language is Language.EN:
        name = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                "November", "December"][month - 1]  # fmt: skip
        return f"on {name} {number}"
    return _DAYS[language].format(month, number)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_every_reply_with_values_never_heard_before_needs_no_synthesis(bot, published, data):
    speaker, tone = published
    before = tone.asked
    language = data.draw(st.sampled_from(list(Language)))
    order = data.draw(_ORDER)
    names = {name: variable.names.get(language, ()) for name, variable in bot.spoken.variables.items()}
    when = data.draw(
        st.one_of(
            st.sampled_from(list(_NEAR[language].values())),
            st.builds(lambda m, d: day(m, d, language), st.integers(1, 12), st.integers(1, 31)),
        )
    )
    values = {
        "number": digit_by_digit(order),
        "digits_said": " ".join(data.draw(st.from_regex(r"\A\d{3,12}\Z"))),
        "ticket": ticket(f"R{order[1:]}"),
        "position": "3",
        "date": when,
        **{name: data.draw(st.sampled_from(names[name])) for name in ("place", "carrier", "item")},
    }
    for name, variations in bot.domain.responses.items():
        text = next(v.text for v in variations if dict(v.conditions).get("language") == language.value)
        if "{" not in text or (
            language is Language.KO and re.search(r"\{(number|digits_said|ticket)\}", text)
        ):
            continue  # Korean numbers are rendered whole: see models/speech/inventory.py
        said = re.sub(r"\{(\w+)\}", lambda match: values[match[1]], text)
        assert speaker.cached(said, language) is not None, f"{name}: {said}"
        assert [clause.source for clause in [c async for c in speaker.clauses(said, language)]]
    assert tone.asked == before


def test_everything_the_demo_orders_hold_is_declared(bot):
    names = bot.spoken.names
    places = [order[8] for order in demo_data._ORDERS] + [order[9] for order in demo_data._ORDERS]
    for language in Language:
        wanted = {place[language.value] for place in places if place}
        wanted |= {known.get(language.value, name) for name, known in _CARRIERS.items()}
        wanted |= set(_NEAR[language].values())
        assert wanted <= set(names[language])


def test_a_wording_with_an_undeclared_place_is_left_to_the_moment():
    assert not list(Spoken().wordings("Hello {name}.", Language.EN))
    assert list(Spoken().wordings("Hello.", Language.EN)) == ["Hello."]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("variables: {number: {kind: numbers}}", "digits"),
        ("voices: {fr: bot}", "no language"),
        ("variables: {place: {names: {en: [Gate 7]}}}", "holds digits"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_accepted(tmp_path, text, problem):
    (tmp_path / "speaking.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ProjectError, match=problem):
        load_spoken(tmp_path)
