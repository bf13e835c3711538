"""The words of the agent's page in four languages."""

from __future__ import annotations

from core.languages import Language

ZH, EN, JA, KO = Language.ZH, Language.EN, Language.JA, Language.KO

# name: (English, Chinese, Japanese, Korean)
_TABLE: dict[str, tuple[str, str, str, str]] = {
    "priority": ("Priority", "优先级", "優先度", "우선순위"),
    "mood": ("Mood", "情绪", "ご様子", "감정"),
    "spoken_in": ("Spoken in", "播报语种", "読み上げ言語", "음성 언어"),
    "for_words": ("For", "针对", "対象の発言", "대상 발화"),
    "wrap_ends": ("Ends by itself in", "自动结束倒计时", "自動終了まで", "자동 종료까지"),
    "title": ("Agent desk", "坐席工作台", "オペレーター画面", "상담원 데스크"),
    "status": ("Status", "状态", "ステータス", "상태"),
    "available": ("Available", "空闲", "受付可", "대기"),
    "break": ("Break", "小休", "休憩", "휴식"),
    "offline": ("Offline", "离线", "オフライン", "오프라인"),
    "offered": ("Incoming call", "来电中", "着信中", "전화 수신"),
    "talking": ("In conversation", "通话中", "通話中", "통화 중"),
    "wrap_up": ("Wrap-up", "话后整理", "後処理", "후처리"),
    "not_ready": ("Not ready", "未就绪", "準備未了", "준비 안 됨"),
    "gone": ("Not connected", "未连接", "未接続", "연결 안 됨"),
    "unknown": ("Connecting…", "连接中…", "接続中…", "연결 중…"),
    "not_ready_why": (
        "You did not answer an offer, so you get no calls. Choose “Available” to go on.",
        "您未应答来电，系统已停止分配。请点击“空闲”继续接听。",
        "着信に応答がなかったため、配分を停止しています。「受付可」を押すと再開します。",
        "전화에 응답하지 않아 배정이 중지되었습니다. ‘대기’를 누르면 다시 받습니다.",
    ),
    "after_call": ("after this call", "通话结束后生效", "この通話の後", "이 통화 후 적용"),
    "waiting_now": ("Waiting", "排队", "待ち", "대기 중"),
    "no_link": (
        "The telephone system does not answer. Calls go on; this page reconnects by itself.",
        "电话系统暂无响应。通话不受影响，页面会自动重连。",
        "電話システムが応答していません。通話は続いており、画面は自動で再接続します。",
        "전화 시스템이 응답하지 않습니다. 통화는 계속되며 화면은 자동으로 다시 연결됩니다.",
    ),
    "log_out": ("Log out", "退出", "ログアウト", "로그아웃"),
    "language": ("Language of this page", "界面语言", "表示言語", "화면 언어"),
    "theme": ("Light or dark", "浅色或深色", "ライト／ダーク", "라이트/다크"),
    "idle_available": (
        "Ready for the next call",
        "等待下一通来电",
        "次の着信を待っています",
        "다음 전화를 기다리는 중",
    ),
    "idle_available_hint": (
        "A call in one of your languages will appear here with everything the bot already knows.",
        "您所服务语种的来电会显示在这里，并附上机器人已收集的全部信息。",
        "対応言語の着信が、ボットが聞き取った内容とともにここに表示されます。",
        "담당 언어의 전화가 봇이 파악한 내용과 함께 여기에 표시됩니다.",
    ),
    "idle_off": (
        "You are not taking calls",
        "您当前不接听来电",
        "現在、着信を受けていません",
        "현재 전화를 받지 않습니다",
    ),
    "idle_off_hint": (
        "Choose “Available” when you are ready.",
        "准备好后请点击“空闲”。",
        "準備ができたら「受付可」を選んでください。",
        "준비되면 ‘대기’를 선택하세요.",
    ),
    "go_available": ("Go available", "开始接听", "受付を開始", "전화 받기 시작"),
    "speaks": ("You take", "您的服务语种", "対応言語", "담당 언어"),
    "new_call": ("Incoming call", "新来电", "着信", "새 전화"),
    "accept": ("Accept", "接听", "応答", "받기"),
    "reject": ("Reject", "拒接", "拒否", "거절"),
    "answer_within": ("Answer within", "剩余应答时间", "応答期限", "응답 시간"),
    "caller": ("Caller", "来电者", "お客様", "고객"),
    "withheld": ("Number withheld", "未显示号码", "番号非通知", "번호 비공개"),
    "summary": ("Summary", "摘要", "要約", "요약"),
    "collected": ("Collected by the bot", "机器人已收集", "ボットが聞き取った内容", "봇이 수집한 정보"),
    "tried": ("Tried so far", "已尝试", "これまでの対応", "지금까지의 시도"),
    "customer": ("Customer", "客户", "お客様情報", "고객 정보"),
    "nothing_yet": ("Nothing yet", "暂无", "まだありません", "아직 없음"),
    "worked": ("done", "成功", "完了", "완료"),
    "failed": ("failed", "失败", "失敗", "실패"),
    "why_here": ("Reason", "转人工原因", "転送理由", "연결 사유"),
    "mood_bad": ("Upset", "激动", "お怒り", "화남"),
    "mood_low": ("Impatient", "不耐烦", "いらだち", "조급함"),
    "mood_even": ("Calm", "平静", "落ち着き", "차분함"),
    "mood_good": ("Friendly", "友好", "良好", "호의적"),
    "conversation": ("Conversation", "对话", "会話", "대화"),
    "bot": ("Bot", "机器人", "ボット", "봇"),
    "agent": ("Agent", "坐席", "担当者", "상담원"),
    "you": ("You", "我", "あなた", "나"),
    "being_spoken": ("being spoken…", "正在播报…", "読み上げ中…", "읽는 중…"),
    "speaking": ("speaking…", "正在说话…", "話し中…", "말하는 중…"),
    "interrupted": ("interrupted", "被打断", "中断", "중단됨"),
    "say_label": ("Say to the caller", "对来电者说", "お客様に話す", "고객에게 말하기"),
    "say_placeholder": (
        "Type a line; Enter speaks it to the caller",
        "输入内容，按回车即语音播报给来电者",
        "入力して Enter で読み上げます",
        "입력 후 Enter를 누르면 고객에게 읽어 줍니다",
    ),
    "send": ("Speak", "播报", "読み上げ", "말하기"),
    "hang_up": ("Hang up", "挂断", "終話", "끊기"),
    "hang_up_sure": ("Press again to hang up", "再按一次挂断", "もう一度押すと終話", "한 번 더 누르면 끊기"),
    "suggestions": ("Suggested passages", "知识推荐", "参考情報", "추천 문서"),
    "suggestions_none": (
        "Passages from the knowledge base appear here when the caller asks something.",
        "来电者提问时，这里会显示知识库内容。",
        "お客様の質問に応じて、ナレッジの該当箇所が表示されます。",
        "고객이 질문하면 지식 베이스의 내용이 여기에 표시됩니다.",
    ),
    "suggestions_empty": (
        "No passage fits the caller's last words.",
        "没有与来电者所说内容匹配的知识。",
        "直前の発言に合う情報はありません。",
        "고객의 마지막 말에 맞는 내용이 없습니다.",
    ),
    "suggestions_failed": (
        "The knowledge base does not answer at the moment.",
        "知识库暂时无响应。",
        "ナレッジが応答していません。",
        "지식 베이스가 응답하지 않습니다.",
    ),
    "insert": ("Insert", "插入", "挿入", "삽입"),
    "source": ("Source", "来源", "出典", "출처"),
    "tip": ("Tip", "提示", "ヒント", "도움말"),
    "wrap_title": ("Finish this call", "完成话后整理", "後処理を完了", "통화 마무리"),
    "wrap_summary": (
        "Summary (edit the draft)",
        "通话小结（可修改草稿）",
        "要約（下書きを編集）",
        "요약 (초안 수정)",
    ),
    "wrap_code": ("Wrap-up code", "处理结果", "結果コード", "처리 결과"),
    "choose": ("Choose…", "请选择…", "選択…", "선택…"),
    "finish": ("Save and finish", "保存并完成", "保存して完了", "저장하고 완료"),
    "discard": ("Discard", "放弃", "破棄", "버리기"),
    "wrap_late": (
        "Wrap-up time is over. Your summary can still be saved.",
        "话后整理时间已到，小结仍可保存。",
        "後処理の時間は終了しましたが、要約はまだ保存できます。",
        "후처리 시간이 끝났지만 요약은 아직 저장할 수 있습니다.",
    ),
    "code_missing": (
        "Choose a wrap-up code first.",
        "请先选择处理结果。",
        "先に結果コードを選んでください。",
        "먼저 처리 결과를 선택하세요.",
    ),
    "saved": ("Saved.", "已保存。", "保存しました。", "저장했습니다."),
    "not_sent": ("Not spoken", "未能播报", "読み上げできません", "전달되지 않음"),
    "call_over": ("The call has ended.", "通话已结束。", "通話は終了しました。", "통화가 종료되었습니다."),
    "offer_gone": (
        "The offer is no longer open.",
        "该来电已不可接听。",
        "この着信はすでに終了しています。",
        "이 전화는 더 이상 받을 수 없습니다.",
    ),
    "refused": ("That was not possible.", "操作未能完成。", "操作できませんでした。", "처리할 수 없습니다."),
    "code_resolved": ("Resolved", "已解决", "解決済み", "해결됨"),
    "code_follow_up": ("Follow-up needed", "需跟进", "フォロー必要", "후속 조치 필요"),
    "code_callback": ("Call back agreed", "约定回电", "折り返し約束", "콜백 약속"),
    "code_escalated": ("Escalated", "已升级", "エスカレーション", "상위 이관"),
    "code_complaint": ("Complaint recorded", "已登记投诉", "苦情を記録", "불만 접수"),
    "code_caller_left": ("Caller hung up", "来电者挂断", "お客様が切断", "고객이 끊음"),
    "code_wrong_number": ("Wrong number", "打错电话", "間違い電話", "잘못 걸린 전화"),
    "slot_order_number": ("Order", "订单号", "注文番号", "주문 번호"),
    "slot_tracking_number": ("Tracking", "物流单号", "追跡番号", "송장 번호"),
    "slot_phone": ("Phone", "电话", "電話", "전화"),
    "slot_date": ("Date", "日期", "日付", "날짜"),
    "slot_product": ("Product", "商品", "商品", "상품"),
    "slot_email": ("E-mail", "邮箱", "メール", "이메일"),
    "slot_name": ("Name", "姓名", "お名前", "이름"),
    "intent_order_status": ("Order status", "订单查询", "注文状況", "주문 조회"),
    "intent_track_parcel": ("Parcel tracking", "物流查询", "配送状況", "배송 조회"),
    "intent_return_item": ("Return", "退货", "返品", "반품"),
    "intent_request_invoice": ("Invoice", "发票", "請求書", "인보이스"),
    "intent_opening_hours": ("Opening hours", "营业时间", "営業時間", "영업시간"),
    "intent_complain": ("Complaint", "投诉", "苦情", "불만"),
    "intent_ask_person": ("Wants a person", "要求人工", "担当者希望", "상담원 요청"),
    "intent_ask_knowledge": ("Question", "咨询", "質問", "문의"),
    "intent_": ("Unknown matter", "诉求不明", "用件不明", "용건 불명"),
    "customer_name": ("Name", "姓名", "お名前", "이름"),
    "customer_level": ("Level", "客户等级", "会員ランク", "등급"),
    "customer_city": ("City", "城市", "都市", "도시"),
    "customer_country": ("Country", "国家或地区", "国・地域", "국가"),
    "customer_language": ("Language", "语言", "言語", "언어"),
    "customer_orders": ("Orders", "订单", "注文", "주문"),
    "customer_open_orders": ("Open orders", "未完成订单", "進行中の注文", "진행 중 주문"),
    "customer_open_tickets": ("Open tickets", "未结工单", "対応中のチケット", "진행 중 티켓"),
    "customer_last_contact": ("Last contact", "上次联系", "前回の連絡", "최근 연락"),
    "reason_caller_asked": ("Caller asked", "来电者要求", "お客様の希望", "고객 요청"),
    "reason_complaint": ("Complaint", "投诉", "苦情", "불만"),
    "reason_not_understood": ("Not understood", "未能听懂", "聞き取れず", "이해 못 함"),
    "reason_no_answer": ("No answer found", "无答案", "回答なし", "답변 없음"),
    "reason_answer_rejected": ("Answer did not help", "回答未解决", "回答が不十分", "답변 불충분"),
    "reason_order_not_found": ("Order not found", "未查到订单", "注文が見つからず", "주문 없음"),
    "reason_not_possible": ("Not possible by bot", "无法自助办理", "自動対応不可", "자동 처리 불가"),
    "reason_connector_failed": ("System away", "系统无响应", "システム障害", "시스템 무응답"),
    "reason_bot_failed": ("Bot failed", "机器人故障", "ボット障害", "봇 오류"),
    "reason_silence": ("Caller not heard", "未听到声音", "音声なし", "음성 없음"),
}
_COLUMN = {EN: 0, ZH: 1, JA: 2, KO: 3}

WRAP_UP_CODES = ("resolved", "follow_up", "callback", "escalated", "complaint", "caller_left", "wrong_number")


class Words:
    """The page's words in one language: ``words("accept")``."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._column = _COLUMN[language]

    def __call__(self, name: str) -> str:
        return _TABLE[name][self._column]

    def named(self, prefix: str, name: str) -> str:
        """The word for a value from data (``named('intent', 'order_status')``); the value itself if unknown."""
        row = _TABLE.get(f"{prefix}_{name}")
        return row[self._column] if row is not None else name.replace("_", " ")
