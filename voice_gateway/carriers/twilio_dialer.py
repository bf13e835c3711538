"""Places calls over Twilio's REST API.

Twilio asks ``/twilio/answered`` what to do once the customer has answered (and is told to connect the stream), and
tells ``/twilio/status`` where they have not. Where it was a machine that answered, it says so with the question; both
are signed and carry what the call was placed for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from voice_gateway.carriers.outgoing import OutgoingCalls
from voice_gateway.carriers.twilio_settings import TWILIO_API, TwilioDialerSettings
from voice_gateway.dialer import CALL_BACK, NotReached

logger = logging.getLogger(__name__)


class TwilioDialer:
    """``voice_gateway.dialling.Dialer`` over Twilio; ``outgoing`` is told of answers by the webhooks."""

    def __init__(self, settings: TwilioDialerSettings, outgoing: OutgoingCalls) -> None:
        self._settings, self._outgoing = settings, outgoing
        http = _ApiAt(settings.api, timeout=settings.answer_s)
        self._client = Client(settings.account_sid, settings.auth_token, http_client=http)
        self._slots = asyncio.Semaphore(settings.at_once)
        self._stopping: set[asyncio.Task[None]] = set()
        """Calls that nobody waits for any more, until Twilio was told so."""

    async def ring(self, number: str, call_back: str, *, machines: bool = False) -> None:
        """See ``Dialer.ring``."""
        over = self._outgoing.expect(call_back, number, self._settings.number)
        placing = asyncio.create_task(self._place(number, call_back, machines, over), name="place a call")
        try:
            # The thread that asks cannot be cancelled, and what it asks for rings somewhere.
            await asyncio.shield(placing)
            # Twilio's own word comes first; a webhook that was lost must not leave us waiting.
            detecting_s = 0 if machines else self._settings.machine_s
            async with asyncio.timeout(self._settings.ring_s + detecting_s + self._settings.answer_s):
                why = await over
        except TimeoutError:
            why = "no_answer"
        finally:
            answered = over.done() and not over.cancelled() and over.result() == ""
            over.cancel()
            self._outgoing.forget(call_back)
            if not answered:
                await self._give_up(placing)
        if why:
            raise NotReached(why)

    async def _place(self, number: str, call_back: str, machines: bool, over: asyncio.Future[str]) -> str:
        settings, query = self._settings, urlencode({CALL_BACK: call_back})
        detects: dict[str, Any] = {}
        if settings.machine_s and not machines:
            # Twilio asks what to do only once it knows who has answered.
            detects = {"machine_detection": "Enable", "machine_detection_timeout": settings.machine_s}
        base = settings.public_url.rstrip("/")
        call = await self._asked(
            lambda: self._client.calls.create(
                to=number,
                from_=settings.number,
                url=f"{base}/twilio/answered?{query}",
                method="POST",
                timeout=settings.ring_s,
                status_callback=f"{base}/twilio/status?{query}",
                status_callback_method="POST",
                **detects,
            ),
            wanted=lambda: not over.cancelled(),
        )
        return str(call.sid)

    async def _give_up(self, placing: asyncio.Task[str]) -> None:
        """Let it ring no longer; where Twilio is still being asked for it, as soon as it is known, unawaited."""
        stopping = asyncio.create_task(self._stop(placing), name="stop a call")
        self._stopping.add(stopping)
        stopping.add_done_callback(self._stopping.discard)
        if placing.done():
            await asyncio.shield(stopping)

    async def _stop(self, placing: asyncio.Task[str]) -> None:
        """A call that is over already, or that was never placed, is none of our business."""
        try:
            sid = await placing
        except NotReached:
            return
        try:
            await self._asked(lambda: self._client.calls(sid).update(status="completed"))
        except NotReached as failure:
            logger.warning("call %s could not be stopped: %s", sid, failure.reason)

    async def _asked(self, question: Any, wanted: Callable[[], bool] = lambda: True) -> Any:
        """One request, in a thread of its own, as the client blocks.

        Args:
            wanted: whether it is still to be asked once it is its turn.

        Raises:
            NotReached: Twilio refused, or did not answer.
        """
        async with self._slots:
            if not wanted():
                raise NotReached("given_up")
            try:
                return await asyncio.to_thread(question)
            except TwilioRestException as error:
                logger.warning("Twilio refused: status %s, code %s", error.status, error.code)
                raise NotReached(_reason(error.status)) from None
            except (RequestException, TwilioException, OSError) as error:
                logger.warning("Twilio cannot be reached: %s", type(error).__name__)
                raise NotReached("carrier_away") from None


def _reason(status: int) -> str:
    if status == 429:
        return "carrier_busy"
    if status in (401, 403):
        return "carrier_refused"
    return "number_refused" if 400 <= status < 500 else "carrier_away"


class _ApiAt(TwilioHttpClient):  # type: ignore[misc, unused-ignore]
    """Twilio's own HTTP client, at another address where one is set."""

    def __init__(self, api: str, **options: Any) -> None:
        super().__init__(pool_connections=True, **options)
        self._api = api.rstrip("/")

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
        return super().request(method, self._api + url.removeprefix(TWILIO_API), *args, **options)
