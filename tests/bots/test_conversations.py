"""Unit, whole calls in text: every flow of the hotline in four languages, intents given."""

from __future__ import annotations

import pytest

from tests.bots.talk import keys

LANGUAGES = ["zh", "en", "ja", "ko"]
SENTENCES = {
    "status": {"zh": "我想查一下订单", "en": "where's my order", "ja": "注文の状況は", "ko": "주문 조회요"},
    "number": {
        "zh": "一零四二二七",
        "en": "one oh four two two seven",
        "ja": "いちぜろよんににななです",
        "ko": "일공사이이칠이요",
    },
    "no": {"zh": "没有了谢谢", "en": "no that's all", "ja": "いえ特にないです", "ko": "아니요 없어요"},
    "yes": {"zh": "是的", "en": "yes please", "ja": "はいお願いします", "ko": "네 맞아요"},
    "return": {"zh": "我要退货", "en": "I want to return it", "ja": "返品したいです", "ko": "반품할게요"},
    "reason": {"zh": "颜色不对", "en": "it's the wrong color", "ja": "色が違います", "ko": "색상이 달라요"},
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_order_is_told_after_its_number_is_spoken_and_the_call_ends_resolved(call, language):
    talk = call(language)
    assert keys(await talk.open()) == ["greet"]
    asked = await talk.says(SENTENCES["status"][language], "order_status")
    assert keys(asked) == ["ask_order_number"] and asked.listen == "digits"
    told = await talk.says(SENTENCES["number"][language], "out_of_scope", 0.4)
    assert keys(told) == ["status_shipped", "anything_else"]
    assert "1 0 4 2 2 7" in told.says[0].text
    assert (told.outcome, told.resolved_by, told.listen) == ("resolved", "connector", "yes_no")
    assert told.slots["order_number"] == "104227"
    assert all(say.language == language for say in told.says)
    ended = await talk.says(SENTENCES["no"][language], "deny")
    assert keys(ended) == ["goodbye"] and ended.end_call and ended.outcome is None and ended.listen == "none"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_order_number_in_the_first_sentence_is_not_asked_for_again(call, language):
    talk = call(language)
    await talk.open()
    told = await talk.says(f"{SENTENCES['status'][language]} 200319", "order_status")
    assert keys(told) == ["status_delayed", "anything_else"]
    tracked = await talk.says(SENTENCES["status"][language], "track_parcel")
    assert keys(tracked) == ["status_delayed", "anything_else"], "the number is known from before"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_return_is_confirmed_and_opened_once(call, bot, language):
    talk = call(language)
    await talk.open()
    asked = await talk.says(SENTENCES["return"][language] + " 104305", "return_item")
    assert keys(asked) == ["ask_return_reason"]
    confirm = await talk.says(SENTENCES["reason"][language], "complain", 0.8)
    assert keys(confirm) == ["ask_confirm_return"] and confirm.listen == "yes_no"
    done = await talk.says(SENTENCES["yes"][language], "repeat", 0.5)
    assert keys(done) == ["return_opened", "anything_else"] and done.outcome == "resolved"
    assert "R 1 0 4 3 0 5" in done.text
    [record] = done.actions
    assert record.ok and record.idempotency_key == "call-1:return:104305"
    again = await talk.says(SENTENCES["return"][language] + " 104305", "return_item")
    await talk.says(SENTENCES["reason"][language], "complain")
    again = await talk.says(SENTENCES["yes"][language], "affirm")
    assert keys(again)[0] == "return_already_open"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_return_that_is_declined_opens_nothing(call, language):
    talk = call(language)
    await talk.open()
    await talk.says("200450", "return_item")
    await talk.says(SENTENCES["reason"][language], "return_item")
    declined = await talk.says({"zh": "不退了", "en": "no", "ja": "いいえ", "ko": "아니요"}[language], "deny")
    assert keys(declined) == ["return_cancelled", "anything_else"]
    assert declined.actions == () and declined.outcome is None


@pytest.mark.parametrize(
    ("number", "response"), [("104227", "return_not_delivered"), ("315160", "return_too_late")]
)
async def test_what_cannot_be_returned_is_said_and_a_person_offered(call, number, response):
    talk = call()
    await talk.open()
    blocked = await talk.says(f"return {number}", "return_item")
    assert keys(blocked) == [response] and blocked.listen == "yes_no"
    handed = await talk.says("yes please", "affirm")
    assert handed.hand_off and handed.hand_off.skills == ("returns",) and handed.outcome == "handed_off"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_invoice_goes_to_the_address_on_file_which_is_never_spoken(call, language):
    talk = call(language)
    await talk.open()
    assert keys(await talk.says("invoice", "request_invoice")) == ["ask_order_number"]
    sent = await talk.presses("104227#")
    assert keys(sent) == ["invoice_sent", "anything_else"] and sent.outcome == "resolved"
    assert "@" not in sent.text and "example" not in sent.text


async def test_an_invoice_without_an_address_on_file_goes_to_a_person(call):
    talk = call("ko")
    await talk.open()
    reply = await talk.says("428671 영수증 주세요", "request_invoice")
    assert (
        reply.hand_off and reply.hand_off.reason == "not_possible" and reply.hand_off.skills == ("billing",)
    )
    assert not reply.actions[0].ok


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_parcel_is_found_by_its_tracking_number(call, language):
    talk = call(language)
    await talk.open()
    assert keys(await talk.says("parcel", "track_parcel")) == ["ask_parcel_number"]
    told = await talk.says("730118552046", "order_status", 0.4)
    assert keys(told) == ["track_shipped", "anything_else"]


async def test_digits_may_come_in_two_goes(call):
    talk = call("en")
    await talk.open()
    await talk.says("my order please", "order_status")
    more = await talk.says("ten forty two", "affirm", 0.3)
    assert keys(more) == ["number_too_short"] and more.listen == "digits" and "1 0 4 2" in more.text
    told = await talk.says("two seven", "affirm", 0.3)
    assert keys(told)[0] == "status_shipped"


async def test_digits_may_be_keyed_in_two_goes(call):
    talk = call("zh")
    await talk.open()
    await talk.says("查订单", "order_status")
    assert keys(await talk.presses("104")) == ["number_too_short"]
    assert keys(await talk.presses("227")) == ["status_shipped", "anything_else"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_wrong_number_is_read_back_and_the_third_goes_to_a_person(call, language):
    talk = call(language)
    await talk.open()
    await talk.says("order", "order_status")
    first = await talk.says("999999", "order_status")
    assert keys(first) == ["number_not_found"] and "9 9 9 9 9 9" in first.text and first.listen == "digits"
    assert keys(await talk.says("999998", "order_status")) == ["number_not_found"]
    third = await talk.says("999997", "order_status")
    assert third.hand_off and third.hand_off.reason == "order_not_found"


async def test_a_wrong_number_can_be_put_right(call):
    talk = call("en")
    await talk.open()
    await talk.says("order 999999", "order_status")
    told = await talk.says("sorry I mean 200318", "order_status")
    assert keys(told)[0] == "status_shipped" and told.slots["order_number"] == "200318"


async def test_a_number_corrected_at_the_confirmation_is_no_refusal(call):
    talk = call("en")
    await talk.open()
    await talk.says("I want to return 104305", "return_item")
    await talk.says("too small", "inform")
    corrected = await talk.says("no it's 200450 not 104305", "deny")
    assert keys(corrected) == ["ask_confirm_return"] and "2 0 0 4 5 0" in corrected.text
    done = await talk.says("yes", "affirm")
    assert done.actions[0].idempotency_key == "call-1:return:200450"


async def test_a_change_of_mind_in_the_middle_of_a_return_leads_elsewhere(call):
    talk = call("en")
    await talk.open()
    await talk.says("I want to return 104305", "return_item")
    told = await talk.says("actually just send me the invoice", "request_invoice")
    assert keys(told) == ["invoice_sent", "anything_else"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "before", [(), ("order_status",), ("return_item",), ("request_invoice",), ("track_parcel",)]
)
async def test_a_person_can_be_had_at_any_moment(call, language, before):
    talk = call(language)
    await talk.open()
    for intent in before:
        await talk.says("...", intent)
    handed = await talk.says("a person", "ask_person")
    assert keys(handed) == ["handing_over"] and handed.listen == "none"
    assert handed.hand_off and handed.hand_off.reason == "caller_asked"
    assert handed.hand_off.intent == (before[0] if before else "ask_person")


async def test_the_zero_key_calls_a_person_too(call):
    talk = call()
    await talk.open()
    await talk.says("order", "order_status")
    assert (await talk.presses("0")).hand_off


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_complaint_gets_an_apology_and_a_person_with_priority(call, language):
    talk = call(language)
    await talk.open()
    reply = await talk.says("terrible", "complain")
    assert keys(reply) == ["complaint"]
    assert reply.hand_off and reply.hand_off.priority == 5 and reply.hand_off.skills == ("complaints",)


async def test_an_important_customer_is_known_by_number_and_their_level_is_left_to_the_platform(call):
    talk = call("zh", number="+8613800138001")
    opened = await talk.open()
    assert opened.slots["customer_name"] == "王晓梅"
    assert "王" not in opened.text
    assert (await talk.says("我要投诉", "complain")).hand_off.priority == 5


async def test_the_language_changes_in_the_middle_of_a_form_and_the_form_goes_on(call):
    talk = call("zh")
    await talk.open()
    await talk.says("查订单", "order_status")
    changed = await talk.says("请说英语", "change_language")
    assert keys(changed) == ["language_changed", "ask_order_number"]
    assert changed.language == "en" and all(say.language == "en" for say in changed.says)
    told = await talk.says("one oh four two two seven", "inform", language="en")
    assert keys(told)[0] == "status_shipped" and told.says[0].language == "en"


async def test_the_reply_follows_the_language_that_the_gateway_hears(call):
    talk = call("en")
    await talk.open()
    reply = await talk.says("営業時間を教えてください", "opening_hours", language="ja")
    assert reply.language == "ja" and all(say.language == "ja" for say in reply.says)


async def test_a_language_that_is_not_spoken_is_said_so(call):
    talk = call("zh")
    await talk.open()
    assert keys(await talk.says("能说粤语吗", "change_language")) == ["language_not_spoken"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_answer_from_the_documents_is_resolved_when_the_caller_says_so(call, documents, language):
    documents.answers["how much is shipping"] = "Shipping is free."
    talk = call(language)
    await talk.open()
    answered = await talk.says("how much is shipping", "ask_knowledge")
    assert keys(answered) == ["knowledge_answer", "did_that_help"] and answered.listen == "yes_no"
    assert answered.passage and answered.passage.document == "shipping.md" and answered.outcome is None
    accepted = await talk.says(SENTENCES["yes"][language], "affirm")
    assert (accepted.outcome, accepted.resolved_by) == ("resolved", "caller")


async def test_an_answer_that_did_not_help_goes_to_a_person(call, documents):
    documents.answers["how much is shipping"] = "Shipping is free."
    talk = call()
    await talk.open()
    await talk.says("how much is shipping", "ask_knowledge")
    handed = await talk.says("no it doesn't", "deny")
    assert handed.hand_off and handed.hand_off.reason == "answer_rejected"
    assert handed.hand_off.skills == ("products",)


async def test_without_an_answer_a_person_is_offered(call):
    talk = call()
    await talk.open()
    assert keys(await talk.says("do you sell elephants", "ask_knowledge")) == ["no_answer"]
    assert keys(await talk.says("no thanks", "deny")) == ["anything_else"]


async def test_a_question_in_the_middle_of_a_form_is_answered_and_the_form_goes_on(call, documents):
    documents.answers["how long is the warranty"] = "Two years."
    talk = call()
    await talk.open()
    await talk.says("order", "order_status")
    reply = await talk.says("how long is the warranty", "ask_knowledge")
    assert keys(reply) == ["knowledge_answer", "ask_order_number"] and reply.listen == "digits"


async def test_a_doubtful_sentence_is_looked_up_before_the_bot_gives_in(call, documents):
    documents.answers["can I wash the duvet"] = "Yes, at thirty degrees."
    talk = call()
    await talk.open()
    reply = await talk.says("can I wash the duvet", "out_of_scope", 0.2)
    assert keys(reply) == ["knowledge_answer", "did_that_help"]
    assert reply.understanding.intent == "nlu_fallback" and reply.understanding.runner_up == "out_of_scope"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_not_understood_twice_calls_a_person(call, language):
    talk = call(language)
    await talk.open()
    assert keys(await talk.says("mumble", "order_status", 0.1)) == ["no_match"]
    handed = await talk.says("mumble", "order_status", 0.1)
    assert handed.hand_off and handed.hand_off.reason == "not_understood"


async def test_being_understood_in_between_starts_the_ladder_anew(call):
    talk = call()
    await talk.open()
    await talk.says("mumble", "order_status", 0.1)
    await talk.says("opening hours", "opening_hours")
    assert keys(await talk.says("mumble", "order_status", 0.1)) == ["no_match"]


async def test_not_understood_twice_in_a_form_calls_a_person(call):
    talk = call()
    await talk.open()
    await talk.says("order", "order_status")
    assert keys(await talk.says("mumble", "order_status", 0.1)) == [
        "no_match_short",
        "ask_order_number_again",
    ]
    assert (await talk.says("mumble", "order_status", 0.1)).hand_off.reason == "not_understood"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_silence_is_asked_about_once_and_then_ends_a_call_in_which_nobody_spoke(call, language):
    talk = call(language)
    await talk.open()
    assert keys(await talk.silent()) == ["no_input"]
    ended = await talk.silent()
    assert keys(ended) == ["no_input_goodbye"] and ended.end_call and ended.outcome == "ended_unconfirmed"


async def test_silence_after_the_caller_spoke_ends_with_a_person(call):
    talk = call()
    await talk.open()
    await talk.says("order", "order_status")
    assert keys(await talk.silent()) == ["no_input_short", "ask_order_number_again"]
    assert (await talk.silent()).hand_off.reason == "silence"


async def test_silence_after_anything_else_is_a_no(call):
    talk = call()
    await talk.open()
    await talk.says("104227", "order_status")
    ended = await talk.silent()
    assert keys(ended) == ["goodbye"] and ended.end_call


@pytest.mark.parametrize("language", LANGUAGES)
async def test_repeat_says_the_same_again_and_listens_for_the_same(call, language):
    talk = call(language)
    await talk.open()
    told = await talk.says("104227", "order_status")
    again = await talk.says("pardon", "repeat")
    assert again.text == told.text and again.listen == "yes_no"
    assert (await talk.says(SENTENCES["no"][language], "deny")).end_call
    assert (await talk.presses("*")).says


async def test_repeat_in_a_form_asks_the_question_again(call):
    talk = call()
    await talk.open()
    await talk.says("order", "order_status")
    assert keys(await talk.says("sorry?", "repeat")) == ["ask_order_number"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_okay_after_anything_else_closes_and_after_a_proposal_agrees(call, language):
    okay = {"zh": "好的", "en": "okay", "ja": "大丈夫です", "ko": "괜찮아요"}[language]
    talk = call(language)
    await talk.open()
    await talk.says("104227", "order_status")
    assert (await talk.says(okay, "affirm")).end_call
    talk = call(language, session_id="call-2")
    await talk.open()
    await talk.says("200450", "return_item")
    await talk.says("broken", "inform")
    assert keys(await talk.says(okay, "deny"))[0] == "return_opened"


async def test_another_order_is_asked_for_by_number(call):
    talk = call()
    await talk.open()
    await talk.says("104227", "order_status")
    assert keys(await talk.says("can you check another order", "order_status")) == ["ask_order_number"]
    told = await talk.says("104400", "inform")
    assert keys(told)[0] == "status_cancelled"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_small_talk_is_answered(call, language):
    talk = call(language)
    await talk.open()
    assert keys(await talk.says("hello", "greet")) == ["greet_back"]
    assert keys(await talk.says("hours", "opening_hours")) == ["opening_hours", "anything_else"]
    assert keys(await talk.says("thanks", "thank")) == ["goodbye"]
    ended = await talk.says("bye", "goodbye")
    assert ended.end_call


async def test_out_of_scope_is_declined_politely_and_then_handed_over(call):
    talk = call()
    await talk.open()
    assert keys(await talk.says("what's the weather", "out_of_scope")) == ["out_of_scope"]
    assert (await talk.says("sing a song", "out_of_scope")).hand_off.reason == "not_understood"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "我不记得订单号了"),
        ("en", "I don't have it with me"),
        ("ja", "番号がわからないんですが"),
        ("ko", "번호를 모르겠어요"),
    ],
)
async def test_a_caller_without_the_number_gets_a_person(call, language, text):
    talk = call(language)
    await talk.open()
    await talk.says("...", "order_status")
    reply = await talk.says(text, "out_of_scope", 0.3)
    assert (
        reply.hand_off and reply.hand_off.reason == "order_not_found" and reply.hand_off.skills == ("orders",)
    )


async def test_a_return_after_the_status_of_a_parcel_under_way_asks_which_order(call):
    talk = call("zh")
    await talk.open()
    await talk.says("104227", "order_status")
    assert keys(await talk.says("我想退一个东西", "return_item")) == ["ask_order_number"]
    assert keys(await talk.says("104305", "inform")) == ["ask_return_reason"]


async def test_a_return_after_the_status_of_a_delivered_order_is_of_that_order(call):
    talk = call("zh")
    await talk.open()
    await talk.says("104305", "order_status")
    assert keys(await talk.says("那我要退货", "return_item")) == ["ask_return_reason"]


async def test_what_the_bot_keeps_for_itself_is_told_apart_from_what_the_caller_told(call):
    talk = call("en", number="+14155550102")
    await talk.open()
    asked = await talk.says("where's my order 200318 from last monday", "order_status")
    assert set(asked.slots) - asked.internal <= {"order_number", "parcel_number", "date"}
    assert "order_number" in set(asked.slots) - asked.internal
    assert {"language", "caller_number", "matter", "awaiting"} <= asked.internal
