"""The words of queues, opening hours, skills, breaks and the peak rule on the administration pages."""

from __future__ import annotations

from app.web.texts_admin import four
from core.console import register_translations

register_translations(
    "admin",
    {
        # queues and hours
        "plan_version": four(
            "Version {version}, saved by {by},",
            "第 {version} 版，保存人 {by}，",
            "第 {version} 版、保存者 {by}、",
            "버전 {version}, 저장한 사람 {by},",
        ),
        "plan_of_settings": four(
            "From the file of the settings.",
            "来自设置文件。",
            "設定ファイルの内容です。",
            "설정 파일의 내용입니다.",
        ),
        "plan_takes_effect": four(
            "A change takes effect within seconds; callers who wait already keep their place.",
            "更改在数秒内生效；已在排队的来电者保留其位置。",
            "変更は数秒で反映されます。お待ちの方の順番は変わりません。",
            "변경은 몇 초 안에 적용되며, 이미 기다리는 고객의 순서는 유지됩니다.",
        ),
        "queue": four("Queue", "队列", "キュー", "대기열"),
        "add_queue": four("Add a queue", "添加队列", "キューを追加", "대기열 추가"),
        "edit_queue": four(
            "Edit queue {name}", "编辑队列 {name}", "キュー {name} を編集", "대기열 {name} 편집"
        ),
        "takes": four("Takes", "接收", "受け付け", "받는 전화"),
        "takes_rest": four("whatever no other takes", "其余来电", "その他すべて", "나머지 전부"),
        "takes_note": four(
            "Which calls belong here, and who serves them (reasons and intents between commas)",
            "哪些来电进入此队列、由谁服务（原因和意图以逗号分隔）",
            "対象の通話と担当（理由とインテントはカンマ区切り）",
            "받을 전화와 담당(사유와 의도는 쉼표로 구분)",
        ),
        "reasons": four("Reasons of the hand-over", "转接原因", "引き継ぎの理由", "인계 사유"),
        "intents": four("Intents", "意图", "インテント", "의도"),
        "skills_asked": four(
            "Skills that calls ask for", "来电要求的技能", "通話が求めるスキル", "전화가 요구하는 기술"
        ),
        "skills_needed": four(
            "Skills that agents need", "坐席所需技能", "担当者に必要なスキル", "상담원에게 필요한 기술"
        ),
        "priority": four("Priority", "优先级", "優先度", "우선순위"),
        "service_level": four("Service level", "服务水平", "サービスレベル", "서비스 수준"),
        "within": four(
            "{share} % in {seconds} s",
            "{seconds} 秒内 {share}%",
            "{seconds} 秒以内 {share}%",
            "{seconds}초 안에 {share}%",
        ),
        "target_s": four("Answered within, seconds", "应答时限（秒）", "応答目標（秒）", "응답 목표(초)"),
        "target_share": four("Share of calls, %", "达标比例（%）", "達成率（%）", "달성 비율(%)"),
        "hours": four("Opening hours", "服务时间", "営業時間", "운영 시간"),
        "always": four("always", "全天", "常時", "항상"),
        "open": four("Open", "开放中", "受付中", "운영 중"),
        "closed": four("Closed", "已关闭", "時間外", "운영 종료"),
        "out_of_hours": four("Out of hours", "非服务时间", "時間外の対応", "운영 시간 외"),
        "no_answer": four(
            "Nobody came in time, or full",
            "无人接听或队列已满",
            "応答なし・満杯のとき",
            "응답 없음 또는 가득 참",
        ),
        "told_so": four("tells the hours", "告知服务时间", "営業時間を案内", "운영 시간 안내"),
        "voicemail": four("takes a message", "留言", "伝言を預かる", "음성 메시지"),
        "waiting": four("While callers wait", "排队等待时", "お待ちの間", "기다리는 동안"),
        "steps": four("Steps over time", "随时间放宽", "時間ごとの条件", "시간별 단계"),
        "steps_note": four(
            "seconds: best, 1 to 5, or any",
            "秒数: best、1 至 5 或 any",
            "秒数: best、1～5、any",
            "초: best, 1~5, any",
        ),
        "overflow": four("Overflows to", "溢出至", "あふれ先", "넘어갈 대기열"),
        "nowhere": four("nowhere", "不溢出", "なし", "없음"),
        "overflow_after": four(
            "Overflows after, seconds", "溢出前等待（秒）", "あふれるまでの秒数", "넘어가기 전 대기(초)"
        ),
        "overflow_more": four(
            "Overflows if more wait than",
            "等待人数超过时溢出",
            "待ち数が次を超えるとあふれる",
            "대기 수 초과 시 넘어감",
        ),
        "overflow_closed": four(
            "Overflows out of hours", "非服务时间溢出", "時間外はあふれ先へ", "운영 시간 외에 넘어감"
        ),
        "most_waiting": four("Most that may wait", "最多等待人数", "最大待ち数", "최대 대기 수"),
        "last_agent_s": four(
            "Kept for the last agent, seconds",
            "为上次坐席保留（秒）",
            "前回の担当を待つ秒数",
            "이전 상담원 대기(초)",
        ),
        "alerts": four(
            "Alert supervisors when (an empty field never does)",
            "告警条件（留空表示不告警）",
            "アラート条件（空欄なら通知しない）",
            "경고 조건(빈 칸은 경고하지 않음)",
        ),
        "alert_waiting": four("More calls wait than", "排队数超过", "待ち呼が次を超える", "대기 건수 초과"),
        "alert_longest_wait_s": four(
            "Somebody waits longer than, seconds",
            "最长等待超过（秒）",
            "待ち時間が次を超える（秒）",
            "대기 시간 초과(초)",
        ),
        "alert_service_level": four(
            "Service level below, %",
            "服务水平低于（%）",
            "サービスレベルが次を下回る（%）",
            "서비스 레벨 미만(%)",
        ),
        "alert_abandonment": four(
            "More give up than, %", "放弃率高于（%）", "放棄率が次を超える（%）", "포기율 초과(%)"
        ),
        "opening_hours": four(
            "Opening hours and holidays", "服务时间与假期", "営業時間と休日", "운영 시간과 휴일"
        ),
        "add_hours": four("Add opening hours", "添加服务时间", "営業時間を追加", "운영 시간 추가"),
        "edit_hours": four(
            "Edit opening hours {name}",
            "编辑服务时间 {name}",
            "営業時間 {name} を編集",
            "운영 시간 {name} 편집",
        ),
        "name_of_hours": four("Name of these hours", "名称", "名称", "이름"),
        "name_missing": four(
            "Give it a name.", "请填写名称。", "名前を入力してください。", "이름을 입력하세요."
        ),
        "no_hours": four(
            "No opening hours: all queues are always open.",
            "未设置服务时间：所有队列全天开放。",
            "営業時間の設定はありません。すべてのキューは常時受け付けます。",
            "운영 시간이 없습니다. 모든 대기열이 항상 열려 있습니다.",
        ),
        "zone": four("Time zone", "时区", "タイムゾーン", "시간대"),
        "week": four("Week", "每周", "週", "요일"),
        "spans_note": four(
            "09:00-12:30, 13:30-18:00 · 22:00-06:00 · 00:00-24:00 · closed",
            "09:00-12:30, 13:30-18:00 · 22:00-06:00 · 00:00-24:00 · closed（关闭）",
            "09:00-12:30, 13:30-18:00 · 22:00-06:00 · 00:00-24:00 · closed（休み）",
            "09:00-12:30, 13:30-18:00 · 22:00-06:00 · 00:00-24:00 · closed(휴무)",
        ),
        "holidays": four("Holidays", "假期", "休日", "휴일"),
        "special": four("Special days", "特殊日期", "特別な日", "특별한 날"),
        "mon": four("Mon", "周一", "月", "월"),
        "tue": four("Tue", "周二", "火", "화"),
        "wed": four("Wed", "周三", "水", "수"),
        "thu": four("Thu", "周四", "木", "목"),
        "fri": four("Fri", "周五", "金", "금"),
        "sat": four("Sat", "周六", "土", "토"),
        "sun": four("Sun", "周日", "日", "일"),
        # breaks and peaks
        "break_reasons": four("Reasons of a break", "小休原因", "休憩の理由", "휴식 사유"),
        "add_break_reason": four("Add a reason", "添加原因", "理由を追加", "사유 추가"),
        "edit_break_reason": four(
            "Rename {name}", "重命名 {name}", "{name} の名前を変更", "{name} 이름 변경"
        ),
        "no_break_reasons": four(
            "None: a break has no reason.",
            "无：小休不需要原因。",
            "なし：休憩に理由は不要です。",
            "없음: 휴식에 사유가 없습니다.",
        ),
        "break_shown": four("Agents read", "坐席看到的名称", "担当者への表示", "상담원에게 표시"),
        "break_key": four("Key", "标识", "キー", "키"),
        "break_note": four(
            "lunch, rest, meeting, training and other are shown in each agent's language; any other key as it is.",
            "lunch、rest、meeting、training、other 按坐席语言显示，其他标识原样显示。",
            "lunch、rest、meeting、training、other は担当者の言語で、その他のキーはそのまま表示されます。",
            "lunch, rest, meeting, training, other는 상담원의 언어로, 다른 키는 그대로 표시됩니다.",
        ),
        "remove_break_sure": four(
            "Remove the reason {name}? Who is on such a break stays on it.",
            "删除原因“{name}”？正在小休的坐席不受影响。",
            "理由「{name}」を削除しますか？休憩中の担当者はそのままです。",
            "사유 '{name}'을(를) 삭제할까요? 이미 휴식 중인 상담원은 그대로입니다.",
        ),
        "peak_rule": four("When too much comes", "高峰规则", "混雑時の規則", "혼잡 시 규칙"),
        "peak_note": four(
            "Load is calls waiting and in hand for each place of the agents at work who speak the language. Above it, a caller with one of these intents who asks for a person is first offered the bot or a call back, once. Complaints are never kept.",
            "负荷指该语言在岗坐席每个席位对应的等待与进行中的来电数。超过后，来电意图属于下列之一且要求人工的，会先被引导使用机器人或回电，仅一次。投诉不受此限。",
            "負荷は、その言語を話す勤務中の担当者の 1 席あたりの待ち呼と対応中の通話数です。これを超えると、次のインテントで担当者を求めたお客様には、まず一度だけボットか折り返しを案内します。苦情は対象外です。",
            "부하는 그 언어를 하는 근무 중 상담원의 자리 하나당 대기 및 진행 중인 통화 수입니다. 이를 넘으면 아래 의도로 상담원을 찾는 고객에게 먼저 한 번 봇이나 콜백을 안내합니다. 불만은 제외됩니다.",
        ),
        "peak_load": four("Above a load of", "负荷超过", "負荷が次を超えるとき", "부하 초과 기준"),
        "peak_intents": four(
            "Intents that stay with the bot",
            "由机器人处理的意图",
            "ボットが対応するインテント",
            "봇이 맡는 의도",
        ),
        "peak_intents_note": four(
            "words between commas; empty: the rule never counts",
            "以逗号分隔；留空则规则不生效",
            "カンマ区切り。空欄なら規則は働きません",
            "쉼표로 구분. 비우면 규칙이 적용되지 않습니다",
        ),
        "peak_never": four(
            "none: the rule never counts",
            "无：规则不生效",
            "なし：規則は働きません",
            "없음: 규칙이 적용되지 않습니다",
        ),
        # skills
        "skills_note": four(
            "A call goes to whoever has the skills that it (by its bot) and its queue ask for, written exactly the same.",
            "来电分配给具备机器人转接和队列所需技能的坐席，技能写法必须完全一致。",
            "通話は、引き継ぐボットとキューが求めるスキルを持つ担当者に割り当てられます。表記は完全に一致する必要があります。",
            "전화는 넘기는 봇과 대기열이 요구하는 기술을 가진 상담원에게 갑니다. 표기가 정확히 같아야 합니다.",
        ),
        "no_skills": four(
            "No skills yet: nobody has one, and no queue or bot asks for one.",
            "尚无技能：无人具备，也没有队列或机器人要求。",
            "スキルはまだありません。",
            "아직 기술이 없습니다.",
        ),
        "skill": four("Skill", "技能", "スキル", "기술"),
        "skill_users": four("Who has it", "具备者", "保有者", "보유자"),
        "skill_needed": four(
            "Agents of these queues need it",
            "这些队列的坐席需要",
            "担当者に必要なキュー",
            "상담원에게 필요한 대기열",
        ),
        "skill_taken": four(
            "Calls that ask for it go to",
            "要求此技能的来电进入",
            "求める通話の行き先",
            "요구하는 전화가 가는 대기열",
        ),
        "skill_bots": four("Asked for by the bot", "机器人要求", "求めるボット", "요구하는 봇"),
        "skill_nobody": four("Nobody has it", "无人具备", "保有者なし", "보유자 없음"),
        "skill_unasked": four("Nothing asks for it", "无人要求", "求めるものなし", "요구하는 곳 없음"),
        "skill_matches": four("In use", "使用中", "使用中", "사용 중"),
        "rename": four("Rename", "重命名", "名前を変更", "이름 변경"),
        "rename_skill": four(
            "Rename skill {name}", "重命名技能 {name}", "スキル {name} の名前を変更", "기술 {name} 이름 변경"
        ),
        "rename_skill_note": four(
            "With everybody who has it and in every queue. With the name of another skill, both become one.",
            "对所有具备者和所有队列生效。若使用已有技能的名称，两者将合并。",
            "保有者全員とすべてのキューで変わります。既存のスキル名にすると 1 つにまとまります。",
            "보유자 모두와 모든 대기열에서 바뀝니다. 다른 기술의 이름을 쓰면 하나로 합쳐집니다.",
        ),
        "skill_renamed": four(
            "{name} is {to} from now on.",
            "{name} 已改为 {to}。",
            "{name} を {to} に変更しました。",
            "{name}을(를) {to}(으)로 바꿨습니다.",
        ),
    },
)
