"""The frame around every console page: who may see it, in which language, and how it looks.

A room writes a page as::

    @console_page("/calls", Role.QA, Role.SUPERVISOR)
    async def calls_page(session: Session) -> None:
        with frame(session, t("calls.title"), section="calls"):
            ui.label(...)

and its words as ``register_translations("calls", {"title": {"en": "Calls", "zh": ..., "ja": ..., "ko": ...}})``.
``install`` puts the consoles onto the web process's FastAPI app, once.
"""

from core.console.frame import Section, add_section, badge, empty_note, frame, local_time, notify
from core.console.install import RECONNECT_S, install
from core.console.pages import console_page, forbidden_page, page_session, plain_page, session_now
from core.console.texts import register_translations, request_language, surface_language, t

__all__ = [
    "RECONNECT_S",
    "Section",
    "add_section",
    "badge",
    "console_page",
    "empty_note",
    "forbidden_page",
    "frame",
    "install",
    "local_time",
    "notify",
    "page_session",
    "plain_page",
    "register_translations",
    "request_language",
    "session_now",
    "surface_language",
    "t",
]
