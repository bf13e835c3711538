"""What the people in the measured conversation say: known texts, spoken by voices other than the bot's, in turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.languages import Language
from models.protocols import Pcm

MICROPHONE_RATE = 16_000
PERIOD_S = 18.0
"""The caller speaks, then the agent, then whoever else is there: a third of the time each."""
TURN_S = PERIOD_S / 3
_BREATH_S = 0.35
ASKS_AT_S = 11.0
"""When the caller, who has heard the greeting, asks for a person."""
TALKS_AT_S = 36.0
"""From here on the caller speaks in turns: two periods after nothing."""

ASKS = {
    Language.EN: "I would like to speak to a person, please.",
    Language.ZH: "我要转人工客服。",
    Language.JA: "オペレーターと話したいです。",
    Language.KO: "상담원과 통화하고 싶어요.",
}

CALLER_LINES: dict[Language, tuple[str, ...]] = {
    Language.EN: (
        "Hello, my parcel has not arrived and I am getting worried.",
        "It was supposed to come last Friday.",
        "Yes, I ordered a lamp and two blankets.",
        "The website only says that it is on its way.",
        "Can you find out where it is right now?",
        "I will be at home tomorrow afternoon.",
        "Could the driver call me before he comes?",
        "And what happens if the lamp is broken?",
        "That sounds fair to me.",
        "One of the blankets may be the wrong colour.",
        "Can I send it back without the box?",
        "How long does a refund usually take?",
    ),
    Language.ZH: (
        "您好，我的包裹一直没有到。",
        "应该上个星期五就到的。",
        "我买了一盏台灯和两条毛毯。",
        "网站上只说还在路上。",
        "您能帮我查一下现在在哪里吗？",
        "明天下午我在家。",
        "快递员来之前可以给我打电话吗？",
        "如果台灯坏了怎么办？",
    ),
    Language.JA: (
        "荷物がまだ届かないので心配しています。",
        "先週の金曜日に届くはずでした。",
        "ランプと毛布を二枚注文しました。",
        "サイトには配送中としか書いてありません。",
        "今どこにあるか調べてもらえますか。",
        "明日の午後は家にいます。",
        "配達の前に電話をもらえますか。",
        "ランプが壊れていたらどうなりますか。",
    ),
    Language.KO: (
        "택배가 아직 도착하지 않아서 걱정이에요.",
        "지난주 금요일에 오기로 되어 있었어요.",
        "스탠드하고 담요 두 장을 주문했어요.",
        "홈페이지에는 배송 중이라고만 나와요.",
        "지금 어디에 있는지 알아봐 주시겠어요?",
        "내일 오후에는 집에 있을 거예요.",
        "배달하기 전에 전화해 주실 수 있나요?",
        "스탠드가 깨졌으면 어떻게 되나요?",
    ),
}

AGENT_LINES: dict[Language, tuple[str, ...]] = {
    Language.EN: (
        "Good morning, thank you for waiting. How can I help you?",
        "I am sorry to hear that. Let me have a look.",
        "I can see your order here on my screen.",
        "It left our warehouse on Wednesday morning.",
        "The parcel is with the local delivery office.",
        "They will bring it to you tomorrow.",
        "I have added a note for the driver.",
        "If anything is damaged, we send you a new one.",
        "You do not have to pay for the return.",
        "Please keep the packaging for a few days.",
        "The money is back in your account within a week.",
        "Is there anything else that I can do for you?",
    ),
    Language.ZH: (
        "您好，感谢您的耐心等待。",
        "非常抱歉，我马上帮您查一下。",
        "我已经看到您的订单了。",
        "包裹星期三早上离开了仓库。",
        "现在在您附近的派送站。",
        "明天就会送到您家里。",
        "我已经给快递员写了备注。",
        "如果有损坏，我们会给您换新的。",
    ),
    Language.JA: (
        "お待たせいたしました。ご用件をお伺いします。",
        "申し訳ございません。すぐにお調べします。",
        "ご注文を確認いたしました。",
        "水曜日の朝に倉庫を出発しています。",
        "今は最寄りの営業所にございます。",
        "明日お届けする予定です。",
        "配達員に伝えておきます。",
        "壊れていた場合は新しい商品をお送りします。",
    ),
    Language.KO: (
        "기다려 주셔서 감사합니다. 무엇을 도와드릴까요?",
        "죄송합니다. 바로 확인해 보겠습니다.",
        "고객님의 주문을 확인했습니다.",
        "수요일 아침에 창고에서 출발했습니다.",
        "지금 가까운 영업소에 있습니다.",
        "내일 배송해 드릴 예정입니다.",
        "기사님께 메모를 남겨 두었습니다.",
        "파손되었으면 새 상품을 보내 드리겠습니다.",
    ),
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence: its text, and its sound at ``MICROPHONE_RATE``."""

    text: str
    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Microphone:
    """What one person's microphone takes in, and the text of it in order."""

    pcm: Pcm
    text: str


def microphone(
    lines: Sequence[Spoken], seconds: float, first_s: float, before: tuple[float, Spoken] | None = None
) -> Microphone:
    """Sentences in turns of 6 s of every 18, over and over, for so long.

    Args:
        first_s: when the first turn begins.
        before: something that is said earlier: when, and what.

    Raises:
        ValueError: if there are no lines.
    """
    if not lines:
        raise ValueError("nothing to say")
    pcm = np.zeros(int(seconds * MICROPHONE_RATE), np.int16)
    texts: list[str] = []

    def say(one: Spoken, at_s: float) -> float:
        begin = int(at_s * MICROPHONE_RATE)
        piece = one.pcm[: pcm.size - begin]
        pcm[begin : begin + piece.size] = piece
        texts.append(one.text)
        return at_s + len(one.pcm) / MICROPHONE_RATE + _BREATH_S

    if before is not None:
        say(before[1], before[0])
    at_s, turn, number = first_s, 0, 0
    while at_s < seconds:
        one = lines[number % len(lines)]
        length_s = len(one.pcm) / MICROPHONE_RATE
        begun_s = first_s + turn * PERIOD_S
        if at_s > begun_s and at_s + length_s > begun_s + TURN_S - _BREATH_S:
            turn = int((at_s - first_s) // PERIOD_S) + 1
            at_s = first_s + turn * PERIOD_S
            continue
        at_s = say(one, at_s)
        number += 1
    return Microphone(pcm, " ".join(texts))
