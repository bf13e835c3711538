"""The foot of the page: the headset's state, and the list of keys. What moves here, the browser moves itself."""

from __future__ import annotations

import json

from assist.desk.calls_strip import NEXT_CALL
from assist.desk.controls import SHORTCUTS
from assist.desk.elements import El, button
from assist.desk.words import Words
from core.redaction import mask_number

_PHONE_STATES = (
    "connecting", "connected", "lost", "denied", "denied_no_microphone", "denied_in_use", "denied_insecure",
    "replaced", "failed", "ended",
)  # fmt: skip


SOUND_COOKIE = "tetraphone_sound"
HEADSET, TELEPHONE = "headset", "telephone"


def footer(words: Words, softphone: str, phone: str = "", by_phone: bool = False, rings: bool = True) -> None:
    """
    Args:
        softphone: address of the ES module that brings the sound; '' where agents work by typing.
        phone: the agent's own telephone; '' for none.
        by_phone: they speak by it, and the browser needs no microphone.
        rings: whether a carrier here can ring it.
    """
    without = words("phone_none")
    if by_phone:
        softphone = ""
        without = words("phone_own" if rings else "phone_no_carrier")
    states = {state: words(f"phone_{state}") for state in _PHONE_STATES}
    with El("footer", "foot"):
        with El(
            "div",
            "softphone",
            data_name="softphone",
            data_module=softphone or None,
            data_words=json.dumps(states, ensure_ascii=False),
            role="group",
            aria_label=words("phone"),
        ):
            El("span", "phone-mark", "", aria_hidden="true")
            El("span", "phone-state", without, role="status", aria_live="polite")
            if softphone:
                El("meter", "phone-level", "", min="0", max="1", value="0", aria_label=words("level"))
                El("button", "btn small phone-again", words("phone_again"), type="button", hidden=True)
        if phone:
            with El("select", "compact", data_choice=SOUND_COOKIE, aria_label=words("sound_by")):
                for choice, text in ((HEADSET, words("phone")), (TELEPHONE, mask_number(phone))):
                    chosen = True if (choice == TELEPHONE) is by_phone else None
                    El("option", "", text, value=choice, selected=chosen)
        El("span", "grow")
        button(words("keys"), "small ghost", shortcut="?", aria_haspopup="dialog", data_name="open-keys").on(
            "click", js_handler="() => tp.keys()"
        )
    _sheet(words)


def _sheet(words: Words) -> None:
    rows = [
        ("Alt+S", words("available")),
        ("Alt+B", words("key_break")),
        ("Alt+A", words("accept")),
        ("Alt+R", words("reject")),
        (NEXT_CALL, words("key_next_call")),
        ("Alt+M", words("key_box")),
        ("Enter", words("key_send")),
        (SHORTCUTS["ring_phone"], words("ring_phone")),
        (SHORTCUTS["hold"], f"{words('hold')} / {words('resume')}"),
        (SHORTCUTS["mute"], f"{words('mute')} / {words('unmute')}"),
        (SHORTCUTS["transfer"], f"{words('transfer')} / {words('consult_transfer')}"),
        (SHORTCUTS["consult"], words("consult")),
        (SHORTCUTS["consult_back"], words("consult_back")),
        (SHORTCUTS["consult_conference"], words("consult_conference")),
        (SHORTCUTS["take_code"], words("take_code_why")),
        (SHORTCUTS["ask_score"], words("ask_score_why")),
        (SHORTCUTS["hang_up"], words("key_hang_up")),
        ("Alt+K", words("search")),
        ("Alt+1 – Alt+3", words("key_insert")),
        ("Alt+N", words("key_notes")),
        ("Alt+W", words("more_time")),
        ("Ctrl+Enter", words("key_save")),
        ("?", words("key_help")),
    ]
    with El("dialog", "keys", data_name="keys", aria_label=words("keys_title")):
        with El("div", "keys-head"):
            El("h2", "", words("keys_title"))
            button(words("keys_close"), "small", data_escape="true").on(
                "click", js_handler="() => tp.closeKeys()"
            )
        with El("dl", "keys-list"):
            for keys, what in rows:
                with El("div", ""):
                    with El("dt", ""):
                        El("kbd", "", keys)
                    El("dd", "", what)
