"""One agent's page: it draws what the feed knows, and turns what the agent does into commands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from nicegui import Client
from sqlalchemy.exc import SQLAlchemyError

from assist.acd.plan import Plan
from assist.desk.actions import DeskActions, Voice, js
from assist.desk.call_controls import CallControls
from assist.desk.calls_strip import CallsStrip
from assist.desk.case_panel import SUMMARY, CasePanel, summary_text
from assist.desk.context_panel import caller_head, context_blocks, context_key
from assist.desk.controls import headset_muted
from assist.desk.conversation_panel import COMPOSER, ConversationPanel
from assist.desk.elements import El, Panel
from assist.desk.footer import TELEPHONE, footer
from assist.desk.header import Header
from assist.desk.help_panel import HelpPanel
from assist.desk.site import DeskSite
from assist.desk.stages import OfferPanel, draw_elsewhere, draw_idle
from assist.desk.view import DeskView, caller_number, view
from assist.desk.words import Words
from assist.desk.wrap_ups import WrapUps
from assist.live import LiveCall
from assist.presence import Presence
from assist.unmasking import NUMBER_SHOWN_S, NotAllowed, may_unmask, unmask
from core.identity import User

logger = logging.getLogger(__name__)

_SETTLE_S = 0.05
"""Changes that come together are drawn together."""
_CHECK_S = 30.0
_CHECK_WITHIN_S = 2.0
_READ_S = 10.0
"""What has stood on a page for so long is known to its reader."""


class DeskPage:
    """Built inside a NiceGUI page function; lives as long as its client.

    Args:
        plan: queues and break reasons as they are when the page is opened.
        sound: how the agent has chosen to speak, headset or telephone.
        who: asked with every action, and now and then, who the agent is by now; None: nobody who may be here.
        log_out: ends it.
    """

    def __init__(
        self,
        client: Client,
        site: DeskSite,
        plan: Plan,
        user: User,
        words: Words,
        *,
        theme: str,
        softphone: str,
        sound: str,
        who: Callable[[], Awaitable[User | None]],
        log_out: Callable[[], Awaitable[None]],
    ) -> None:
        self._client, self._site, self._plan, self._user, self._words = client, site, plan, user, words
        self._feed = site.feed
        self._theme, self._softphone, self._who, self._log_out = theme, softphone, who, log_out
        self._presence: Presence
        self._by_phone = bool(user.phone) and sound == TELEPHONE
        self._page = 0
        self._over = False
        self._wrap_ups = WrapUps(user.username, self._feed.call)
        self._chosen = ""
        """Which of several calls is shown."""
        self._revealed: tuple[str, str] = ("", "")
        self._told_news: tuple[str, int] = ("", 0)
        self._reading = False
        """Whether it stands on the page that a caller went back to the queue."""
        self._changed = asyncio.Event()
        self._changed.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._ringing = False
        self._sounding: bool | None = None
        self._muted: tuple[str, bool] | None = None
        """The call that had the sound last, and whether the headset was silent in it."""
        voice = Voice(self._tell, self._changed.set, client.run_javascript)
        self._do = DeskActions(
            self._feed,
            user.username,
            words,
            lambda: self._presence,
            lambda: self._now().call,
            voice,
            self._allowed,
        )

    # --- life ---

    def build(self) -> None:
        """Draw the frame and begin to follow the feed."""
        words, username = self._words, self._user.username
        self._presence = self._feed.presence(self._user)
        self._page = page = self._feed.attendance.page_number()
        self._unsubscribe = self._feed.subscribe(username, self._changed.set)
        with El("div", "desk", data_theme=self._theme) as self._root:
            self._header = Header(
                words, self._user, self._do, self._plan.break_reasons, self._theme, self._leave
            )
            self._notice = Panel(El("div", "notices", role="alert"))
            self._strip = CallsStrip(words, self._show_call, self._answer)
            self._main = El("main", "grid mode-idle")
            with self._main:
                self._left = Panel(El("aside", "pane left", aria_label=words("caller")))
                self._middle = Panel(El("section", "pane middle", aria_label=words("conversation")))
                self._right = Panel(El("aside", "pane right", aria_label=words("suggestions")))
            footer(words, self._softphone, self._user.phone, self._by_phone, self._feed.calls_out)
        controls = CallControls(words, username, self._do, list(self._plan.queues), self._colleagues)
        self._conversation = ConversationPanel(words, username, self._do, controls)
        self._offer = OfferPanel(words, self._answer)
        self._help = HelpPanel(words, self._feed, self._do, lambda: self._now().call)
        self._case = CasePanel(
            words, username, self._do, self._site.wrap_up_codes, self._finish, self._discard
        )
        self._draw()
        self._tasks = [
            asyncio.create_task(self._keep_drawing(), name=f"desk-{username}"),
            asyncio.create_task(self._keep_checking(), name=f"desk-session-{username}"),
        ]

        def connected() -> None:
            if self._over:
                self._client.run_javascript("tp.leave()")
                return
            self._presence = self._feed.connect(self._presence, page)
            self._presence.by_phone = self._by_phone
            self._root.props["data-live"] = "true"
            self._changed.set()

        def disconnected() -> None:
            if not self._client.has_socket_connection:
                self._feed.disconnect(self._presence, page)

        self._client.on_connect(connected)
        self._client.on_disconnect(disconnected)
        self._client.on_delete(self._close)

    def _close(self) -> None:
        """Nothing more is drawn, and the agent is no longer here."""
        self._unsubscribe()
        self._feed.close_page(self._presence, self._page)
        for task in self._tasks:
            task.cancel()

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
            await self._allowed()  # where not, this is ended too
            await asyncio.sleep(_CHECK_S)

    async def _allowed(self) -> bool:
        """Whether the agent still may be here; where not, the page is over, whatever its browser does."""
        if self._over:
            return False
        try:
            async with asyncio.timeout(_CHECK_WITHIN_S):
                user = await self._who()
        except (SQLAlchemyError, TimeoutError):  # a database that is away shuts nobody out
            logger.exception("desk: the session of %s could not be checked", self._user.username)
            return True
        if user is not None:
            self._user = user
            self._feed.attendance.user_changed(user)  # whoever changed it, on the command line too
            return True
        self._over = True
        self._close()
        self._client.run_javascript("tp.leave()")
        return False

    # --- drawing ---

    def _now(self) -> DeskView:
        return view(self._feed, self._presence, self._wrap_ups.late, self._page, self._chosen)

    def _draw(self) -> None:
        now = self._now()
        self._tell_what_came(now)
        waits = now.offered is not None and self._chosen == now.offered.id
        if now.mode in ("talk", "wrap") and now.call is not None and not waits:
            self._chosen = now.call.id  # it stays in front until another is chosen, or it is over
        self._wrap_ups.see(now.tabs)
        self._strip.update(now)
        self._header.update(now, self._presence.reason)
        self._main.classes(replace=f"grid mode-{now.mode}")
        # One more call that is offered beside this one draws nothing of it anew.
        offer_id = now.offer_id if now.mode == "offer" else ""
        stage = (now.mode, now.call.id if now.call else "", offer_id, now.late, now.colleague)
        if now.mode in ("idle", "offer", "elsewhere"):
            self._left.show(stage, lambda: None)
            self._right.show(stage, lambda: None)
        if now.mode == "idle":
            languages = self._presence.command().languages
            self._middle.show(
                (*stage, now.state, now.why_not_ready),
                lambda: draw_idle(now, self._words, self._do, languages),
            )
        elif now.mode == "elsewhere":
            self._middle.show(stage, lambda: draw_elsewhere(self._words, self._take_back))
        elif now.mode == "offer":
            assert now.call is not None
            if self._middle.show(stage, lambda: self._offer.build(now)):
                self._do.run("tp.focus('offer')")
            self._offer.update(now.call)
        else:
            self._draw_call(now, stage)
        self._ring(bool(now.offer_id))
        self._sound(now.mode != "elsewhere")
        self._mute(now)

    def _draw_call(self, now: DeskView, stage: tuple[object, ...]) -> None:
        call, words = now.call, self._words
        assert call is not None
        number = self._revealed[1] if self._revealed[0] == call.id else ""
        show = self._show_number if self._site.audit is not None and may_unmask(self._user) else None

        def left() -> None:
            caller_head(call, words, number=number, show=show)
            with El("div", "scroll", tabindex="0", role="region", aria_label=words("customer")):
                context_blocks(call, words)

        self._left.show(("call", context_key(call), number), left)
        fresh = self._middle.show(stage, lambda: self._conversation.build(now))
        if not fresh:
            self._conversation.update(call)
        if now.mode == "talk":
            if self._right.show(stage, lambda: self._build_help(call)):
                self._do.run(f"tp.fill('{COMPOSER}', ''); tp.focus('{COMPOSER}')")
            self._help.update(call)
        elif self._right.show(stage, lambda: self._case.build_wrap_up(now)):
            self._fill_boxes(call)
            text = summary_text(call, self._user.username, words)
            self._do.run(f"tp.fill('{SUMMARY}', {js(text)}); tp.focus('{SUMMARY}')")
        self._case.update(now)

    def _build_help(self, call: LiveCall) -> None:
        self._help.build()
        self._case.build_notes(call)
        self._fill_boxes(call)

    def _fill_boxes(self, call: LiveCall) -> None:
        self._do.run(f"tp.fill('notes', {js(call.draft(self._user.username).notes)})")

    def _ring(self, ringing: bool) -> None:
        if ringing != self._ringing:
            self._ringing = ringing
            self._do.run(f"tp.ring({js(self._words('new_call') if ringing else '')})")

    def _sound(self, here: bool) -> None:
        """The headset belongs to the window that has the work."""
        if here != self._sounding:
            self._sounding = here
            self._do.run(f"tp.sound({'true' if here else 'false'})")

    def _mute(self, now: DeskView) -> None:
        """The headset follows the call that has its sound, so that nobody talks on muted from an earlier one; which
        call is shown changes nothing."""
        if now.mode == "elsewhere":
            self._muted = None  # the headset begins anew when the work is back
            return
        muted = headset_muted((one.call for one in now.tabs), self._user.username)
        if muted is not None and muted != self._muted:
            self._muted = muted
            self._do.run(f"tp.mute({'true' if muted[1] else 'false'})")

    def _tell(self, text: str, kind: Literal["good", "bad"] = "bad") -> None:
        self._notice.show(object(), lambda: El("div", f"notice {kind}", text))

    def _have_read(self) -> None:
        """A page that comes back from a long loss may be loaded anew at once, and then tells it again."""
        self._reading = False
        if self._client.has_socket_connection and not self._over:
            self._feed.given_back.discard(self._user.username)

    def _tell_what_came(self, now: DeskView) -> None:
        """Say once what happened without the agent's doing."""
        words, username = self._words, self._user.username
        for name, lapsed in self._wrap_ups.ended(now.tabs):
            if lapsed != "failed":
                self._do.run(f"tp.forget({js(name)})")
                self._tell(words("wrap_ended_itself" if lapsed == "empty" else "wrap_saved_itself"), "good")
            elif not now.late:  # its form is shown when the calls that go on are over
                self._tell(words("wrap_late"))
        if username in self._feed.given_back and self._client.has_socket_connection and not self._reading:
            self._reading = True
            self._tell(words("given_back"))
            asyncio.get_running_loop().call_later(_READ_S, self._have_read)
        if now.call is not None and (news := (now.call.id, now.call.news_number)) != self._told_news:
            self._told_news = news
            if now.call.news:
                bad = now.call.news != "code_taken"
                self._tell(words(now.call.news), "bad" if bad else "good")

    # --- what the agent does ---

    def _colleagues(self) -> list[dict[str, Any]]:
        others = (one for one in self._feed.agents() if one["user"] != self._user.username)
        return [one for one in others if one["state"] not in ("offline", "gone")]

    async def _take_back(self) -> None:
        if await self._allowed():
            self._feed.take_over(self._presence, self._page)

    async def _answer(self, accept: bool) -> None:
        now = self._now()
        if accept and now.offered is not None:
            self._chosen = now.offered.id  # shown as soon as it is theirs
        await self._do.answer(now.offer_id, accept)

    def _show_call(self, call_id: str) -> None:
        """Another of the agent's calls; who is heard does not change by looking."""
        self._chosen = call_id
        self._changed.set()

    async def _show_number(self) -> None:
        call = self._now().call
        if call is None or self._site.audit is None or not await self._allowed():
            return
        try:
            number = await unmask(self._site.audit, self._user, call.id, caller_number(call), "desk")
        except NotAllowed:
            self._tell(self._words("not_allowed"))
        except SQLAlchemyError:
            logger.exception("desk: a look at a number could not be logged, so it was not shown")
            self._tell(self._words("not_logged"))
        else:
            self._revealed = (call.id, number)
            asyncio.get_running_loop().call_later(NUMBER_SHOWN_S, self._hide_number)
        self._changed.set()

    def _hide_number(self) -> None:
        self._revealed = ("", "")
        self._changed.set()

    async def _finish(self, call: LiveCall, summary: str, notes: str, code: str) -> None:
        if await self._do.finish(call, summary, notes, code):
            self._wrap_ups.done(call.id)

    async def _discard(self) -> None:
        now = self._now()
        if now.late and now.call is not None:
            now.call.draft(self._user.username).lapsed = ""
            self._wrap_ups.done(now.call.id)
        self._changed.set()

    async def _leave(self) -> None:
        await self._feed.wish(self._presence, "offline")
        await self._log_out()
        self._client.run_javascript("tp.leave()")
