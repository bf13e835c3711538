"""What is written, and how each language says it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.languages import Language
from models.speech.normalise import normalise

CHINESE = [
    # quantities, 两 and 二
    ("2个", "两个"), ("2件商品", "两件商品"), ("22元", "二十二元"), ("12个", "十二个"), ("2万元", "两万元"),
    ("第2步", "第二步"), ("10005", "一万零五"), ("12,000", "一万两千"), ("105", "一百零五"), ("1,010", "一千零一十"),
    ("20,000", "两万"), ("0个", "零个"), ("110000元", "十一万元"), ("100,000,000", "一亿"), ("2天", "两天"),
    # one by one
    ("订单号H104227", "订单号H，一零四，二二七"), ("订单104227", "订单一零四，二二七"), ("验证码1234", "验证码一二三四"),
    ("运单号SF1234567890", "运单号S F，一二三，四五六，七八九零"), ("电话400-820-8820", "电话四零零，八二零，八八二零"),
    ("尾号是4227", "尾号是四二二七"), ("13800138000", "一三八，零零一三，八零零零"),
    # calendar and clock
    ("2026年3月5日", "二零二六年三月五日"), ("2026-03-05", "二零二六年三月五日"), ("2月2号", "二月二号"), ("3/8", "三月八日"),
    ("14:30", "十四点三十分"), ("2:05", "两点零五分"), ("2点", "两点"), ("2点30分", "两点三十分"), ("3:30 pm", "下午三点三十分"),
    ("9:00-18:00", "九点到十八点"), ("2小时", "两小时"), ("2026年", "二零二六年"),
    # money, percent, units, ranges
    ("¥1,299.50", "一千二百九十九点五元"), ("¥1,299.50元", "一千二百九十九点五元"), ("$12.50", "十二点五美元"), ("¥2", "两元"),
    ("50 USD", "五十美元"), ("15%", "百分之十五"), ("12.5％", "百分之十二点五"), ("3.14", "三点一四"), ("2kg", "两公斤"),
    ("30×40cm", "三十乘四十厘米"), ("12.5m²", "十二点五平方米"), ("3-5天", "三天到五天"), ("-5℃", "负五摄氏度"), ("1/2", "二分之一"),
    ("3~5个工作日", "三个工作日到五个工作日"), ("８折", "八折"),
    # Latin
    ("VIP客户", "V I P客户"), ("A4纸", "A 四纸"), ("a@b-c.com", "a at b c 点 com"),
]  # fmt: skip

ENGLISH = [
    ("2 items", "two items"), ("1,234,567", "one million two hundred thirty-four thousand five hundred sixty-seven"),
    ("110", "one hundred ten"), ("0", "zero"), ("150000 won", "one hundred fifty thousand won"),
    ("order H104227", "order H, one zero four, two two seven"), ("order number 104227", "order number one zero four, two two seven"),
    ("the code 1234", "the code one two three four"), ("SF1234567890", "S F, one two three, four five six, seven eight nine zero"),
    ("HG-2045", "H G, two zero four five"), ("call 400-820-8820", "call four zero zero, eight two zero, eight eight two zero"),
    ("+1 (415) 555-0123", "plus one, four one five, five five five, zero one two three"), ("ends in 4227", "ends in four two two seven"), ("007", "zero zero seven"),
    ("2026-03-05", "March fifth, twenty twenty-six"), ("March 5, 2026", "March fifth, twenty twenty-six"), ("5 March", "March fifth"),
    ("12/25/2026", "December twenty-fifth, twenty twenty-six"), ("25/12/2026", "December twenty-fifth, twenty twenty-six"),
    ("in 1999", "in nineteen ninety-nine"), ("in 2005", "in two thousand five"), ("March 2026", "March twenty twenty-six"),
    ("14:30", "two thirty P M"), ("9:05 am", "nine oh five A M"), ("9am", "nine A M"), ("10:00", "ten o'clock"),
    ("9:00-18:00", "nine o'clock to six P M"), ("0:15", "twelve fifteen A M"),
    ("1st", "first"), ("22nd", "twenty-second"), ("12th", "twelfth"), ("103rd", "one hundred third"), ("20th", "twentieth"),
    ("$12.50", "twelve dollars and fifty cents"), ("$1", "one dollar"), ("£1.01", "one pound and one penny"), ("€99", "ninety-nine euros"),
    ("₩15,000", "fifteen thousand won"), ("50 USD", "fifty dollars"), ("$0.05", "five cents"), ("CNY 300", "three hundred yuan"),
    ("15%", "fifteen percent"), ("0.5", "zero point five"), ("12.75", "twelve point seven five"),
    ("1kg", "one kilogram"), ("2kg", "two kilograms"), ("12.5m²", "twelve point five square metres"), ("30x40cm", "thirty by forty centimetres"),
    ("3-5 business days", "three to five business days"), ("2/3", "two thirds"), ("1/2", "one half"), ("-5°C", "minus five degrees Celsius"),
    ("B2B", "B two B"), ("5G", "five G"), ("help@homegoods.com", "help at homegoods dot com"), ("No. 5", "number five"),
    ("R&D", "R and D"), ("2024-2026", "twenty twenty-four to twenty twenty-six"),
]  # fmt: skip

JAPANESE = [
    ("4時", "ヨジ"), ("7時", "シチジ"), ("9時", "クジ"), ("14時", "ジューヨジ"), ("19時", "ジュークジ"), ("7時間", "シチジカン"),
    ("1分", "イップン"), ("3分", "サンプン"), ("4分", "ヨンプン"), ("5分", "ゴフン"), ("10分", "ジュップン"), ("30分", "サンジュップン"),
    ("9:30", "クジサンジュップン"), ("3:30 pm", "午後サンジサンジュップン"), ("10:00〜18:00", "ジュージからジューハチジ"),
    ("1日", "ツイタチ"), ("4日", "ヨッカ"), ("8日", "ヨーカ"), ("14日", "ジューヨッカ"), ("19日", "ジュークニチ"), ("20日", "ハツカ"),
    ("3月5日", "サンガツイツカ"), ("4月", "シガツ"), ("9月", "クガツ"), ("2026年3月5日", "ニセンニジューロクネンサンガツイツカ"),
    ("2026-03-05", "ニセンニジューロクネンサンガツイツカ"), ("7日間", "ナノカカン"), ("3〜5日", "ミッカからイツカ"),
    ("1本", "イッポン"), ("2本", "ニホン"), ("3本", "サンボン"), ("6本", "ロッポン"), ("10本", "ジュッポン"), ("8杯", "ハッパイ"),
    ("1個", "イッコ"), ("6個", "ロッコ"), ("4個", "ヨンコ"), ("3階", "サンガイ"), ("1人", "ヒトリ"), ("2人", "フタリ"), ("4人", "ヨニン"),
    ("7人", "ナナニン"), ("3つ", "ミッツ"), ("8つ", "ヤッツ"), ("1回", "イッカイ"), ("3匹", "サンビキ"), ("3羽", "三羽"), ("1週間", "イッシューカン"),
    ("3-5営業日", "サンエイギョービからゴエイギョービ"), ("2台", "ニダイ"), ("4円", "ヨエン"), ("300円", "サンビャクエン"),
    ("8,000円", "ハッセンエン"), ("¥14,800", "イチマンヨンセンハッピャクエン"), ("$12.50", "ジューニドルゴジューセント"),
    ("15%", "ジューゴパーセント"), ("8%", "ハッパーセント"), ("2.5kg", "ニーテンゴーキログラム"), ("0.5", "レーテンゴー"), ("1.8", "イッテンハチ"),
    ("H104227", "エイチ、イチゼロヨン、ニーニーナナ"), ("番号は4227", "番号はヨンニーニーナナ"), ("下4桁は4227", "下ヨンケタはヨンニーニーナナ"), ("03-1234-5678", "ゼロサン、イチニーサンヨン、ゴーロクナナハチ"),
    ("1/2", "ニブンノイチ"), ("-5度", "マイナスゴド"), ("VIP", "ブイアイピー"), ("A4", "エー ヨン"), ("12,345", "イチマンニセンサンビャクヨンジューゴ"),
    ("１２３", "ヒャクニジューサン"),
]  # fmt: skip

KOREAN = [
    ("3시 23분", "세 시 이십삼 분"), ("12시", "열두 시"), ("1시간 30분", "한 시간 삼십 분"), ("15:30", "오후 세 시 삼십 분"), ("9:05", "아홉 시 오 분"),
    ("오후 3시", "오후 세 시"), ("9:00~18:00", "아홉 시에서 오후 여섯 시"), ("2개", "두 개"), ("2개월", "이 개월"), ("20개", "스무 개"),
    ("21명", "스물한 명"), ("35살", "서른다섯 살"), ("100개", "백 개"), ("3층", "삼 층"), ("2번째", "두 번째"), ("1번째", "첫 번째"),
    ("3번 더", "세 번 더"), ("1번을 누르세요", "일 번을 누르세요"), ("3일", "삼 일"), ("3~5일", "삼 일에서 오 일"), ("2주", "이 주"), ("5분", "오 분"),
    ("6월 10일", "유월 십 일"), ("10월", "시월"), ("2026년 3월 5일", "이천이십육 년 삼월 오 일"), ("2026-03-05", "이천이십육 년 삼월 오 일"),
    ("₩15,900", "만 오천구백 원"), ("15,900원", "만 오천구백 원"), ("₩15,900원", "만 오천구백 원"), ("150000원", "십오만 원"), ("$12.50", "십이 달러 오십 센트"),
    ("1억", "일 억"), ("11,000", "만 천"), ("110,000", "십일만"), ("0", "영"), ("1,234", "천이백삼십사"), ("15%", "십오 퍼센트"),
    ("2.5kg", "이 점 오 킬로그램"), ("3.05", "삼 점 영오"), ("30x40cm", "삼십 곱하기 사십 센티미터"), ("1/2", "이분의 일"), ("-5°C", "마이너스 오 도"),
    ("010-1234-5678", "공일공, 일이삼사, 오육칠팔"), ("1588-1234", "일오팔팔, 일이삼사"), ("H104227", "에이치, 일공사, 이이칠"), ("번호는 4227", "번호는 사이이칠"),
    ("뒷자리가 4227", "뒷자리가 사이이칠"), ("주문 104227", "주문 일공사, 이이칠"), ("VIP", "브이아이피"), ("OK", "오케이"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "said"), CHINESE)
def test_chinese(written, said):
    assert normalise(written, Language.ZH) == said


@pytest.mark.parametrize(("written", "said"), ENGLISH)
def test_english(written, said):
    assert normalise(written, Language.EN) == said


@pytest.mark.parametrize(("written", "said"), JAPANESE)
def test_japanese(written, said):
    assert normalise(written, Language.JA) == said


@pytest.mark.parametrize(("written", "said"), KOREAN)
def test_korean(written, said):
    assert normalise(written, Language.KO) == said


def test_yao_is_said_for_one_in_chinese_digits_only_when_asked_for():
    assert normalise("电话13800138000", Language.ZH, yao=True) == "电话幺三八，零零幺三，八零零零"
    assert normalise("11个", Language.ZH, yao=True) == "十一个"


def test_words_without_numbers_stay_as_they_are():
    for language, text in (
        (Language.ZH, "您好，请问有什么可以帮您？"),
        (Language.EN, "Well, it's fine - isn't it?"),
        (Language.JA, "お電話ありがとうございます。"),
        (Language.KO, "안녕하세요. 무엇을 도와드릴까요?"),
    ):
        assert normalise(text, language) == text


ALL_WRITTEN = [
    *((written, Language.ZH) for written, _ in CHINESE),
    *((written, Language.EN) for written, _ in ENGLISH),
    *((written, Language.JA) for written, _ in JAPANESE),
    *((written, Language.KO) for written, _ in KOREAN),
]


@pytest.mark.parametrize(("written", "language"), ALL_WRITTEN)
def test_normalising_twice_changes_nothing(written, language):
    once = normalise(written, language)
    assert normalise(once, language) == once


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet="0123456789.,:-/%$¥+ #AHxkgcm年月日時分点个元円원시개号～×（）", max_size=24),
    st.sampled_from(list(Language)),
)
def test_no_digit_is_ever_left_unsaid(text, language):
    assert not any(character.isdigit() and character.isascii() for character in normalise(text, language))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**13), st.sampled_from(list(Language)))
def test_every_quantity_can_be_said(value, language):
    said = normalise(f"{value:,}", language)
    assert said and not any(character.isdigit() for character in said)


@pytest.mark.parametrize(
    ("language", "written", "spoken"),
    [
        (Language.EN, "It costs $12.50 at most.", "It costs twelve dollars and fifty cents at most."),
        (Language.EN, "R 1 0 4 2 2 7.", "R, one zero four, two two seven."),
        (Language.ZH, "订单 1 0 4 2 2 7 已发货", "订单 一零四，二二七 已发货"),
        (Language.JA, "番号は 1 0 4 2 2 7 です", "番号は イチゼロヨン、ニーニーナナ です"),
        (Language.KO, "주문 1 1 0 2 2 7 건", "주문 일일공, 이이칠 건"),
        (Language.ZH, "买2个iPhone，重3.5kg", "买两个iPhone，重三点五公斤"),
    ],
)
def test_digits_written_apart_come_in_groups_and_amounts_leave_the_next_word_alone(language, written, spoken):
    assert normalise(written, language) == spoken
