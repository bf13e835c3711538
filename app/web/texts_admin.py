"""The words of the administration pages."""

from __future__ import annotations

from core.console import register_translations


def four(en: str, zh: str, ja: str, ko: str) -> dict[str, str]:
    return {"en": en, "zh": zh, "ja": ja, "ko": ko}


register_translations(
    "admin",
    {
        "title": four("Administration", "系统管理", "管理", "관리"),
        "tab_users": four("Users", "用户", "ユーザー", "사용자"),
        "tab_skills": four("Skills", "技能", "スキル", "기술"),
        "tab_queues": four("Queues", "队列", "キュー", "대기열"),
        "tab_numbers": four("Numbers", "号码", "電話番号", "전화번호"),
        "tab_audit": four("Audit log", "审计日志", "監査ログ", "감사 로그"),
        "actions": four("Actions", "操作", "操作", "작업"),
        "save": four("Save", "保存", "保存", "저장"),
        "cancel": four("Cancel", "取消", "キャンセル", "취소"),
        "edit": four("Edit", "编辑", "編集", "편집"),
        "disable": four("Switch off", "停用", "無効にする", "사용 중지"),
        "enable": four("Switch on", "启用", "有効にする", "사용"),
        "active": four("Active", "启用中", "有効", "사용 중"),
        "disabled": four("Switched off", "已停用", "無効", "사용 중지됨"),
        "state": four("State", "状态", "状態", "상태"),
        "saved": four(
            "{what} was saved.", "已保存 {what}。", "{what} を保存しました。", "{what}을(를) 저장했습니다."
        ),
        "added": four(
            "{what} was added.", "已添加 {what}。", "{what} を追加しました。", "{what}을(를) 추가했습니다."
        ),
        "all": four("All", "全部", "すべて", "전체"),
        "yes": four("yes", "是", "はい", "예"),
        "no": four("no", "否", "いいえ", "아니요"),
        # users
        "user": four("User", "用户", "ユーザー", "사용자"),
        "find_user": four("Find by name", "按姓名查找", "名前で検索", "이름으로 찾기"),
        "show_disabled": four(
            "Show those switched off", "显示已停用的用户", "無効なユーザーも表示", "사용 중지된 사용자 표시"
        ),
        "no_users": four(
            "Nobody fits.",
            "没有符合条件的用户。",
            "該当するユーザーはいません。",
            "해당하는 사용자가 없습니다.",
        ),
        "add_user": four("Add a user", "添加用户", "ユーザーを追加", "사용자 추가"),
        "edit_user": four("Edit {username}", "编辑 {username}", "{username} を編集", "{username} 편집"),
        "username": four("User name", "用户名", "ユーザー名", "사용자 이름"),
        "name": four("Name", "姓名", "氏名", "이름"),
        "password": four("Password", "密码", "パスワード", "비밀번호"),
        "propose": four("Propose one", "生成密码", "自動生成", "자동 생성"),
        "new_password": four("New password", "重置密码", "パスワード再設定", "비밀번호 재설정"),
        "new_password_for": four(
            "New password for {username}",
            "重置 {username} 的密码",
            "{username} のパスワードを再設定",
            "{username}의 비밀번호 재설정",
        ),
        "new_password_note": four(
            "It is shown only here: pass it on now. The user is logged out everywhere.",
            "密码仅在此显示，请立即转交。该用户将在所有设备上退出登录。",
            "パスワードはここでのみ表示されます。今すぐ本人に伝えてください。ユーザーはすべての端末でログアウトされます。",
            "비밀번호는 여기에서만 표시됩니다. 지금 전달하세요. 사용자는 모든 기기에서 로그아웃됩니다.",
        ),
        "password_set": four(
            "{username} has a new password.",
            "已重置 {username} 的密码。",
            "{username} のパスワードを再設定しました。",
            "{username}의 비밀번호를 재설정했습니다.",
        ),
        "disable_sure": four(
            "Switch off {username}? They are logged out at once. You can switch them on again at any time.",
            "停用 {username}？该用户会立即退出登录，之后可随时重新启用。",
            "{username} を無効にしますか？ただちにログアウトされます。いつでも再び有効にできます。",
            "{username}을(를) 사용 중지할까요? 바로 로그아웃됩니다. 언제든지 다시 사용할 수 있습니다.",
        ),
        "disabled_now": four(
            "{username} is switched off.",
            "已停用 {username}。",
            "{username} を無効にしました。",
            "{username}을(를) 사용 중지했습니다.",
        ),
        "enabled_now": four(
            "{username} is switched on again.",
            "已重新启用 {username}。",
            "{username} を再び有効にしました。",
            "{username}을(를) 다시 사용합니다.",
        ),
        "roles": four("Roles", "角色", "役割", "역할"),
        "role_agent": four("Agent", "坐席", "担当者", "상담원"),
        "role_editor": four("Editor", "知识编辑", "編集者", "편집자"),
        "role_qa": four("Quality", "质检员", "品質管理", "품질 담당"),
        "role_supervisor": four("Supervisor", "主管", "スーパーバイザー", "슈퍼바이저"),
        "role_monitor": four("Listening in", "监听", "モニタリング", "청취"),
        "role_numbers": four("Full numbers", "完整号码", "番号の全桁表示", "전체 번호"),
        "role_numbers_may": four(
            "At the desk: shows a caller's number in full, each time logged",
            "在坐席工作台查看来电者完整号码，每次查看均有记录",
            "デスクでお客様の番号全体を表示できる（毎回記録）",
            "데스크에서 고객 번호 전체를 볼 수 있으며, 매번 기록됩니다",
        ),
        "role_admin": four("Administrator", "管理员", "管理者", "관리자"),
        "role_agent_may": four(
            "Takes calls at the desk", "在坐席接听来电", "デスクで通話を受ける", "데스크에서 통화를 받습니다"
        ),
        "role_editor_may": four(
            "Adds and removes documents",
            "添加和删除文档",
            "文書を追加・削除する",
            "문서를 추가하고 삭제합니다",
        ),
        "role_qa_may": four(
            "Reads and scores all calls",
            "查看并评分所有通话",
            "すべての通話を確認し採点する",
            "모든 통화를 확인하고 평가합니다",
        ),
        "role_supervisor_may": four(
            "Reads all calls; shows a caller's number in full, each time logged",
            "查看所有通话；可查看来电者的完整号码，每次均有记录",
            "すべての通話を見る。発信者の番号全体も表示できる（毎回記録）",
            "모든 통화를 보고, 발신자의 전체 번호를 볼 수 있습니다(매번 기록됨)",
        ),
        "role_monitor_may": four(
            "As a supervisor: listens to calls and takes part in them",
            "主管附加权限：监听并介入通话",
            "スーパーバイザーとして通話を聞き、参加する",
            "슈퍼바이저로서 통화를 듣고 참여합니다",
        ),
        "role_admin_may": four(
            "May do everything", "拥有全部权限", "すべての操作ができる", "모든 작업을 할 수 있습니다"
        ),
        "languages": four("Languages", "语言", "言語", "언어"),
        "skills": four("Skills", "技能", "スキル", "기술"),
        "another_skill": four("Another skill", "添加其他技能", "別のスキル", "다른 기술"),
        "level_0": four("No", "无", "なし", "없음"),
        "level_1": four("1: a little", "1：略懂", "1：初歩", "1: 조금"),
        "level_2": four("2: helps out", "2：可协助", "2：補助", "2: 보조"),
        "level_3": four("3: works in it", "3：能胜任", "3：実務", "3: 실무"),
        "level_4": four("4: very good", "4：熟练", "4：熟練", "4: 능숙"),
        "level_5": four("5: the best", "5：专家", "5：専門", "5: 전문"),
        "own_phone": four("Own telephone", "本人电话", "本人の電話", "본인 전화"),
        "own_phone_note": four(
            "For agents who speak by telephone: it rings for each of their calls",
            "供使用电话接听的坐席：每通来电时振铃",
            "電話で応対する担当者用：着信ごとに呼び出します",
            "전화로 상담하는 상담원용: 통화마다 울립니다",
        ),
        "no_queue_asks": four(
            "No queue and no bot asks for {skills}. Is it written as there?",
            "没有队列或机器人要求 {skills}。写法是否一致？",
            "{skills} を求めるキューもボットもありません。表記は同じですか？",
            "{skills}을(를) 요구하는 대기열이나 봇이 없습니다. 표기가 같은지 확인하세요.",
        ),
        "nobody_has": four(
            "Nobody has {skills}: such calls wait until the last step.",
            "无人具备 {skills}：此类来电会一直等到最后一步。",
            "{skills} を持つ担当者がいません。通話は最後の段階まで待ちます。",
            "{skills}을(를) 가진 상담원이 없습니다. 그런 전화는 마지막 단계까지 기다립니다.",
        ),
        "capacity": four("Calls at once", "同时处理的通话数", "同時に受ける通話数", "동시 통화 수"),
        "capacity_note": four(
            "Conversations, offers and wrap-up together; all but the one spoken in are on hold",
            "通话、待接来电和话后整理合计；未在通话的来电者听音乐",
            "通話・着信・後処理の合計。話していない通話は保留になります",
            "통화, 수신, 후처리를 모두 합한 수. 말하고 있지 않은 통화는 보류됩니다",
        ),
        # numbers
        "number": four("Number", "号码", "電話番号", "전화번호"),
        "numbers_note": four(
            "Numbers that are not listed are answered as the settings say. A change takes effect within seconds.",
            "未列出的号码按系统设置应答。更改在数秒内生效。",
            "一覧にない番号は設定どおりに応答します。変更は数秒で反映されます。",
            "목록에 없는 번호는 설정대로 응답합니다. 변경은 몇 초 안에 적용됩니다.",
        ),
        "no_numbers": four(
            "No numbers yet. All calls are answered as the settings say.",
            "尚未添加号码，所有来电按系统设置应答。",
            "まだ番号がありません。すべての着信は設定どおりに応答します。",
            "아직 번호가 없습니다. 모든 전화는 설정대로 응답합니다.",
        ),
        "add_number": four("Add a number", "添加号码", "番号を追加", "번호 추가"),
        "edit_number": four("Edit {number}", "编辑 {number}", "{number} を編集", "{number} 편집"),
        "label": four("What it is for", "用途", "用途", "용도"),
        "bot": four("Bot", "机器人", "ボット", "봇"),
        "bots_note": four(
            "The platform plays one bot at a time, so there is one to choose.",
            "平台一次运行一个机器人，因此只有一个可选。",
            "同時に動作するボットは1つのため、選択肢は1つです。",
            "플랫폼은 한 번에 봇 하나를 실행하므로 선택할 수 있는 봇은 하나입니다.",
        ),
        "greeting": four("Greets in", "问候语言", "応答言語", "인사 언어"),
        "by_caller": four("As the caller", "按来电者", "発信者に合わせる", "발신자에 맞춤"),
        "remove": four("Remove", "删除", "削除", "삭제"),
        "removed": four(
            "{what} was removed.", "已删除 {what}。", "{what} を削除しました。", "{what}을(를) 삭제했습니다."
        ),
        "remove_queue_sure": four(
            "Remove the queue {name}? Who waits in it is still served; new calls go to the other queues.",
            "删除队列 {name}？正在其中等待的来电仍会得到接待，新来电将进入其他队列。",
            "キュー {name} を削除しますか？待っている方には引き続き対応し、新しい着信は他のキューに入ります。",
            "대기열 {name}을(를) 삭제할까요? 이미 기다리는 고객은 그대로 응대하고, 새 전화는 다른 대기열로 갑니다.",
        ),
        "remove_hours_sure": four(
            "Remove the opening hours {name}?",
            "删除营业时间 {name}？",
            "営業時間 {name} を削除しますか？",
            "운영 시간 {name}을(를) 삭제할까요?",
        ),
        "number_disable_sure": four(
            "Switch off the entry for {number}? Its calls are then answered as the settings say.",
            "停用 {number} 的设置？之后该号码的来电将按系统设置应答。",
            "{number} の登録を無効にしますか？以後この番号への着信は設定どおりに応答します。",
            "{number} 항목을 사용 중지할까요? 이후 이 번호의 전화는 설정대로 응답합니다.",
        ),
        # why something was not done
        "refused_last_admin": four(
            "{username} is the last administrator; give somebody else the role first.",
            "{username} 是最后一位管理员，请先将该角色授予其他人。",
            "{username} は最後の管理者です。先に別のユーザーに管理者の役割を与えてください。",
            "{username}은(는) 마지막 관리자입니다. 먼저 다른 사용자에게 관리자 역할을 주세요.",
        ),
        "refused_unknown_user": four(
            "There is no user {username}.",
            "没有用户 {username}。",
            "ユーザー {username} は存在しません。",
            "사용자 {username}이(가) 없습니다.",
        ),
        "refused_user_exists": four(
            "There is a user {username} already.",
            "用户 {username} 已存在。",
            "ユーザー {username} は既に存在します。",
            "사용자 {username}이(가) 이미 있습니다.",
        ),
        "refused_bad_username": four(
            "A user name has 2 to 60 letters, figures or . _ @ - and begins with a letter or figure.",
            "用户名为 2 至 60 个字母、数字或 . _ @ -，并以字母或数字开头。",
            "ユーザー名は 2～60 文字の英数字と . _ @ - で、英数字で始めてください。",
            "사용자 이름은 영문자, 숫자, . _ @ - 2~60자이며 영문자나 숫자로 시작해야 합니다.",
        ),
        "refused_bad_name": four(
            "A name has 1 to {most} characters.",
            "姓名为 1 至 {most} 个字符。",
            "氏名は 1～{most} 文字で入力してください。",
            "이름은 1~{most}자여야 합니다.",
        ),
        "refused_short_password": four(
            "The password must have at least {least} characters.",
            "密码至少需要 {least} 个字符。",
            "パスワードは {least} 文字以上必要です。",
            "비밀번호는 {least}자 이상이어야 합니다.",
        ),
        "refused_long_password": four(
            "The password may have at most {most} characters.",
            "密码最多 {most} 个字符。",
            "パスワードは {most} 文字以内にしてください。",
            "비밀번호는 {most}자 이하여야 합니다.",
        ),
        "refused_no_role": four(
            "Choose at least one role ({roles}).",
            "请至少选择一个角色（{roles}）。",
            "役割を 1 つ以上選んでください（{roles}）。",
            "역할을 하나 이상 선택하세요({roles}).",
        ),
        "refused_bad_role": four(
            "{role} is no role; accepted: {roles}.",
            "{role} 不是有效角色，可用：{roles}。",
            "{role} という役割はありません。使えるもの：{roles}。",
            "{role}은(는) 역할이 아닙니다. 사용 가능: {roles}.",
        ),
        "refused_bad_language": four(
            "{language} is not spoken here; accepted: {languages}.",
            "不支持 {language}，可用：{languages}。",
            "{language} には対応していません。使えるもの：{languages}。",
            "{language}은(는) 지원하지 않습니다. 사용 가능: {languages}.",
        ),
        "refused_bad_skill": four(
            "{skill} cannot be a skill: 1 to 40 characters without spaces, commas or +.",
            "“{skill}”不能作为技能：须为 1 至 40 个字符，不含空格、逗号或 +。",
            "「{skill}」はスキル名にできません。空白、カンマ、+ を含まない 1～40 文字にしてください。",
            "'{skill}'은(는) 기술 이름이 될 수 없습니다. 공백, 쉼표, + 없이 1~40자여야 합니다.",
        ),
        "refused_many_skills": four(
            "A user has at most {most} skills.",
            "每个用户最多 {most} 项技能。",
            "スキルは 1 人 {most} 個までです。",
            "한 사용자의 기술은 최대 {most}개입니다.",
        ),
        "refused_unknown_skill": four(
            "Nobody has the skill {skill}, and no queue asks for it.",
            "无人具备技能 {skill}，也没有队列要求。",
            "スキル {skill} の保有者も、求めるキューもありません。",
            "기술 {skill}을(를) 가진 사람도, 요구하는 대기열도 없습니다.",
        ),
        "refused_bot_skill": four(
            "{bots} hands callers over with {skill}: under another name nobody would have what they need. "
            "Change it in the bot's handing_over.yml first, restart, then rename it here.",
            "机器人 {bots} 转人工时要求 {skill}：改名后将无人具备来电所需的技能。"
            "请先在机器人的 handing_over.yml 中修改并重启，再在此重命名。",
            "ボット {bots} が {skill} を求めて通話を引き継いでいます。名前を変えると対応できる担当者がいなくなります。"
            "先にボットの handing_over.yml を変更して再起動し、その後ここで変更してください。",
            "봇 {bots}이(가) {skill}을(를) 요구하며 전화를 넘깁니다. 이름을 바꾸면 필요한 기술을 가진 상담원이 없게 됩니다. "
            "먼저 봇의 handing_over.yml을 바꾸고 재시작한 뒤 여기에서 바꾸세요.",
        ),
        "refused_bad_level": four(
            "The proficiency of {what} must be 1 to 5.",
            "{what} 的熟练度须为 1 至 5。",
            "{what} の習熟度は 1～5 にしてください。",
            "{what}의 숙련도는 1~5여야 합니다.",
        ),
        "refused_bad_capacity": four(
            "An agent has {least} to {most} calls at once.",
            "坐席同时处理的通话数须为 {least} 至 {most}。",
            "同時に受ける通話数は {least}～{most} にしてください。",
            "동시 통화 수는 {least}~{most}이어야 합니다.",
        ),
        "refused_bad_number": four(
            "{number} is not a number with country code, such as +862112345678.",
            "{number} 不是带国家代码的号码，例如 +862112345678。",
            "{number} は国番号付きの番号（例：+81312345678）ではありません。",
            "{number}은(는) 국가 번호가 있는 번호(예: +82212345678)가 아닙니다.",
        ),
        "refused_number_exists": four(
            "There is an entry for {number} already.",
            "{number} 已有设置。",
            "{number} は既に登録されています。",
            "{number} 항목이 이미 있습니다.",
        ),
        "refused_unknown_number": four(
            "There is no entry for {number}.",
            "没有 {number} 的设置。",
            "{number} の登録はありません。",
            "{number} 항목이 없습니다.",
        ),
        "refused_unknown_bot": four(
            "There is no bot {bot} here; accepted: {bots}.",
            "没有机器人 {bot}，可用：{bots}。",
            "ボット {bot} はありません。使えるもの：{bots}。",
            "봇 {bot}이(가) 없습니다. 사용 가능: {bots}.",
        ),
        "refused_bad_plan": four(
            "It cannot be kept: {why}",
            "无法保存：{why}",
            "保存できません：{why}",
            "저장할 수 없습니다: {why}",
        ),
        "refused_plan_changed": four(
            "Somebody else saved version {version} meanwhile. Open the page again, then repeat your change.",
            "其间他人已保存第 {version} 版。请重新打开页面后再更改。",
            "その間に第 {version} 版が保存されました。ページを開き直してからやり直してください。",
            "그 사이 다른 사람이 버전 {version}을(를) 저장했습니다. 페이지를 다시 연 뒤 변경하세요.",
        ),
        "refused_bad_label": four(
            "What a number is for is said in at most {most} characters.",
            "用途说明最多 {most} 个字符。",
            "用途は {most} 文字以内で入力してください。",
            "용도는 {most}자 이하로 적어 주세요.",
        ),
    },
)
