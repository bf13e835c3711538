"""What Twilio is told to do with a call. Pure: values in, TwiML out."""

from __future__ import annotations

from twilio.twiml.voice_response import Connect, Dial, VoiceResponse

from core.languages import Language

_VOICES = {
    Language.ZH: ("Polly.Zhiyu", "cmn-CN"),
    Language.EN: ("Polly.Joanna", "en-US"),
    Language.JA: ("Polly.Mizuki", "ja-JP"),
    Language.KO: ("Polly.Seoyeon", "ko-KR"),
}
_FAILED = {
    Language.ZH: "非常抱歉，系统出现了问题。",
    Language.EN: "We are very sorry, something went wrong on our side.",
    Language.JA: "大変申し訳ございません。システムに問題が発生しました。",
    Language.KO: "대단히 죄송합니다. 시스템에 문제가 생겼습니다.",
}
_BUSY = {
    Language.ZH: "非常抱歉，现在所有线路都在忙。",
    Language.EN: "We are very sorry, all our lines are busy.",
    Language.JA: "大変申し訳ございません。ただいま回線が混み合っております。",
    Language.KO: "대단히 죄송합니다. 지금은 모든 회선이 통화 중입니다.",
}
_PUTTING_THROUGH = {
    Language.ZH: "正在为您转接，请稍候。",
    Language.EN: "We are putting you through to a colleague. Please hold.",
    Language.JA: "担当者におつなぎいたします。少々お待ちください。",
    Language.KO: "상담원에게 연결해 드리겠습니다. 잠시만 기다려 주세요.",
}
_CALL_AGAIN = {
    Language.ZH: "请您稍后再拨。再见。",
    Language.EN: "Please call again a little later. Goodbye.",
    Language.JA: "恐れ入りますが、のちほどおかけ直しください。失礼いたします。",
    Language.KO: "잠시 후에 다시 전화해 주세요. 안녕히 계세요.",
}


def connect(stream_url: str, action_url: str, status_url: str, token: str) -> str:
    """Open a stream with the token, and ask ``action_url`` what next once it is over."""
    response = VoiceResponse()
    connected = Connect(action=action_url, method="POST")
    stream = connected.stream(url=stream_url, status_callback=status_url, status_callback_method="POST")
    stream.parameter(name="token", value=token)
    response.append(connected)
    return str(response)


def hang_up() -> str:
    response = VoiceResponse()
    response.hangup()
    return str(response)


def transfer(number: str) -> str:
    response = VoiceResponse()
    _dial(response, number)
    return str(response)


def apology(language: Language, fallback_number: str, *, busy: bool = False) -> str:
    """Say sorry in the caller's language, then put them through, or ask them to call again."""
    response = VoiceResponse()
    voice, locale = _VOICES[language]
    then = _PUTTING_THROUGH if fallback_number else _CALL_AGAIN
    space = " " if language.spaces_words else ""
    response.say(
        (_BUSY if busy else _FAILED)[language] + space + then[language], voice=voice, language=locale
    )
    if fallback_number:
        _dial(response, fallback_number)
    else:
        response.hangup()
    return str(response)


def _dial(response: VoiceResponse, number: str) -> None:
    dial = Dial(timeout=30)
    if number.startswith(("sip:", "sips:")):
        dial.sip(number)
    else:
        dial.number(number)
    response.append(dial)
