"""What the voice benchmark says: numbers, dates, money, times and names as a hotline speaks of them."""

from __future__ import annotations

from core.languages import Language

Kind = str
"""``digits``, ``date``, ``money``, ``time``, ``quantity`` or ``name``: what a sentence is hard in."""

SENTENCES: dict[Language, tuple[tuple[Kind, str], ...]] = {
    Language.ZH: (
        ("digits", "订单 1 0 4 2 2 7 已经发货。"),
        ("digits", "订单 3 3 8 8 5 0 正在清关。"),
        ("digits", "没有查到 7 1 1 6 9 4。"),
        ("digits", "您的运单号是 7 3 0 1 1 8 5 5 2 0 4 6。"),
        ("date", "您的包裹预计11月24日送达。"),
        ("date", "您的包裹预计2月9日送达。"),
        ("date", "订单已经在6月30日送达。"),
        ("money", "一共是358元。"),
        ("money", "退款金额是2476元。"),
        ("time", "我们今天下午3:30给您回电话。"),
        ("quantity", "一共有27件商品。"),
        ("name", "您的包裹现在到了上海，预计8月17日送达。"),
    ),
    Language.EN: (
        ("digits", "Order 1 0 4 2 2 7 has shipped."),
        ("digits", "Order 3 3 8 8 5 0 is going through customs."),
        ("digits", "I can't find 7 1 1 6 9 4."),
        ("digits", "Your tracking number is 7 3 0 1 1 8 5 5 2 0 4 6."),
        ("date", "Your parcel should arrive on November 24."),
        ("date", "Your parcel should arrive on February 9."),
        ("date", "Your order was delivered on June 30."),
        ("money", "The total is $358."),
        ("money", "Your refund is $2,476.50."),
        ("time", "We will call you back at 3:30 pm."),
        ("quantity", "There are 27 items in your order."),
        ("name", "It is in Oakland now and should arrive on August 17."),
    ),
    Language.JA: (
        ("digits", "ご注文 1 0 4 2 2 7 は発送済みです。"),
        ("digits", "ご注文 3 3 8 8 5 0 は通関手続き中です。"),
        ("digits", "7 1 1 6 9 4 は見つかりませんでした。"),
        ("digits", "追跡番号は 7 3 0 1 1 8 5 5 2 0 4 6 です。"),
        ("date", "お届けは11月24日の予定です。"),
        ("date", "お届けは2月9日の予定です。"),
        ("date", "ご注文は6月30日にお届け済みです。"),
        ("money", "合計は358円です。"),
        ("money", "返金額は12,800円です。"),
        ("time", "今日の午後3:30にお電話します。"),
        ("quantity", "ご注文は27個です。"),
        ("name", "お荷物は今東京にあります。お届けは8月17日の予定です。"),
    ),
    Language.KO: (
        ("digits", "주문 1 0 4 2 2 7 건은 발송되었습니다."),
        ("digits", "주문 3 3 8 8 5 0 건은 통관 중입니다."),
        ("digits", "7 1 1 6 9 4 번은 조회되지 않습니다."),
        ("digits", "운송장 번호는 7 3 0 1 1 8 5 5 2 0 4 6 입니다."),
        ("date", "상품은 11월 24일 도착 예정입니다."),
        ("date", "상품은 2월 9일 도착 예정입니다."),
        ("date", "주문하신 상품은 6월 30일 배송 완료되었습니다."),
        ("money", "합계는 35,800원입니다."),
        ("money", "환불 금액은 24,760원입니다."),
        ("time", "오늘 오후 3시 30분에 전화드리겠습니다."),
        ("quantity", "상품은 모두 27개입니다."),
        ("name", "상품은 지금 서울에 있습니다. 8월 17일 도착 예정입니다."),
    ),
}

NAMES = {
    Language.ZH: ("上海",),
    Language.EN: ("Oakland",),
    Language.JA: ("東京",),
    Language.KO: ("서울",),
}
"""Declared as a bot would declare them."""
