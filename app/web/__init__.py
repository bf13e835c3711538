"""The web process: consoles and REST API on one FastAPI app.

Reading order: ``parts`` (what it is given), ``build`` (how it is put together), ``api_session``,
``api_calls``, ``api_knowledge``, ``operation``; then the pages (``page_*``). It reads events and sends
commands; the calls themselves live in the media process.
"""

from app.web.build import build_web_app
from app.web.media_link import MediaAway, MediaLink
from app.web.models_probe import ModelsProbe
from app.web.parts import Knowledge, WebParts, WebSettings

__all__ = ["Knowledge", "MediaAway", "MediaLink", "ModelsProbe", "WebParts", "WebSettings", "build_web_app"]
