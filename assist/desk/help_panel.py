"""The right side while talking: what is looked for in the knowledge base, by the agent or by the caller's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assist.desk.actions import DeskActions, js
from assist.desk.conversation_panel import COMPOSER
from assist.desk.elements import El, Panel, button
from assist.desk.words import Words
from assist.feed import AssistFeed
from assist.live import LiveCall
from assist.suggestions import Found
from core.redaction import redact

SEARCH = "kb-search"
_LONGEST_QUERY = 200


class HelpPanel:
    """Search box and passages; the agent's own search stands until they go back to the suggestions."""

    def __init__(
        self, words: Words, feed: AssistFeed, do: DeskActions, call: Callable[[], LiveCall | None]
    ) -> None:
        self._words, self._feed, self._do, self._call = words, feed, do, call
        self._searched: Found | None = None

    def build(self) -> None:
        self._searched = None
        words = self._words
        with El("div", "search", role="search"):
            box = El(
                "input",
                "box",
                "",
                type="search",
                data_name=SEARCH,
                data_shortcut="Alt+K",
                aria_keyshortcuts="Alt+K",
                aria_label=words("search"),
                placeholder=words("search"),
                maxlength=str(_LONGEST_QUERY),
            )
            box.on("keydown", self._search, js_handler="(e) => tp.entered(e, emit)")
            El("kbd", "", "Alt+K", aria_hidden="true")
        self._passages = Panel(
            El(
                "div",
                "scroll passages",
                aria_live="polite",
                tabindex="0",
                role="region",
                aria_label=words("suggestions"),
            )
        )

    def update(self, call: LiveCall) -> None:
        found, own = (self._searched, True) if self._searched is not None else (call.found, False)
        self._passages.show((call.id, found, own), lambda: self._draw(found, own))

    async def _search(self, event: Any) -> None:
        query, call = str(event.args).strip()[:_LONGEST_QUERY], self._call()
        if not query or call is None:
            self._searched = None
        elif await self._do.allowed():
            self._searched = await self._feed.search(query, call.language)
        self._do.changed()

    def _back(self) -> None:
        self._searched = None
        self._do.run(f"tp.set('{SEARCH}', '')")
        self._do.changed()

    def _draw(self, found: Found | None, own: bool) -> None:
        words = self._words
        if found is None:
            El("p", "quiet pad", words("suggestions_none"))
            return
        with El("div", "for-row"):
            El("p", "for-words", f"{words('search_results' if own else 'for_words')}: {redact(found.query)}")
            if own:
                button(words("search_clear"), "small", self._back)
        if found.error:
            El("p", "problem", words("suggestions_failed"))
        elif not found.suggestions:
            El("p", "quiet pad", words("search_none" if own else "suggestions_empty"))
        for number, suggestion in enumerate(found.suggestions, 1):
            section = f" › {suggestion.section}" if suggestion.section else ""
            self._passage(number, suggestion.text, f"{suggestion.document}{section}")

    def _passage(self, number: int, text: str, source: str) -> None:
        words = self._words
        with El("article", "passage"):
            El("p", "passage-text", text, tabindex="0")
            with El("footer", ""):
                with El("span", "source", title=source):
                    El("span", "sr", f"{words('source')}: ")
                    El("span", "", source)
                button(
                    words("speak_it"),
                    "small ghost",
                    lambda: self._do.say(text[:1000]),
                    aria_label=f"{words('speak_it')}: {source}",
                )
                insert = button(
                    words("insert"),
                    "small",
                    shortcut=f"Alt+{number}" if number < 4 else "",
                    brief=True,
                    aria_label=f"{words('insert')}: {source}",
                )
                insert.on("click", js_handler=f"() => tp.insert('{COMPOSER}', {js(text)})")
