"""``/api/docs``: the API described on one page, made from the OpenAPI description, without scripts.

The usual pages for this load their code from other sites; a console that must work in a closed network,
under a strict content policy, does not.
"""

from __future__ import annotations

import html
import json
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse

from core.console import plain_page
from core.languages import Language

router = APIRouter(include_in_schema=False)
_METHODS = ("get", "post", "put", "patch", "delete")


@router.get("/api/openapi.json")
async def openapi(request: Request) -> JSONResponse:
    return JSONResponse(request.app.openapi())


@router.get("/api/docs")
async def docs(request: Request) -> HTMLResponse:
    body = f'<div class="tp-docs">{_page(request.app.openapi())}</div>'
    return plain_page(request, "API", body, language=Language.EN)


def _page(api: dict[str, Any]) -> str:
    groups: dict[str, list[str]] = {}
    links: list[str] = []
    for path, operations in api["paths"].items():
        for method in _METHODS:
            if method in operations:
                operation = operations[method]
                name = f"{method}-{path}".replace("/", "-").strip("-")
                links.append(
                    f'<li><a href="#{_e(name)}"><code>{method.upper()} {_e(path)}</code></a> '
                    f"{_e(operation.get('summary', ''))}</li>"
                )
                tag = (operation.get("tags") or ["other"])[0]
                groups.setdefault(tag, []).append(_operation(name, method, path, operation, api))
    intro = "".join(f"<p>{_code(part)}</p>" for part in api["info"].get("description", "").split("\n\n"))
    sections = "".join(f"<h2>{_e(tag.capitalize())}</h2>{''.join(parts)}" for tag, parts in groups.items())
    return (
        f"<h1>{_e(api['info']['title'])}</h1>{intro}"
        f'<p>For programs: <a href="/api/openapi.json">openapi.json</a></p><ul>{"".join(links)}</ul>{sections}'
    )


def _operation(name: str, method: str, path: str, operation: dict[str, Any], api: dict[str, Any]) -> str:
    described = "".join(
        f"<p>{_code(part)}</p>" for part in operation.get("description", "").split("\n\n") if part
    )
    return (
        f'<section class="tp-operation" id="{_e(name)}"><h3><span class="tp-badge tp-info">{method.upper()}</span> '
        f"<code>{_e(path)}</code></h3><p><strong>{_e(operation.get('summary', ''))}</strong></p>{described}"
        f"{_parameters(operation, api)}{_body(operation, api)}{_answers(operation, api)}</section>"
    )


def _parameters(operation: dict[str, Any], api: dict[str, Any]) -> str:
    rows = [
        f"<tr><td><code>{_e(one['name'])}</code></td><td>{_e(one['in'])}</td>"
        f"<td>{_type(one.get('schema', {}), api)}</td><td>{_code(one.get('description', ''))}</td></tr>"
        for one in operation.get("parameters", [])
    ]
    return _table("Parameters", ("name", "in", "type", "meaning"), rows)


def _body(operation: dict[str, Any], api: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return "".join(
        f"<h4>Body <code>{_e(kind)}</code></h4>{_fields(one.get('schema', {}), api)}"
        for kind, one in content.items()
    )


def _answers(operation: dict[str, Any], api: dict[str, Any]) -> str:
    parts = []
    for status, answer in operation.get("responses", {}).items():
        content: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
        schema: dict[str, Any] = content.get("schema", {})
        name = schema.get("$ref", "").rsplit("/", 1)[-1]
        if name in ("ErrorBody", "HTTPValidationError"):
            parts.append(f"<p><code>{status}</code> an error</p>")
            continue
        kinds = ", ".join(answer.get("content", {}))
        parts.append(
            f"<h4>{status} {_e(answer.get('description', ''))} <code>{_e(kinds)}</code></h4>{_fields(schema, api)}"
        )
    return "".join(parts)


def _fields(schema: dict[str, Any], api: dict[str, Any]) -> str:
    schema = _resolved(schema, api)
    rows = []
    for name, field in schema.get("properties", {}).items():
        note = _code(field.get("description", ""))
        required = "" if name in schema.get("required", ()) else " <em>optional</em>"
        rows.append(
            f"<tr><td><code>{_e(name)}</code>{required}</td><td>{_type(field, api)}</td><td>{note}</td></tr>"
        )
        inner = _resolved(field.get("items", {}), api)
        for under, deep in inner.get("properties", {}).items():
            text = _code(deep.get("description", ""))
            rows.append(
                f"<tr><td><code>{_e(name)}[].{_e(under)}</code></td><td>{_type(deep, api)}</td><td>{text}</td></tr>"
            )
    example = schema.get("example")
    shown = f"<pre>{_e(json.dumps(example, ensure_ascii=False, indent=2))}</pre>" if example else ""
    return _table("", ("field", "type", "meaning"), rows) + shown


def _resolved(schema: dict[str, Any], api: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        return found
    return schema


def _type(schema: dict[str, Any], api: dict[str, Any]) -> str:
    schema = _resolved(schema, api)
    if "anyOf" in schema:
        return " or ".join(_type(one, api) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{_e(str(one))}</code>" for one in schema["enum"])
    kind = str(schema.get("type", "any"))
    return f"list of {_type(schema.get('items', {}), api)}" if kind == "array" else _e(kind)


def _table(title: str, heads: tuple[str, ...], rows: list[str]) -> str:
    if not rows:
        return ""
    row = "".join(f'<th scope="col">{_e(head)}</th>' for head in heads)
    heading = f"<h4>{_e(title)}</h4>" if title else ""
    return f'{heading}<div class="tp-scroll"><table class="tp-table"><thead><tr>{row}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _code(text: str) -> str:
    """Escaped, with ``code`` set as such."""
    parts = _e(text).split("``" if "``" in text else "`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def _e(text: str) -> str:
    return html.escape(text, quote=True)
