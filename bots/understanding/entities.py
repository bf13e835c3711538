"""The values in a sentence: order and tracking numbers, telephone numbers, dates, languages, yes and no."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from bots.understanding.dates import find_dates
from bots.understanding.normalise import fold, squeeze
from bots.understanding.numbers import DigitRun, digit_runs
from bots.understanding.types import Entity
from bots.understanding.yes_no import yes_no
from core.languages import Language

ORDER_DIGITS = 6

_LETTER_H = re.compile(r"(?:\bh|h|\baitch|\bage|エイチ|エッチ|에이치|艾尺|爱吃)[\s,.\-:：]*$")
_EMS = re.compile(r"(?<![a-z])([a-z]{2})[\s\-]?(\d[\d\s\-]{7,10}\d)(?:[\s\-]?([a-z]{2}))?(?![a-z])")
_UNIT_AFTER = re.compile(
    r"\s*(?:月|日(?!本)|号(?!码|是|的)|點|点|分|天|个|個|元|块|岁|年|週|周|折|%|percent|days?\b|weeks?\b|months?\b|hours?\b|"
    r"o'?clock|[ap]\.?m\b|dollars?\b|euros?\b|pieces?\b|円|時|本|枚|週間|か月|ヶ月|人|つ|원|월|일(?!\s*[공일이삼사오육칠팔구])|"
    r"시|개|명|주|달|번째|inch|cm|厘米|センチ)"
)
_NOT_BEFORE = re.compile(r"(?:不是|\bnot|\bisn't|\bnever)[\s,、，]*(?:订单号|号|订单)?[\s,]*$")
_NOT_AFTER = re.compile(r"\s*(?:じゃな|ではな|じゃあな|が? ?아니|이 ?아니|말고|不对|错了|是错)")
_LANGUAGES = {
    "zh": r"中文|汉语|漢語|普通话|普通話|国语|國語|华语|中国话|中國話|chinese|mandarin|putonghua|中国語|北京語|ちゅうごくご|중국어|중국말|중문|만다린",
    "en": r"英语|英語|英文|english|inglish|えいご|영어|잉글리시|잉글리쉬",
    "ja": r"日语|日語|日文|日本话|日本語|japanese|にほんご|일본어|일본말|일어",
    "ko": r"韩语|韓語|韩文|韓文|韩国话|朝鲜语|korean|韓国語|ハングル|かんこくご|한국어|한국말|한글|우리말",
    "other": r"粤语|广东话|廣東話|四川话|上海话|闽南语|法语|德语|西班牙语|俄语|cantonese|spanish|french|german|russian|vietnamese|"
    r"広東語|スペイン語|フランス語|ドイツ語|ロシア語|광둥어|스페인어|프랑스어|독일어|러시아어",
}
_LANGUAGE = re.compile("|".join(f"(?P<{code}>{names})" for code, names in _LANGUAGES.items()))
_AN_ORDER = re.compile(r"订单|定单|\border\b|注文|주문")
_ANOTHER_NUMBER = re.compile(
    r"快递|运单|物流|包裹|发货|顺丰|跟踪|追踪|手机|电话|没有|不知道|不记得|忘了|"
    r"\b(?:tracking|parcels?|packages?|ship\w*|deliver\w*|waybill|courier|phone|mobile|cell|no|not|don't|never)\b|"
    r"伝票|追跡|荷物|送り状|問い?合わ?せ番号|電話|携帯|わから|分から|ない|なく|ません(?!が|けど)|"
    r"운송장|송장|택배|배송 ?번호|전화|휴대폰|핸드폰|없|모르|몰라"
)
"""It may be the number of something else, or the caller says that they have none."""
_ORDINARY = {
    Language.ZH: "我的|我|订单号|订单|单号|编号|号码|号|是|那个|嗯|呃|啊|哦|的|吧|查|一下|帮|请|好的|好|就是|对",
    Language.EN: r"\b(?:my|the|a|it|is|it's|its|order|number|numbers|tracking|code|please|um|uh|er|so|okay|ok|yes|yeah|"
    r"sure|that's|that|would|be|should|here|you|go|i|think|have|got|one|sec|reads|says|well|right|there)\b",
    Language.JA: "注文番号|注文|番号|伝票番号|伝票|追跡番号|は|です|ます|えっと|えーと|えー|あの|の|が|になります|お願いします|はい|と|でお|申し|いたし|いい|が",
    Language.KO: "주문번호|주문 번호|주문|번호|운송장|송장|는|은|이요|이에요|예요|입니다|요|네|음|어|저|그|이고요|인데요|제|에",
}


def extract(text: str, language: Language, today: date | None = None) -> tuple[Entity, ...]:
    """Find every entity, in the order in which they are said; a corrected number before the wrong one.

    Args:
        text: as the recogniser wrote it, one turn, at most some hundred characters.
        today: the caller's day, for ISO dates.
    """
    folded = fold(text, language)
    found = find_dates(folded, language, today)
    found += [
        Entity("language", match.lastgroup or "", match.start(), match.end())
        for match in _LANGUAGE.finditer(folded)
    ]
    taken = [(entity.start, entity.end) for entity in found if entity.name == "date"]
    for match in _EMS.finditer(folded):
        digits = re.sub(r"\D", "", match.group(2))
        if len(digits) == 9:
            value = (match.group(1) + digits + (match.group(3) or "")).upper()
            found.append(Entity("tracking_number", value, match.start(), match.end()))
            taken.append((match.start(), match.end()))
    numbers: list[Entity] = []
    for run in digit_runs(folded, language):
        if any(run.start < end and start < run.end for start, end in taken):
            continue
        if (entity := _number(run, folded)) is not None:
            numbers.append(entity)
    numbers = _right_ones_first(numbers, folded)
    answer = yes_no(text, language)
    if answer is not None:
        found.append(Entity("yes_no", "yes" if answer else "no", 0, len(text)))
    return tuple(numbers + sorted(found, key=lambda entity: entity.start))


def _right_ones_first(numbers: list[Entity], text: str) -> list[Entity]:
    """Where a caller says several order numbers the last one counts, unless it is the one denied."""
    orders = [entity for entity in numbers if entity.name == "order_number"]
    if len(orders) < 2:
        return numbers
    denied = [
        one for one in orders if _NOT_BEFORE.search(text[: one.start]) or _NOT_AFTER.match(text, one.end)
    ]
    meant = [one for one in reversed(orders) if one not in denied]
    rest = [entity for entity in numbers if entity.name != "order_number"]
    return meant + denied + rest


def _number(run: DigitRun, text: str) -> Entity | None:
    digits, start = run.digits, run.start
    letter = _LETTER_H.search(text[:start])
    if letter:
        start = letter.start()
    if len(digits) == ORDER_DIGITS + 1 and digits[0] == "8" and run.groups[0] == "8":
        # "H" on a telephone line is often written "8".
        return Entity("order_number", digits[1:], start, run.end)
    if len(digits) == ORDER_DIGITS:
        return Entity("order_number", digits, start, run.end)
    if len(digits) in (10, 11):
        return Entity("phone", digits, start, run.end)
    if 12 <= len(digits) <= 15:
        return Entity("tracking_number", digits, start, run.end)
    if _UNIT_AFTER.match(text, run.end):
        return None
    alone = not re.search(r"\w", text[:start] + text[run.end :])
    if len(digits) >= 2 or alone:
        return Entity("digits", digits, start, run.end)
    return None


def residue(text: str, language: Language, entities: Sequence[Entity]) -> str:
    """What is left of a sentence without its numbers, its fillers and its "the number is"."""
    folded = list(fold(text, language))
    for entity in entities:
        if entity.name in ("order_number", "tracking_number", "digits", "phone"):
            folded[entity.start : entity.end] = " " * (entity.end - entity.start)
    return squeeze(re.sub(_ORDINARY[language], "", "".join(folded)))


def holds_order_number(text: str, language: Language, asked: bool = False) -> bool:
    """Whether all figures of an order number are there: six, or more where some were misheard.

    Args:
        asked: it was an order number that was asked for; else the caller has to call it one, as a tracking number
            has twice as many.
    """
    folded = fold(text, language)
    if not asked and (_ANOTHER_NUMBER.search(folded) or not _AN_ORDER.search(folded)):
        return False
    return any(len(run.digits) >= ORDER_DIGITS for run in digit_runs(folded, language))


def is_only_a_number(text: str, language: Language, entities: Sequence[Entity]) -> bool:
    """Whether a turn is an order number and nothing else worth understanding."""
    return any(entity.name == "order_number" for entity in entities) and len(
        residue(text, language, entities)
    ) <= (3 if language is Language.EN else 1)


__all__ = ["ORDER_DIGITS", "extract", "holds_order_number", "is_only_a_number", "residue", "yes_no"]
