"""The sentences that summaries are made of, in four languages. Data only.

``{n}`` stands for the order or tracking number; where none is known the second form is used.
"""

from __future__ import annotations

from core.languages import Language

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO

MATTER: dict[str, dict[Language, tuple[str, str]]] = {
    "order_status": {
        EN: ("The caller asks where order {n} is.", "The caller asks where their order is."),
        ZH: ("来电者查询订单 {n} 的状态。", "来电者查询订单状态。"),
        JA: ("お客様は注文 {n} の状況をお尋ねです。", "お客様は注文の状況をお尋ねです。"),
        KO: ("고객이 주문 {n}의 상태를 문의합니다.", "고객이 주문 상태를 문의합니다."),
    },
    "track_parcel": {
        EN: ("The caller asks where parcel {n} is.", "The caller asks where their parcel is."),
        ZH: ("来电者查询包裹 {n} 的物流。", "来电者查询包裹的物流。"),
        JA: ("お客様は荷物 {n} の配送状況をお尋ねです。", "お客様は荷物の配送状況をお尋ねです。"),
        KO: ("고객이 택배 {n}의 배송 상황을 문의합니다.", "고객이 택배 배송 상황을 문의합니다."),
    },
    "return_item": {
        EN: ("The caller wants to return order {n}.", "The caller wants to return an item."),
        ZH: ("来电者要求退货，订单 {n}。", "来电者要求退货。"),
        JA: ("お客様は注文 {n} の返品をご希望です。", "お客様は商品の返品をご希望です。"),
        KO: ("고객이 주문 {n}의 반품을 원합니다.", "고객이 상품 반품을 원합니다."),
    },
    "request_invoice": {
        EN: ("The caller needs the invoice of order {n}.", "The caller needs an invoice."),
        ZH: ("来电者需要订单 {n} 的发票。", "来电者需要发票。"),
        JA: ("お客様は注文 {n} の請求書をご希望です。", "お客様は請求書をご希望です。"),
        KO: ("고객이 주문 {n}의 인보이스를 요청합니다.", "고객이 인보이스를 요청합니다."),
    },
    "opening_hours": {
        EN: ("The caller asks about opening hours.",) * 2,
        ZH: ("来电者询问营业时间。",) * 2,
        JA: ("お客様は営業時間をお尋ねです。",) * 2,
        KO: ("고객이 영업시간을 문의합니다.",) * 2,
    },
    "complain": {
        EN: ("The caller complains about order {n}.", "The caller has a complaint."),
        ZH: ("来电者投诉，涉及订单 {n}。", "来电者投诉。"),
        JA: ("お客様は注文 {n} について苦情を述べています。", "お客様は苦情を述べています。"),
        KO: ("고객이 주문 {n}에 대해 불만을 제기합니다.", "고객이 불만을 제기합니다."),
    },
    "ask_knowledge": {
        EN: (
            "The caller has a question about products or terms (order {n}).",
            "The caller has a question about products or terms.",
        ),
        ZH: ("来电者咨询产品或条款（订单 {n}）。", "来电者咨询产品或条款。"),
        JA: ("お客様は商品や条件についてご質問です（注文 {n}）。", "お客様は商品や条件についてご質問です。"),
        KO: ("고객이 상품이나 약관에 대해 질문합니다(주문 {n}).", "고객이 상품이나 약관에 대해 질문합니다."),
    },
    "ask_person": {
        EN: (
            "The caller wants to speak with a person (order {n}).",
            "The caller wants to speak with a person.",
        ),
        ZH: ("来电者要求人工服务（订单 {n}）。", "来电者要求人工服务。"),
        JA: ("お客様は担当者との会話をご希望です（注文 {n}）。", "お客様は担当者との会話をご希望です。"),
        KO: ("고객이 상담원 연결을 원합니다(주문 {n}).", "고객이 상담원 연결을 원합니다."),
    },
    "": {
        EN: (
            "The caller mentioned {n}; the matter is not clear yet.",
            "The caller's matter is not clear yet.",
        ),
        ZH: ("来电者提到 {n}，诉求尚不明确。", "来电者的诉求尚不明确。"),
        JA: ("お客様から {n} の話がありましたが、ご用件はまだ不明です。", "お客様のご用件はまだ不明です。"),
        KO: ("고객이 {n}을(를) 언급했으나 용건은 아직 불분명합니다.", "고객의 용건이 아직 불분명합니다."),
    },
}

