"""The right side: suggested passages while talking, the wrap-up form afterwards."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from assist.desk.conversation_panel import COMPOSER
from assist.desk.elements import El, button, clock
from assist.desk.view import DeskView
from assist.desk.words import WRAP_UP_CODES, Words
from assist.live import LiveCall
from assist.summary import as_text, summarise
from core.redaction import redact

SUMMARY = "wrap-summary"
CODE = "wrap-code"


def draw_suggestions(call: LiveCall, words: Words) -> None:
    """Passages with their source; "insert" puts one into the agent's box, to be edited before it is spoken."""
    with El("header", "pane-head"):
        El("h2", "", words("suggestions"))
    with El(
        "div", "scroll", aria_live="polite", tabindex="0", role="region", aria_label=words("suggestions")
    ):
        found = call.found
        if found is None:
            El("p", "quiet pad", words("suggestions_none"))
            return
        El("p", "for-words", f"{words('for_words')}: {redact(found.query)}")
        if found.error:
            El("p", "problem", words("suggestions_failed"))
        elif not found.suggestions:
            El("p", "quiet pad", words("suggestions_empty"))
        for number, suggestion in enumerate(found.suggestions, 1):
            with El("article", "passage"):
                El("p", "passage-text", suggestion.text, tabindex="0")
                with El("footer", ""):
                    section = f" › {suggestion.section}" if suggestion.section else ""
                    source = f"{suggestion.document}{section}"
                    with El("span", "source", title=source):
                        El("span", "sr", f"{words('source')}: ")
                        El("span", "", source)
                    insert = button(
                        words("insert"),
                        "small",
                        shortcut=f"Alt+{number}",
                        aria_label=f"{words('insert')}: {source}",
                    )
                    text = json.dumps(suggestion.text).replace("<", "\\u003c")
                    insert.on("click", js_handler=f"() => tp.insert('{COMPOSER}', {text})")


def suggestions_key(call: LiveCall) -> tuple[object, ...]:
    return (call.id, call.found)


def draft_text(call: LiveCall, words: Words) -> str:
    """What the agent has written so far, or the draft in the page's language."""
    if call.summary_draft is not None:
        return call.summary_draft
    return redact(as_text(summarise(call.facts, words.language), words.language))


def draw_wrap_up(
    now: DeskView,
    words: Words,
    on_finish: Callable[[str, str], Awaitable[None]],
    on_discard: Callable[[], Awaitable[None]],
) -> None:
    """The form after the call. The caller sets the draft's text once it is drawn."""
    call = now.call
    assert call is not None
    with El("header", "pane-head"):
        El("h2", "", words("wrap_title"))
    with El("form", "wrap", onsubmit="return false"):
        if now.late:
            El("p", "problem", words("wrap_late"))
        elif now.left_s is not None:
            with El("p", "quiet"):
                El("span", "", f"{words('wrap_ends')} ")
                clock(now.left_s, down=True)
        label = El("label", "", words("wrap_summary"))
        box = El("textarea", "box tall", "", maxlength="4000", data_name=SUMMARY)
        label.props["for"] = box.html_id
        box.on(
            "input",
            lambda event: _remember(call, event),
            throttle=0.5,
            leading_events=False,
            js_handler="(e) => emit(e.target.value)",
        )
        label = El("label", "", words("wrap_code"))
        with El("select", "box", data_name=CODE, aria_required="true") as codes:
            label.props["for"] = codes.html_id
            El("option", "", words("choose"), value="")
            for code in WRAP_UP_CODES:
                El("option", "", words(f"code_{code}"), value=code)

        async def finish(event: Any) -> None:
            summary, code = event.args
            await on_finish(str(summary)[:4000], str(code)[:60])

        with El("div", "actions"):
            save = button(words("finish"), "primary", shortcut="Ctrl+Enter")
            save.on("click", finish, js_handler=f"() => emit([tp.value('{SUMMARY}'), tp.value('{CODE}')])")
            if now.late:
                button(words("discard"), "", lambda: on_discard())


def _remember(call: LiveCall, event: Any) -> None:
    call.summary_draft = str(event.args)[:4000]
