"""Whatever the audit log can say is said in words, in four languages, and can be looked for."""

from collections import Counter

import pytest

from app.web import texts_admin_audit  # noqa: F401  (registers the words)
from app.web.page_admin import name_of
from app.web.page_admin_audit import ABOUT
from core.audit_actions import Action
from core.console.texts import has_text, t
from core.languages import Language


@pytest.mark.parametrize("action", Action)
def test_every_action_has_words_in_four_languages(action):
    key = f"admin.action_{action.replace('.', '_')}"
    assert has_text(key), f"{action}: the audit page would show the bare name"
    texts = [t(key, language) for language in Language]
    assert len(set(texts)) == 4 and action not in texts


def test_every_action_is_found_under_one_heading_and_every_heading_has_words():
    found = Counter(action for actions in ABOUT.values() for action in actions)
    assert set(found) == set(Action) and set(found.values()) == {1}
    assert all(has_text(f"admin.about_{name}") for name in ABOUT)


def test_whoever_looks_for_changes_of_the_companys_numbers_finds_no_looks_at_callers_numbers():
    assert Action.NUMBER_SHOWN in ABOUT["data"] and Action.NUMBER_SHOWN not in ABOUT["number"]


@pytest.mark.parametrize("origin", ["console", "desk", "api", "command_line", "platform"])
def test_every_origin_has_words(origin):
    assert name_of("admin.origin", origin) != origin
