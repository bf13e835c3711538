"""The words of the consoles in four languages, and which of them a page is written in."""

from __future__ import annotations

from fastapi import Request
from nicegui import context

from core.identity import User
from core.languages import Language, parse_language

LANGUAGE_COOKIE = "tetraphone_language"
_STORED = "surface_language"

_tables: dict[str, dict[str, str]] = {}


def register_translations(room: str, table: dict[str, dict[str, str]]) -> None:
    """Add a room's texts: ``{"title": {"en": ..., "zh": ..., "ja": ..., "ko": ...}}`` becomes ``room.title``.

    Raises:
        ValueError: if a text is missing in one of the four languages.
    """
    for key, texts in table.items():
        missing = [language.value for language in Language if not texts.get(language.value)]
        if missing:
            raise ValueError(f"the text {room}.{key} is missing in: {', '.join(missing)}")
        _tables[f"{room}.{key}"] = dict(texts)


def t(key: str, language: Language | str | None = None, /, **values: object) -> str:
    """The text ``room.key`` in the page's language, with ``{name}`` places filled in.

    Args:
        language: instead of the language of the page that is being built or handles an event.

    Raises:
        KeyError: if no room registered the key; a page then fails in its test and not before a user.
    """
    chosen = Language(language) if language else surface_language()
    text = _tables[key][chosen.value]
    return text.format(**values) if values else text


def has_text(key: str) -> bool:
    """Whether a room registered the key, for names that come from data (intents, outcomes)."""
    return key in _tables


def surface_language() -> Language:
    """The language of the page that is being built or handles an event; English outside of one."""
    try:
        stored = context.client.storage.get(_STORED)
    except RuntimeError:  # not inside a page
        return Language.EN
    return Language(stored) if stored else Language.EN


def set_surface_language(language: Language) -> None:
    """Fix the language of the page that is being built."""
    context.client.storage[_STORED] = language.value


def request_language(request: Request, user: User | None = None) -> Language:
    """The language chosen by cookie, else the user's first, else the browser's, else English."""
    wishes = [request.cookies.get(LANGUAGE_COOKIE, "")]
    wishes += list(user.languages[:1]) if user else []
    wishes += _accepted(request.headers.get("accept-language", ""))
    for wish in wishes:
        try:
            return parse_language(wish)
        except ValueError:
            continue
    return Language.EN


def _accepted(header: str) -> list[str]:
    """The codes of an Accept-Language header, most wanted first."""
    weighted: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")):
        code, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if code:
            weighted.append((-weight, place, code))
    return [code for _, _, code in sorted(weighted)]


register_translations(
    "console",
    {
        "skip": {
            "en": "Skip to content",
            "zh": "跳到正文",
            "ja": "本文へ移動",
            "ko": "본문으로 건너뛰기",
        },
        "navigation": {
            "en": "Main navigation",
            "zh": "主导航",
            "ja": "メインナビゲーション",
            "ko": "주 메뉴",
        },
        "desk": {"en": "Desk", "zh": "坐席", "ja": "デスク", "ko": "상담 데스크"},
        "calls": {"en": "Calls", "zh": "通话", "ja": "通話", "ko": "통화"},
        "wall": {"en": "Wallboard", "zh": "现场大屏", "ja": "ウォールボード", "ko": "상황판"},
        "qa": {"en": "Quality", "zh": "质检", "ja": "品質管理", "ko": "품질"},
        "latency": {"en": "Reply times", "zh": "应答时延", "ja": "応答時間", "ko": "응답 시간"},
        "admin": {"en": "Administration", "zh": "系统管理", "ja": "管理", "ko": "관리"},
        "knowledge": {"en": "Knowledge", "zh": "知识库", "ja": "ナレッジ", "ko": "지식"},
        "language": {"en": "Language", "zh": "界面语言", "ja": "表示言語", "ko": "표시 언어"},
        "theme": {"en": "Appearance", "zh": "外观", "ja": "表示テーマ", "ko": "화면 모드"},
        "theme_auto": {
            "en": "As the system",
            "zh": "跟随系统",
            "ja": "システムに合わせる",
            "ko": "시스템 설정",
        },
        "theme_light": {"en": "Light", "zh": "浅色", "ja": "ライト", "ko": "밝게"},
        "theme_dark": {"en": "Dark", "zh": "深色", "ja": "ダーク", "ko": "어둡게"},
        "user": {"en": "Logged in as", "zh": "当前用户", "ja": "ログイン中", "ko": "로그인 사용자"},
        "log_out": {"en": "Log out", "zh": "退出登录", "ja": "ログアウト", "ko": "로그아웃"},
        "session_over": {
            "en": "Your session has ended. Please log in again.",
            "zh": "登录已失效，请重新登录。",
            "ja": "セッションが終了しました。もう一度ログインしてください。",
            "ko": "세션이 끝났습니다. 다시 로그인해 주세요.",
        },
        "forbidden": {
            "en": "Not open to you",
            "zh": "无权访问",
            "ja": "アクセスできません",
            "ko": "접근 권한이 없습니다",
        },
        "forbidden_why": {
            "en": "This page needs one of these roles: {roles}. Ask an administrator if it should be yours.",
            "zh": "此页面需要以下角色之一：{roles}。如需权限，请联系管理员。",
            "ja": "このページを開くには次のいずれかの役割が必要です：{roles}。必要な場合は管理者に依頼してください。",
            "ko": "이 페이지를 열려면 다음 역할 중 하나가 필요합니다: {roles}. 필요하면 관리자에게 요청하세요.",
        },
        "not_found": {
            "en": "No such page",
            "zh": "页面不存在",
            "ja": "ページが見つかりません",
            "ko": "페이지를 찾을 수 없습니다",
        },
        "not_found_why": {
            "en": "The address may be mistyped, or what it showed was removed.",
            "zh": "网址可能有误，或者内容已被删除。",
            "ja": "アドレスが間違っているか、内容が削除された可能性があります。",
            "ko": "주소가 잘못되었거나 내용이 삭제되었을 수 있습니다.",
        },
        "failed": {
            "en": "This page could not be built",
            "zh": "页面加载失败",
            "ja": "ページを表示できませんでした",
            "ko": "페이지를 표시하지 못했습니다",
        },
        "failed_why": {
            "en": "Something went wrong here, not with you; it was logged. Try again in a moment.",
            "zh": "系统内部出错，已记录日志。请稍后重试。",
            "ja": "システム側で問題が発生し、記録されました。しばらくしてからもう一度お試しください。",
            "ko": "시스템에 문제가 생겨 기록했습니다. 잠시 후 다시 시도해 주세요.",
        },
        "home": {"en": "To the start page", "zh": "返回首页", "ja": "トップへ戻る", "ko": "시작 페이지로"},
    },
)
