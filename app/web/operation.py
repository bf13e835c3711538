"""How the process is: ``/healthz``, ``/readyz``, ``/metrics``."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client.parser import text_string_to_metric_families

from app.web.parts import WebParts
from app.web.problems import Problem
from core import metrics

logger = logging.getLogger(__name__)
router = APIRouter(tags=["operation"])
_PATIENCE_S = 3.0


@router.get("/healthz", summary="The process answers")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", summary="Everything that it needs answers", responses={503: {}})
async def readyz(request: Request) -> JSONResponse:
    """200 if database, line and models are there; else 503, with a word on each."""
    parts: WebParts = request.app.state.parts
    names = ("database", "media", "models")
    found = await asyncio.gather(
        _state(_database(parts)), _state(parts.media.ready()), _state(parts.models.ready())
    )
    shown = {
        name: {"ready": ready, "state": state} for name, (ready, state) in zip(names, found, strict=True)
    }
    ready = all(one for one, _ in found)
    return JSONResponse({"status": "ready" if ready else "not_ready", "parts": shown}, 200 if ready else 503)


async def _database(parts: WebParts) -> tuple[bool, str]:
    await parts.db.ping()
    return True, "ready"


async def _state(asked: Any) -> tuple[bool, str]:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            ready, state = await asked
            return bool(ready), str(state)
    except TimeoutError:
        return False, f"no answer within {_PATIENCE_S:.0f} s"
    except Exception as error:
        # Whatever is wrong with a part, this page must say so and not fall over itself.
        logger.warning("readiness: %s", error)
        return False, f"failed ({type(error).__name__}); see the log"


@router.get("/metrics", summary="Prometheus text of this process and of the models process")
async def metrics_page(request: Request) -> Response:
    """From this machine, or with the bearer token of ``TETRAPHONE_METRICS_TOKEN``."""
    parts: WebParts = request.app.state.parts
    asker = request.client.host if request.client else ""
    if not metrics.may_scrape(request.headers, asker, parts.settings.metrics_token):
        message = "metrics are given to this machine, or with the bearer token of TETRAPHONE_METRICS_TOKEN"
        raise Problem(403, "forbidden", message)
    own, content_type = metrics.exposition()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            models = await parts.models.metrics()
    except Exception as error:
        logger.warning("metrics of the models process: %s", error)
        models = ""
    text = merged({"web": own.decode(), "models": models})
    return Response(text, media_type=content_type)


def merged(texts: dict[str, str]) -> str:
    """Several processes' texts as one: each sample labelled with its process, each family named once."""
    heads: dict[str, str] = {}
    samples: dict[str, list[str]] = {}
    for process, text in texts.items():
        try:
            families = list(text_string_to_metric_families(text))
        except ValueError:
            logger.warning("metrics of %s cannot be read and are left out", process)
            continue
        for family in families:
            name = f"{family.name}_total" if family.type == "counter" else family.name
            documentation = family.documentation.replace("\\", r"\\").replace("\n", r"\n")
            heads.setdefault(name, f"# HELP {name} {documentation}\n# TYPE {name} {family.type}")
            rows = samples.setdefault(name, [])
            for sample in family.samples:
                labels = {**sample.labels, "process": process}
                inner = ",".join(f'{key}="{_escaped(value)}"' for key, value in sorted(labels.items()))
                rows.append(f"{sample.name}{{{inner}}} {_number(sample.value)}")
    return "".join(f"{head}\n" + "".join(f"{row}\n" for row in samples[name]) for name, head in heads.items())


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return repr(value)
