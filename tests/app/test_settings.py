"""A wrong setting stops the start by name, with what it accepts; secrets are never shown."""

import re
from pathlib import Path

import pytest

from app.media import twilio_settings
from app.settings import Settings, SettingsError, load, settings_table
from core.languages import Language


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WEB_PORT", "99999", "less than or equal to 65535"),
        ("DEVICE", "tpu", "'cpu' or 'cuda'"),
        ("LANGUAGES", "zh,fr", "accepted: zh, en, ja, ko"),
        ("BOT", "nothing", "accepted: one of"),
        ("FALLBACK_NUMBER", "12345", "E.164"),
        ("PUBLIC_URL", "voice.example.com", "https://"),
        ("NUMBER_LANGUAGES", "not json", "accepted: JSON"),
        ("GREETING_LANGUAGE", "fr", "'zh'"),
        ("SITE_KEY", "dG9vIHNob3J0", "32 bytes"),
        ("QUEUES", "/nowhere/queues.yaml", "/nowhere/queues.yaml: cannot be read"),
        ("WEB_HOST", "http://127.0.0.1", "accepted: an address such as"),
        ("LINE_HOST", "", "accepted: an address such as"),
        ("DATABASE_URL", "postgres://me:secret-word@db/calls", "accepted: postgresql+asyncpg://"),
        ("DATABASE_URL", "sqlite:///calls.db", "sqlite+aiosqlite:///"),
        ("DATABASE_URL", "calls.db", "accepted: postgresql+asyncpg://"),
        ("QDRANT_URL", "qdrant:6333", "accepted: a URL such as http://qdrant:6333"),
        ("RECOGNISER_MODEL", "whisper-huge", "accepted: whisper-base, or a folder"),
        ("ZONE", "Mars/Base", "accepted: a time zone such as"),
        ("ALERT_WEBHOOK_URL", "http://ops.example/hook", "begins with https://"),
        ("ALERT_WEBHOOK_URL", "https://ops.example/hook", "ALERT_WEBHOOK_SECRET: accepted: 16 characters"),
    ],
)
def test_a_wrong_value_names_the_setting_and_what_it_accepts(monkeypatch, name, value, said):
    monkeypatch.setenv(f"TETRAPHONE_{name}", value)
    with pytest.raises(SettingsError) as error:
        load()
    assert said in str(error.value)
    assert name in str(error.value).upper()
    if name in ("SITE_KEY", "DATABASE_URL"):
        assert value not in str(error.value)


def test_other_databases_servers_and_recognisers_are_accepted(monkeypatch, tmp_path):
    (tmp_path / "model.bin").touch()
    given = {
        "WEB_HOST": "::1",
        "LINE_HOST": "voice-1.example.com",
        "DATABASE_URL": "postgresql+asyncpg://me:p%40ss@db:5432/calls",
        "QDRANT_URL": "http://qdrant:6333",
        "RECOGNISER_MODEL": str(tmp_path),
    }
    for name, value in given.items():
        monkeypatch.setenv(f"TETRAPHONE_{name}", value)
    settings = load()
    assert {name: getattr(settings, name.lower()) for name in given} == given


def test_all_wrong_settings_are_named_at_once(monkeypatch):
    monkeypatch.setenv("TETRAPHONE_WEB_PORT", "0")
    monkeypatch.setenv("TETRAPHONE_MAX_CALLS", "none")
    with pytest.raises(SettingsError) as error:
        load()
    assert "TETRAPHONE_WEB_PORT" in str(error.value) and "TETRAPHONE_MAX_CALLS" in str(error.value)


def test_lists_may_be_written_with_commas(monkeypatch):
    monkeypatch.setenv("TETRAPHONE_LANGUAGES", "zh, ja-JP")
    assert [language.value for language in load().languages] == ["zh", "ja"]


def test_the_greeting_is_in_all_languages_where_none_is_set(monkeypatch):
    assert load().default_language is Language.EN
    monkeypatch.setenv("TETRAPHONE_GREETING_LANGUAGE", "")
    assert load().default_language is None
    assert twilio_settings(load()).default_language in load().languages


def test_the_greeting_is_in_a_language_of_the_site(monkeypatch):
    monkeypatch.setenv("TETRAPHONE_LANGUAGES", "ja,ko")
    assert load().default_language is Language.JA
    assert twilio_settings(load()).default_language is Language.JA
    monkeypatch.setenv("TETRAPHONE_NUMBER_LANGUAGES", '{"+8613800000000": "zh"}')
    with pytest.raises(SettingsError, match=r"TETRAPHONE_LANGUAGES \(ja, ko\)"):
        load()


def test_every_setting_is_read_by_some_code():
    """A setting that nothing reads promises what the platform does not do."""
    sources = [*Path("app").rglob("*.py"), Path("models/threads.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    unread = [
        name
        for name in Settings.model_fields
        if not re.search(rf"(settings|self)\.{name}\b|\"TETRAPHONE_{name.upper()}\"", code)
    ]
    assert unread == []


def test_the_documentation_lists_every_setting_as_it_is():
    page = Path("docs/settings.md").read_text(encoding="utf-8")
    assert settings_table() in page, "run: python -m app.settings_page > docs/settings.md"
