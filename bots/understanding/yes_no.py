"""Yes and no, as they are said on the telephone."""

from __future__ import annotations

import re
from functools import lru_cache

from bots.understanding.normalise import fold, squeeze
from core.languages import Language

_YES = {
    Language.ZH: "是|是的|对|对的|对对|对呀|对啊|没错|嗯|嗯嗯|好|好的|好啊|好呀|行|行的|可以|可以的|没问题|确认|确定|要|要的|需要|需要的|"
    "当然|当然可以|有|有的|解决了|清楚了|明白了|知道了|懂了|听懂了|回答了|正确|是这样|是这个|就是这个|没毛病|ok|麻烦你了|麻烦了|好吧|是啊|是呀|中",
    Language.EN: "yes|yeah|yep|yup|ya|yah|sure|sure thing|of course|correct|that's correct|that is correct|right|"
    "that's right|that is right|ok|okay|alright|all right|fine|go ahead|please do|do it|do that|"
    "uh huh|uh-huh|mm hmm|mhm|indeed|definitely|absolutely|exactly|certainly|"
    "it did|it does|it is|i do|i am|yes it did|that works|that helps|that helped|sounds good|sounds right|"
    "confirmed|i confirm|got it|perfect|great|good|why not|by all means|affirmative|that's it exactly|"
    "that answers it|that answers my question|i understand|understood|very helpful|please",
    Language.JA: "はい|はいはい|ええ|うん|うんうん|そう|そうです|そうですね|そうそう|合ってます|合っています|あってます|あっています|"
    "間違いない|間違いないです|間違いありません|大丈夫|大丈夫です|お願いします|お願い|いいです|いいですよ|いいよ|よろしいです|"
    "オーケー|オッケー|ok|了解|了解です|わかりました|分かりました|わかった|正しいです|その通り|その通りです|もちろん|もちろんです|"
    "解決しました|そうしてください|進めてください|ぜひ|それでいいです|それでお願いします|あります|ございます|問題ないです|問題ありません",
    Language.KO: "네|네네|예|예예|응|응응|그래|그래요|그렇습니다|그럼요|맞아요|맞습니다|맞아|맞는데요|맞다|좋아요|좋습니다|좋아|물론이죠|물론|"
    "당연하죠|당연히|확인했습니다|확인했어요|부탁해요|부탁드려요|부탁드립니다|부탁합니다|해주세요|해 주세요|그렇게 해주세요|진행해주세요|"
    "오케이|ok|알겠습니다|알겠어요|됐어요|해결됐어요|해결됐습니다|이해했어요|이해했습니다|있어요|있습니다|도움됐어요|"
    "도움이 됐어요|도움이 되었어요|괜찮아요|틀림없어요|할게요|그렇게 할게요|넵|넹",
}
_NO = {
    Language.ZH: "不|不是|不是的|不对|不对的|不对不对|错了|错|没|没有|没有了|没了|没有啦|不用|不用了|不用啦|不要|不要了|不需要|不需要了|算了|"
    "不行|不可以|否|没别的了|没别的|没其他的了|没其他了|没其他问题了|没有其他问题了|没事了|没什么了|就这样|就这样吧|就这些|就这个|"
    "没解决|没有解决|没听懂|不明白|不清楚|还没有|还没|不好|别|先不了|不了|不退了|取消|没有别的了|暂时没有|暂时没有了|不是这个",
    Language.EN: "no|nope|nah|no no|no thanks|no thank you|not really|not quite|not at all|not yet|incorrect|wrong|"
    "that's wrong|that is wrong|that's not right|that's not it|that's not correct|that's all|that is all|that's it|"
    "that's everything|that'll be all|that will be all|nothing else|nothing|nothing more|none|"
    "it didn't|it did not|it doesn't|it does not|it isn't|it's not|i don't|i do not|"
    "don't|do not|never mind|nevermind|not that|not that one|cancel|cancel that|stop|i'm good|i am good|"
    "i'm fine|i'm all set|i'm all set thanks|all set|all good|negative|don't do that|not now|rather not|i'd rather not|"
    "no it didn't|no it doesn't|not helpful",
    Language.JA: "いいえ|いえ|いえいえ|いや|いやいや|違います|違う|ちがいます|ちがう|違いますね|ないです|ありません|特にないです|特にありません|特に|"
    "特には|以上です|それだけです|結構です|けっこうです|大丈夫です結構です|いりません|不要です|必要ないです|必要ありません|"
    "やめます|やめてください|キャンセル|間違ってます|間違っています|間違いです|解決してません|解決していません|わかりません|"
    "分かりません|もういいです|やっぱりいいです|ううん|やめておきます|そうじゃない|そうじゃないです|そうではありません|ノー|"
    "もう大丈夫です|他にはないです|他にはありません|ほかにはありません|ほかにないです|だめです|ダメです",
    Language.KO: "아니|아니요|아니오|아뇨|아닙니다|아니에요|아닌데요|틀려요|틀렸어요|틀립니다|틀린데요|없어요|없습니다|없는데요|더 없어요|"
    "필요 없어요|필요없어요|필요없습니다|됐습니다|괜찮습니다|안 할래요|안할래요|안 해요|하지 마세요|하지마세요|취소|취소해주세요|"
    "그게 다예요|그게 다입니다|다 됐어요|다 됐습니다|이제 없어요|해결 안 됐어요|안 됐어요|안됐어요|아직이요|아직요|모르겠어요|"
    "아니 괜찮아요|싫어요|됐고요|그만할게요|안 할게요|노",
}
_SOFT = {
    Language.ZH: "好|好的|好啊|好呀|行|行的|可以了|好了|明白了|知道了|懂了|清楚了|没事|好吧|嗯好的|了解了|了解|没问题|ok",
    Language.EN: "ok|okay|alright|all right|fine|got it|perfect|great|good|understood|i understand|sounds good|that works|very helpful|cool|i see",
    Language.JA: "大丈夫|大丈夫です|いいです|いいですよ|いいよ|わかりました|分かりました|わかった|了解|了解です|オーケー|オッケー|ok|そうですか|なるほど|承知しました|助かりました",
    Language.KO: "알겠습니다|알겠어요|됐어요|괜찮아요|좋아요|좋습니다|좋아|오케이|ok|이해했어요|이해했습니다|그렇군요|아하|도움됐어요",
}
"""Yes or no by what was asked: 大丈夫です agrees to a proposal and declines an offer."""
_POLITE = {
    Language.ZH: "谢谢|谢谢你|谢谢您|谢了|多谢|请|吧|啊|呀|呢|哦|噢|喔|额|呃|那个|了|嘛|的|哈|啦|你好|麻烦|这次|现在|我|目前",
    Language.EN: "thanks|thank you|thank you very much|thanks a lot|please|um|uh|er|well|oh|so|then|actually|"
    "i think|i guess|i think so|ma'am|sir|now|just|for now|yet|very much|much|hmm|ah|today|and",
    Language.JA: "えっと|えーと|えー|あの|ありがとう|ありがとうございます|ありがとうございました|どうも|すみません|ね|よ|です|けど|が|あ|ああ|"
    "まあ|それで|もう|今は|今のところ|じゃあ|では|ございました|これで|から",
    Language.KO: "음|어|저|그|저기|감사합니다|고마워요|고맙습니다|요|이제|지금은|일단|그냥|뭐|좀|아|다른 건|더는|더|따로|그건|다",
}


