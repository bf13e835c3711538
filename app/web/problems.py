"""Errors of the API: JSON ``{"error": {"code", "message"}}``, the message saying what to do."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from app.web.media_link import MediaAway

logger = logging.getLogger(__name__)

_CODES = {
    400: "bad_request",
    401: "not_logged_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    410: "gone",
    413: "too_large",
    415: "wrong_type",
    416: "range",
    422: "invalid",
    429: "too_many_requests",
    503: "unavailable",
}


class ErrorDetail(BaseModel):
    code: str
    """A stable word for programs."""
    message: str
    """A sentence for people, saying what to do."""


class ErrorBody(BaseModel):
    """What every error looks like."""

    error: ErrorDetail


class Problem(Exception):
    """An answer other than success; becomes an ``ErrorBody``."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


def error_response(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


def add_handlers(app: FastAPI) -> None:
    """Give every error of the app the one shape."""

    @app.exception_handler(Problem)
    async def problem(_request: Request, error: Problem) -> JSONResponse:
        return error_response(error.status, error.code, error.message, error.headers)

    @app.exception_handler(HTTPException)
    async def http(_request: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "error")
        return error_response(error.status_code, code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = "; ".join(_sentence(one) for one in error.errors()[:5])
        return error_response(422, "invalid", f"{wrong}. The description is at /api/docs.")

    @app.exception_handler(MediaAway)
    async def away(_request: Request, error: MediaAway) -> JSONResponse:
        return error_response(503, "line_away", str(error), {"Retry-After": "2"})

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return error_response(
            500, "failed", "something went wrong here, not with you; it was logged. Try again."
        )


def _sentence(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
    return f"{where}: {error['msg']}"
