"""No words where nobody speaks: Whisper fills silence and noise with what its training subtitles ended with."""

from __future__ import annotations

import re
import unicodedata

import numpy as np

from models.protocols import RECOGNISER_RATE, Pcm

SILENT_RMS = 40.0
"""Root mean square (int16) of the loudest 100 ms below which nothing was said: about -58 dBFS."""
NO_SPEECH = 0.6
NO_SPEECH_LOGPROB = -0.8
SUSPECT_NO_SPEECH = 0.3

# What Whisper writes for silence, applause and music in the four languages. Told apart from speech by the no-speech
# probability: a caller may well say "thank you".
_PHANTOMS = frozenset(
    {
        "you", "thankyou", "thanksforwatching", "thankyouforwatching", "bye", "byebye", "subtitlesbytheamaraorgcommunity",
        "谢谢", "谢谢观看", "谢谢大家", "字幕由amaraorg社区提供", "请不吝点赞订阅转发打赏支持明镜与点点栏目", "字幕志愿者",
        "中文字幕志愿者", "ご視聴ありがとうございました", "ありがとうございました", "ご視聴ありがとうございます",
        "おやすみなさい", "チャンネル登録お願いします", "시청해주셔서감사합니다", "감사합니다", "mbc뉴스이덕영입니다", "구독과좋아요",
        "한글자막by", "자막제공및자막을사용하였습니다",
    }
)  # fmt: skip
_TOO_EVEN = re.compile(r"^(.{1,4})\1{3,}$")


def is_silent(audio: Pcm) -> bool:
    """Whether not even the loudest 100 ms could be speech."""
    step = RECOGNISER_RATE // 10
    whole = len(audio) // step * step
    if whole == 0:
        return len(audio) == 0 or float(np.abs(audio).max()) < SILENT_RMS
    blocks = audio[:whole].astype(np.float32).reshape(-1, step)
    return float(np.sqrt((blocks * blocks).mean(axis=1)).max()) < SILENT_RMS


def sound_from(audio: Pcm) -> float:
    """Seconds until the sound begins: the first 20 ms that have a tenth of the loudest ones' level."""
    step = RECOGNISER_RATE // 50
    whole = len(audio) // step * step
    if whole == 0:
        return 0.0
    blocks = audio[:whole].astype(np.float32).reshape(-1, step)
    levels = np.sqrt((blocks * blocks).mean(axis=1))
    return float(np.argmax(levels >= 0.1 * levels.max())) / 50


def is_phantom(text: str, no_speech: float, mean_logprob: float) -> bool:
    """Whether ``text`` was made up by the decoder.

    Args:
        text: as decoded.
        no_speech: Whisper's probability that there is no speech.
        mean_logprob: of the tokens.
    """
    if no_speech > NO_SPEECH and mean_logprob < NO_SPEECH_LOGPROB:
        return True
    bare = "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())
    if not bare:
        return True
    if no_speech > SUSPECT_NO_SPEECH and (bare in _PHANTOMS or _TOO_EVEN.match(bare)):
        return True
    return no_speech > 0.9
