"""``/phone``: a page to call from. Plain HTML and one ES module; it works for strangers, where they may call."""

from __future__ import annotations

import hashlib
import html
import json
from pathlib import Path

from fastapi import APIRouter, Request, Response

from app.web.line_access import LineAccess
from app.web.texts_phone import SPOKEN
from core.console import plain_page, request_language, t
from core.console.pages import refusal
from core.languages import Language, parse_language
from core.web import current_session

router = APIRouter(include_in_schema=False)

_STATIC = Path(__file__).parent / "static"
_FILES = {
    "phone.js": (_STATIC / "phone.js", "text/javascript; charset=utf-8"),
    "phone.css": (_STATIC / "phone.css", "text/css; charset=utf-8"),
    "softphone.js": (
        Path(__file__).parents[2] / "assist/desk/static/softphone.js",
        "text/javascript; charset=utf-8",
    ),
}
_VERSION = hashlib.sha256(b"".join(path.read_bytes() for path, _ in _FILES.values())).hexdigest()[:12]
ASSETS = f"/phone-assets/{_VERSION}"
"""Changes with what is in them, so browsers may keep them."""
_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#")


@router.get("/phone-assets/{version}/{name}")
async def asset(version: str, name: str) -> Response:
    if name not in _FILES:
        return Response(status_code=404)
    path, kind = _FILES[name]
    keep = "public, max-age=31536000" if version == _VERSION else "no-store"
    return Response(path.read_bytes(), media_type=kind, headers={"Cache-Control": keep})


@router.get("/phone")
async def phone(request: Request, language: str = "") -> Response:
    line: LineAccess = request.app.state.parts.line
    session = await current_session(request)
    if not line.public and session is None:
        return await refusal(request)
    try:
        chosen = parse_language(language)
    except ValueError:
        chosen = request_language(request, session.user if session else None)
    return plain_page(request, t("phone.title", chosen), _body(line, chosen), language=chosen)


def _body(line: LineAccess, language: Language) -> str:
    def word(key: str) -> str:
        return html.escape(t(f"phone.{key}", language), quote=True)

    words = json.dumps({key: t(f"phone.{key}", language) for key in SPOKEN}, ensure_ascii=False)
    words = words.replace("<", "\\u003c")
    names = {"*": word("star"), "#": word("hash")}
    keys = "".join(
        f'<button type="button" class="phone-key" data-key="{key}" aria-label="{names.get(key, key)}">{key}</button>'
        for key in _KEYS
    )
    number = (
        f'<label for="number">{word("call_from")}</label>'
        '<input id="number" type="tel" maxlength="16" placeholder="+8613900139001" autocomplete="off">'
        if line.demo
        else ""
    )
    others = "".join(
        f'<a href="/phone?language={one.value}" lang="{one.value}">{one.own_name}</a>'
        for one in Language
        if one != language
    )
    return f"""<link rel="stylesheet" href="{ASSETS}/phone.css">
<script type="application/json" id="phone-words">{words}</script>
<script type="module" src="{ASSETS}/phone.js"></script>
<h1>{word("title")}</h1>
<p class="tp-muted">{word("intro")}</p>
<div class="phone" data-state="idle" data-language="{language.value}">
<p class="phone-status"><span id="status" role="status">{word("idle")}</span><span id="clock" class="tp-number"></span></p>
<p id="problem" class="tp-alert" role="alert" hidden></p>
<div class="phone-buttons">
<button type="button" id="call" class="tp-button">{word("call")}</button>
<button type="button" id="hang-up" class="phone-hang-up" hidden>{word("hang_up")}</button>
<button type="button" id="mute" class="phone-second" aria-pressed="false" hidden>{word("mute")}</button>
</div>
<div class="phone-levels">
<label for="level">{word("your_voice")}</label><meter id="level" min="0" max="1" value="0"></meter>
<label for="heard">{word("our_voice")}</label><meter id="heard" min="0" max="1" value="0"></meter>
</div>
<div class="phone-keys" role="group" aria-label="{word("keypad")}">{keys}</div>
<label for="microphone">{word("microphone")}</label>
<select id="microphone"><option value="">{word("default_microphone")}</option></select>
{number}
</div>
<nav class="tp-languages" aria-label="{html.escape(t("console.language", language))}">{others}</nav>"""
