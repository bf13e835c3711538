"""The words of the list of call backs and messages."""

from __future__ import annotations

from app.web.texts_admin import four
from core.console import register_translations

register_translations(
    "callbacks",
    {
        "title": four("Call backs", "回电", "折り返し", "회신 전화"),
        "intro": four(
            "Callers who asked to be called, and messages they left. Take one before you call, so that nobody else does.",
            "要求回电的客户和他们的留言。拨打前请先认领，以免重复拨打。",
            "折り返しを希望されたお客様と伝言の一覧です。重複を防ぐため、電話をかける前に引き受けてください。",
            "회신을 요청한 고객과 남긴 메시지입니다. 중복 통화를 막기 위해 전화하기 전에 먼저 맡아 주세요.",
        ),
        "none": four(
            "Nobody waits for a call.",
            "目前没有需要回电的客户。",
            "折り返しをお待ちの方はいません。",
            "회신을 기다리는 고객이 없습니다.",
        ),
        "kind": four("What", "类型", "種類", "종류"),
        "call_back": four("Call back", "回电", "折り返し", "회신 전화"),
        "voicemail": four("Message", "留言", "伝言", "음성 메시지"),
        "asked": four("Asked", "时间", "受付", "요청 시각"),
        "number": four("Number", "号码", "電話番号", "번호"),
        "withheld": four("Withheld", "未显示", "非通知", "발신 제한"),
        "language": four("Language", "语言", "言語", "언어"),
        "matter": four("Matter", "事由", "用件", "용건"),
        "status": four("Status", "状态", "状態", "상태"),
        "actions": four("Actions", "操作", "操作", "작업"),
        "show_number": four("Show number", "显示号码", "番号を表示", "번호 보기"),
        "may_not": four(
            "You may not see this number in full.",
            "您没有查看完整号码的权限。",
            "この番号を表示する権限がありません。",
            "이 번호를 볼 권한이 없습니다.",
        ),
        "message_of": four(
            "Message from {number}", "{number} 的留言", "{number} からの伝言", "{number}의 메시지"
        ),
        "not_understood": four(
            "No words were understood.",
            "未能识别出内容。",
            "聞き取れた言葉はありません。",
            "인식된 말이 없습니다.",
        ),
        "open": four("Open", "待处理", "未対応", "대기"),
        "taken": four("With {agent}", "{agent} 处理中", "{agent} が対応中", "{agent} 처리 중"),
        "later": four("To be tried again", "稍后再试", "後で再試行", "나중에 다시 시도"),
        "with_platform": four(
            "Place kept, the platform calls",
            "已保留位置，系统自动回拨",
            "順番待ち・自動発信",
            "순서 대기, 자동 발신",
        ),
        "reached": four("Reached", "已联系上", "連絡済み", "연결됨"),
        "done": four("Dealt with", "已处理", "対応済み", "처리됨"),
        "not_reached": four("Not reached", "未联系上", "連絡できず", "연결 안 됨"),
        "attempts": four("Attempts: {count}", "已尝试 {count} 次", "試行 {count} 回", "시도 {count}회"),
        "take": four("Take", "认领", "引き受ける", "맡기"),
        "give_back": four("Give back", "退回", "戻す", "반납"),
        "mark_reached": four("Reached", "已联系上", "連絡できた", "연결됨"),
        "mark_not_reached": four("Not reached", "无人接听", "応答なし", "응답 없음"),
        "mark_done": four("Dealt with", "已处理", "対応済みにする", "처리 완료"),
        "refused.unknown": four(
            "This entry is no longer there.",
            "该条目已不存在。",
            "この項目はもうありません。",
            "이 항목은 더 이상 없습니다.",
        ),
        "refused.taken": four(
            "A colleague has it already.",
            "同事已认领。",
            "すでに他の担当者が対応しています。",
            "다른 상담원이 이미 맡았습니다.",
        ),
        "refused.too_soon": four(
            "It was tried a short while ago.",
            "刚刚尝试过，请稍后再试。",
            "先ほど試行されました。",
            "방금 시도했습니다.",
        ),
        "refused.with_platform": four(
            "The platform calls by itself.",
            "系统会自动回拨。",
            "自動で発信されます。",
            "시스템이 자동으로 전화합니다.",
        ),
        "refused.not_logged": four(
            "Not done: it could not be put on record.",
            "未执行：无法记录此操作。",
            "記録できないため、実行しませんでした。",
            "기록할 수 없어 실행하지 않았습니다.",
        ),
        "refused.over": four(
            "It is dealt with already.", "已处理完毕。", "すでに対応済みです。", "이미 처리되었습니다."
        ),
        "refused.not_yours": four(
            "Take it first.", "请先认领。", "先に引き受けてください。", "먼저 맡아 주세요."
        ),
    },
)
