"""Standard pronunciation of written Korean (표준 발음법), written again in Hangul.

`pronounced("같이")` is "가치". The rules work on one breath of words; what the spelling does not tell (ㄴ added in
compounds, tense sounds in Sino-Korean words) stands in a list of exceptions.
"""

from __future__ import annotations

import re
from itertools import pairwise

from models.speech.phonemes.hangul import Syllable, is_syllable, take_apart

# Written form -> form that the rules then read rightly. Longest first.
_EXCEPTIONS: dict[str, str] = {
    # numbers: ㄴ is added before 육 and 여섯, 여덟 after a consonant
    "십육": "심뉵", "백육": "뱅뉵", "천육": "천뉵", "만육": "만뉵", "스물여섯": "스물려섣", "스물여덟": "스물려덜",
    "서른여섯": "서른녀섣", "서른여덟": "서른녀덜", "마흔여섯": "마흔녀섣", "마흔여덟": "마흔녀덜",
    "쉰여섯": "쉰녀섣", "쉰여덟": "쉰녀덜", "열여섯": "열려섣", "열여덟": "열려덜",
    # ㄹ of Sino-Korean words makes ㄷ, ㅅ, ㅈ tense
    "발송": "발쏭", "결제": "결쩨", "결정": "결쩡", "결제일": "결쩨일", "발생": "발쌩", "출시": "출씨", "일주일": "일쭈일",
    "일정": "일쩡", "출장": "출짱", "철저": "철쩌", "활동": "활똥", "별도": "별또", "발달": "발딸", "설정": "설쩡",
    "철도": "철또", "실수": "실쑤", "물질": "물찔", "갈등": "갈뜽", "절대": "절때", "열심": "열씸", "월세": "월쎄",
    "일시": "일씨", "출석": "출썩", "할증": "할쯩", "밀접": "밀쩝", "필수": "필쑤", "실제": "실쩨", "일단": "일딴",
    "일정표": "일쩡표", "발전": "발쩐", "물품": "물품", "불소": "불쏘", "달성": "달썽", "칠십": "칠씹", "팔십": "팔씹",
    "일조": "일쪼", "불편": "불편", "결산": "결싼", "물살": "물쌀", "글자": "글짜", "실시": "실씨", "출발지": "출발지",
    # tense sounds in compounds
    "문자": "문짜", "한자": "한짜", "전화번호": "저놔버노", "송장번호": "송짱버노", "주문번호": "주문버노", "번호": "버노",
    "송장": "송짱", "인기": "인끼", "조건": "조껀", "사건": "사껀", "가격대": "가격때", "안건": "안껀",
    "물건값": "물건깝", "신용장": "시뇽짱", "보증금": "보증금", "영수증": "영수증", "평가": "평까", "대가": "대까",
    "효과": "효꽈", "성과": "성꽈", "내과": "내꽈", "치과": "치꽈", "외과": "외꽈", "여권": "여꿘", "상품권": "상품꿘",
    "이용권": "이용꿘", "할인권": "하린꿘", "비밀번호": "비밀버노", "김밥": "김빱", "손가락": "손까락", "눈길": "눈낄",
    "안과": "안꽈", "전문점": "전문점", "문제점": "문제쩜", "장점": "장쩜", "단점": "단쩜", "시점": "시쩜",
    # ㄴ added in compounds
    "서울역": "서울력", "꽃잎": "꼰닙", "나뭇잎": "나문닙", "한여름": "한녀름", "두통약": "두통냑", "색연필": "생년필",
    "무슨요일": "무슨뇨일", "담요": "담뇨", "물약": "물략", "알약": "알략", "전기요금": "전기요금", "홑이불": "혼니불",
    "첫인상": "처딘상", "맛있": "마싣", "멋있": "머싣", "맛없": "마덥", "온라인": "올라인", "의견란": "의견난",
    "생산량": "생산냥", "판단력": "판단녁",
    # weak ㅎ in everyday words, heard so on every telephone
    "안녕히": "안녕히", "괜찮": "괜찬",
}  # fmt: skip
_EXCEPTION = re.compile("|".join(sorted(map(re.escape, _EXCEPTIONS), key=len, reverse=True)))

