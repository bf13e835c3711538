"""The way from the web process to the process that holds the calls."""

from __future__ import annotations

from typing import Any, Protocol

from core.commands import Command, Reply


class MediaLink(Protocol):
    """Commands to the calls, and the state of the distribution. Both may fail: the other process may be away."""

    async def send(self, command: Command) -> Reply:
        """Ask for something; the reply says whether it was done.

        Raises:
            Exception: of any kind where the other process cannot be reached in time.
        """

    async def state(self) -> dict[str, Any]:
        """What ``AcdRouter.state`` returns. Raises as ``send`` does."""

    async def partials(self, after: int) -> dict[str, Any]:
        """What callers are saying: ``{"version", "calls": {id: {"text", "language", "start_s"}}}``.

        Returns as soon as the version is another than ``after``, or after a while. Raises as ``send`` does.
        """
