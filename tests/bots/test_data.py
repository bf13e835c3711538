"""Unit: the training data and the project files keep what they promise."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import pytest

from bots.engine.domain import load_domain
from bots.understanding.nlu_files import load_nlu, load_sentences, masked
from core.languages import Language
from tests.bots.talk import NLU, PROJECT

INTENTS = {
    "greet",
    "order_status",
    "track_parcel",
    "return_item",
    "request_invoice",
    "opening_hours",
    "change_language",
    "repeat",
    "thank",
    "goodbye",
    "complain",
    "ask_person",
    "affirm",
    "deny",
    "ask_knowledge",
    "out_of_scope",
}


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


def test_every_intent_has_at_least_25_sentences_in_every_language():
    counts = Counter((example.label, example.language) for example in load_nlu(NLU).intents)
    assert {label for label, _ in counts} == INTENTS
    few = {key: number for key, number in counts.items() if number < 25}
    assert len(counts) == len(INTENTS) * 4 and not few


def test_no_two_sentences_are_equal_once_their_entities_are_masked():
    seen: dict[tuple[str, str], str] = {}
    for example in load_nlu(NLU).intents:
        key = (example.language.value, plain(masked(example)))
        assert key not in seen, f"{example.text!r} ({example.label}) and {seen[key]!r} in {example.language}"
        seen[key] = example.label


def test_annotated_entities_are_those_that_the_platform_finds():
    from bots.understanding.entities import extract

    for example in load_nlu(NLU).intents:
        found = extract(example.text, example.language)
        for entity in example.entities:
            values = [one.value for one in found if one.name == entity.name]
            if entity.name == "language":
                assert values, example
            else:
                assert entity.value.removeprefix("H") in values, example


def test_chinese_and_japanese_sentences_are_written_as_the_recogniser_writes():
    for example in load_nlu(NLU).intents:
        assert not re.search(r"[。、，？！?!,]", example.text), example.text
        if example.language is Language.ZH:
            assert not re.search(r"[\u3040-\u30ff\uac00-\ud7af]", example.text), example.text
        if example.language is Language.KO:
            assert re.search(r"[\uac00-\ud7af]", example.text), example.text


@pytest.mark.parametrize("language", list(Language))
def test_each_mood_has_at_least_40_sentences(language):
    examples = load_sentences(NLU / "sentiment" / f"{language.value}.yml", language)
    counts = Counter(example.label for example in examples)
    assert set(counts) == {"negative", "neutral", "positive"} and min(counts.values()) >= 40
    assert len({plain(example.text) for example in examples}) == len(examples)


def test_every_response_is_worded_in_all_four_languages_and_short_enough_to_listen_to():
    domain = load_domain(PROJECT)
    longest = {"zh": 50, "ja": 75, "ko": 75, "en": 130}
    for name, variations in domain.responses.items():
        worded = {dict(one.conditions)["language"]: one for one in variations}
        assert set(worded) == {"zh", "en", "ja", "ko"}, name
        places = {language: set(re.findall(r"\{(\w+)\}", one.text)) for language, one in worded.items()}
        assert len({frozenset(one) for one in places.values()}) == 1, f"{name}: {places}"
        assert len({str(one.custom) for one in worded.values()}) == 1, name
        for language, one in worded.items():
            assert len(one.text) <= longest[language], f"{name} {language}: {len(one.text)}"
            if language == "ko":
                assert re.search(r"[\uac00-\ud7af]", one.text), name
            elif language == "en":
                assert one.text.isascii(), name


def test_every_response_is_used_and_every_one_used_exists():
    domain = load_domain(PROJECT)
    code = "".join(path.read_text() for path in (PROJECT / "actions").glob("*.py"))
    line = {"consent", "one_moment", "queue_position", "nobody_free"}
    states = {name for name in domain.responses if name.startswith(("utter_status_", "utter_return_"))}
    for name in set(domain.responses) - states:
        short = name.removeprefix("utter_")
        asked = short.removeprefix("ask_") in domain.slots
        assert f'"{short}"' in code or asked or short in line or short == "technical_problem", name


def test_the_vocabulary_names_products_and_terms(bot):
    for language, word in (
        (Language.ZH, "退货"),
        (Language.JA, "領収書"),
        (Language.KO, "운송장"),
        (Language.EN, "invoice"),
    ):
        assert word in bot.vocabulary(language)


def test_fixed_phrases_can_be_rendered_ahead(bot):
    phrases = bot.fixed_phrases(Language.ZH)
    assert "您好，这里是和居家品。请问有什么可以帮您？" in phrases
    assert not any("{" in phrase for phrase in phrases)
    assert bot.phrase("utter_queue_position", Language.EN, position="2").text.startswith("You are number 2")