# After a modifier in -ㄹ these nouns and endings begin tense: 할 수 [할쑤], 갈 것 [갈껃].
_AFTER_MODIFIER = re.compile(r"(?<=[가-힣]) (수|것|거|게|걸|겁|건|데|줄|적|지|바|곳|분|동안|사람|생각|예정)")

_TENSE = {"ㄱ": "ㄲ", "ㄷ": "ㄸ", "ㅂ": "ㅃ", "ㅅ": "ㅆ", "ㅈ": "ㅉ"}
_ASPIRATED = {"ㄱ": "ㅋ", "ㄷ": "ㅌ", "ㅂ": "ㅍ", "ㅈ": "ㅊ"}
_CLUSTERS = {
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ",
    "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
}  # fmt: skip
_NEUTRAL = {
    "ㄲ": "ㄱ", "ㅋ": "ㄱ", "ㄳ": "ㄱ", "ㄺ": "ㄱ", "ㅅ": "ㄷ", "ㅆ": "ㄷ", "ㅈ": "ㄷ", "ㅊ": "ㄷ", "ㅌ": "ㄷ",
    "ㅎ": "ㄷ", "ㅍ": "ㅂ", "ㅄ": "ㅂ", "ㄿ": "ㅂ", "ㄼ": "ㄹ", "ㄽ": "ㄹ", "ㄾ": "ㄹ", "ㅀ": "ㄹ", "ㄻ": "ㅁ",
    "ㄵ": "ㄴ", "ㄶ": "ㄴ",
}  # fmt: skip
_NASAL = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}


def pronounced(text: str) -> str:
    """``text`` with every Hangul word respelt as it is spoken; everything else stays.

    >>> pronounced("독립문 앞에서 만납시다")
    '동님문 아페서 만납씨다'
    """
    text = _EXCEPTION.sub(lambda match: _EXCEPTIONS[match.group()], text)
    text = _AFTER_MODIFIER.sub(_tense_after_modifier, text)
    return re.sub(r"[가-힣]+", lambda match: _word(match.group()), text)


def _tense_after_modifier(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1]
    noun = match.group(1)
    if not is_syllable(before) or take_apart(before).coda != "ㄹ":
        return match.group()
    first = take_apart(noun[0])
    first.onset = _TENSE.get(first.onset, first.onset)
    return f" {first}{noun[1:]}"


def _word(word: str) -> str:
    syllables = [take_apart(character) for character in word if is_syllable(character)]
    _vowels(syllables)
    for left, right in pairwise(syllables):
        _join(left, right)
    if syllables:
        last = syllables[-1]
        last.coda = _NEUTRAL.get(last.coda, last.coda)
    return "".join(map(str, syllables))


def _vowels(syllables: list[Syllable]) -> None:
    """ㅢ is whole only at the start of a word; as a particle it is ㅔ; ㅖ after a consonant is ㅔ; 져 is 저."""
    for place, syllable in enumerate(syllables):
        if syllable.vowel == "ㅢ":
            if syllable.onset != "ㅇ":
                syllable.vowel = "ㅣ"
            elif place == len(syllables) - 1 and place >= 2 and not syllable.coda:
                syllable.vowel = "ㅔ"
            elif place > 0:
                syllable.vowel = "ㅣ"
        elif syllable.vowel == "ㅖ" and syllable.onset not in "ㅇㄹ":
            syllable.vowel = "ㅔ"
        elif syllable.vowel == "ㅕ" and syllable.onset in "ㅈㅉㅊ":
            syllable.vowel = "ㅓ"


