"""A page of the consoles that is open without a browser: what it shows, kept up to date over the page's own socket.

Browsers cost a hundred times what a page costs the platform, so that many pages can be open only without them. The
page's elements come with its HTML, changes over a socket (NiceGUI's protocol); presses go back over the same socket.
"""

from __future__ import annotations

import ast
import html
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import socketio

from core.web import COOKIE

_ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
_QUERY = re.compile(r"^\s*query: (\{.*\}),\s*$", re.MULTILINE)
_SOCKET = "/_nicegui_ws/socket.io"
_CONNECT_S = 30.0

Element = dict[str, Any]


class OpenPage:
    """Connect it with ``open``; ``elements`` is then what a browser would show.

    Args:
        on_change: called with the time of day of each change after the page is there.
    """

    def __init__(self, on_change: Callable[[float], None]) -> None:
        self.elements: dict[str, Element] = {}
        self._on_change = on_change
        self._client_id = ""
        self._socket = socketio.AsyncClient(reconnection=False)
        self._socket.on("update", self._update)
        self.connected = False

    async def open(self, client: httpx.AsyncClient, url: str, path: str, secret: str) -> None:
        """Load the page, and connect as its browser does.

        Args:
            secret: of the session of who opens it.

        Raises:
            httpx.HTTPError: the page is not given.
            socketio.exceptions.ConnectionError: its socket is refused.
            ValueError: what is given is no page of the consoles.
        """
        headers = {"cookie": f"{COOKIE}={secret}"}
        answer = await client.get(f"{url}{path}", headers=headers)
        answer.raise_for_status()
        elements, query = _ELEMENTS.search(answer.text), _QUERY.search(answer.text)
        if elements is None or query is None:
            raise ValueError(f"{path} holds no elements: {answer.text[:200]!r}")
        self.elements = json.loads(html.unescape(elements[1]))
        wanted = ast.literal_eval(query[1])  # written as Python writes it, which JavaScript reads too
        self._client_id = wanted["client_id"]
        wanted |= {"tab_id": str(uuid.uuid4()), "document_id": str(uuid.uuid4())}
        self._socket.on("disconnect", self._lost)
        await self._socket.connect(
            f"{url}?{httpx.QueryParams(wanted)}",
            headers=headers,
            transports=["websocket"],
            socketio_path=_SOCKET,
            wait_timeout=_CONNECT_S,
        )
        self.connected = True

    async def close(self) -> None:
        await self._socket.disconnect()

    def find(self, **props: str) -> tuple[str, Element] | None:
        """The first element with these attributes (``data_wish`` is ``data-wish``), with its id."""
        wanted = {name.replace("_", "-"): value for name, value in props.items()}
        for key, element in self.elements.items():
            own = element.get("props", {})
            if all(own.get(name) == value for name, value in wanted.items()):
                return key, element
        return None

    def of_class(self, name: str) -> Iterator[Element]:
        """Elements with this class."""
        return (one for one in self.elements.values() if name in one.get("class", ()))

    def choices(self, **props: str) -> list[str]:
        """Values of the list with these attributes, without the empty one."""
        found = self.find(**props)
        options = (
            self.elements.get(str(child), {}) for child in (found[1].get("children", ()) if found else ())
        )
        return [value for one in options if (value := one.get("props", {}).get("value"))]

    async def press(self, *args: str, **props: str) -> float:
        """Click the element with these attributes, or, with ``args``, choose this value in it.

        Returns:
            The time of day at which it was pressed.

        Raises:
            LookupError: it is not there, or nothing would happen.
        """
        found = self.find(**props)
        listeners = found[1].get("events", []) if found else []
        if found is None or not listeners:
            raise LookupError(f"nothing to press: {props}")
        told: tuple[Any, ...] = args or ({},)
        at = time.time()
        await self._socket.emit(
            "event",
            {
                "client_id": self._client_id,
                "id": int(found[0]),
                "listener_id": listeners[0]["listener_id"],
                "args": [json.dumps(arg) for arg in told],
            },
        )
        return at

    def _update(self, changed: dict[str, Element | None]) -> None:
        at = time.time()
        changed.pop("_id", None)
        for key, element in changed.items():
            if element is None:
                self.elements.pop(key, None)
            else:
                self.elements[key] = element
        self._on_change(at)

    def _lost(self, *_: object) -> None:
        self.connected = False
