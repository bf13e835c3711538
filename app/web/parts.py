"""What the web process is made of, handed in by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.web.line_access import LineAccess
from assist.wall import Wall
from core.administration import Administration
from core.commands import Command, Reply
from core.crypto import PersonKeys
from core.db import Database
from core.events import CallScored
from core.identity import Identity
from core.languages import Language
from core.log import EventLog
from core.views import CallList

MIB = 1024 * 1024


class Knowledge(Protocol):
    """The knowledge base as the web process sees it; the models process holds the real one.

    Answers are dataclasses, pydantic models or dictionaries with the names that ``docs/api.md`` lists. A
    refused document raises an exception with ``code`` and ``message``, an unknown one a ``LookupError``.
    """

    async def add(self, name: str, data: bytes, uploaded_by: str) -> Any: ...

    async def list(self) -> Any: ...

    async def remove(self, document_id: str) -> Any: ...

    async def search(self, query: str, language: Language | None = None, limit: int = 5) -> Any: ...


class Media(Protocol):
    """The process that holds the calls."""

    async def send(self, command: Command) -> Reply: ...

    async def state(self) -> dict[str, Any]: ...

    async def ready(self) -> tuple[bool, str]: ...


class Models(Protocol):
    """The models process, as far as its health goes."""

    async def ready(self) -> tuple[bool, str]: ...

    async def metrics(self) -> str: ...


class CallScoring(Protocol):
    async def rescore(self, interaction_id: str) -> CallScored: ...


@dataclass(frozen=True, slots=True)
class WebSettings:
    """
    Attributes:
        secure_cookies: send session cookies over HTTPS only.
        demo: show the demo log-ins on the log-in page.
        demo_logins: (user name, password, roles in words) to show there.
        metrics_token: bearer token for ``/metrics`` from other machines; '' means loopback only.
        upload_bytes: longest body of an upload; one document is bounded by the knowledge base itself.
        stream_limit: event streams at once.
    """

    secure_cookies: bool = False
    demo: bool = False
    demo_logins: tuple[tuple[str, str, str], ...] = ()
    metrics_token: str = ""
    upload_bytes: int = 64 * MIB
    body_bytes: int = MIB
    stream_limit: int = 200


@dataclass(slots=True)
class WebParts:
    """
    Attributes:
        log: started and closed by whoever made it.
        wall: the wallboard; followed here. None: there is none.
        line: how browsers reach the line.
        pages: functions that register the pages of other rooms, called once.
        background: tasks to keep running beside the call list, by name; each runs for ever.
    """

    db: Database
    log: EventLog
    identity: Identity
    call_list: CallList
    recordings_folder: Path
    person_keys: PersonKeys
    knowledge: Knowledge
    media: Media
    models: Models
    scorer: CallScoring
    administration: Administration
    wall: Wall | None = None
    line: LineAccess = field(default_factory=LineAccess)
    settings: WebSettings = field(default_factory=WebSettings)
    pages: Sequence[Callable[[], None]] = ()
    background: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
