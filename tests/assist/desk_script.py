"""What the played callers say, and what the played knowledge base holds, in four languages."""

from __future__ import annotations

from typing import Any

SCRIPTS: dict[str, dict[str, Any]] = {
    "en": {
        "caller": "+14155550102",
        "reason": "caller_asked",
        "customer": {"name": "Emily Carter", "level": 0},
        "before": [
            ("bot", "Welcome to Harbour Home Goods. This call is recorded. How can I help you?"),
            ("caller", "Hi, I ordered a bamboo shelf and it still has not come. The order is 200319."),
            ("bot", "Order 2 0 0 3 1 9 left our warehouse on the third and is with the carrier."),
            ("caller", "That is what you told me last week. Let me talk to somebody."),
            ("bot", "I am connecting you with a colleague now, and I pass on what you told me."),
        ],
        "turns": [
            ("order_status", {"order_number": "200319", "product": "bamboo shelf"}, -0.2),
            ("ask_person", {}, -0.4),
        ],
        "passages": [
            (
                "If a parcel has shown no movement for five working days, we open a search with the carrier and send "
                "a replacement at no cost after another three.",
                0.82,
                "Shipping policy",
                "Lost and late parcels",
            ),
            (
                "Furniture is delivered to the kerb. Delivery to the room can be booked until the day before.",
                0.61,
                "Shipping policy",
                "Delivery options",
            ),
            (
                "Shipping costs are refunded in full if a delivery is more than ten days late.",
                0.58,
                "Refunds",
                "",
            ),
        ],
    },
    "zh": {
        "caller": "+8613800138001",
        "reason": "complaint",
        "customer": {"name": "王晓梅", "level": 2},
        "before": [
            ("bot", "您好，欢迎致电海港家居，本次通话将被录音。请问有什么可以帮您？"),
            ("caller", "我的订单104227到现在还没收到，已经等了三个星期了。"),
            ("bot", "订单 1 0 4 2 2 7 已于三号发出，正在运输途中。"),
            ("caller", "每次都这么说，我要投诉，转人工。"),
        ],
        "turns": [("order_status", {"order_number": "104227"}, -0.5), ("complain", {}, -0.8)],
        "passages": [
            (
                "包裹连续五个工作日没有更新的，我们会向承运商发起查件，三个工作日后仍无结果则免费补发。",
                0.84,
                "物流政策",
                "延误与丢件",
            ),
            ("延误超过十天的订单，运费全额退还。", 0.66, "退款规则", "运费"),
        ],
    },
    "ja": {
        "caller": "+819012345603",
        "reason": "not_possible",
        "customer": {},
        "before": [
            ("bot", "お電話ありがとうございます。ハーバー・ホームグッズです。ご用件をお話しください。"),
            ("caller", "注文番号315093の椅子の色を変えたいんですけど。"),
            ("bot", "申し訳ございません。担当者におつなぎします。"),
        ],
        "turns": [("order_status", {"order_number": "315093", "product": "椅子"}, 0.0)],
        "passages": [("出荷前のご注文は、色やサイズを無料で変更できます。", 0.8, "注文の変更", "色・サイズ")],
    },
    "ko": {
        "caller": "+821012345604",
        "reason": "answer_rejected",
        "customer": {},
        "before": [
            ("bot", "안녕하세요, 하버 홈굿즈입니다. 무엇을 도와드릴까요?"),
            ("caller", "주문번호 428690 반품하고 싶은데요, 상자를 버렸어요."),
        ],
        "turns": [("return_item", {"order_number": "428690"}, 0.1)],
        "passages": [
            ("원래 상자가 없어도 상품이 보호되도록 포장하면 반품할 수 있습니다.", 0.79, "반품 안내", "포장")
        ],
    },
}
