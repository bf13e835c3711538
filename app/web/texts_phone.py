"""The words of the callers' page."""

from __future__ import annotations

from core.console import register_translations

register_translations(
    "phone",
    {
        "title": {"en": "Call us", "zh": "在线通话", "ja": "お電話", "ko": "전화하기"},
        "intro": {
            "en": "Speak with us from this browser. You need a microphone; headphones are best.",
            "zh": "直接在浏览器中与我们通话。需要麦克风，建议使用耳机。",
            "ja": "このブラウザーからお電話いただけます。マイクが必要です。ヘッドホンのご利用をおすすめします。",
            "ko": "이 브라우저에서 바로 통화할 수 있습니다. 마이크가 필요하며 이어폰 사용을 권합니다.",
        },
        "call": {"en": "Call", "zh": "呼叫", "ja": "発信", "ko": "전화 걸기"},
        "hang_up": {"en": "Hang up", "zh": "挂断", "ja": "電話を切る", "ko": "끊기"},
        "mute": {"en": "Mute", "zh": "静音", "ja": "ミュート", "ko": "음소거"},
        "unmute": {"en": "Unmute", "zh": "取消静音", "ja": "ミュート解除", "ko": "음소거 해제"},
        "keypad": {"en": "Keypad", "zh": "拨号键盘", "ja": "ダイヤルキー", "ko": "키패드"},
        "star": {"en": "Star", "zh": "星号键", "ja": "米印", "ko": "별표"},
        "hash": {"en": "Hash", "zh": "井号键", "ja": "シャープ", "ko": "우물 정자"},
        "microphone": {"en": "Microphone", "zh": "麦克风", "ja": "マイク", "ko": "마이크"},
        "default_microphone": {
            "en": "As the system",
            "zh": "系统默认",
            "ja": "システムの設定",
            "ko": "시스템 기본값",
        },
        "your_voice": {"en": "Your voice", "zh": "您的声音", "ja": "あなたの声", "ko": "내 목소리"},
        "our_voice": {"en": "What you hear", "zh": "对方声音", "ja": "相手の声", "ko": "상대방 소리"},
        "call_from": {
            "en": "Calling from (demonstration)",
            "zh": "主叫号码（演示）",
            "ja": "発信番号（デモ）",
            "ko": "발신 번호(데모)",
        },
        "idle": {"en": "Ready to call", "zh": "可以呼叫", "ja": "発信できます", "ko": "전화할 수 있습니다"},
        "connecting": {"en": "Connecting…", "zh": "正在接通…", "ja": "接続しています…", "ko": "연결하는 중…"},
        "connected": {"en": "In the call", "zh": "通话中", "ja": "通話中", "ko": "통화 중"},
        "lost": {
            "en": "The connection was lost. Reconnecting…",
            "zh": "连接中断，正在重新连接…",
            "ja": "接続が切れました。再接続しています…",
            "ko": "연결이 끊어졌습니다. 다시 연결하는 중…",
        },
        "ended": {
            "en": "The call has ended.",
            "zh": "通话已结束。",
            "ja": "通話が終了しました。",
            "ko": "통화가 끝났습니다.",
        },
        "ended_no_capacity": {
            "en": "All lines are busy. Please try again in a few minutes.",
            "zh": "线路正忙，请过几分钟再试。",
            "ja": "ただいま回線が混み合っています。数分後にもう一度おかけください。",
            "ko": "모든 회선이 통화 중입니다. 몇 분 후 다시 걸어 주세요.",
        },
        "ended_stream_lost": {
            "en": "The connection could not be restored. Please call again.",
            "zh": "连接未能恢复，请重新呼叫。",
            "ja": "接続を回復できませんでした。もう一度おかけください。",
            "ko": "연결을 복구하지 못했습니다. 다시 걸어 주세요.",
        },
        "ended_no_connection": {
            "en": "No sound gets through from this network; a firewall may block it. Try another network.",
            "zh": "此网络无法传送声音，可能被防火墙拦截。请换一个网络再试。",
            "ja": "このネットワークでは音声が届きません。ファイアウォールで遮断されている可能性があります。別のネットワークでお試しください。",
            "ko": "이 네트워크에서는 소리가 전달되지 않습니다. 방화벽이 막고 있을 수 있으니 다른 네트워크에서 시도해 주세요.",
        },
        "ended_failed": {
            "en": "Sorry, something went wrong on our side. Please call again.",
            "zh": "抱歉，我们这边出了问题。请重新呼叫。",
            "ja": "申し訳ございません。こちらで問題が発生しました。もう一度おかけください。",
            "ko": "죄송합니다. 저희 쪽에 문제가 생겼습니다. 다시 걸어 주세요.",
        },
        "ended_number": {
            "en": "Please call this number: ",
            "zh": "请拨打此号码：",
            "ja": "こちらの番号におかけください：",
            "ko": "이 번호로 전화해 주세요: ",
        },
        "failed": {
            "en": "The call could not be placed. Check your network and try again.",
            "zh": "无法接通。请检查网络后重试。",
            "ja": "発信できませんでした。ネットワークを確認して、もう一度お試しください。",
            "ko": "전화를 걸지 못했습니다. 네트워크를 확인하고 다시 시도해 주세요.",
        },
        "failed_too_many_calls": {
            "en": "Too many calls in a short time. Wait a minute, then try again.",
            "zh": "短时间内呼叫次数过多，请一分钟后再试。",
            "ja": "短時間に発信が多すぎます。1分ほど待ってからもう一度お試しください。",
            "ko": "짧은 시간에 너무 많이 걸었습니다. 1분 후 다시 시도해 주세요.",
        },
        "failed_not_open": {
            "en": "Please log in to call.",
            "zh": "请先登录再呼叫。",
            "ja": "発信するにはログインしてください。",
            "ko": "전화하려면 로그인해 주세요.",
        },
        "failed_bad_number": {
            "en": "The number to call from must look like +8613900139001.",
            "zh": "主叫号码的格式应为 +8613900139001。",
            "ja": "発信番号は +8613900139001 のように入力してください。",
            "ko": "발신 번호는 +8613900139001 형식이어야 합니다.",
        },
        "denied_not_allowed": {
            "en": "The browser does not let this page use the microphone. Click the microphone or lock symbol beside "
            "the address, choose “Allow”, and call again.",
            "zh": "浏览器未允许此页面使用麦克风。请点击地址栏旁的麦克风或锁形图标，选择“允许”，然后重新呼叫。",
            "ja": "このページはマイクの使用を許可されていません。アドレスの横にあるマイクまたは鍵のアイコンをクリックして「許可」を選び、もう一度発信してください。",
            "ko": "브라우저가 이 페이지의 마이크 사용을 막고 있습니다. 주소 옆의 마이크 또는 자물쇠 아이콘을 눌러 ‘허용’을 선택한 뒤 다시 걸어 주세요.",
        },
        "denied_no_microphone": {
            "en": "No microphone was found. Connect one, or choose another one below, and call again.",
            "zh": "未找到麦克风。请连接麦克风，或在下方选择其他麦克风，然后重新呼叫。",
            "ja": "マイクが見つかりません。マイクを接続するか、下で別のマイクを選び、もう一度発信してください。",
            "ko": "마이크를 찾을 수 없습니다. 마이크를 연결하거나 아래에서 다른 마이크를 고른 뒤 다시 걸어 주세요.",
        },
        "denied_in_use": {
            "en": "The microphone cannot be used at the moment; another program may hold it. Close that one and call again.",
            "zh": "麦克风暂时无法使用，可能被其他程序占用。请关闭该程序后重新呼叫。",
            "ja": "マイクを使用できません。ほかのアプリが使用している可能性があります。そのアプリを閉じて、もう一度発信してください。",
            "ko": "지금 마이크를 사용할 수 없습니다. 다른 프로그램이 쓰고 있을 수 있으니 닫고 다시 걸어 주세요.",
        },
        "denied_insecure": {
            "en": "Browsers give the microphone only to pages opened over https:// (or on this machine itself). Open this "
            "page with https://.",
            "zh": "浏览器只允许通过 https:// 打开的页面（或本机页面）使用麦克风。请用 https:// 打开此页面。",
            "ja": "マイクは https:// で開いたページ（またはこの端末自身のページ）でのみ使用できます。https:// で開き直してください。",
            "ko": "마이크는 https:// 로 연 페이지(또는 이 컴퓨터의 페이지)에서만 쓸 수 있습니다. https:// 로 다시 열어 주세요.",
        },
    },
)

SPOKEN = (
    "idle", "connecting", "connected", "lost", "ended", "ended_no_capacity", "ended_stream_lost", "ended_no_connection", "ended_failed",
    "ended_number", "failed", "failed_too_many_calls", "failed_not_open", "failed_bad_number", "denied_not_allowed",
    "denied_no_microphone", "denied_in_use", "denied_insecure", "mute", "unmute", "default_microphone",
)  # fmt: skip
"""Those that the page's script shows."""
