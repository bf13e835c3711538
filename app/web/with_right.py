"""What is done on an open page by a right, and put on record: the user is told where it cannot be done."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

from assist.unmasking import NotAllowed
from core.console import notify, session_now, t
from core.identity import User

logger = logging.getLogger(__name__)


async def with_right(action: Callable[[User], Awaitable[None]]) -> None:
    """Do it for the user as they stand by now; to be called in a part of the page that stays."""
    who = "a user"
    try:
        session = await session_now()
        if session is None:
            return
        who = session.user.username
        await action(session.user)
    except NotAllowed:
        notify(t("callbacks.may_not"), "bad")
    except SQLAlchemyError:
        logger.exception("what %s wanted could not be put on record", who)
        notify(t("callbacks.refused.not_logged"), "bad")
