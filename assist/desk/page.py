"""One agent's page: it draws what the feed knows, and turns what the agent does into commands."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nicegui import Client
from sqlalchemy.exc import SQLAlchemyError

from assist.desk.context_panel import caller_head, context_blocks, context_key
from assist.desk.conversation_panel import COMPOSER, ConversationPanel
from assist.desk.elements import El, Panel, button, clock
from assist.desk.header import Header
from assist.desk.help_panel import SUMMARY, draft_text, draw_suggestions, draw_wrap_up, suggestions_key
from assist.desk.view import DeskView, view
from assist.desk.words import Words
from assist.feed import AssistFeed
from assist.live import LiveCall
from assist.presence import Presence
from core.commands import AnswerOffer, FinishWrapUp, HangUp, Reply, Say
from core.identity import User

logger = logging.getLogger(__name__)

_SETTLE_S = 0.05
"""Changes that come together are drawn together."""
_CHECK_S = 30.0
_EXPIRY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """Fields that every command of this agent has."""

    issued_by: str

    def fields(self) -> dict[str, object]:
        return {"issued_by": self.issued_by, "expires_at": datetime.now(UTC) + _EXPIRY}


class DeskPage:
    """Built inside a NiceGUI page function; lives as long as its client.

    Args:
        still_in: asked now and then whether the log-in still holds.
        log_out: ends it.
    """

    def __init__(
        self,
        client: Client,
        feed: AssistFeed,
        user: User,
        words: Words,
        *,
        theme: str,
        still_in: Callable[[], Awaitable[bool]],
        log_out: Callable[[], Awaitable[None]],
    ) -> None:
        self._client, self._feed, self._user, self._words = client, feed, user, words
        self._theme, self._still_in, self._log_out = theme, still_in, log_out
        self._asked = Asked(user.username)
        self._presence: Presence
        self._unsaved: str | None = None
        self._changed = asyncio.Event()
        self._changed.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._ringing = False

    # --- life ---

    def build(self) -> None:
        """Draw the frame and begin to follow the feed."""
        self._presence = self._feed.presence(self._user)
        page = self._feed.attendance.page_number()
        end = self._feed.subscribe(self._user.username, self._changed.set)
        with El("div", "desk", data_theme=self._theme) as self._root:
            self._header = Header(
                self._words, self._user, self._presence, self._theme, self._wish, self._leave
            )
            self._notice = Panel(El("div", "notices", role="alert"))
            self._main = El("main", "grid mode-idle")
            with self._main:
                self._left = Panel(El("aside", "pane left", aria_label=self._words("caller")))
                self._middle = Panel(El("section", "pane middle", aria_label=self._words("conversation")))
                self._right = Panel(El("aside", "pane right", aria_label=self._words("suggestions")))
        self._conversation = ConversationPanel(self._words, self._user.username, self._say, self._hang_up)
        self._draw()
        self._tasks = [
            asyncio.create_task(self._keep_drawing(), name=f"desk-{self._user.username}"),
            asyncio.create_task(self._keep_checking(), name=f"desk-session-{self._user.username}"),
        ]

        def connected() -> None:
            self._presence = self._header.presence = self._feed.connect(self._presence, page)
            self._root.props["data-live"] = "true"
            self._changed.set()

        def disconnected() -> None:
            if not self._client.has_socket_connection:
                self._feed.disconnect(self._presence, page)

        def gone() -> None:
            end()
            self._feed.disconnect(self._presence, page)
            for task in self._tasks:
                task.cancel()

        self._client.on_connect(connected)
        self._client.on_disconnect(disconnected)
        self._client.on_delete(gone)

    async def _keep_drawing(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                with self._client:
                    self._draw()
            except Exception:  # one bad drawing must not freeze the page for the rest of the day
                logger.exception("desk: drawing the page of %s failed", self._user.username)
            await asyncio.sleep(_SETTLE_S)

    async def _keep_checking(self) -> None:
        while True:
            try:
                if not await self._still_in():
                    break
            except SQLAlchemyError:  # a database that is away shuts nobody out
                logger.exception("desk: the session of %s could not be checked", self._user.username)
            await asyncio.sleep(_CHECK_S)
        with self._client:
            self._client.run_javascript("tp.leave()")

    # --- drawing ---

    def _draw(self) -> None:
        now = view(self._feed, self._presence, self._unsaved)
        self._unsaved = now.call.id if now.mode == "wrap" and now.call is not None else None
        self._header.update(now)
        self._main.classes(replace=f"grid mode-{now.mode}")
        stage = (now.mode, now.call.id if now.call else "", now.offer_id, now.late)
        if now.mode == "idle":
            self._left.show(stage, lambda: None)
            self._right.show(stage, lambda: None)
            self._middle.show((*stage, now.state), lambda: self._draw_idle(now))
        elif now.mode == "offer":
            self._left.show(stage, lambda: None)
            self._right.show(stage, lambda: None)
            assert now.call is not None
            self._middle.show(stage, lambda: self._draw_offer(now))
            self._update_offer(now.call)
        else:
            self._draw_call(now, stage)
        self._ring(now.mode == "offer")

    def _draw_call(self, now: DeskView, stage: tuple[object, ...]) -> None:
        call = now.call
        assert call is not None

        def left() -> None:
            caller_head(call, self._words)
            with El("div", "scroll"):
                context_blocks(call, self._words)

        self._left.show(("call", context_key(call)), left)
        fresh = self._middle.show(stage, lambda: self._conversation.build(now))
        if not fresh:
            self._conversation.update(call)
        if now.mode == "talk":
            if fresh:
                self._client.run_javascript(f"tp.focus('{COMPOSER}')")
            self._right.show((*stage, suggestions_key(call)), lambda: draw_suggestions(call, self._words))
        elif self._right.show(stage, lambda: draw_wrap_up(now, self._words, self._finish, self._discard)):
            text = json.dumps(draft_text(call, self._words))
            self._client.run_javascript(f"tp.set('{SUMMARY}', {text}); tp.focus('{SUMMARY}')")

    def _draw_idle(self, now: DeskView) -> None:
        words = self._words
        ready = now.state == "available"
        with El("div", "empty"):
            El("div", f"empty-mark {'ready' if ready else 'off'}", aria_hidden="true")
            El("h1", "", words("idle_available" if ready else "idle_off"))
            if now.state == "not_ready":
                El("p", "problem", words("not_ready_why"))
            else:
                El("p", "quiet", words("idle_available_hint" if ready else "idle_off_hint"))
            if not ready:
                button(
                    words("go_available"), "primary large", lambda: self._wish("available"), shortcut="Alt+S"
                )
            with El("p", "speaks"):
                El("span", "quiet", words("speaks"))
                for language in self._presence.command().languages:
                    El("span", f"badge lang lang-{language.value}", language.own_name, lang=language.value)

    def _draw_offer(self, now: DeskView) -> None:
        """The frame with the two buttons, drawn once per offer: a button that is pressed while it is being
        replaced would be pressed in vain. What is known of the call is redrawn inside."""
        words, call = self._words, now.call
        assert call is not None
        with El(
            "div", "offer", role="alertdialog", aria_label=words("new_call"), tabindex="-1", data_name="offer"
        ):
            with El("div", "offer-head"):
                with El("div", ""):
                    El("h1", "", words("new_call"))
                    self._offer_head = Panel(El("div"))
                with El("div", "deadline"):
                    El("span", "quiet", words("answer_within"))
                    clock(now.left_s or 0.0, down=True, classes="big")
                    self._offer_priority = Panel(El("div"))
            self._offer_body = Panel(El("div", "offer-body"))
            with El("div", "offer-actions"):
                button(words("accept"), "accept large", lambda: self._answer(True), shortcut="Alt+A")
                button(words("reject"), "large", lambda: self._answer(False), shortcut="Alt+R")
        self._client.run_javascript("tp.focus('offer')")

    def _update_offer(self, call: LiveCall) -> None:
        words, key = self._words, context_key(call)
        priority = call.packet.priority if call.packet is not None else 0
        self._offer_head.show(key, lambda: caller_head(call, words))
        self._offer_body.show(key, lambda: context_blocks(call, words))
        self._offer_priority.show(
            priority, lambda: priority and El("span", "badge high", f"{words('priority')} {priority}")
        )

    def _ring(self, ringing: bool) -> None:
        if ringing != self._ringing:
            self._ringing = ringing
            title = json.dumps(self._words("new_call") if ringing else "")
            self._client.run_javascript(f"tp.ring({title})")

    # --- what the agent does ---

    def _tell(self, text: str, kind: str = "bad") -> None:
        self._notice.show(object(), lambda: El("div", f"notice {kind}", text))

    def _told(self, reply: Reply, fallback: str) -> bool:
        if not reply.ok:
            # The reply's sentence is English and for the log; the agent is told in their language.
            logger.info("desk: %s was refused: %s", self._user.username, reply.error)
            self._tell(self._words(fallback if self._feed.link_up else "no_link"))
        self._changed.set()
        return reply.ok

    async def _wish(self, wish: str) -> None:
        self._told(await self._feed.wish(self._presence, wish), "refused")  # type: ignore[arg-type]

    async def _answer(self, accept: bool) -> None:
        now = view(self._feed, self._presence, None)
        if now.offer_id:
            command = AnswerOffer(offer_id=now.offer_id, accept=accept, **self._asked.fields())  # type: ignore[arg-type]
            self._told(await self._feed.send(command), "offer_gone")

    async def _say(self, text: str) -> None:
        call = view(self._feed, self._presence, None).call
        if call is None or call.talk_ended:
            self._tell(self._words("call_over"))
            return
        call.pending.append(text)
        self._changed.set()
        command = Say(interaction_id=call.id, text=text, **self._asked.fields())  # type: ignore[arg-type]
        if not self._told(await self._feed.send(command), "not_sent"):
            if text in call.pending:
                call.pending.remove(text)
            self._client.run_javascript(f"tp.giveBack('{COMPOSER}', {json.dumps(text)})")

    async def _hang_up(self) -> None:
        call = view(self._feed, self._presence, None).call
        if call is not None:
            command = HangUp(interaction_id=call.id, **self._asked.fields())  # type: ignore[arg-type]
            self._told(await self._feed.send(command), "refused")

    async def _finish(self, summary: str, code: str) -> None:
        if not code:
            self._tell(self._words("code_missing"))
            self._client.run_javascript("tp.focus('wrap-code')")
            return
        call = self._feed.call(self._unsaved)
        if call is None:
            return
        call.summary_draft = summary
        command = FinishWrapUp(
            interaction_id=call.id,
            code=code,
            summary=summary,
            **self._asked.fields(),  # type: ignore[arg-type]
        )
        if self._told(await self._feed.send(command), "refused"):
            self._unsaved = None
            self._tell(self._words("saved"), "good")

    async def _discard(self) -> None:
        self._unsaved = None
        self._changed.set()

    async def _leave(self) -> None:
        await self._feed.wish(self._presence, "offline")
        await self._log_out()
        self._client.run_javascript("tp.leave()")