@lru_cache(maxsize=8)
def _kinds(language: Language) -> tuple[dict[str, str], int]:
    kinds: dict[str, str] = {}
    for kind, table in (("fill", _POLITE), ("yes", _YES), ("no", _NO), ("soft", _SOFT)):
        for phrase in table[language].split("|"):
            kinds[squeeze(fold(phrase, language))] = kind
    return kinds, max(map(len, kinds))


def yes_no(text: str, language: Language, soft: bool = True) -> bool | None:
    """True for yes, False for no, None where the sentence says more than that, or something else.

    The words are taken longest first, so that 不对 is a no although 对 is a yes; where both are said,
    the last one counts ("yes... no, that's wrong").

    Args:
        soft: what words like "okay", 大丈夫です or 괜찮아요 mean alone: True after "is that right?", False
            after "is there anything else?". Beside a clear yes or no they mean the same as it.
    """
    kinds, longest = _kinds(language)
    if language.spaces_words:
        return _by_words(fold(text, language), kinds, longest, soft)
    rest = squeeze(fold(text, language))
    votes: list[str] = []
    unknown = 0
    at = 0
    while at < len(rest):
        for length in range(min(longest, len(rest) - at), 0, -1):
            kind = kinds.get(rest[at : at + length])
            if kind is not None:
                votes.append(kind)
                at += length
                break
        else:
            unknown += 1
            at += 1
    return _judge(votes, unknown, soft)


def _by_words(text: str, kinds: dict[str, str], longest: int, soft: bool) -> bool | None:
    words = re.findall(r"[\w']+", text)
    votes: list[str] = []
    unknown = 0
    at = 0
    while at < len(words):
        for count in range(min(6, len(words) - at), 0, -1):
            kind = kinds.get(squeeze("".join(words[at : at + count])))
            if kind is not None:
                votes.append(kind)
                at += count
                break
        else:
            unknown += 1
            at += 1
    return _judge(votes, unknown, soft)


def _judge(votes: list[str], unknown: int, soft: bool) -> bool | None:
    clear = [vote for vote in votes if vote in ("yes", "no")]
    if unknown > _UNKNOWN or not (clear or "soft" in votes):
        return None
    return clear[-1] == "yes" if clear else soft


_UNKNOWN = 1
"""Words (characters in Chinese and Japanese) beside the answer that do not yet make another sentence."""
