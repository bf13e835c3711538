"""The words of the administration pages."""

from __future__ import annotations

from core.console import register_translations


def _four(en: str, zh: str, ja: str, ko: str) -> dict[str, str]:
    return {"en": en, "zh": zh, "ja": ja, "ko": ko}


register_translations(
    "admin",
    {
        "title": _four("Administration", "系统管理", "管理", "관리"),
        "tab_users": _four("Users", "用户", "ユーザー", "사용자"),
        "tab_queues": _four("Queues", "队列", "キュー", "대기열"),
        "tab_numbers": _four("Numbers", "号码", "電話番号", "전화번호"),
        "tab_audit": _four("Audit log", "审计日志", "監査ログ", "감사 로그"),
        "actions": _four("Actions", "操作", "操作", "작업"),
        "save": _four("Save", "保存", "保存", "저장"),
        "cancel": _four("Cancel", "取消", "キャンセル", "취소"),
        "edit": _four("Edit", "编辑", "編集", "편집"),
        "disable": _four("Switch off", "停用", "無効にする", "사용 중지"),
        "enable": _four("Switch on", "启用", "有効にする", "사용"),
        "active": _four("Active", "启用中", "有効", "사용 중"),
        "disabled": _four("Switched off", "已停用", "無効", "사용 중지됨"),
        "state": _four("State", "状态", "状態", "상태"),
        "saved": _four(
            "{what} was saved.", "已保存 {what}。", "{what} を保存しました。", "{what}을(를) 저장했습니다."
        ),
        "added": _four(
            "{what} was added.", "已添加 {what}。", "{what} を追加しました。", "{what}을(를) 추가했습니다."
        ),
        "all": _four("All", "全部", "すべて", "전체"),
        "yes": _four("yes", "是", "はい", "예"),
        "no": _four("no", "否", "いいえ", "아니요"),
        # users
        "user": _four("User", "用户", "ユーザー", "사용자"),
        "find_user": _four("Find by name", "按姓名查找", "名前で検索", "이름으로 찾기"),
        "show_disabled": _four(
            "Show those switched off", "显示已停用的用户", "無効なユーザーも表示", "사용 중지된 사용자 표시"
        ),
        "no_users": _four(
            "Nobody fits.",
            "没有符合条件的用户。",
            "該当するユーザーはいません。",
            "해당하는 사용자가 없습니다.",
        ),
        "add_user": _four("Add a user", "添加用户", "ユーザーを追加", "사용자 추가"),
        "edit_user": _four("Edit {username}", "编辑 {username}", "{username} を編集", "{username} 편집"),
        "username": _four("User name", "用户名", "ユーザー名", "사용자 이름"),
        "name": _four("Name", "姓名", "氏名", "이름"),
        "password": _four("Password", "密码", "パスワード", "비밀번호"),
        "propose": _four("Propose one", "生成密码", "自動生成", "자동 생성"),
        "new_password": _four("New password", "重置密码", "パスワード再設定", "비밀번호 재설정"),
        "new_password_for": _four(
            "New password for {username}",
            "重置 {username} 的密码",
            "{username} のパスワードを再設定",
            "{username}의 비밀번호 재설정",
        ),
        "new_password_note": _four(
            "It is shown only here: pass it on now. The user is logged out everywhere.",
            "密码仅在此显示，请立即转交。该用户将在所有设备上退出登录。",
            "パスワードはここでのみ表示されます。今すぐ本人に伝えてください。ユーザーはすべての端末でログアウトされます。",
            "비밀번호는 여기에서만 표시됩니다. 지금 전달하세요. 사용자는 모든 기기에서 로그아웃됩니다.",
        ),
        "password_set": _four(
            "{username} has a new password.",
            "已重置 {username} 的密码。",
            "{username} のパスワードを再設定しました。",
            "{username}의 비밀번호를 재설정했습니다.",
        ),
        "disable_sure": _four(
            "Switch off {username}? They are logged out at once. You can switch them on again at any time.",
            "停用 {username}？该用户会立即退出登录，之后可随时重新启用。",
            "{username} を無効にしますか？ただちにログアウトされます。いつでも再び有効にできます。",
            "{username}을(를) 사용 중지할까요? 바로 로그아웃됩니다. 언제든지 다시 사용할 수 있습니다.",
        ),
        "disabled_now": _four(
            "{username} is switched off.",
            "已停用 {username}。",
            "{username} を無効にしました。",
            "{username}을(를) 사용 중지했습니다.",
        ),
        "enabled_now": _four(
            "{username} is switched on again.",
            "已重新启用 {username}。",
            "{username} を再び有効にしました。",
            "{username}을(를) 다시 사용합니다.",
        ),
        "roles": _four("Roles", "角色", "役割", "역할"),
        "role_agent": _four("Agent", "座席", "担当者", "상담원"),
        "role_editor": _four("Editor", "知识编辑", "編集者", "편집자"),
        "role_qa": _four("Quality", "质检员", "品質管理", "품질 담당"),
        "role_supervisor": _four("Supervisor", "主管", "スーパーバイザー", "슈퍼바이저"),
        "role_monitor": _four("Listening in", "监听", "モニタリング", "청취"),
        "role_numbers": _four("Full numbers", "完整号码", "番号の全桁表示", "전체 번호"),
        "role_numbers_may": _four(
            "At the desk: shows a caller's number in full, each time logged",
            "在坐席工作台查看来电者完整号码，每次查看均有记录",
            "デスクでお客様の番号全体を表示できる（毎回記録）",
            "데스크에서 고객 번호 전체를 볼 수 있으며, 매번 기록됩니다",
        ),
        "role_admin": _four("Administrator", "管理员", "管理者", "관리자"),
        "role_agent_may": _four(
            "Takes calls at the desk", "在座席接听来电", "デスクで通話を受ける", "데스크에서 통화를 받습니다"
        ),
        "role_editor_may": _four(
            "Adds and removes documents",
            "添加和删除文档",
            "文書を追加・削除する",
            "문서를 추가하고 삭제합니다",
        ),
        "role_qa_may": _four(
            "Reads and scores all calls",
            "查看并评分所有通话",
            "すべての通話を確認し採点する",
            "모든 통화를 확인하고 평가합니다",
        ),
        "role_supervisor_may": _four(
            "Reads all calls; shows a caller's number in full, each time logged",
            "查看所有通话；可查看来电者的完整号码，每次均有记录",
            "すべての通話を見る。発信者の番号全体も表示できる（毎回記録）",
            "모든 통화를 보고, 발신자의 전체 번호를 볼 수 있습니다(매번 기록됨)",
        ),
        "role_monitor_may": _four(
            "As a supervisor: listens to calls and takes part in them",
            "主管附加权限：监听并介入通话",
            "スーパーバイザーとして通話を聞き、参加する",
            "슈퍼바이저로서 통화를 듣고 참여합니다",
        ),
        "role_admin_may": _four(
            "May do everything", "拥有全部权限", "すべての操作ができる", "모든 작업을 할 수 있습니다"
        ),
        "languages": _four("Languages", "语言", "言語", "언어"),
        "skills": _four("Skills", "技能", "スキル", "기술"),
        "another_skill": _four("Another skill", "添加其他技能", "別のスキル", "다른 기술"),
        "level_0": _four("No", "无", "なし", "없음"),
        "level_1": _four("1: a little", "1：略懂", "1：初歩", "1: 조금"),
        "level_2": _four("2: helps out", "2：可协助", "2：補助", "2: 보조"),
        "level_3": _four("3: works in it", "3：能胜任", "3：実務", "3: 실무"),
        "level_4": _four("4: very good", "4：熟练", "4：熟練", "4: 능숙"),
        "level_5": _four("5: the best", "5：专家", "5：専門", "5: 전문"),
        "own_phone": _four("Own telephone", "本人电话", "本人の電話", "본인 전화"),
        "own_phone_note": _four(
            "For agents who speak by telephone: it rings for each of their calls",
            "供使用电话接听的座席：每通来电时振铃",
            "電話で応対する担当者用：着信ごとに呼び出します",
            "전화로 상담하는 상담원용: 통화마다 울립니다",
        ),
        "capacity": _four("Calls at once", "同时处理的通话数", "同時に受ける通話数", "동시 통화 수"),
        "capacity_note": _four(
            "Conversations, offers and wrap-up together; all but the one spoken in are on hold",
            "通话、待接来电和话后整理合计；未在通话的来电者听音乐",
            "通話・着信・後処理の合計。話していない通話は保留になります",
            "통화, 수신, 후처리를 모두 합한 수. 말하고 있지 않은 통화는 보류됩니다",
        ),
        # queues and hours
        "plan_version": _four(
            "Version {version}, saved by {by},",
            "第 {version} 版，保存人 {by}，",
            "第 {version} 版、保存者 {by}、",
            "버전 {version}, 저장한 사람 {by},",
        ),
        "plan_of_settings": _four(
            "From the file of the settings.",
            "来自设置文件。",
            "設定ファイルの内容です。",
            "설정 파일의 내용입니다.",
        ),
        "plan_takes_effect": _four(
            "A change takes effect within seconds; callers who wait already keep their place.",
            "更改在数秒内生效；已在排队的来电者保留其位置。",
            "変更は数秒で反映されます。お待ちの方の順番は変わりません。",
            "변경은 몇 초 안에 적용되며, 이미 기다리는 고객의 순서는 유지됩니다.",
        ),
        "queue": _four("Queue", "队列", "キュー", "대기열"),
        "add_queue": _four("Add a queue", "添加队列", "キューを追加", "대기열 추가"),
        "edit_queue": _four(
            "Edit queue {name}", "编辑队列 {name}", "キュー {name} を編集", "대기열 {name} 편집"
        ),
        "takes": _four("Takes", "接收", "受け付け", "받는 전화"),
        "takes_rest": _four("whatever no other takes", "其余来电", "その他すべて", "나머지 전부"),
        "takes_note": _four(
            "Which calls belong here, and who serves them (words between commas)",
            "哪些来电进入此队列、由谁服务（以逗号分隔）",
            "対象の通話と担当（カンマ区切り）",
            "받을 전화와 담당(쉼표로 구분)",
        ),
        "reasons": _four("Reasons of the hand-over", "转接原因", "引き継ぎの理由", "인계 사유"),
        "intents": _four("Intents", "意图", "インテント", "의도"),
        "skills_asked": _four(
            "Skills that calls ask for", "来电要求的技能", "通話が求めるスキル", "전화가 요구하는 기술"
        ),
        "skills_needed": _four(
            "Skills that agents need", "座席所需技能", "担当者に必要なスキル", "상담원에게 필요한 기술"
        ),
        "priority": _four("Priority", "优先级", "優先度", "우선순위"),
        "service_level": _four("Service level", "服务水平", "サービスレベル", "서비스 수준"),
        "within": _four(
            "{share} % in {seconds} s",
            "{seconds} 秒内 {share}%",
            "{seconds} 秒以内 {share}%",
            "{seconds}초 안에 {share}%",
        ),
        "target_s": _four("Answered within, seconds", "应答时限（秒）", "応答目標（秒）", "응답 목표(초)"),
        "target_share": _four("Share of calls, %", "达标比例（%）", "達成率（%）", "달성 비율(%)"),
        "hours": _four("Opening hours", "服务时间", "営業時間", "운영 시간"),
        "always": _four("always", "全天", "常時", "항상"),
        "open": _four("Open", "开放中", "受付中", "운영 중"),
        "closed": _four("Closed", "已关闭", "時間外", "운영 종료"),
        "out_of_hours": _four("Out of hours", "非服务时间", "時間外の対応", "운영 시간 외"),
        "no_answer": _four(
            "Nobody came in time, or full",
            "无人接听或队列已满",
            "応答なし・満杯のとき",
            "응답 없음 또는 가득 참",
        ),
        "told_so": _four("tells the hours", "告知服务时间", "営業時間を案内", "운영 시간 안내"),
        "voicemail": _four("takes a message", "留言", "伝言を預かる", "음성 메시지"),
        "waiting": _four("While callers wait", "排队等待时", "お待ちの間", "기다리는 동안"),
        "steps": _four("Steps over time", "随时间放宽", "時間ごとの条件", "시간별 단계"),
        "steps_note": _four(
            "seconds: best, 1 to 5, or any",
            "秒数: best、1 至 5 或 any",
            "秒数: best、1～5、any",
            "초: best, 1~5, any",
        ),
        "overflow": _four("Overflows to", "溢出至", "あふれ先", "넘어갈 대기열"),
        "nowhere": _four("nowhere", "不溢出", "なし", "없음"),
        "overflow_after": _four(
            "Overflows after, seconds", "溢出前等待（秒）", "あふれるまでの秒数", "넘어가기 전 대기(초)"
        ),
        "overflow_more": _four(
            "Overflows if more wait than",
            "等待人数超过时溢出",
            "待ち数が次を超えるとあふれる",
            "대기 수 초과 시 넘어감",
        ),
        "overflow_closed": _four(
            "Overflows out of hours", "非服务时间溢出", "時間外はあふれ先へ", "운영 시간 외에 넘어감"
        ),
        "most_waiting": _four("Most that may wait", "最多等待人数", "最大待ち数", "최대 대기 수"),
        "last_agent_s": _four(
            "Kept for the last agent, seconds",
            "为上次座席保留（秒）",
            "前回の担当を待つ秒数",
            "이전 상담원 대기(초)",
        ),
        "alerts": _four(
            "Alert supervisors when (an empty field never does)",
            "告警条件（留空表示不告警）",
            "アラート条件（空欄なら通知しない）",
            "경고 조건(빈 칸은 경고하지 않음)",
        ),
        "alert_waiting": _four("More calls wait than", "排队数超过", "待ち呼が次を超える", "대기 건수 초과"),
        "alert_longest_wait_s": _four(
            "Somebody waits longer than, seconds",
            "最长等待超过（秒）",
            "待ち時間が次を超える（秒）",
            "대기 시간 초과(초)",
        ),
        "alert_service_level": _four(
            "Service level below, %",
            "服务水平低于（%）",
            "サービスレベルが次を下回る（%）",
            "서비스 레벨 미만(%)",
        ),
        "alert_abandonment": _four(
            "More give up than, %", "放弃率高于（%）", "放棄率が次を超える（%）", "포기율 초과(%)"
        ),
        "opening_hours": _four(
            "Opening hours and holidays", "服务时间与假期", "営業時間と休日", "운영 시간과 휴일"
        ),
        "add_hours": _four("Add opening hours", "添加服务时间", "営業時間を追加", "운영 시간 추가"),
        "edit_hours": _four(
            "Edit opening hours {name}",
            "编辑服务时间 {name}",
            "営業時間 {name} を編集",
            "운영 시간 {name} 편집",
        ),
        "name_of_hours": _four("Name of these hours", "名称", "名称", "이름"),
        "name_missing": _four(
            "Give it a name.", "请填写名称。", "名前を入力してください。", "이름을 입력하세요."
        ),
        "no_hours": _four(
            "No opening hours: all queues are always open.",
            "未设置服务时间：所有队列全天开放。",
            "営業時間の設定はありません。すべてのキューは常時受け付けます。",
            "운영 시간이 없습니다. 모든 대기열이 항상 열려 있습니다.",
        ),
        "zone": _four("Time zone", "时区", "タイムゾーン", "시간대"),
        "week": _four("Week", "每周", "週", "요일"),
        "spans_note": _four(
            "09:00-12:30, 13:30-18:00 · 22:00-06:00 · 00:00-24:00 · closed",
            "09:00-12:30, 13:30-18:00 · 22:00-06:00 · 00:00-24:00 · closed（关闭）",
            "09:00-12:30, 13:30-18:00 · 22:00-06:00 · 00:00-24:00 · closed（休み）",
            "09:00-12:30, 13:30-18:00 · 22:00-06:00 · 00:00-24:00 · closed(휴무)",
        ),
        "holidays": _four("Holidays", "假期", "休日", "휴일"),
        "special": _four("Special days", "特殊日期", "特別な日", "특별한 날"),
        "mon": _four("Mon", "周一", "月", "월"),
        "tue": _four("Tue", "周二", "火", "화"),
        "wed": _four("Wed", "周三", "水", "수"),
        "thu": _four("Thu", "周四", "木", "목"),
        "fri": _four("Fri", "周五", "金", "금"),
        "sat": _four("Sat", "周六", "土", "토"),
        "sun": _four("Sun", "周日", "日", "일"),
        # numbers
        "number": _four("Number", "号码", "電話番号", "전화번호"),
        "numbers_note": _four(
            "Numbers that are not listed are answered as the settings say. A change takes effect within seconds.",
            "未列出的号码按系统设置应答。更改在数秒内生效。",
            "一覧にない番号は設定どおりに応答します。変更は数秒で反映されます。",
            "목록에 없는 번호는 설정대로 응답합니다. 변경은 몇 초 안에 적용됩니다.",
        ),
        "no_numbers": _four(
            "No numbers yet. All calls are answered as the settings say.",
            "尚未添加号码，所有来电按系统设置应答。",
            "まだ番号がありません。すべての着信は設定どおりに応答します。",
            "아직 번호가 없습니다. 모든 전화는 설정대로 응답합니다.",
        ),
        "add_number": _four("Add a number", "添加号码", "番号を追加", "번호 추가"),
        "edit_number": _four("Edit {number}", "编辑 {number}", "{number} を編集", "{number} 편집"),
        "label": _four("What it is for", "用途", "用途", "용도"),
        "bot": _four("Bot", "机器人", "ボット", "봇"),
        "bots_note": _four(
            "The platform plays one bot at a time, so there is one to choose.",
            "平台一次运行一个机器人，因此只有一个可选。",
            "同時に動作するボットは1つのため、選択肢は1つです。",
            "플랫폼은 한 번에 봇 하나를 실행하므로 선택할 수 있는 봇은 하나입니다.",
        ),
        "greeting": _four("Greets in", "问候语言", "応答言語", "인사 언어"),
        "by_caller": _four("As the caller", "按来电者", "発信者に合わせる", "발신자에 맞춤"),
        "remove": _four("Remove", "删除", "削除", "삭제"),
        "removed": _four(
            "{what} was removed.", "已删除 {what}。", "{what} を削除しました。", "{what}을(를) 삭제했습니다."
        ),
        "remove_queue_sure": _four(
            "Remove the queue {name}? Who waits in it is still served; new calls go to the other queues.",
            "删除队列 {name}？正在其中等待的来电仍会得到接待，新来电将进入其他队列。",
            "キュー {name} を削除しますか？待っている方には引き続き対応し、新しい着信は他のキューに入ります。",
            "대기열 {name}을(를) 삭제할까요? 이미 기다리는 고객은 그대로 응대하고, 새 전화는 다른 대기열로 갑니다.",
        ),
        "remove_hours_sure": _four(
            "Remove the opening hours {name}?",
            "删除营业时间 {name}？",
            "営業時間 {name} を削除しますか？",
            "운영 시간 {name}을(를) 삭제할까요?",
        ),
        "number_disable_sure": _four(
            "Switch off the entry for {number}? Its calls are then answered as the settings say.",
            "停用 {number} 的设置？之后该号码的来电将按系统设置应答。",
            "{number} の登録を無効にしますか？以後この番号への着信は設定どおりに応答します。",
            "{number} 항목을 사용 중지할까요? 이후 이 번호의 전화는 설정대로 응답합니다.",
        ),
        # the audit log
        "verification": _four(
            "Is the log intact?", "日志是否完整？", "ログは改ざんされていないか", "로그가 온전한가?"
        ),
        "verify": _four("Verify again", "重新校验", "再検証", "다시 검증"),
        "intact": _four("Intact", "完整", "改ざんなし", "온전함"),
        "broken": _four("Not what was written", "与原始记录不符", "記録と一致しません", "기록과 다름"),
        "entries_checked": _four(
            "{count} entries checked", "已校验 {count} 条", "{count} 件を検証", "{count}건 검증"
        ),
        "broken_note": _four(
            "Somebody with access to the database changed the log. See docs/administration.md for what to do.",
            "有人通过数据库更改了日志。处理办法见 docs/administration.md。",
            "データベースにアクセスできる誰かがログを変更しました。対処は docs/administration.md を参照してください。",
            "데이터베이스에 접근할 수 있는 누군가가 로그를 변경했습니다. 조치 방법은 docs/administration.md를 참고하세요.",
        ),
        "receipt": _four(
            "Receipt, to be kept elsewhere:",
            "凭据（请另行保存）：",
            "受領証（別の場所に保管）：",
            "확인값(다른 곳에 보관):",
        ),
        "fault_altered": _four(
            "Entry {first} is not what was written, or what stood before it was changed.",
            "第 {first} 条与写入时不符，或其之前的记录被更改。",
            "{first} 番の記録が書き込み時と異なるか、その前の記録が変更されています。",
            "{first}번 기록이 작성된 내용과 다르거나 앞의 기록이 변경되었습니다.",
        ),
        "fault_missing": _four(
            "Entries {first} to {last} are missing.",
            "第 {first} 至 {last} 条缺失。",
            "{first}～{last} 番の記録がありません。",
            "{first}~{last}번 기록이 없습니다.",
        ),
        "fault_truncated": _four(
            "Entries {first} to {last} were cut off the end.",
            "末尾的第 {first} 至 {last} 条被截去。",
            "末尾の {first}～{last} 番の記録が切り取られています。",
            "끝부분의 {first}~{last}번 기록이 잘려 나갔습니다.",
        ),
        "fault_head": _four(
            "The seal of the log's end is missing or forged (entry {first}).",
            "日志末尾的封印缺失或被伪造（第 {first} 条）。",
            "ログ末尾の封印がないか偽造されています（{first} 番）。",
            "로그 끝의 봉인이 없거나 위조되었습니다({first}번).",
        ),
        "fault_witness": _four(
            "The witness file knows of another entry {first}: the log was set back or replaced.",
            "见证文件中的第 {first} 条与此不同：日志被回退或替换。",
            "証人ファイルの {first} 番の記録と一致しません。ログが巻き戻されたか差し替えられました。",
            "증인 파일의 {first}번 기록과 다릅니다. 로그가 되돌려졌거나 교체되었습니다.",
        ),
        "fault_receipt": _four(
            "The receipt of entry {first} does not fit.",
            "第 {first} 条的凭据不符。",
            "{first} 番の受領証と一致しません。",
            "{first}번 기록의 확인값이 맞지 않습니다.",
        ),
        "fault_other_key": _four(
            "No entry fits this site's key: another key, or another site's log.",
            "所有记录都与本站点密钥不符：密钥不同，或是其他站点的日志。",
            "どの記録もこのサイトの鍵と一致しません。別の鍵、または別サイトのログです。",
            "어떤 기록도 이 사이트의 키와 맞지 않습니다. 다른 키이거나 다른 사이트의 로그입니다.",
        ),
        "who": _four("Who", "操作人", "実行者", "누가"),
        "what": _four("What", "操作", "操作内容", "무엇을"),
        "whom": _four("To whom or what", "对象", "対象", "대상"),
        "when": _four("When", "时间", "日時", "언제"),
        "change": _four("Before → after", "变更前 → 变更后", "変更前 → 変更後", "변경 전 → 변경 후"),
        "about": _four("About", "类别", "種類", "분류"),
        "about_user": _four("Users", "用户", "ユーザー", "사용자"),
        "about_number": _four("Company numbers", "公司号码", "自社の番号", "회사 번호"),
        "about_queue": _four("Queues", "队列", "キュー", "대기열"),
        "about_data": _four("Looks at personal data", "查看个人数据", "個人データの閲覧", "개인정보 열람"),
        "about_call": _four("Calls listened to", "通话监听", "通話のモニタリング", "통화 청취"),
        "about_audit": _four("The log itself", "日志本身", "ログ自体", "로그 자체"),
        "since": _four("From", "起始日期", "開始日", "시작일"),
        "until": _four("To", "结束日期", "終了日", "종료일"),
        "newer": _four("Newer", "较新", "新しい", "최신"),
        "older": _four("Older", "较早", "古い", "이전"),
        "no_entries": _four("No entries.", "没有记录。", "記録はありません。", "기록이 없습니다."),
        "origin_console": _four("on the pages", "网页", "画面", "화면"),
        "origin_api": _four("through the API", "API", "API", "API"),
        "origin_desk": _four("at the desk", "坐席工作台", "デスク", "데스크"),
        "origin_command_line": _four("on the command line", "命令行", "コマンドライン", "명령줄"),
        "origin_platform": _four("the platform itself", "平台自身", "プラットフォーム", "플랫폼"),
        "action_user_added": _four("User added", "添加用户", "ユーザー追加", "사용자 추가"),
        "action_user_changed": _four("User changed", "更改用户", "ユーザー変更", "사용자 변경"),
        "action_user_roles_changed": _four("Roles changed", "更改角色", "役割変更", "역할 변경"),
        "action_user_disabled": _four("User switched off", "停用用户", "ユーザー無効化", "사용자 중지"),
        "action_user_enabled": _four("User switched on", "启用用户", "ユーザー有効化", "사용자 사용"),
        "action_user_password_reset": _four(
            "New password", "重置密码", "パスワード再設定", "비밀번호 재설정"
        ),
        "action_number_added": _four("Number added", "添加号码", "番号追加", "번호 추가"),
        "action_number_changed": _four("Number changed", "更改号码", "番号変更", "번호 변경"),
        "action_number_disabled": _four("Number switched off", "停用号码", "番号無効化", "번호 중지"),
        "action_number_enabled": _four("Number switched on", "启用号码", "番号有効化", "번호 사용"),
        "action_queue_plan_changed": _four("Queues changed", "更改队列", "キュー変更", "대기열 변경"),
        "action_audit_head_lost": _four(
            "The sealed end was lost", "末尾封印丢失", "末尾の封印が失われた", "끝 봉인 손실"
        ),
        "action_number_shown": _four(
            "Caller's number shown", "查看来电号码", "発信者番号を表示", "발신 번호 열람"
        ),
        "action_data_recording_opened": _four("Recording opened", "打开录音", "録音を再生", "녹음 열람"),
        "action_call_monitor_listen": _four("Listened to a call", "监听通话", "通話を聴取", "통화 청취"),
        "action_call_monitor_whisper": _four(
            "Whispered to the agent", "向坐席耳语", "担当者にささやき", "상담원에게 귓속말"
        ),
        "action_call_monitor_barge": _four("Barged in", "强插通话", "通話に割り込み", "통화 끼어들기"),
        "action_call_monitor_take_over": _four("Took a call over", "接管通话", "通話を引き取り", "통화 인수"),
        "action_call_monitor_stop": _four("Stopped listening", "停止监听", "聴取を終了", "청취 종료"),
        "action_call_hang_up": _four("Hung up", "挂断通话", "通話を切断", "통화 종료"),
        "field_name": _four("Name", "姓名", "氏名", "이름"),
        "field_roles": _four("Roles", "角色", "役割", "역할"),
        "field_languages": _four("Languages", "语言", "言語", "언어"),
        "field_skills": _four("Skills", "技能", "スキル", "기술"),
        "field_phone": _four("Own telephone", "本人电话", "本人の電話", "본인 전화"),
        "field_capacity": _four("Calls at once", "同时处理的通话数", "同時に受ける通話数", "동시 통화 수"),
        "field_active": _four("Active", "启用", "有効", "사용"),
        "field_number": _four("Number", "号码", "電話番号", "전화번호"),
        "field_bot": _four("Bot", "机器人", "ボット", "봇"),
        "field_language": _four("Language", "语言", "言語", "언어"),
        "field_label": _four("What it is for", "用途", "用途", "용도"),
        # why something was not done
        "refused_last_admin": _four(
            "{username} is the last administrator; give somebody else the role first.",
            "{username} 是最后一位管理员，请先将该角色授予其他人。",
            "{username} は最後の管理者です。先に別のユーザーに管理者の役割を与えてください。",
            "{username}은(는) 마지막 관리자입니다. 먼저 다른 사용자에게 관리자 역할을 주세요.",
        ),
        "refused_unknown_user": _four(
            "There is no user {username}.",
            "没有用户 {username}。",
            "ユーザー {username} は存在しません。",
            "사용자 {username}이(가) 없습니다.",
        ),
        "refused_user_exists": _four(
            "There is a user {username} already.",
            "用户 {username} 已存在。",
            "ユーザー {username} は既に存在します。",
            "사용자 {username}이(가) 이미 있습니다.",
        ),
        "refused_bad_username": _four(
            "A user name has 2 to 60 letters, figures or . _ @ - and begins with a letter or figure.",
            "用户名为 2 至 60 个字母、数字或 . _ @ -，并以字母或数字开头。",
            "ユーザー名は 2～60 文字の英数字と . _ @ - で、英数字で始めてください。",
            "사용자 이름은 영문자, 숫자, . _ @ - 2~60자이며 영문자나 숫자로 시작해야 합니다.",
        ),
        "refused_bad_name": _four(
            "A name has 1 to {most} characters.",
            "姓名为 1 至 {most} 个字符。",
            "氏名は 1～{most} 文字で入力してください。",
            "이름은 1~{most}자여야 합니다.",
        ),
        "refused_short_password": _four(
            "The password must have at least {least} characters.",
            "密码至少需要 {least} 个字符。",
            "パスワードは {least} 文字以上必要です。",
            "비밀번호는 {least}자 이상이어야 합니다.",
        ),
        "refused_long_password": _four(
            "The password may have at most {most} characters.",
            "密码最多 {most} 个字符。",
            "パスワードは {most} 文字以内にしてください。",
            "비밀번호는 {most}자 이하여야 합니다.",
        ),
        "refused_no_role": _four(
            "Choose at least one role ({roles}).",
            "请至少选择一个角色（{roles}）。",
            "役割を 1 つ以上選んでください（{roles}）。",
            "역할을 하나 이상 선택하세요({roles}).",
        ),
        "refused_bad_role": _four(
            "{role} is no role; accepted: {roles}.",
            "{role} 不是有效角色，可用：{roles}。",
            "{role} という役割はありません。使えるもの：{roles}。",
            "{role}은(는) 역할이 아닙니다. 사용 가능: {roles}.",
        ),
        "refused_bad_language": _four(
            "{language} is not spoken here; accepted: {languages}.",
            "不支持 {language}，可用：{languages}。",
            "{language} には対応していません。使えるもの：{languages}。",
            "{language}은(는) 지원하지 않습니다. 사용 가능: {languages}.",
        ),
        "refused_bad_skill": _four(
            "{skill} cannot be a skill: 1 to 40 characters without spaces, commas or +.",
            "“{skill}”不能作为技能：须为 1 至 40 个字符，不含空格、逗号或 +。",
            "「{skill}」はスキル名にできません。空白、カンマ、+ を含まない 1～40 文字にしてください。",
            "'{skill}'은(는) 기술 이름이 될 수 없습니다. 공백, 쉼표, + 없이 1~40자여야 합니다.",
        ),
        "refused_many_skills": _four(
            "A user has at most {most} skills.",
            "每个用户最多 {most} 项技能。",
            "スキルは 1 人 {most} 個までです。",
            "한 사용자의 기술은 최대 {most}개입니다.",
        ),
        "refused_bad_level": _four(
            "The proficiency of {what} must be 1 to 5.",
            "{what} 的熟练度须为 1 至 5。",
            "{what} の習熟度は 1～5 にしてください。",
            "{what}의 숙련도는 1~5여야 합니다.",
        ),
        "refused_bad_capacity": _four(
            "An agent has {least} to {most} calls at once.",
            "座席同时处理的通话数须为 {least} 至 {most}。",
            "同時に受ける通話数は {least}～{most} にしてください。",
            "동시 통화 수는 {least}~{most}이어야 합니다.",
        ),
        "refused_bad_number": _four(
            "{number} is not a number with country code, such as +862112345678.",
            "{number} 不是带国家代码的号码，例如 +862112345678。",
            "{number} は国番号付きの番号（例：+81312345678）ではありません。",
            "{number}은(는) 국가 번호가 있는 번호(예: +82212345678)가 아닙니다.",
        ),
        "refused_number_exists": _four(
            "There is an entry for {number} already.",
            "{number} 已有设置。",
            "{number} は既に登録されています。",
            "{number} 항목이 이미 있습니다.",
        ),
        "refused_unknown_number": _four(
            "There is no entry for {number}.",
            "没有 {number} 的设置。",
            "{number} の登録はありません。",
            "{number} 항목이 없습니다.",
        ),
        "refused_unknown_bot": _four(
            "There is no bot {bot} here; accepted: {bots}.",
            "没有机器人 {bot}，可用：{bots}。",
            "ボット {bot} はありません。使えるもの：{bots}。",
            "봇 {bot}이(가) 없습니다. 사용 가능: {bots}.",
        ),
        "refused_bad_plan": _four(
            "It cannot be kept: {why}",
            "无法保存：{why}",
            "保存できません：{why}",
            "저장할 수 없습니다: {why}",
        ),
        "refused_plan_changed": _four(
            "Somebody else saved version {version} meanwhile. Open the page again, then repeat your change.",
            "其间他人已保存第 {version} 版。请重新打开页面后再更改。",
            "その間に第 {version} 版が保存されました。ページを開き直してからやり直してください。",
            "그 사이 다른 사람이 버전 {version}을(를) 저장했습니다. 페이지를 다시 연 뒤 변경하세요.",
        ),
        "refused_bad_label": _four(
            "What a number is for is said in at most {most} characters.",
            "用途说明最多 {most} 个字符。",
            "用途は {most} 文字以内で入力してください。",
            "용도는 {most}자 이하로 적어 주세요.",
        ),
    },
)