# What the bot did: a fragment of the action's name -> (it worked, it failed).
DONE: dict[str, dict[Language, tuple[str, str]]] = {
    "status": {
        EN: ("the order was looked up", "the order was not found"),
        ZH: ("已查询订单", "未查到订单"),
        JA: ("注文を照会済み", "注文が見つからず"),
        KO: ("주문을 조회함", "주문을 찾지 못함"),
    },
    "track": {
        EN: ("the parcel was tracked", "the parcel was not found"),
        ZH: ("已查询物流", "未查到包裹"),
        JA: ("荷物を追跡済み", "荷物が見つからず"),
        KO: ("택배를 조회함", "택배를 찾지 못함"),
    },
    "return": {
        EN: ("a return was registered", "a return could not be registered"),
        ZH: ("已登记退货", "退货登记失败"),
        JA: ("返品を受付済み", "返品の受付ができず"),
        KO: ("반품을 접수함", "반품을 접수하지 못함"),
    },
    "invoice": {
        EN: ("the invoice was sent", "the invoice could not be sent"),
        ZH: ("已发送发票", "发票发送失败"),
        JA: ("請求書を送付済み", "請求書を送付できず"),
        KO: ("인보이스를 발송함", "인보이스를 발송하지 못함"),
    },
    "ticket": {
        EN: ("a ticket was opened", "no ticket could be opened"),
        ZH: ("已创建工单", "工单创建失败"),
        JA: ("チケットを作成済み", "チケットを作成できず"),
        KO: ("티켓을 생성함", "티켓을 생성하지 못함"),
    },
    "order": {
        EN: ("the order was looked up", "the order was not found"),
        ZH: ("已查询订单", "未查到订单"),
        JA: ("注文を照会済み", "注文が見つからず"),
        KO: ("주문을 조회함", "주문을 찾지 못함"),
    },
    "": {
        EN: ("a request to another system was carried out", "a request to another system failed"),
        ZH: ("已在其他系统中办理", "其他系统办理失败"),
        JA: ("他システムで処理済み", "他システムでの処理に失敗"),
        KO: ("다른 시스템에서 처리함", "다른 시스템 처리에 실패함"),
    },
}
KNOWLEDGE: dict[Language, str] = {
    EN: "an answer was given from “{documents}”",
    ZH: "已根据《{documents}》回答",
    JA: "「{documents}」に基づき回答済み",
    KO: "‘{documents}’에 따라 답변함",
}
AGENT_TALKED: dict[Language, str] = {
    EN: "an agent spoke with the caller",
    ZH: "坐席已与来电者沟通",
    JA: "担当者が対応済み",
    KO: "상담원이 통화함",
}
DONE_FRAME: dict[Language, tuple[str, str, str]] = {
    EN: ("Done: ", "; ", "."),
    ZH: ("已处理：", "；", "。"),
    JA: ("対応：", "、", "。"),
    KO: ("처리: ", ", ", "."),
}

