"""Dividing, terms, fusion and confidence, each by itself. Category: unit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.languages import Language
from kb_ingest.answer_types import fits
from kb_ingest.chunking import divide, passage_size
from kb_ingest.confidence import CALIBRATION, Evidence, gather
from kb_ingest.fusion import Ranked, fuse
from kb_ingest.index.protocol import Candidate
from kb_ingest.normalise import fold
from kb_ingest.parsing.document import Block, Document, DocumentRefused, Section, Table
from kb_ingest.parsing.registry import parse_bytes
from kb_ingest.sentences import split_sentences
from kb_ingest.sparse import passage_vector, query_vector, terms


def passages(text: str, name: str = "doc.md"):
    return divide(parse_bytes(name, text.encode()), "document")


def test_a_passage_carries_its_headings_and_never_crosses_a_section():
    found = passages(
        "# Shipping\n\nTwo weeks, mostly everywhere.\n\n## Cost\n\nJapan is eight dollars a parcel.\n"
    )
    assert [(entry.section, entry.text) for entry in found] == [
        (("Shipping",), "Two weeks, mostly everywhere."),
        (("Shipping", "Cost"), "Japan is eight dollars a parcel."),
    ]
    assert found[1].indexed_text("Rules") == "Rules - Shipping - Cost\nJapan is eight dollars a parcel."


@pytest.mark.parametrize(
    "text",
    [
        "Q: How long is the warranty?\nA: Furniture has three years.\n\nQ: And lamps?\nA: Two years.",
        "**How long is the warranty?**\n\nFurniture has three years.\n\n**And lamps?**\n\nTwo years.",
        "## How long is the warranty?\n\nFurniture has three years.\n\n## And lamps?\n\nTwo years.",
    ],
)
def test_a_question_stays_with_its_answer(text):
    found = passages(text)
    assert [(entry.question, entry.text, entry.kind) for entry in found] == [
        ("How long is the warranty?", "Furniture has three years.", "answer"),
        ("And lamps?", "Two years.", "answer"),
    ]


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("问：可以退货吗？\n\n答：三十天内可以退货。", "可以退货吗？", "三十天内可以退货。"),
        (
            "質問：返品できますか？\n\n回答：三十日以内なら返品できます。",
            "返品できますか？",
            "三十日以内なら返品できます。",
        ),
        ("질문: 반품이 되나요?\n\n답변: 삼십일 안에 됩니다.", "반품이 되나요?", "삼십일 안에 됩니다."),
    ],
)
def test_questions_and_answers_are_known_in_each_language(text, question, answer):
    [found] = passages(text, "faq.txt")
    assert (found.question, found.text) == (question, answer)


def test_each_row_of_a_table_is_a_passage_that_reads_by_itself():
    found = passages(
        "# 运费\n\n| 地区 | 时间 | 运费 |\n|---|---|---|\n| 日本 | 4到6天 | 8美元 |\n| 欧盟 | 8到12天 | |\n"
    )
    assert [entry.text for entry in found] == [
        "地区：日本；时间：4到6天；运费：8美元",
        "地区：欧盟；时间：8到12天",
    ]
    assert {entry.kind for entry in found} == {"row"}


def test_unchanged_text_keeps_its_id_and_repeated_text_gets_two():
    before = passages("# A\n\nThe first paragraph stays.\n\n# B\n\nThe second one changes.\n")
    after = passages("# A\n\nThe first paragraph stays.\n\n# B\n\nThe second one has changed.\n")
    assert before[0].id == after[0].id
    assert before[1].id != after[1].id
    twice = passages("# A\n\nOne two three.\n\n# A\n\nOne two three.\n")
    assert len({entry.id for entry in twice}) == 2


def test_too_many_passages_are_refused():
    rows = tuple((f"item {number}", str(number)) for number in range(6000))
    section = Section((), (Block("table", "", Table(("Item", "Price"), rows)),))
    with pytest.raises(DocumentRefused, match="divide it"):
        divide(Document("big", Language.EN, "csv", (section,)), "document")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="ab c。.!?？\n返品送料", min_size=1, max_size=900), min_size=1, max_size=6))
def test_no_passage_is_too_long_and_no_text_is_lost(blocks):
    section = Section(
        ("H",), tuple(Block("paragraph", block) for block in blocks if block.strip()), None, Language.JA
    )
    found = divide(Document("t", Language.JA, "text", (section,)), "d")
    size = passage_size(Language.JA)
    assert all(len(entry.text) <= size.most + 10 for entry in found)
    kept = "".join(entry.question + entry.text for entry in found)
    for character in "ab返品送料":
        assert kept.count(character) == sum(block.count(character) for block in blocks)


def test_sentences_end_at_marks_of_all_four_languages():
    assert split_sentences("三十天内可以退。要有包装！好吗？") == ["三十天内可以退。", "要有包装！", "好吗？"]
    assert split_sentences("Costs 8.50 dollars, e.g. in Japan. Free from 80.") == [
        "Costs 8.50 dollars, e.g. in Japan.",
        "Free from 80.",
    ]
    assert split_sentences("반품됩니다. 배송비는 무료입니다.") == ["반품됩니다.", "배송비는 무료입니다."]
    assert split_sentences("") == []


def test_traditional_chinese_meets_simplified_and_japanese_stays():
    assert terms("退貨與運費") == terms("退货与运费")
    assert fold("領収書の発行を願います") == "領収書の発行を願います"
    assert fold("ＨＧ－１０１") == "HG-101"


def test_cjk_terms_are_pairs_of_characters_and_english_ones_words_and_pairs():
    assert set(terms("羊毛地毯")) == {"羊毛", "毛地", "地毯"}
    assert {"wool", "rug", "wool rug"} <= set(terms("wool rugs"))
    assert set(terms("returned")) == set(terms("returns")) == set(terms("returning"))


def test_a_rare_term_weighs_less_in_a_longer_passage_and_vectors_are_sorted():
    short = passage_vector("linen curtain")
    long = passage_vector("linen curtain " + "and other words that fill a passage up " * 20)
    weight = dict(zip(short.indices, short.values, strict=True))
    shared = dict(zip(long.indices, long.values, strict=True))
    assert all(shared[term] < value for term, value in weight.items())
    assert list(long.indices) == sorted(long.indices)
    assert query_vector("。！").indices == ()


def test_fusion_weighs_both_searches_and_prefers_the_figure_that_is_asked_for():
    care, price = Candidate("care", 0.90, 9.0), Candidate("price", 0.89, 8.0)
    other = Candidate("other", 0.80, 0.0)
    assert [entry.passage_id for entry in fuse([other, price, care], Language.EN)] == [
        "care",
        "price",
        "other",
    ]
    fit = {"care": -1, "price": 1, "other": -1}
    assert fuse([other, price, care], Language.EN, fit.__getitem__)[0].passage_id == "price"
    assert fuse([], Language.EN) == []


@pytest.mark.parametrize(
    ("question", "language", "passage", "expected"),
    [
        ("How much is the rug?", Language.EN, "Price: 189 dollars", 1),
        ("How much is the rug?", Language.EN, "Vacuum the rug weekly.", -1),
        ("羊毛地毯多少钱？", Language.ZH, "价格：189美元", 1),
        ("保修几年？", Language.ZH, "家具保修三年", 1),
        ("何日以内ですか？", Language.JA, "30日以内", 1),
        ("鋳鉄のフライパンはどのくらい重いですか？", Language.JA, "手で洗い", -1),
        ("며칠 걸려요?", Language.KO, "4일에서 6일", 1),
        ("얼마예요?", Language.KO, "가격: 36달러", 1),
        ("Where is the showroom?", Language.EN, "88 Haiyan Road", 0),
    ],
)
def test_the_kind_of_figure_asked_for_is_looked_for(question, language, passage, expected):
    assert fits(question, passage, language) == expected


def test_confidence_grows_with_every_kind_of_evidence():
    weak = Evidence(similarity=0.84, lead=0.02, overlap=0.1, agreement=0.0, fit=-1.0)
    strong = Evidence(similarity=0.93, lead=0.10, overlap=0.8, agreement=1.0, fit=1.0)
    for language in Language:
        assert CALIBRATION.confidence(weak, language) < 0.2
        assert CALIBRATION.confidence(strong, language) > 0.95


def test_evidence_says_what_was_found():
    ranked = [Ranked("a", 0.9, 0.92, 7.0), Ranked("b", 0.5, 0.86, 3.0), Ranked("c", 0.1, 0.80, 0.0)]
    evidence = gather("wool rug price", Language.EN, ranked, "Wool rug: price 189 dollars")
    assert evidence.agreement == 1.0
    assert evidence.overlap == 1.0
    # Two real ones are too few to compare with: the usual similarity of strangers stands in.
    assert evidence.lead == pytest.approx(0.92 - 0.80)
