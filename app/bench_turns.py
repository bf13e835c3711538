"""``tetraphone bench turns``: when turns end, and what stops our own lines, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from app.bench_ears import ears_for
from app.bench_load import callers_recorded
from app.bench_report import about_models, begin_bar, percent, write_json
from app.progress import progress_bars
from app.settings import Settings
from core.languages import Language
from evals.bench import barge_ins, turns
from evals.bench.barge_ins import AT_S, Judged, Sound
from evals.bench.capacity.lines import order_sentences
from evals.bench.capacity.voices import CallerRecordings
from evals.bench.clips import Clip, SpeechUnreadable, clips_without_speech, real_clips, through_the_line
from evals.bench.sounds import kept_in, not_kept
from models.assets import available
from models.protocols import RECOGNISER_RATE, Pcm
from models.speech.kokoro import KokoroSynthesiser
from models.turn.smart_turn import ASSET, SmartTurn
from models.vad.silero import SileroVoiceActivity
from voice_gateway.audio.resample import resample
from voice_gateway.leg import LINE_RATE
from voice_gateway.turns.endpointing import profile_for

LINES = {
    Language.ZH: "您的包裹已经在星期一离开仓库，现在正在运往上海的路上，预计星期四上午送到您的地址。",
    Language.EN: "Your parcel left our warehouse on Monday. It is on its way to you, and it will arrive on Thursday morning.",
    Language.JA: "お荷物は月曜日に倉庫を出まして、ただいま配送中です。木曜日の午前中にお届けする予定です。",
    Language.KO: "고객님의 상품은 월요일에 창고에서 출발했습니다. 지금 배송 중이며 목요일 오전에 도착할 예정입니다.",
}
BACKCHANNELS = {
    Language.ZH: ("嗯。", "嗯嗯。", "好的。", "是的。", "对。"),
    Language.EN: ("Mm-hmm.", "Uh-huh.", "Okay.", "Yeah.", "Right."),
    Language.JA: ("はい。", "うん。", "ええ。", "そうですか。", "なるほど。"),
    Language.KO: ("네.", "네, 네.", "음.", "그렇군요.", "알겠습니다."),
}
OBJECTIONS = {
    Language.ZH: ("等一下，我要转人工。", "不对，不是这个订单。", "我想退货。"),
    Language.EN: ("Wait, that is not my order.", "I want to talk to a person.", "No, stop."),
    Language.JA: ("すみません、違います。", "担当者につないでください。", "返品したいんですけど。"),
    Language.KO: ("잠깐만요, 그거 아니에요.", "상담원 연결해 주세요.", "반품하고 싶어요."),
}
ECHOES = ((0.05, -6.0), (0.12, -12.0), (0.25, -15.0), (0.4, -10.0))
_LOUD = 8000.0


async def measure_turns(
    settings: Settings,
    console: Console,
    folder: Path,
    languages: Sequence[Language],
    most: int,
    profile: str,
    words: bool,
    keep: Path | None,
    json_file: Path | None,
) -> int:
    """Where digits are expected, endings are measured on order numbers in two groups, which nobody recorded for us:
    the callers of the capacity benchmark say them. Returns 2 if there is nothing to measure on.

    Args:
        keep: folder that takes every sound; the JSON names its file.
    """
    try:
        clips = {one: list(real_clips(folder / one.value, one))[:most] for one in languages}
        noises = list(clips_without_speech(folder / "none"))
    except SpeechUnreadable as error:
        console.print(str(error), style="bold red", markup=False, highlight=False)
        return 2
    spoken = clips
    if profile == "digits":
        callers = await callers_recorded(settings, console, languages)
        spoken = {one: order_numbers_said(callers, one, most) for one in languages}
    vad = SileroVoiceActivity(capacity=2)
    model = SmartTurn() if available(ASSET) else None
    followed: list[turns.Followed] = []
    judged: list[Judged] = []
    lines: dict[str, dict[str, str]] = {}
    store = kept_in(keep) if keep else not_kept
    async with ears_for(settings) as ears:
        hear = turns.hearing(ears.recogniser)
        with closing(KokoroSynthesiser.from_assets()) as voice, progress_bars(console) as progress:
            for language in languages:
                task = begin_bar(progress, f"{language} endings", 2 * len(spoken[language]))
                followed += await turns.measure(
                    spoken[language],
                    vad,
                    model,
                    hear if words else None,
                    profile_for(profile, language),
                    lambda task=task: progress.advance(task),  # type: ignore[misc]
                    turns.order_number_said if profile == "digits" else None,
                    store,
                )
                line = _narrow(voice, LINES[language], language, "bot")
                file = store(f"barge-ins/{language}-line", line)
                lines[language.value] = {"text": LINES[language], "file": file}
                met = _sounds(voice, language, line, clips[language], [one.audio for one in noises])
                sounds = [
                    replace(sound, file=store(f"barge-ins/{language}-{number:03}-{sound.kind}", sound.pcm))
                    for number, sound in enumerate(met)
                ]
                task = begin_bar(progress, f"{language} barge-ins", len(sounds))
                for sound in sounds:
                    judged.append(await barge_ins.judge(sound, line, LINES[language], vad, hear))
                    progress.advance(task)
    _print_endings(console, followed)
    _print_barge_ins(console, judged)
    if json_file:
        about = {"profile": profile, "answer_s": turns.ANSWER_S, "words_s": turns.WORDS_S, "lines": lines}
        write_json(
            json_file, about_models(settings) | about | turns.as_json(followed) | barge_ins.as_json(judged)
        )
    return 0


def order_numbers_said(store: CallerRecordings, language: Language, most: int) -> list[Clip]:
    """Order numbers as callers say them: three digits, a short pause, three digits."""
    sentences = order_sentences(language)
    clips = []
    for sentence in sentences[:: max(1, len(sentences) // most)][:most]:
        groups = replace(sentence, text=sentence.number, parts=sentence.parts[1:3])
        sound = through_the_line(store.sentence(groups), LINE_RATE)
        clips.append(Clip(sentence.number, language, sentence.number, sound, False, sentence.voice))
    return clips


def _narrow(voice: KokoroSynthesiser, text: str, language: Language, name: str) -> Pcm:
    speech = voice.render(text, language, name)
    return _loud(resample(speech.pcm, speech.rate, LINE_RATE))


def _loud(sound: Pcm) -> Pcm:
    """At the loudness of a telephone voice."""
    peak = (
        float(np.percentile(np.abs(sound[np.abs(sound) > 200]), 95)) if (np.abs(sound) > 200).any() else 1.0
    )
    return np.asarray(np.clip(sound * (_LOUD / max(peak, 1.0)), -32768, 32767), np.int16)


def _sounds(
    voice: KokoroSynthesiser, language: Language, line: Pcm, clips: Sequence[Clip], noises: Sequence[Pcm]
) -> Iterator[Sound]:
    """All that a line in this language meets."""

    def sound(name: str, kind: barge_ins.Kind, pcm: Pcm, said: Pcm | None) -> Sound:
        begins = 0.0 if said is None else AT_S + _first_sound_s(said)
        return Sound(name, language, kind, pcm, begins)

    for number, text in enumerate(BACKCHANNELS[language]):
        said = _narrow(voice, text, language, f"caller_{'abc'[number % 3]}")
        yield sound(text, "backchannel", barge_ins.over(line, said), said)
        long = barge_ins.drawn_out(said, 3)
        yield sound(f"{text} three times", "backchannel", barge_ins.over(line, long), long)
    for number, seconds in enumerate((0.15, 0.25, 0.35, 0.5)):
        cough = barge_ins.cough(seconds, number)
        yield sound(f"cough of {seconds} s", "noise", barge_ins.over(line, cough), cough)
    for number, noise in enumerate(noises):
        narrow = resample(noise, RECOGNISER_RATE, LINE_RATE)
        yield sound(f"noise {number}", "noise", barge_ins.over(line, narrow), narrow)
    for delay_s, db in ECHOES:
        pcm = barge_ins.over(line, None, echo_s=delay_s, echo_db=db)
        yield sound(f"echo after {delay_s} s at {db} dB", "echo", pcm, None)
    spoken = [(text, _narrow(voice, text, language, "caller_b")) for text in OBJECTIONS[language]]
    real = [(clip.name, _loud(resample(clip.audio, RECOGNISER_RATE, LINE_RATE))) for clip in clips[:4]]
    for number, (name, said) in enumerate([*spoken, *real]):
        yield sound(name, "interruption", barge_ins.over(line, said), said)
        delay_s, db = ECHOES[number % len(ECHOES)]
        mixed = barge_ins.over(line, said, echo_s=delay_s, echo_db=db)
        yield sound(name, "interruption over echo", mixed, said)


def _first_sound_s(said: Pcm) -> float:
    loud = np.flatnonzero(np.abs(said.astype(np.int32)) > 600)
    return float(loud[0]) / LINE_RATE if loud.size else 0.0


def _seconds(value: float | None) -> str:
    return "-" if value is None or np.isnan(value) else f"{value:.2f}"


def _print_endings(console: Console, followed: Sequence[turns.Followed]) -> None:
    table = Table(
        "language", "clips", "judged by", "turns", "cut off", "cut off %", "delay s", "90 % s", "asked",
        title="Ends of turns: false cut-offs, and the delay after the last sound",
    )  # fmt: skip
    for one in turns.figures(followed):
        table.add_row(
            one.language,
            one.kind,
            one.judge,
            str(one.turns),
            str(one.cut_offs),
            percent(one.cut_off_rate),
            _seconds(one.delay_median_s),
            _seconds(one.delay_p90_s),
            str(one.questions),
        )
    console.print(table)


def _print_barge_ins(console: Console, judged: Sequence[Judged]) -> None:
    table = Table(
        "language", "sound", "number", "wrong", "wrong %", "paused", "pause after s", "gave way after s",
        title="Over a line of ours: false and missed barge-ins (medians of times)",
    )  # fmt: skip
    for one in barge_ins.figures(judged):
        table.add_row(
            one.language,
            one.kind,
            str(one.sounds),
            str(one.wrong),
            percent(one.rate),
            str(one.paused),
            _seconds(one.pause_median_s),
            _seconds(one.give_way_median_s),
        )
    console.print(table)
    for wrong in (one for one in judged if one.wrong):
        console.print(
            f"{wrong.language} {wrong.kind}: {wrong.name} ({wrong.reason}) {list(wrong.words)}",
            highlight=False,
        )
