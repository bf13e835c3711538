"""The words of the audit log."""

from __future__ import annotations

from app.web.texts_admin import four
from core.console import register_translations

register_translations(
    "admin",
    {
        # the audit log
        "verification": four(
            "Is the log intact?", "日志是否完整？", "ログは改ざんされていないか", "로그가 온전한가?"
        ),
        "verify": four("Verify again", "重新校验", "再検証", "다시 검증"),
        "intact": four("Intact", "完整", "改ざんなし", "온전함"),
        "broken": four("Not what was written", "与原始记录不符", "記録と一致しません", "기록과 다름"),
        "entries_checked": four(
            "{count} entries checked", "已校验 {count} 条", "{count} 件を検証", "{count}건 검증"
        ),
        "broken_note": four(
            "Somebody with access to the database changed the log. See docs/administration.md for what to do.",
            "有人通过数据库更改了日志。处理办法见 docs/administration.md。",
            "データベースにアクセスできる誰かがログを変更しました。対処は docs/administration.md を参照してください。",
            "데이터베이스에 접근할 수 있는 누군가가 로그를 변경했습니다. 조치 방법은 docs/administration.md를 참고하세요.",
        ),
        "receipt": four(
            "Receipt, to be kept elsewhere:",
            "凭据（请另行保存）：",
            "受領証（別の場所に保管）：",
            "확인값(다른 곳에 보관):",
        ),
        "fault_altered": four(
            "Entry {first} is not what was written, or what stood before it was changed.",
            "第 {first} 条与写入时不符，或其之前的记录被更改。",
            "{first} 番の記録が書き込み時と異なるか、その前の記録が変更されています。",
            "{first}번 기록이 작성된 내용과 다르거나 앞의 기록이 변경되었습니다.",
        ),
        "fault_missing": four(
            "Entries {first} to {last} are missing.",
            "第 {first} 至 {last} 条缺失。",
            "{first}～{last} 番の記録がありません。",
            "{first}~{last}번 기록이 없습니다.",
        ),
        "fault_truncated": four(
            "Entries {first} to {last} were cut off the end.",
            "末尾的第 {first} 至 {last} 条被截去。",
            "末尾の {first}～{last} 番の記録が切り取られています。",
            "끝부분의 {first}~{last}번 기록이 잘려 나갔습니다.",
        ),
        "fault_head": four(
            "The seal of the log's end is missing or forged (entry {first}).",
            "日志末尾的封印缺失或被伪造（第 {first} 条）。",
            "ログ末尾の封印がないか偽造されています（{first} 番）。",
            "로그 끝의 봉인이 없거나 위조되었습니다({first}번).",
        ),
        "fault_witness": four(
            "The witness file knows of another entry {first}: the log was set back or replaced.",
            "见证文件中的第 {first} 条与此不同：日志被回退或替换。",
            "証人ファイルの {first} 番の記録と一致しません。ログが巻き戻されたか差し替えられました。",
            "증인 파일의 {first}번 기록과 다릅니다. 로그가 되돌려졌거나 교체되었습니다.",
        ),
        "fault_receipt": four(
            "The receipt of entry {first} does not fit.",
            "第 {first} 条的凭据不符。",
            "{first} 番の受領証と一致しません。",
            "{first}번 기록의 확인값이 맞지 않습니다.",
        ),
        "fault_other_key": four(
            "No entry fits this site's key: another key, or another site's log.",
            "所有记录都与本站点密钥不符：密钥不同，或是其他站点的日志。",
            "どの記録もこのサイトの鍵と一致しません。別の鍵、または別サイトのログです。",
            "어떤 기록도 이 사이트의 키와 맞지 않습니다. 다른 키이거나 다른 사이트의 로그입니다.",
        ),
        "who": four("Who", "操作人", "実行者", "누가"),
        "what": four("What", "操作", "操作内容", "무엇을"),
        "whom": four("To whom or what", "对象", "対象", "대상"),
        "when": four("When", "时间", "日時", "언제"),
        "change": four("Before → after", "变更前 → 变更后", "変更前 → 変更後", "변경 전 → 변경 후"),
        "about": four("About", "类别", "種類", "분류"),
        "about_user": four("Users", "用户", "ユーザー", "사용자"),
        "about_number": four("Company numbers", "公司号码", "自社の番号", "회사 번호"),
        "about_queue": four("Queues", "队列", "キュー", "대기열"),
        "about_skill": four("Skills", "技能", "スキル", "기술"),
        "about_data": four("Looks at personal data", "查看个人数据", "個人データの閲覧", "개인정보 열람"),
        "about_call": four("Calls listened to", "通话监听", "通話のモニタリング", "통화 청취"),
        "about_audit": four("The log itself", "日志本身", "ログ自体", "로그 자체"),
        "since": four("From", "起始日期", "開始日", "시작일"),
        "until": four("To", "结束日期", "終了日", "종료일"),
        "newer": four("Newer", "较新", "新しい", "최신"),
        "older": four("Older", "较早", "古い", "이전"),
        "no_entries": four("No entries.", "没有记录。", "記録はありません。", "기록이 없습니다."),
        "origin_console": four("on the pages", "网页", "画面", "화면"),
        "origin_api": four("through the API", "API", "API", "API"),
        "origin_desk": four("at the desk", "坐席工作台", "デスク", "데스크"),
        "origin_command_line": four("on the command line", "命令行", "コマンドライン", "명령줄"),
        "origin_platform": four("the platform itself", "平台自身", "プラットフォーム", "플랫폼"),
        "action_user_added": four("User added", "添加用户", "ユーザー追加", "사용자 추가"),
        "action_user_changed": four("User changed", "更改用户", "ユーザー変更", "사용자 변경"),
        "action_user_roles_changed": four("Roles changed", "更改角色", "役割変更", "역할 변경"),
        "action_user_disabled": four("User switched off", "停用用户", "ユーザー無効化", "사용자 중지"),
        "action_user_enabled": four("User switched on", "启用用户", "ユーザー有効化", "사용자 사용"),
        "action_user_password_reset": four("New password", "重置密码", "パスワード再設定", "비밀번호 재설정"),
        "action_number_added": four("Number added", "添加号码", "番号追加", "번호 추가"),
        "action_number_changed": four("Number changed", "更改号码", "番号変更", "번호 변경"),
        "action_number_disabled": four("Number switched off", "停用号码", "番号無効化", "번호 중지"),
        "action_number_enabled": four("Number switched on", "启用号码", "番号有効化", "번호 사용"),
        "action_queue_plan_changed": four("Queues changed", "更改队列", "キュー変更", "대기열 변경"),
        "action_skill_renamed": four("Skill renamed", "重命名技能", "スキル名変更", "기술 이름 변경"),
        "action_audit_head_lost": four(
            "The sealed end was lost", "末尾封印丢失", "末尾の封印が失われた", "끝 봉인 손실"
        ),
        "action_number_shown": four(
            "Caller's number shown", "查看来电号码", "発信者番号を表示", "발신 번호 열람"
        ),
        "action_data_recording_opened": four("Recording opened", "打开录音", "録音を再生", "녹음 열람"),
        "action_call_monitor_listen": four("Listened to a call", "监听通话", "通話を聴取", "통화 청취"),
        "action_call_monitor_whisper": four(
            "Whispered to the agent", "向坐席耳语", "担当者にささやき", "상담원에게 귓속말"
        ),
        "action_call_monitor_barge": four("Barged in", "强插通话", "通話に割り込み", "통화 끼어들기"),
        "action_call_monitor_take_over": four("Took a call over", "接管通话", "通話を引き取り", "통화 인수"),
        "action_call_monitor_stop": four("Stopped listening", "停止监听", "聴取を終了", "청취 종료"),
        "action_call_hang_up": four("Hung up", "挂断通话", "通話を切断", "통화 종료"),
        "field_name": four("Name", "姓名", "氏名", "이름"),
        "field_roles": four("Roles", "角色", "役割", "역할"),
        "field_languages": four("Languages", "语言", "言語", "언어"),
        "field_skills": four("Skills", "技能", "スキル", "기술"),
        "field_phone": four("Own telephone", "本人电话", "本人の電話", "본인 전화"),
        "field_capacity": four("Calls at once", "同时处理的通话数", "同時に受ける通話数", "동시 통화 수"),
        "field_skill": four("Skill", "技能", "スキル", "기술"),
        "field_users": four("Who has it", "具备者", "保有者", "보유자"),
        "field_queues": four("Queues", "队列", "キュー", "대기열"),
        "field_active": four("Active", "启用", "有効", "사용"),
        "field_number": four("Number", "号码", "電話番号", "전화번호"),
        "field_bot": four("Bot", "机器人", "ボット", "봇"),
        "field_language": four("Language", "语言", "言語", "언어"),
        "field_label": four("What it is for", "用途", "用途", "용도"),
    },
)