def _join(left: Syllable, right: Syllable) -> None:
    """Work out what the end of ``left`` and the start of ``right`` do to one another."""
    if not left.coda:
        return
    if _with_h(left, right):
        return
    if right.onset == "ㅇ":
        _liaison(left, right)
        return
    if left.coda == "ㄺ" and right.onset == "ㄱ":
        left.coda, right.onset = "ㄹ", "ㄲ"
        return
    cluster = _CLUSTERS.get(left.coda, "")
    left.coda = _NEUTRAL.get(left.coda, left.coda)
    if right.onset in _TENSE and (left.coda in "ㄱㄷㅂ" or cluster in ("ㄴㅈ", "ㄹㅂ", "ㄹㅌ")):
        right.onset = _TENSE[right.onset]
    _assimilate(left, right)


def _with_h(left: Syllable, right: Syllable) -> bool:
    """The rules around ㅎ; True where they have settled the pair."""
    coda, onset = left.coda, right.onset
    if coda in ("ㅎ", "ㄶ", "ㅀ"):
        rest = {"ㅎ": "", "ㄶ": "ㄴ", "ㅀ": "ㄹ"}[coda]
        if onset in _ASPIRATED and onset != "ㅂ":
            left.coda, right.onset = rest, _ASPIRATED[onset]
            return True
        if onset == "ㅅ":
            left.coda, right.onset = rest, "ㅆ"
            return True
        if onset == "ㄴ":
            left.coda = rest or "ㄴ"
            _assimilate(left, right)
            return True
        if onset == "ㅇ":
            left.coda = ""
            right.onset = rest or "ㅇ"
            return True
        return False
    if onset != "ㅎ":
        return False
    if coda == "ㄷ" and right.vowel in "ㅣㅕ":  # 닫히다 [다치다]
        left.coda, right.onset = "", "ㅊ"
        return True
    whole = {"ㅈ": "ㅊ", "ㄵ": "ㅊ", "ㄱ": "ㅋ", "ㄲ": "ㅋ", "ㄺ": "ㅋ", "ㅂ": "ㅍ", "ㄼ": "ㅍ", "ㅄ": "ㅍ"}
    if coda in whole:
        left.coda = {"ㄵ": "ㄴ", "ㄺ": "ㄹ", "ㄼ": "ㄹ"}.get(coda, "")
        right.onset = whole[coda]
        return True
    if _NEUTRAL.get(coda, coda) == "ㄷ":
        left.coda, right.onset = "", "ㅌ"
        return True
    # Between voiced sounds ㅎ fades: 전화 [저놔], 은행 [으냉], as everybody says them.
    if coda in "ㄴㄹㅁ":
        left.coda, right.onset = "", coda
        return True
    return False


def _liaison(left: Syllable, right: Syllable) -> None:
    if left.coda == "ㅇ":
        return
    if right.vowel == "ㅣ" and left.coda in ("ㄷ", "ㅌ", "ㄾ"):  # 굳이 [구지], 같이 [가치], 핥이다 [할치다]
        right.onset = "ㅈ" if left.coda == "ㄷ" else "ㅊ"
        left.coda = "ㄹ" if left.coda == "ㄾ" else ""
        return
    if right.vowel == "ㅕ" and left.coda == "ㅌ":  # 붙여 [부처]
        left.coda, right.onset, right.vowel = "", "ㅊ", "ㅓ"
        return
    if (cluster := _CLUSTERS.get(left.coda)) is not None:
        left.coda = cluster[0]
        right.onset = "ㅆ" if cluster[1] == "ㅅ" else cluster[1]
        return
    right.onset, left.coda = left.coda, ""


def _assimilate(left: Syllable, right: Syllable) -> None:
    if left.coda in _NASAL and right.onset in "ㄴㅁ":
        left.coda = _NASAL[left.coda]
    elif left.coda in _NASAL and right.onset == "ㄹ":
        left.coda, right.onset = _NASAL[left.coda], "ㄴ"
    elif left.coda in ("ㅁ", "ㅇ") and right.onset == "ㄹ":
        right.onset = "ㄴ"
    elif (left.coda, right.onset) in (("ㄴ", "ㄹ"), ("ㄹ", "ㄴ")):
        left.coda = right.onset = "ㄹ"
