"""Words of the QA pages in four languages."""

from core.console import register_translations

register_translations(
    "qa",
    {
        "title": {"en": "Quality", "zh": "质检", "ja": "品質管理", "ko": "품질"},
        "intro": {
            "en": "Every call is scored when it has ended. Open one to hear what each answer rests on.",
            "zh": "通话结束后自动评分。打开一条即可听取每项评分的依据。",
            "ja": "すべての通話は終了後に採点されます。開くと各回答の根拠を聞けます。",
            "ko": "모든 통화는 끝난 뒤 채점됩니다. 열면 각 답의 근거를 들을 수 있습니다.",
        },
        "none": {
            "en": "No call has been scored yet.",
            "zh": "还没有评分的通话。",
            "ja": "採点された通話はまだありません。",
            "ko": "아직 채점된 통화가 없습니다.",
        },
        "no_such": {
            "en": "There is no such call.",
            "zh": "没有这条通话。",
            "ja": "その通話はありません。",
            "ko": "해당 통화가 없습니다.",
        },
        "started": {"en": "Started", "zh": "开始时间", "ja": "開始", "ko": "시작"},
        "language": {"en": "Language", "zh": "语言", "ja": "言語", "ko": "언어"},
        "matter": {"en": "Matter", "zh": "事项", "ja": "用件", "ko": "용건"},
        "outcome": {"en": "Outcome", "zh": "结果", "ja": "結果", "ko": "결과"},
        "score": {"en": "Score", "zh": "得分", "ja": "スコア", "ko": "점수"},
        "open": {"en": "Review", "zh": "查看", "ja": "確認", "ko": "검토"},
        "call": {"en": "Call review", "zh": "通话评审", "ja": "通話の確認", "ko": "통화 검토"},
        "recording": {
            "en": "Recording (left: caller, right: platform)",
            "zh": "录音（左声道：来电者，右声道：平台）",
            "ja": "録音（左：お客様、右：当社側）",
            "ko": "녹음 (왼쪽: 고객, 오른쪽: 상담 측)",
        },
        "no_recording": {
            "en": "This call has no recording.",
            "zh": "这条通话没有录音。",
            "ja": "この通話の録音はありません。",
            "ko": "이 통화의 녹음이 없습니다.",
        },
        "scorecard": {"en": "Scorecard", "zh": "评分表", "ja": "評価表", "ko": "평가표"},
        "transcript": {"en": "Transcript", "zh": "通话文本", "ja": "書き起こし", "ko": "대화록"},
        "yes": {"en": "yes", "zh": "是", "ja": "はい", "ko": "예"},
        "no": {"en": "no", "zh": "否", "ja": "いいえ", "ko": "아니요"},
        "abstained": {"en": "abstained", "zh": "不作判断", "ja": "判定せず", "ko": "판단 보류"},
        "play_from": {
            "en": "Play from {at}",
            "zh": "从 {at} 播放",
            "ja": "{at} から再生",
            "ko": "{at}부터 재생",
        },
        "rescore": {"en": "Score again", "zh": "重新评分", "ja": "再採点", "ko": "다시 채점"},
        "rescored": {
            "en": "Scored again: {score}",
            "zh": "已重新评分：{score}",
            "ja": "再採点しました：{score}",
            "ko": "다시 채점했습니다: {score}",
        },
        "waiting": {
            "en": "not scored yet",
            "zh": "尚未评分",
            "ja": "未採点",
            "ko": "아직 채점 전",
        },
        "caller": {"en": "Caller", "zh": "来电者", "ja": "お客様", "ko": "고객"},
        "bot": {"en": "Bot", "zh": "机器人", "ja": "ボット", "ko": "봇"},
        "agent": {"en": "Agent", "zh": "坐席", "ja": "担当者", "ko": "상담원"},
        "resolved": {"en": "resolved", "zh": "已解决", "ja": "解決", "ko": "해결"},
        "handed_off": {"en": "handed over", "zh": "已转人工", "ja": "引き継ぎ", "ko": "상담원 연결"},
        "ended_unconfirmed": {"en": "unconfirmed", "zh": "未确认", "ja": "未確認", "ko": "미확인"},
        "abandoned": {"en": "abandoned", "zh": "放弃", "ja": "放棄", "ko": "포기"},
        "failed": {"en": "failed", "zh": "失败", "ja": "失敗", "ko": "실패"},
    },
)
