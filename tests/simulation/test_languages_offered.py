"""A site that speaks two languages neither greets nor listens in the others."""

from core.languages import Language
from voice_gateway.call import greeting_language
from voice_gateway.language_tracker import LanguageTracker
from voice_gateway.leg import CallInfo
from voice_gateway.parts import CallSettings, KnownCustomer


class Site:
    settings = CallSettings(languages=(Language.ZH, Language.EN), number_languages={"+1": Language.JA})


def test_a_greeting_is_only_in_a_language_spoken_here():
    korean = KnownCustomer(Language.KO, {})
    assert greeting_language(CallInfo("x", "1", "+8613800138000", "+1"), Site) is Language.ZH
    assert greeting_language(CallInfo("x", "2", "+821012345678", "+2"), Site, korean) is None
    chosen = CallInfo("x", "3", "+8613800138000", "+1", {"language": "en"})
    assert greeting_language(chosen, Site) is Language.EN


def test_only_languages_spoken_here_are_listened_for():
    tracker = LanguageTracker(Language.EN, caller="+81312345678", offered=Site.settings.languages)
    assert {language for language, weight in tracker.weights().items() if weight > 0} == {
        Language.ZH,
        Language.EN,
    }
