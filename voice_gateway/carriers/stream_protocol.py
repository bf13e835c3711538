"""The server's side of a stream's WebSocket: messages go to the call as they arrive.

Fifty times a second and call, what uvicorn does for any WebSocket (a queue, a reader woken, the socket told to pause
and to go on) would cost more than all that is done with the sound. So a call may take its messages straight from the
socket; it bounds by itself what it keeps, and never makes the carrier wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.utils import apply_mask

TAKES = "tetraphone.takes"
"""The extension of the scope by which a call takes its messages."""

_TEXT = 0x80 | Opcode.TEXT
_MASKED, _LENGTH, _TWO_BYTES = 0x80, 0x7F, 126

Take = Callable[[str], None]


class StreamProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's WebSocket with a short way for text messages; all others go the usual one."""

    _take: Take | None = None

    async def run_asgi(self) -> None:
        extensions = cast(dict[str, Any], self.scope["extensions"])
        extensions[TAKES] = self._takes
        await super().run_asgi()

    def _takes(self, take: Take) -> None:
        self._take = take

    def data_received(self, data: bytes) -> None:
        # A message may end the call, so each is looked at only when the one before it has been taken.
        begins = 0
        while begins < len(data) and self._take is not None and self._is_between_messages():
            found = next_text(data, begins)
            if found is None:
                break
            text, begins = found
            self._take(text)
        if begins < len(data):
            super().data_received(data[begins:])

    def _is_between_messages(self) -> bool:
        """Whether the next byte begins a message that nothing stands before."""
        connection = self.conn
        return (
            connection.state is State.OPEN
            and not connection.reader.buffer
            and not self.frames
            and self.queue.empty()
        )

    def send_receive_event_to_app(self) -> None:
        straight = (
            self._take is not None
            and self.curr_msg_data_type == "text"
            and not self.close_sent
            and self.queue.empty()
        )
        if straight and (text := _decoded(b"".join(self.frames))) is not None:
            self.frames = []
            cast(Take, self._take)(text)
        else:
            super().send_receive_event_to_app()


def take_messages(scope: Scope, take: Take) -> None:
    """Have ``take`` called with each text message from now on, where the server can; else they are to be received.

    What came before is still to be received; as long as it is not, later ones wait behind it.
    """
    takes = scope.get("extensions", {}).get(TAKES)
    if takes is not None:
        takes(take)


def next_text(data: bytes, begins: int = 0) -> tuple[str, int] | None:
    """The text of the frame that begins at this byte, and where the next one begins.

    Nearly always there is one whole text frame in what was read, or several where this process was busy. None where
    anything else begins here.
    """
    if len(data) - begins < 8 or data[begins] != _TEXT or not data[begins + 1] & _MASKED:
        return None
    size, mask = data[begins + 1] & _LENGTH, begins + 2
    if size > _TWO_BYTES:
        return None
    if size == _TWO_BYTES:
        size, mask = int.from_bytes(data[mask : mask + 2], "big"), mask + 2
    ends = mask + 4 + size
    if len(data) < ends:
        return None
    text = _decoded(apply_mask(data[mask + 4 : ends], data[mask : mask + 4]))
    return None if text is None else (text, ends)


def _decoded(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None
