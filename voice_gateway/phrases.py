"""The platform's own lines, the same for every bot: rendered ahead, so that they play while models is down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from core.languages import Language

RENDERED_PLACES = 9
"""Places in the queue whose announcement is rendered ahead; further back the caller hears no number."""


RENDERED_WAITS = (2, 5, 10, 15, 20, 30)
"""Expected waits in minutes that can be announced, rounded up; a longer one is not said."""
SHORTEST_WAIT_SAID_S = 30.0


class Phrase(StrEnum):
    """A fixed line; its value is the ``name`` of the spoken utterance in the log."""

    CONSENT = "platform_consent"
    ONE_MOMENT = "platform_one_moment"
    TECHNICAL = "platform_technical_problem"
    TRANSFERRING = "platform_transferring"
    WAITING = "platform_waiting"
    PLACE = "platform_place_in_queue"
    EXPECTED_WAIT = "platform_expected_wait"
    AGENT_JOINED = "platform_agent_joined"
    AGENT_LOST = "platform_agent_lost"
    SAY_AGAIN = "platform_say_again"
    NOBODY = "platform_nobody_available"
    BUSY = "platform_all_lines_busy"
    LINES_FULL = "platform_lines_full_please_wait"
    STILL_FULL = "platform_lines_still_full"
    CALL_BACK_OFFER = "platform_call_back_offer"
    CALL_BACK_AGREED = "platform_call_back_agreed"
    MUST_END = "platform_must_end"
    OFFER_CANTONESE = "platform_offer_to_cantonese_speakers"
    OFFER_SICHUAN = "platform_offer_to_sichuan_speakers"
    CLOSING = "platform_closing"


TEXTS: dict[Phrase, dict[Language, str]] = {
    Phrase.CONSENT: {
        Language.ZH: "为了保证服务质量，本次通话将被录音。",
        Language.EN: "This call will be recorded to help us serve you well.",
        Language.JA: "サービス向上のため、この通話は録音されます。",
        Language.KO: "서비스 품질을 위해 이 통화는 녹음됩니다.",
    },
    Phrase.ONE_MOMENT: {
        Language.ZH: "请稍等一下。",
        Language.EN: "One moment, please.",
        Language.JA: "少々お待ちください。",
        Language.KO: "잠시만 기다려 주세요.",
    },
    Phrase.TECHNICAL: {
        Language.ZH: "很抱歉，系统出现了故障。我为您转接人工客服。",
        Language.EN: "I am sorry, we have a technical problem. I will put you through to a colleague.",
        Language.JA: "申し訳ございません。システムに問題が発生しました。担当者におつなぎします。",
        Language.KO: "죄송합니다. 시스템에 문제가 생겼습니다. 상담원에게 연결해 드리겠습니다.",
    },
    Phrase.TRANSFERRING: {
        Language.ZH: "我现在为您转接，请不要挂断。",
        Language.EN: "I am transferring you now. Please stay on the line.",
        Language.JA: "ただいまおつなぎします。そのままお待ちください。",
        Language.KO: "지금 연결해 드리겠습니다. 끊지 말고 기다려 주세요.",
    },
    Phrase.WAITING: {
        Language.ZH: "客服人员正忙，请不要挂断，我们会尽快为您接通。",
        Language.EN: "Please stay on the line. A colleague will be with you as soon as possible.",
        Language.JA: "担当者におつなぎしますので、そのままお待ちください。",
        Language.KO: "상담원을 연결하고 있습니다. 잠시만 기다려 주세요.",
    },
    Phrase.PLACE: {
        Language.ZH: "您前面排队的位置是第{n}位。",
        Language.EN: "You are number {n} in the queue.",
        Language.JA: "現在、{n}番目にお待ちいただいております。",
        Language.KO: "현재 대기 순서는 {n}번입니다.",
    },
    Phrase.EXPECTED_WAIT: {
        Language.ZH: "预计{n}分钟之内为您接通。",
        Language.EN: "We expect to be with you within {n} minutes.",
        Language.JA: "{n}分以内におつなぎできる見込みです。",
        Language.KO: "{n}분 이내에 연결될 것으로 예상됩니다.",
    },
    Phrase.AGENT_JOINED: {
        Language.ZH: "客服人员已为您接通。",
        Language.EN: "A colleague is with you now.",
        Language.JA: "担当者におつなぎしました。",
        Language.KO: "상담원이 연결되었습니다.",
    },
    Phrase.AGENT_LOST: {
        Language.ZH: "很抱歉，与客服人员的连接中断了。我为您重新转接。",
        Language.EN: "I am sorry, we lost the connection to my colleague. I will connect you again.",
        Language.JA: "申し訳ございません。担当者との接続が切れました。もう一度おつなぎします。",
        Language.KO: "죄송합니다. 상담원과의 연결이 끊어졌습니다. 다시 연결해 드리겠습니다.",
    },
    Phrase.SAY_AGAIN: {
        Language.ZH: "很抱歉，刚才没有听清。请您再说一遍。",
        Language.EN: "I am sorry, that did not come through. Could you say it again, please?",
        Language.JA: "申し訳ございません。聞き取れませんでした。もう一度お願いいたします。",
        Language.KO: "죄송합니다. 잘 들리지 않았습니다. 다시 한번 말씀해 주세요.",
    },
    Phrase.NOBODY: {
        Language.ZH: "很抱歉，现在没有客服人员能接听。请您稍后再拨。再见。",
        Language.EN: "I am sorry, nobody is free to take your call right now. Please call again later. Goodbye.",
        Language.JA: "申し訳ございません。ただいま対応できる担当者がおりません。後ほどおかけ直しください。失礼いたします。",
        Language.KO: "죄송합니다. 지금은 통화할 수 있는 상담원이 없습니다. 나중에 다시 전화해 주세요. 안녕히 계세요.",
    },
    Phrase.BUSY: {
        Language.ZH: "很抱歉，目前所有线路都忙。请您稍后再拨。",
        Language.EN: "I am sorry, all our lines are busy. Please call again in a few minutes.",
        Language.JA: "申し訳ございません。ただいま回線が混み合っております。しばらくしてからおかけ直しください。",
        Language.KO: "죄송합니다. 지금은 모든 회선이 통화 중입니다. 잠시 후 다시 전화해 주세요.",
    },
    Phrase.LINES_FULL: {
        Language.ZH: "目前所有线路都忙。请不要挂断，我们很快就会为您接通。",
        Language.EN: "All our lines are busy at the moment. Please stay on the line, we will be with you shortly.",
        Language.JA: "ただいま回線が混み合っております。そのままお待ちください。まもなくおつなぎします。",
        Language.KO: "지금은 모든 회선이 통화 중입니다. 끊지 말고 기다려 주시면 곧 연결해 드리겠습니다.",
    },
    Phrase.STILL_FULL: {
        Language.ZH: "感谢您的等待。线路仍然繁忙，请继续等候。",
        Language.EN: "Thank you for waiting. Our lines are still busy. Please stay on the line.",
        Language.JA: "お待たせしております。回線はまだ混み合っております。そのままお待ちください。",
        Language.KO: "기다려 주셔서 감사합니다. 아직 모든 회선이 통화 중입니다. 조금만 더 기다려 주세요.",
    },
    Phrase.CALL_BACK_OFFER: {
        Language.ZH: "如果希望我们给您回电，请按一。",
        Language.EN: "If you would like us to call you back, please press one.",
        Language.JA: "折り返しのお電話をご希望の方は、一を押してください。",
        Language.KO: "다시 전화받기를 원하시면 일 번을 눌러 주세요.",
    },
    Phrase.CALL_BACK_AGREED: {
        Language.ZH: "好的，我们会尽快拨打您现在使用的号码。再见。",
        Language.EN: "Thank you. We will call you back on the number you are calling from. Goodbye.",
        Language.JA: "かしこまりました。おかけいただいている番号に折り返しお電話いたします。失礼いたします。",
        Language.KO: "알겠습니다. 지금 거신 번호로 다시 전화드리겠습니다. 안녕히 계세요.",
    },
    Phrase.MUST_END: {
        Language.ZH: "很抱歉，我们现在必须结束本次通话。请您过几分钟再拨。再见。",
        Language.EN: "I am sorry, we have to end this call now. Please call again in a few minutes. Goodbye.",
        Language.JA: "申し訳ございません。この通話はここで終了いたします。数分後におかけ直しください。失礼いたします。",
        Language.KO: "죄송합니다. 지금 통화를 종료해야 합니다. 몇 분 후에 다시 전화해 주세요. 안녕히 계세요.",
    },
    # Said in Mandarin to who speaks another Chinese; in other languages to who asked for one by name.
    Phrase.OFFER_CANTONESE: {
        Language.ZH: "很抱歉，我暂时听不懂广东话。您可以慢慢用普通话说，也可以说转人工，我为您接客服人员。",
        Language.EN: "I am sorry, I do not understand Cantonese yet. Please go on in Mandarin or English, or say: a person.",
        Language.JA: "申し訳ございません。広東語はまだ分かりません。日本語か標準中国語でお話しになるか、担当者、とおっしゃってください。",
        Language.KO: "죄송합니다. 광둥어는 아직 알아듣지 못합니다. 한국어나 표준 중국어로 말씀하시거나 상담원이라고 말씀해 주세요.",
    },
    Phrase.OFFER_SICHUAN: {
        Language.ZH: "很抱歉，四川话我听得不太准。您可以慢慢用普通话说，也可以说转人工，我为您接客服人员。",
        Language.EN: "I am sorry, I do not understand Sichuanese well. Please go on in Mandarin or English, or say: a person.",
        Language.JA: "申し訳ございません。四川語はよく分かりません。日本語か標準中国語でお話しになるか、担当者、とおっしゃってください。",
        Language.KO: "죄송합니다. 쓰촨 말은 잘 알아듣지 못합니다. 한국어나 표준 중국어로 말씀하시거나 상담원이라고 말씀해 주세요.",
    },
    Phrase.CLOSING: {
        Language.ZH: "感谢您的来电，再见。",
        Language.EN: "Thank you for calling. Goodbye.",
        Language.JA: "お電話ありがとうございました。失礼いたします。",
        Language.KO: "전화해 주셔서 감사합니다. 안녕히 계세요.",
    },
}


def phrase_text(phrase: Phrase, language: Language, **values: object) -> str:
    """The line's words, its places filled in."""
    return TEXTS[phrase][language].format(**values)


def minutes_announced(expected_wait_s: float | None) -> int | None:
    """The expected wait as callers hear it, in whole minutes; None: nothing is said about it."""
    if expected_wait_s is None or expected_wait_s < SHORTEST_WAIT_SAID_S:
        return None
    return next((minutes for minutes in RENDERED_WAITS if expected_wait_s <= minutes * 60), None)


def fixed_lines(
    places: int = RENDERED_PLACES, waits: Sequence[int] = RENDERED_WAITS
) -> Iterator[tuple[str, Language]]:
    """Every line to be rendered ahead and kept, with so many places in the queue, and these waits."""
    for phrase, texts in TEXTS.items():
        for language in texts:
            if phrase in (Phrase.PLACE, Phrase.EXPECTED_WAIT):
                for n in range(1, places + 1) if phrase is Phrase.PLACE else waits:
                    yield phrase_text(phrase, language, n=n), language
            else:
                yield texts[language], language
