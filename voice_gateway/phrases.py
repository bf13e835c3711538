"""The platform's own lines, the same for every bot: rendered ahead, so that they play while models is down."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
    LINE_LOST = "platform_agent_line_lost"
    CODE = "platform_code"
    CODE_AGAIN = "platform_code_again"
    CODE_TAKEN = "platform_code_taken"
    SATISFACTION = "platform_satisfaction"
    SATISFACTION_AGAIN = "platform_satisfaction_again"
    SAY_AGAIN = "platform_say_again"
    NOBODY = "platform_nobody_available"
    BUSY = "platform_all_lines_busy"
    LINES_FULL = "platform_lines_full_please_wait"
    STILL_FULL = "platform_lines_still_full"
    CALL_BACK_OFFER = "platform_call_back_offer"
    CALL_BACK_AGREED = "platform_call_back_agreed"
    CALL_BACK_CHOICE = "platform_call_back_while_waiting"
    CALL_BACK_OWN_NUMBER = "platform_call_back_own_number"
    CALL_BACK_WHICH_NUMBER = "platform_call_back_which_number"
    CALL_BACK_READ_BACK = "platform_call_back_read_back"
    CALL_BACK_BAD_NUMBER = "platform_call_back_bad_number"
    CALL_BACK_KEPT = "platform_call_back_place_kept"
    CALL_BACK_NOTED = "platform_call_back_noted"
    CALL_BACK_NOT_ARRANGED = "platform_call_back_not_arranged"
    CALL_BACK_HELLO = "platform_call_back_hello"
    CLOSED = "platform_closed"
    OPENS = "platform_opens_again"
    VOICEMAIL = "platform_voicemail"
    VOICEMAIL_KEPT = "platform_voicemail_kept"
    PEAK = "platform_peak_self_service"
    MUST_END = "platform_must_end"
    OFFER_CANTONESE = "platform_offer_to_cantonese_speakers"
    OFFER_SICHUAN = "platform_offer_to_sichuan_speakers"
    CLOSING = "platform_closing"


FILLED_IN_LATER = frozenset((Phrase.CALL_BACK_OWN_NUMBER, Phrase.CALL_BACK_READ_BACK, Phrase.OPENS))
"""Lines with a place for what nobody can know ahead: they are rendered when they are said."""

IN_THE_LOBBY = (
    Phrase.LINES_FULL, Phrase.BUSY, Phrase.CALL_BACK_OFFER, Phrase.STILL_FULL, Phrase.CALL_BACK_AGREED, Phrase.PLACE,
)  # fmt: skip
"""What callers hear whom nobody leads yet: whatever of it is not at hand is rendered at the cost of those being led."""

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
    Phrase.LINE_LOST: {
        Language.ZH: "请稍等，我们的线路暂时中断了，同事马上回来。",
        Language.EN: "One moment, please. We lost my colleague's line, and are bringing it back.",
        Language.JA: "少々お待ちください。担当者の回線が一時的に切れました。まもなく戻ります。",
        Language.KO: "잠시만 기다려 주세요. 상담원의 회선이 잠시 끊어졌습니다. 곧 돌아옵니다.",
    },
    Phrase.CODE: {
        Language.ZH: "请用电话按键输入密码，按井号键结束。其他人听不到您的输入。",
        Language.EN: "Please key in your code, and then the hash key. Nobody else can hear it.",
        Language.JA: "暗証番号をボタンで入力し、最後にシャープを押してください。ほかの者には聞こえません。",
        Language.KO: "비밀번호를 눌러 주시고 우물 정자를 눌러 주세요. 다른 사람에게는 들리지 않습니다.",
    },
    Phrase.CODE_AGAIN: {
        Language.ZH: "很抱歉，没有成功。请再输入一次密码，按井号键结束。",
        Language.EN: "I am sorry, that did not work. Please key in your code once more, and then the hash key.",
        Language.JA: "申し訳ございません。確認できませんでした。もう一度入力し、最後にシャープを押してください。",
        Language.KO: "죄송합니다. 확인되지 않았습니다. 비밀번호를 다시 누르시고 우물 정자를 눌러 주세요.",
    },
    Phrase.CODE_TAKEN: {
        Language.ZH: "谢谢，已经收到。",
        Language.EN: "Thank you, I have it.",
        Language.JA: "ありがとうございます。確認いたしました。",
        Language.KO: "감사합니다. 확인했습니다.",
    },
    Phrase.SATISFACTION: {
        Language.ZH: "请您为本次服务评分，一分到五分，五分最满意。请说出分数，或者按相应的数字键。",
        Language.EN: "How content are you with this call, from one to five, five being best? Please say or press the number.",
        Language.JA: "今回の対応の満足度を一から五でお聞かせください。五が最高です。数字をおっしゃるか、ボタンを押してください。",
        Language.KO: "이번 상담의 만족도를 일부터 오까지 알려 주세요. 오가 가장 좋습니다. 숫자를 말씀하시거나 눌러 주세요.",
    },
    Phrase.SATISFACTION_AGAIN: {
        Language.ZH: "请说一到五之间的一个数字，或者按键。",
        Language.EN: "Please say or press one number from one to five.",
        Language.JA: "一から五までの数字をひとつ、おっしゃるか押してください。",
        Language.KO: "일부터 오 사이의 숫자 하나를 말씀하시거나 눌러 주세요.",
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
    Phrase.CALL_BACK_CHOICE: {
        Language.ZH: "您也可以不必在线等候：请按一，或者说回电，我们会保留您的位置并给您回电。",
        Language.EN: "You need not wait on the line. Press one, or say: call me back. We keep your place and call you.",
        Language.JA: "電話を切ってお待ちいただくこともできます。一を押すか、折り返し、とおっしゃってください。順番を保ったままこちらからおかけします。",
        Language.KO: "전화를 끊고 기다리셔도 됩니다. 일 번을 누르시거나 다시 전화해 주세요라고 말씀해 주세요. 순서를 유지하고 저희가 전화드립니다.",
    },
    Phrase.CALL_BACK_OWN_NUMBER: {
        Language.ZH: "我们将拨打您现在使用的号码，尾号是{digits}。正确请按一，换一个号码请按二。",
        Language.EN: "We will call the number you are calling from, ending in {digits}. Press one if that is right, or two for another number.",
        Language.JA: "おかけいただいている番号、末尾{digits}におかけします。よろしければ一を、別の番号をご希望の場合は二を押してください。",
        Language.KO: "지금 거신 번호, 끝자리 {digits}번으로 전화드리겠습니다. 맞으면 일 번, 다른 번호를 원하시면 이 번을 눌러 주세요.",
    },
    Phrase.CALL_BACK_WHICH_NUMBER: {
        Language.ZH: "请输入您的电话号码，包括区号，然后按井号键。",
        Language.EN: "On which number shall we call you? Please key it in with the area code, then press the hash key.",
        Language.JA: "折り返し先の電話番号を市外局番から入力し、最後にシャープを押してください。",
        Language.KO: "전화받으실 번호를 지역번호부터 입력하신 후 우물 정자를 눌러 주세요.",
    },
    Phrase.CALL_BACK_READ_BACK: {
        Language.ZH: "您输入的号码是{digits}。正确请按一，不正确请按二。",
        Language.EN: "The number is {digits}. Press one if that is right, or two if it is not.",
        Language.JA: "番号は{digits}ですね。よろしければ一を、違う場合は二を押してください。",
        Language.KO: "입력하신 번호는 {digits}번입니다. 맞으면 일 번, 틀리면 이 번을 눌러 주세요.",
    },
    Phrase.CALL_BACK_BAD_NUMBER: {
        Language.ZH: "很抱歉，我们无法拨打这个号码。",
        Language.EN: "I am sorry, we cannot call that number.",
        Language.JA: "申し訳ございません。その番号にはおかけできません。",
        Language.KO: "죄송합니다. 그 번호로는 전화를 걸 수 없습니다.",
    },
    Phrase.CALL_BACK_KEPT: {
        Language.ZH: "好的，您的位置已保留，轮到您时我们会给您回电。再见。",
        Language.EN: "Thank you. Your place is kept, and we will call you when it is your turn. Goodbye.",
        Language.JA: "かしこまりました。順番をお取りしました。順番になりましたらお電話いたします。失礼いたします。",
        Language.KO: "알겠습니다. 순서를 유지해 두었습니다. 차례가 되면 전화드리겠습니다. 안녕히 계세요.",
    },
    Phrase.CALL_BACK_NOTED: {
        Language.ZH: "好的，客服人员会尽快给您回电。再见。",
        Language.EN: "Thank you. A colleague will call you back as soon as possible. Goodbye.",
        Language.JA: "かしこまりました。担当者よりできるだけ早くお電話いたします。失礼いたします。",
        Language.KO: "알겠습니다. 상담원이 가능한 한 빨리 전화드리겠습니다. 안녕히 계세요.",
    },
    Phrase.CALL_BACK_NOT_ARRANGED: {
        Language.ZH: "好的，请继续在线等候，您的位置没有变。",
        Language.EN: "All right. Please stay on the line, you have kept your place.",
        Language.JA: "では、このままお待ちください。順番は変わっておりません。",
        Language.KO: "그러면 이대로 기다려 주세요. 순서는 그대로입니다.",
    },
    Phrase.CALL_BACK_HELLO: {
        Language.ZH: "您好，这是您要求的回电。现在为您接通客服人员。",
        Language.EN: "Hello. You asked us to call you back. I am connecting you with a colleague.",
        Language.JA: "ご希望の折り返しのお電話です。担当者におつなぎします。",
        Language.KO: "안녕하세요. 요청하신 전화를 드립니다. 상담원에게 연결해 드리겠습니다.",
    },
    Phrase.CLOSED: {
        Language.ZH: "很抱歉，现在不在服务时间内。",
        Language.EN: "I am sorry, we are closed at the moment.",
        Language.JA: "申し訳ございません。ただいま営業時間外です。",
        Language.KO: "죄송합니다. 지금은 상담 시간이 아닙니다.",
    },
    Phrase.OPENS: {
        Language.ZH: "我们将于{when}恢复服务。",
        Language.EN: "We are open again {when}.",
        Language.JA: "次の営業開始は、{when}です。",
        Language.KO: "다음 상담은 {when}에 시작합니다.",
    },
    Phrase.VOICEMAIL: {
        Language.ZH: "请在提示音后留言。留言结束后请按井号键，或者直接挂断。",
        Language.EN: "Please leave a message after the tone. When you have finished, press the hash key or hang up.",
        Language.JA: "発信音の後にメッセージをお話しください。終わりましたら、シャープを押すか、そのままお切りください。",
        Language.KO: "신호음이 울린 후 메시지를 남겨 주세요. 끝나면 우물 정자를 누르시거나 끊으시면 됩니다.",
    },
    Phrase.VOICEMAIL_KEPT: {
        Language.ZH: "您的留言已收到，谢谢。再见。",
        Language.EN: "Thank you, we have your message. Goodbye.",
        Language.JA: "メッセージをお預かりしました。ありがとうございました。失礼いたします。",
        Language.KO: "메시지를 잘 받았습니다. 감사합니다. 안녕히 계세요.",
    },
    Phrase.PEAK: {
        Language.ZH: "现在等候人工服务的客户较多。这件事我可以马上为您办理，请直接告诉我您的需要；希望我们给您回电请按一；仍要等候客服人员，请再说一次转人工。",
        Language.EN: "Many callers are waiting for my colleagues just now. I can look into this with you right away: just tell me what you need. To be called back, press one. If you would rather wait for a person, ask me once more.",
        Language.JA: "ただいま担当者の窓口が大変混み合っております。この件は私がすぐにお調べできますので、ご用件をお話しください。折り返しをご希望の方は一を押してください。それでも担当者をご希望でしたら、もう一度おっしゃってください。",
        Language.KO: "지금 상담원 연결을 기다리는 분이 많습니다. 이 문의는 제가 바로 도와드릴 수 있으니 말씀해 주세요. 다시 전화받기를 원하시면 일 번을 눌러 주세요. 그래도 상담원을 원하시면 한 번 더 말씀해 주세요.",
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
    places: int = RENDERED_PLACES,
    waits: Sequence[int] = RENDERED_WAITS,
    phrases: Collection[Phrase] = tuple(Phrase),
) -> Iterator[tuple[str, Language]]:
    """Every line to be rendered ahead and kept, with so many places in the queue, and these waits; of these phrases.

    Those of the lobby come first.
    """
    for phrase, texts in {phrase: TEXTS[phrase] for phrase in (*IN_THE_LOBBY, *TEXTS)}.items():
        if phrase in FILLED_IN_LATER or phrase not in phrases:
            continue
        for language in texts:
            if phrase in (Phrase.PLACE, Phrase.EXPECTED_WAIT):
                for n in range(1, places + 1) if phrase is Phrase.PLACE else waits:
                    yield phrase_text(phrase, language, n=n), language
            else:
                yield texts[language], language