OPEN: dict[str, dict[Language, str]] = {
    "caller_asked": {
        EN: "Open: the caller asked for a person.",
        ZH: "待办：来电者要求人工。",
        JA: "未了：担当者をご希望です。",
        KO: "남은 일: 고객이 상담원을 요청했습니다.",
    },
    "complaint": {
        EN: "Open: the complaint needs an answer.",
        ZH: "待办：投诉需要处理。",
        JA: "未了：苦情への対応が必要です。",
        KO: "남은 일: 불만에 대한 응대가 필요합니다.",
    },
    "not_understood": {
        EN: "Open: the bot did not understand the caller.",
        ZH: "待办：机器人未能听懂来电者。",
        JA: "未了：ボットがお話を理解できませんでした。",
        KO: "남은 일: 봇이 고객의 말을 이해하지 못했습니다.",
    },
    "no_answer": {
        EN: "Open: no document answers the question.",
        ZH: "待办：知识库中没有答案。",
        JA: "未了：回答できる資料がありません。",
        KO: "남은 일: 질문에 답할 문서가 없습니다.",
    },
    "answer_rejected": {
        EN: "Open: the bot's answer did not help.",
        ZH: "待办：机器人的回答没有解决问题。",
        JA: "未了：ボットの回答では解決しませんでした。",
        KO: "남은 일: 봇의 답변이 도움이 되지 않았습니다.",
    },
    "order_not_found": {
        EN: "Open: the order could not be found.",
        ZH: "待办：未找到订单。",
        JA: "未了：注文が見つかりません。",
        KO: "남은 일: 주문을 찾을 수 없습니다.",
    },
    "not_possible": {
        EN: "Open: the wish cannot be met by self-service.",
        ZH: "待办：自助服务无法办理。",
        JA: "未了：自動応答では対応できないご要望です。",
        KO: "남은 일: 자동 응답으로 처리할 수 없는 요청입니다.",
    },
    "connector_failed": {
        EN: "Open: a system did not answer.",
        ZH: "待办：业务系统无响应。",
        JA: "未了：システムが応答しませんでした。",
        KO: "남은 일: 시스템이 응답하지 않았습니다.",
    },
    "bot_failed": {
        EN: "Open: the bot failed in mid-call.",
        ZH: "待办：机器人在通话中出错。",
        JA: "未了：通話中にボットに障害が起きました。",
        KO: "남은 일: 통화 중 봇에 오류가 발생했습니다.",
    },
    "silence": {
        EN: "Open: the caller could not be heard.",
        ZH: "待办：未听到来电者的声音。",
        JA: "未了：お客様の声が聞こえませんでした。",
        KO: "남은 일: 고객의 목소리가 들리지 않았습니다.",
    },
    "": {
        EN: "Open: the matter is not settled.",
        ZH: "待办：问题尚未解决。",
        JA: "未了：まだ解決していません。",
        KO: "남은 일: 아직 해결되지 않았습니다.",
    },
}
CLOSED: dict[str, dict[Language, str]] = {
    "caller": {
        EN: "The caller confirmed that this settles it.",
        ZH: "来电者确认问题已解决。",
        JA: "お客様が解決を確認されました。",
        KO: "고객이 해결되었음을 확인했습니다.",
    },
    "connector": {
        EN: "Nothing is open.",
        ZH: "无待办事项。",
        JA: "未了の事項はありません。",
        KO: "남은 일이 없습니다.",
    },
}
ABANDONED: dict[Language, str] = {
    EN: "The caller hung up before it was settled.",
    ZH: "来电者在解决前挂断。",
    JA: "解決前にお客様が電話を切られました。",
    KO: "해결되기 전에 고객이 전화를 끊었습니다.",
}

MOOD: dict[str, dict[Language, str]] = {
    "upset": {
        EN: "The caller is upset.",
        ZH: "来电者情绪激动。",
        JA: "お客様はお怒りのご様子です。",
        KO: "고객이 화가 나 있습니다.",
    },
    "impatient": {
        EN: "The caller is impatient.",
        ZH: "来电者有些不耐烦。",
        JA: "お客様は少しいらだっておられます。",
        KO: "고객이 조급해하고 있습니다.",
    },
    "pleased": {
        EN: "The caller is in good spirits.",
        ZH: "来电者心情良好。",
        JA: "お客様は穏やかなご様子です。",
        KO: "고객의 기분이 좋습니다.",
    },
}
