"""Commands to the media process over its Unix socket, and a look at its state.

``POST /command`` takes a ``core.commands`` command as JSON and answers a ``Reply``; ``GET /state`` gives
agents and waiting calls; ``GET /readyz`` says whether calls can be taken.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from prometheus_client import Counter
from pydantic import ValidationError

from core.commands import Command, Reply
from core.local_http import UnixTransport

COMMANDS = Counter(
    "tetraphone_commands_sent_total", "Commands sent to media by what became of them", ["do", "result"]
)

PARTIALS_TIMEOUT_S = 20.0
"""The other process answers within 10 s, with or without news."""


class MediaAway(Exception):
    """The media process does not answer; calls go on or come back by themselves, commands do not."""


class MediaLink:
    """One per web process; ``close`` it at the end.

    Args:
        socket_path: media's Unix socket; it need not be there yet.
        timeout_s: how long a command may take; it is not repeated, since the reply may just have been lost.
        transport: for tests.
    """

    def __init__(
        self,
        socket_path: Path | str,
        timeout_s: float = 5.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(
            transport=transport or UnixTransport(socket_path, most=64),
            base_url="http://media",
            timeout=httpx.Timeout(timeout_s, connect=min(1.0, timeout_s), pool=min(2.0, timeout_s)),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, command: Command) -> Reply:
        """Have a command carried out; a reply that is not ``ok`` says why in a sentence.

        Raises:
            MediaAway: if media is away, restarting or too slow. What became of the command is then unknown;
                sending it again under the same id does nothing twice.
        """
        do = str(getattr(command, "do", "command"))
        try:
            response = await self._client.post("/command", json=command.model_dump(mode="json"))
            if response.status_code >= 500:
                raise MediaAway(f"the line answered {response.status_code} to {do}; try again in a moment")
            reply = Reply.model_validate(response.json())
        except httpx.HTTPError as error:
            COMMANDS.labels(do, "away").inc()
            raise MediaAway(_sentence(error)) from error
        except (ValidationError, ValueError) as error:
            COMMANDS.labels(do, "failed").inc()
            raise MediaAway("the line gave an answer that cannot be read; see its log") from error
        except MediaAway:
            COMMANDS.labels(do, "failed").inc()
            raise
        COMMANDS.labels(do, "ok" if reply.ok else "refused").inc()
        return reply

    async def partials(self, after: int) -> dict[str, Any]:
        """What callers are saying at this moment, see ``voice_gateway.partials.PartialBoard``; waits for a change.

        Raises:
            MediaAway: if media is away.
        """
        try:
            response = await self._client.get(
                "/partials", params={"after": after}, timeout=PARTIALS_TIMEOUT_S
            )
            response.raise_for_status()
            fields: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise MediaAway("the line does not tell what is being said") from error
        return fields

    async def state(self) -> dict[str, Any]:
        """Agents and waiting calls, see ``assist.acd.AcdRouter.state``.

        Raises:
            MediaAway: if media does not answer.
        """
        try:
            response = await self._client.get("/state")
            response.raise_for_status()
            state = response.json()
        except httpx.HTTPError as error:
            raise MediaAway(_sentence(error)) from error
        except ValueError as error:
            raise MediaAway("the line gave an answer that cannot be read; see its log") from error
        if not isinstance(state, dict):
            raise MediaAway("the line gave an answer that cannot be read; see its log")
        return state

    async def ready(self) -> tuple[bool, str]:
        """Whether calls can be taken, and a word on why not."""
        try:
            response = await self._client.get("/readyz", timeout=2.0)
        except httpx.HTTPError as error:
            return False, _sentence(error)
        return response.is_success, "ready" if response.is_success else _short(response)


def _sentence(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "the line did not answer in time; try again in a moment"
    return "the line is away and is being started again; try again in a moment"


def _short(response: httpx.Response) -> str:
    return f"answers {response.status_code}: {response.text[:200]}"
