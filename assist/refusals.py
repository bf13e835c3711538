"""Why something was refused by the line or at the wallboard, in the reader's language.

They say it in an English sentence, for programs and log lines as well. That sentence is the key here, with places
for names; a test looks through the line, the distributor and the wallboard and asks for every sentence that they can say.
"""

from __future__ import annotations

import re

from core.languages import Language

# English: (Chinese, Japanese, Korean). A place named {queue} holds a queue, which has a name in each language.
_SENTENCES: dict[str, tuple[str, str, str]] = {
    # --- the line ---
    "The telephone system does not answer. Calls go on; please try again.": (
        "电话系统暂无响应。通话不受影响，请重试。",
        "電話システムが応答していません。通話は続いています。もう一度お試しください。",
        "전화 시스템이 응답하지 않습니다. 통화는 계속됩니다. 다시 시도하세요.",
    ),
    "The command came too late: it has expired.": (
        "操作到达过晚，已失效。",
        "操作が遅れて届いたため無効です。",
        "요청이 너무 늦게 도착해 만료되었습니다.",
    ),
    "There is nobody here who knows the command {what}.": (
        "系统不支持操作 {what}。",
        "操作 {what} には対応していません。",
        "지원하지 않는 작업입니다: {what}.",
    ),
    "There is no such call, or it is over.": (
        "没有该通话，或通话已结束。",
        "その通話は存在しないか、終了しています。",
        "해당 통화가 없거나 이미 끝났습니다.",
    ),
    "The call is not with you.": (
        "该通话不由您接听。",
        "この通話はあなたの担当ではありません。",
        "내 통화가 아닙니다.",
    ),
    "The call is with another agent.": (
        "该通话由其他坐席接听。",
        "この通話は別の担当者が対応しています。",
        "다른 상담원이 받은 통화입니다.",
    ),
    "The call is not with you yet, or is over.": (
        "通话尚未接入，或已结束。",
        "通話はまだつながっていないか、終了しています。",
        "통화가 아직 연결되지 않았거나 끝났습니다.",
    ),
    "No agent has this call.": (
        "该通话没有坐席。",
        "この通話に担当者はいません。",
        "이 통화를 받은 상담원이 없습니다.",
    ),
    "This cannot be asked of a call.": (
        "无法对通话执行此操作。",
        "通話に対してこの操作はできません。",
        "통화에 사용할 수 없는 작업입니다.",
    ),
    "The call is being given away already.": (
        "通话正在转出。",
        "通話はすでに転送中です。",
        "통화를 이미 넘기는 중입니다.",
    ),
    "You are not in this call.": (
        "您不在此通话中。",
        "この通話に参加していません。",
        "이 통화에 참여하고 있지 않습니다.",
    ),
    "The bot has the caller at the moment; it will be over soon.": (
        "机器人正在与来电者通话，很快结束。",
        "ボットがお客様に対応中です。まもなく終わります。",
        "봇이 고객과 통화 중이며 곧 끝납니다.",
    ),
    "The call was given to a number; none of us is in it any more.": (
        "通话已转至外部号码，我方均已退出。",
        "通話は外部の番号に転送済みで、こちらからは参加していません。",
        "통화를 외부 번호로 넘겨 더 이상 참여하지 않습니다.",
    ),
    # --- sound and the agent's telephone ---
    "You have no sound connected; open your line first.": (
        "您的语音未接通，请先连接。",
        "音声が接続されていません。先に接続してください。",
        "음성이 연결되지 않았습니다. 먼저 연결하세요.",
    ),
    "Your line is in another conversation.": (
        "您的线路正在另一通话中。",
        "あなたの回線は別の通話で使用中です。",
        "회선이 다른 통화에 사용 중입니다.",
    ),
    "Your sound is connected.": (
        "您的语音已接通。",
        "音声は接続されています。",
        "음성이 연결되어 있습니다.",
    ),
    "You have no telephone that could be rung.": (
        "您没有可呼叫的电话。",
        "呼び出せる電話が登録されていません。",
        "울릴 수 있는 전화가 없습니다.",
    ),
    "Your telephone cannot be rung: no carrier here calls out.": (
        "无法呼叫您的电话：未配置外呼线路。",
        "発信できる回線がないため電話を呼び出せません。",
        "발신 회선이 없어 전화를 울릴 수 없습니다.",
    ),
    "Your telephone is ringing.": (
        "您的电话正在振铃。",
        "電話を呼び出し中です。",
        "전화가 울리고 있습니다.",
    ),
    # --- hold, consultation, transfer ---
    "The caller is on hold already.": (
        "来电者已在保持中。",
        "お客様はすでに保留中です。",
        "고객이 이미 보류 중입니다.",
    ),
    "The caller is not on hold.": (
        "来电者未在保持中。",
        "お客様は保留中ではありません。",
        "고객이 보류 중이 아닙니다.",
    ),
    "The caller hears music until the consultation is over; end it first.": (
        "咨询期间来电者听音乐，请先结束咨询。",
        "相談中はお客様に保留音が流れます。先に相談を終えてください。",
        "상의하는 동안 고객은 음악을 듣습니다. 먼저 상의를 끝내세요.",
    ),
    "{name} is in this call already.": (
        "{name} 已在此通话中。",
        "{name} はすでにこの通話に参加しています。",
        "{name}님이 이미 이 통화에 있습니다.",
    ),
    "{name} has no sound connected.": (
        "{name} 的语音未接通。",
        "{name} は音声が接続されていません。",
        "{name}님의 음성이 연결되지 않았습니다.",
    ),
    "Somebody else was asked already; end that first.": (
        "已邀请他人，请先结束。",
        "すでに別の人を呼んでいます。先に終了してください。",
        "이미 다른 사람에게 요청했습니다. 먼저 끝내세요.",
    ),
    "End the consultation or the conference first.": (
        "请先结束咨询或会议。",
        "先に相談または三者通話を終えてください。",
        "먼저 상의나 3자 통화를 끝내세요.",
    ),
    "Nobody is waited for any longer.": (
        "已不再等待任何人。",
        "もう誰も待っていません。",
        "더 이상 기다리는 사람이 없습니다.",
    ),
    "There is no consultation.": (
        "当前没有咨询。",
        "相談は行われていません。",
        "진행 중인 상의가 없습니다.",
    ),
    "{name} has not answered yet.": (
        "{name} 尚未应答。",
        "{name} はまだ応答していません。",
        "{name}님이 아직 응답하지 않았습니다.",
    ),
    "You are all in one conversation already.": (
        "三方已在同一通话中。",
        "すでに全員で通話しています。",
        "이미 모두 함께 통화하고 있습니다.",
    ),
    "Nobody can be called for a consultation: no carrier here calls out. Transfer the call instead.": (
        "未配置外呼线路，无法呼叫号码咨询。请改用转接。",
        "発信できる回線がないため番号には相談できません。転送してください。",
        "발신 회선이 없어 번호로 상의할 수 없습니다. 통화를 돌려주세요.",
    ),
    "To be consulted, a number is given in full, such as +862112345678.": (
        "咨询时请输入完整号码，例如 +862112345678。",
        "相談先の番号は国番号から入力してください（例：+81312345678）。",
        "상의할 번호는 국가 번호부터 입력하세요(예: +82212345678).",
    ),
    "A call can be given to a number of 3 to 15 digits or a sip: address.": (
        "只能转至 3 至 15 位号码或 sip: 地址。",
        "転送先は 3～15 桁の番号か sip: アドレスです。",
        "3~15자리 번호나 sip: 주소로만 넘길 수 있습니다.",
    ),
    "No system here takes codes, so the bot cannot ask for one.": (
        "没有接收代码的系统，机器人无法询问代码。",
        "コードを受け取るシステムがないため、ボットは尋ねられません。",
        "코드를 받는 시스템이 없어 봇이 물어볼 수 없습니다.",
    ),
    # --- the distributor ---
    "There is no queue {queue}. There are: {others}.": (
        "没有队列 {queue}。现有：{others}。",
        "キュー {queue} はありません。あるもの：{others}。",
        "대기열 {queue}이(가) 없습니다. 있는 대기열: {others}.",
    ),
    "The queue {queue} is closed at this hour.": (
        "队列“{queue}”当前不在服务时间。",
        "キュー「{queue}」は時間外です。",
        "대기열 '{queue}'은(는) 운영 시간이 아닙니다.",
    ),
    "The queue {queue} is full.": (
        "队列“{queue}”已满。",
        "キュー「{queue}」は満杯です。",
        "대기열 '{queue}'이(가) 가득 찼습니다.",
    ),
    "The queue is closed at this hour.": (
        "该队列当前不在服务时间。",
        "このキューは時間外です。",
        "이 대기열은 운영 시간이 아닙니다.",
    ),
    "The queue is full.": ("该队列已满。", "このキューは満杯です。", "이 대기열이 가득 찼습니다."),
    "Nobody of the queue {queue} is free.": (
        "队列“{queue}”暂无空闲坐席。",
        "キュー「{queue}」に空いている担当者がいません。",
        "대기열 '{queue}'에 통화 가능한 상담원이 없습니다.",
    ),
    "You have the call yourself.": (
        "该通话由您本人接听。",
        "この通話はあなたが担当しています。",
        "이미 내가 받은 통화입니다.",
    ),
    "{name} is not at work.": (
        "{name} 当前不在岗。",
        "{name} は受付中ではありません。",
        "{name}님은 근무 중이 아닙니다.",
    ),
    "{name} is not free.": (
        "{name} 当前忙。",
        "{name} は対応中です。",
        "{name}님은 지금 통화할 수 없습니다.",
    ),
    "{name} does not speak the caller's language.": (
        "{name} 不会说来电者的语言。",
        "{name} はお客様の言語に対応していません。",
        "{name}님은 고객의 언어를 하지 않습니다.",
    ),
    "{name} was asked already.": (
        "已邀请 {name}。",
        "{name} はすでに呼ばれています。",
        "{name}님에게 이미 요청했습니다.",
    ),
    "{name} has the call already.": (
        "{name} 已接听该通话。",
        "{name} がすでに担当しています。",
        "{name}님이 이미 받은 통화입니다.",
    ),
    "{name} has another call at hand.": (
        "{name} 正在处理另一通话。",
        "{name} は別の通話に対応中です。",
        "{name}님은 다른 통화를 처리 중입니다.",
    ),
    "The call is with {name} already.": (
        "该通话已由 {name} 接听。",
        "この通話はすでに {name} が担当しています。",
        "이미 {name}님이 받은 통화입니다.",
    ),
    "The call is in a queue, or with an agent.": (
        "该通话正在排队，或已由坐席接听。",
        "この通話は待ち行列にあるか、担当者が対応中です。",
        "통화가 대기열에 있거나 상담원과 연결되어 있습니다.",
    ),
    "The call does not wait any longer.": (
        "该来电已不在排队。",
        "この通話はもう待っていません。",
        "이 통화는 더 이상 기다리지 않습니다.",
    ),
    "The offer is no longer open: {why}.": (
        "该来电已不可接听。",
        "この着信はすでに終了しています。",
        "이 전화는 더 이상 받을 수 없습니다.",
    ),
    "The offer was made to another agent.": (
        "该来电分配给了其他坐席。",
        "この着信は別の担当者に割り当てられました。",
        "다른 상담원에게 배정된 전화입니다.",
    ),
    "There is no open wrap-up for this call.": (
        "该通话没有进行中的话后整理。",
        "この通話の後処理は行われていません。",
        "이 통화에 진행 중인 후처리가 없습니다.",
    ),
    "The conversation is not over yet.": (
        "通话尚未结束。",
        "通話はまだ終わっていません。",
        "통화가 아직 끝나지 않았습니다.",
    ),
    "Wrap-up lasts {seconds} s at most.": (
        "话后整理最长 {seconds} 秒。",
        "後処理は最長 {seconds} 秒です。",
        "후처리는 최대 {seconds}초입니다.",
    ),
    "The state must be one of: {others}.": (
        "状态须为以下之一：{others}。",
        "状態は次のいずれかです：{others}。",
        "상태는 다음 중 하나여야 합니다: {others}.",
    ),
    "The reason of a break must be one of: {others}.": (
        "小休原因须为以下之一：{others}。",
        "休憩の理由は次のいずれかです：{others}。",
        "휴식 사유는 다음 중 하나여야 합니다: {others}.",
    ),
    # --- supervisors ---
    "There is no such complaint, or somebody has taken it up.": (
        "没有该投诉，或已有人受理。",
        "その苦情は存在しないか、すでに引き受けられています。",
        "해당 불만이 없거나 다른 사람이 이미 맡았습니다.",
    ),
    "There is no such alert any more.": (
        "该告警已不存在。",
        "そのアラートはもうありません。",
        "해당 경고가 더 이상 없습니다.",
    ),
    "You are in this call yourself.": (
        "您本人在此通话中。",
        "この通話に参加しています。",
        "이미 이 통화에 참여하고 있습니다.",
    ),
    "You do not listen to this call.": (
        "您未在监听此通话。",
        "この通話は聴取していません。",
        "이 통화를 듣고 있지 않습니다.",
    ),
    "Another supervisor is with this call.": (
        "另一位主管正在此通话中。",
        "別のスーパーバイザーがこの通話に参加しています。",
        "다른 슈퍼바이저가 이 통화에 있습니다.",
    ),
    "No agent has this call: there is nobody to whisper to. To speak with the caller, take it over.": (
        "该通话没有坐席，无法耳语。如需与来电者通话，请接管。",
        "担当者がいないため、ささやけません。お客様と話すには引き取ってください。",
        "상담원이 없어 귓속말할 수 없습니다. 고객과 말하려면 통화를 인수하세요.",
    ),
    "The call waits for an agent, or is just beginning or ending: only the bot's calls can be taken over.": (
        "该通话正在排队、刚开始或即将结束：只能接管机器人的通话。",
        "通話は待機中か、開始・終了の途中です。引き取れるのはボットの通話だけです。",
        "통화가 대기 중이거나 막 시작 또는 종료되는 중입니다. 봇의 통화만 인수할 수 있습니다.",
    ),
}
_COLUMN = {Language.ZH: 0, Language.JA: 1, Language.KO: 2}


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    return re.compile(
        "".join(re.escape(one) if n % 2 == 0 else f"(?P<{one}>.+)" for n, one in enumerate(parts))
    )


# Those with fewer places first: "The queue is full." is not the fullness of a queue called "is".
_PATTERNS = [
    (_pattern(sentence), words)
    for sentence, words in sorted(_SENTENCES.items(), key=lambda one: one[0].count("{"))
]


def in_language(sentence: str, language: Language) -> tuple[str, dict[str, str]] | None:
    """What a sentence of the line says in a language: words with places, and what stands in them.

    Returns:
        None for a sentence that is not known here. English is said as it is.
    """
    for pattern, words in _PATTERNS:
        if (found := pattern.fullmatch(sentence)) is not None:
            if language is Language.EN:
                return "{sentence}", {"sentence": sentence}
            return words[_COLUMN[language]], found.groupdict()
    return None
