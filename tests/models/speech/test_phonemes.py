"""How words sound, without any model."""

from __future__ import annotations

import pytest

from core.languages import Language
from models.speech.normalise import normalise
from models.speech.phonemes import Phonemes, unknown_symbols
from models.speech.phonemes.hangul import take_apart
from models.speech.phonemes.kana import kana_phonemes
from models.speech.phonemes.korean import hangul_phonemes
from models.speech.phonemes.korean_rules import pronounced
from models.speech.phonemes.letters import sound_out
from tests.models.speech.sentences import PLAIN

PRONOUNCED = [
    # liaison
    ("옷이", "오시"), ("있어요", "이써요"), ("앉아", "안자"), ("넓이", "널비"), ("값을", "갑쓸"), ("삶을", "살믈"), ("문의", "무니"),
    ("좋아요", "조아요"), ("많이", "마니"), ("싫어요", "시러요"), ("영어", "영어"), ("음악", "으막"),
    # neutralised ends
    ("부엌", "부억"), ("꽃", "꼳"), ("앞", "압"), ("밖", "박"), ("낮", "낟"), ("여덟", "여덜"), ("닭", "닥"), ("삶", "삼"), ("값", "갑"),
    # tense sounds
    ("학교", "학꾜"), ("택배", "택빼"), ("입구", "입꾸"), ("국수", "국쑤"), ("옷장", "옫짱"), ("앉다", "안따"), ("읽고", "일꼬"),
    ("할 수", "할 쑤"), ("갈 것", "갈 껃"), ("만 수", "만 수"), ("발송", "발쏭"), ("결제", "결쩨"),
    # nasals
    ("국물", "궁물"), ("앞문", "암문"), ("감사합니다", "감사함니다"), ("있는", "인는"), ("꽃망울", "꼰망울"), ("독립", "동닙"), ("종로", "종노"),
    ("담력", "담녁"), ("협력", "혐녁"), ("없는", "엄는"), ("읽는", "잉는"),
    # liquids
    ("신라", "실라"), ("연락", "열락"), ("칼날", "칼랄"), ("일년", "일련"),
    # palatals
    ("같이", "가치"), ("굳이", "구지"), ("닫히다", "다치다"), ("붙여", "부처"), ("끝이", "끄치"), ("밭에", "바테"),
    # h
    ("좋고", "조코"), ("많다", "만타"), ("싫다", "실타"), ("축하", "추카"), ("입학", "이팍"), ("맞히다", "마치다"), ("못하다", "모타다"),
    ("않는", "안는"), ("닿소", "다쏘"), ("전화", "저놔"), ("급행", "그팽"), ("넣는", "넌는"),
    # vowels
    ("희망", "히망"), ("의사", "의사"), ("회의", "회이"), ("우리의", "우리에"), ("시계", "시게"), ("예약", "예약"), ("가져", "가저"),
    # numbers
    ("십육", "심뉵"), ("백육", "뱅뉵"), ("열여섯", "열려섣"), ("육백", "육빽"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), PRONOUNCED)
def test_korean_is_said_by_the_standard_rules(written, said):
    assert pronounced(written) == said


def test_plain_korean_stops_are_voiced_between_voiced_sounds_only():
    assert hangul_phonemes("가구")[0] == "k"
    assert "ɡ" in hangul_phonemes("가구")
    assert "ɡ" not in hangul_phonemes("학꾜")


def test_hangul_comes_apart_and_together():
    for character in "가각힣뷁안의쌍":
        assert str(take_apart(character)) == character
    with pytest.raises(ValueError, match="not a Hangul syllable"):
        take_apart("A")


@pytest.mark.parametrize(
    ("kana", "sounds"),
    [
        ("キョー", "kʲoː"), ("シンブン", "ɕimbɯɴ"), ("ガッコー", "ɡaʔkoː"), ("サンカイ", "saŋkai"), ("ホン", "hoɴ"), ("アンナイ", "annai"),
        ("ティー", "tʲiː"), ("ジュー", "ʥɨː"), ("ニャ", "ɲa"), ("ふぁ", "ɸa"), ("ッ", ""),
    ],
)  # fmt: skip
def test_kana(kana, sounds):
    assert (
        kana_phonemes(kana).replace("ɴ", "ɴ") == sounds.replace("bɯn", "bɯɴ") or kana_phonemes(kana) == sounds
    )


@pytest.mark.parametrize(
    "word", ["Kowalczyk", "Brno", "Zhejiang", "XKCD", "Tetraphone", "Škoda", "nginx", "Qwest", "Steve"]
)
def test_no_name_is_left_without_a_sound(word):
    assert sound_out(word)
    assert not unknown_symbols(sound_out(word))


@pytest.fixture(scope="module")
def phonemes():
    return Phonemes()


@pytest.mark.parametrize("language", list(Language))
def test_every_sentence_becomes_sounds_that_the_model_knows(phonemes, language):
    for sentence in PLAIN[language]:
        sounds = phonemes(normalise(sentence, language), language)
        assert len(sounds) > len(sentence) / 2
        assert not unknown_symbols(sounds), sentence


def test_a_word_unknown_to_the_english_lexicon_is_not_dropped(phonemes):
    without = phonemes("My name is.", Language.EN)
    assert len(phonemes("My name is Vrszkowiec.", Language.EN)) > len(without) + 4


def test_japanese_particles_and_counters_are_read_in_context(phonemes):
    assert phonemes("これは", Language.JA).endswith("βa")
    assert "joʥi" in phonemes(normalise("4時", Language.JA), Language.JA)
    assert "ɕiʨiʥi" in phonemes(normalise("7時", Language.JA), Language.JA)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.ZH, "请下载Homegoods应用"),
        (Language.JA, "Homegoodsをご利用"),
        (Language.KO, "Homegoods를 이용"),
    ],
)
def test_a_latin_word_inside_another_script_is_spoken(phonemes, language, text):
    without = phonemes(text.replace("Homegoods", ""), language)
    sounds = phonemes(text, language)
    assert len(sounds) > len(without) + 4
    assert not unknown_symbols(sounds)


def test_chinese_tones_are_marked(phonemes):
    assert phonemes("妈麻马骂", Language.ZH).count("ma") == 4
    assert {"→", "↗", "↓", "↘"} <= set(phonemes("妈麻马骂", Language.ZH))


def test_marks_survive_as_pauses(phonemes):
    assert "," in phonemes("您好，请说。", Language.ZH)
    assert phonemes("はい、そうです。", Language.JA).count(",") == 1
    assert phonemes("네, 그렇습니다.", Language.KO).endswith(".")
