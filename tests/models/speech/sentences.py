"""Sentences of a hotline, for the round trip through synthesiser, telephone line and recogniser."""

from __future__ import annotations

from core.languages import Language

PLAIN: dict[Language, list[str]] = {
    Language.ZH: [
        "您好，欢迎致电家居用品客户服务中心，请问有什么可以帮您？",
        "您的包裹已经从深圳仓库发出，预计后天送达。",
        "如果商品有破损，请保留包装并拍照发给我们。",
        "我帮您转接人工客服，请稍等，不要挂断电话。",
        "退货需要在收到商品之后七天以内提出申请。",
        "增值税发票会发送到您注册时填写的邮箱。",
        "非常抱歉给您带来不便，我们会尽快处理您的投诉。",
        "请问您的收货地址是上海市浦东新区吗？",
    ],
    Language.EN: [
        "Hello, and thank you for calling the home goods service line.",
        "Your parcel left our warehouse in Shenzhen and arrives the day after tomorrow.",
        "If the goods are damaged, please keep the packaging and send us a photograph.",
        "I will connect you to a colleague now, please stay on the line.",
        "You can return an item within two weeks of receiving it.",
        "The invoice was sent to the email address that you registered with.",
        "I am very sorry for the trouble, and we will look into your complaint at once.",
        "Would you like me to repeat the tracking number?",
    ],
    Language.JA: [
        "お電話ありがとうございます。ホームグッズお客様窓口でございます。",
        "お荷物は深センの倉庫から出荷され、明後日に届く予定です。",
        "商品が破損していた場合は、梱包材を保管し、写真をお送りください。",
        "担当者におつなぎしますので、そのままお待ちください。",
        "返品は商品到着後、七日以内にお申し込みください。",
        "領収書はご登録のメールアドレスにお送りしました。",
        "ご不便をおかけして申し訳ございません。すぐに確認いたします。",
        "配送先の住所は東京都新宿区でよろしいでしょうか。",
    ],
    Language.KO: [
        "안녕하세요. 홈굿즈 고객센터입니다. 무엇을 도와드릴까요?",
        "고객님의 택배는 부산 물류센터에서 출발했으며 내일 도착할 예정입니다.",
        "상품이 파손된 경우 포장을 그대로 두고 사진을 보내 주세요.",
        "상담원에게 연결해 드리겠습니다. 잠시만 기다려 주세요.",
        "반품은 상품을 받은 날부터 칠 일 안에 신청할 수 있습니다.",
        "영수증은 가입하신 이메일 주소로 보내 드렸습니다.",
        "불편을 드려서 죄송합니다. 바로 확인하겠습니다.",
        "배송지 주소가 서울시 강남구 맞습니까?",
        "죄송하지만 한 번만 더 말씀해 주시겠어요?",
        "같은 제품으로 교환하거나 환불받으실 수 있습니다.",
        "전화번호와 주문번호를 천천히 말씀해 주세요.",
        "오늘은 날씨가 좋아서 한국에서 온 친구들과 공원에 갔습니다.",
    ],
}

WITH_NUMBERS: dict[Language, list[str]] = {
    Language.ZH: [
        "您的订单H104227已于3月5日14:30从仓库发出。",
        "本次退款金额为1,299元，将在3-5个工作日内到账。",
        "会员折扣是15%，一共2件商品。",
        "王小明先生，您的电话尾号是4227，对吗？",
        "我们的服务时间是上午9:00到下午6:00。",
        "包裹重2.5公斤，还有2个在路上。",
    ],
    Language.EN: [
        "Your order H104227 was shipped on March 5 at 2:30 pm.",
        "A refund of $1,299.50 will reach you in 3-5 business days.",
        "The discount is 15%, and there are 2 items in total.",
        "Mr. Johnson, does your phone number end in 4227?",
        "We are open from 9:00 am to 6:00 pm, Monday to Friday.",
        "The parcel weighs 2.5kg, and 2 more are on the way.",
    ],
    Language.JA: [
        "ご注文H104227は3月5日14時30分に出荷されました。",
        "返金額は14,800円で、3〜5日でご入金となります。",
        "割引は15%で、商品は全部で2個です。",
        "田中様、お電話番号の下4桁は4227でよろしいですか。",
        "営業時間は午前9時から午後6時までです。",
        "お荷物は2.5kgで、あと2個が配送中です。",
    ],
    Language.KO: [
        "주문번호 H104227은 3월 5일 오후 2시 30분에 출고되었습니다.",
        "환불 금액은 15,900원이며 3~5일 안에 입금됩니다.",
        "할인율은 15%이고 상품은 모두 2개입니다.",
        "김민수 고객님, 전화번호 뒷자리가 4227 맞으신가요?",
        "상담 시간은 오전 9시부터 오후 6시까지입니다.",
        "택배 무게는 2.5kg이고 2개가 더 배송 중입니다.",
    ],
}
