"""``tetraphone bench voice``: what is understood of our voice over a line, composed and whole."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.bench_ears import ears_for, voice_for
from app.bench_platform import kept
from app.bench_report import about_models, begin_bar, percent, points, write_json
from app.progress import progress_bars
from app.settings import Settings
from core.languages import Language
from evals.bench import voice as bench
from evals.bench.sounds import kept_in, not_kept
from evals.bench.voice_sentences import NAMES, SENTENCES
from models.speech.clauses import split_clauses
from models.speech.phrases import PhraseCache
from models.speech.speaker import Speaker

PATIENCE_S = 300.0


async def voice(
    settings: Settings,
    console: Console,
    languages: Sequence[Language],
    keep: Path | None,
    json_file: Path | None,
) -> int:
    """Say the sentences both ways, listen, and measure the joints.

    What is rendered stays in two caches of the benchmark's own: a sentence that one way had rendered whole would
    otherwise be what the other way plays the next time.

    Args:
        keep: folder that takes every sentence both ways; the JSON names its files.
    """
    store = kept_in(keep) if keep else not_kept
    spoken: list[bench.SpokenBothWays] = []
    met: list[bench.Joint] = []
    results = []
    async with ears_for(settings) as ears, voice_for(True) as synthesiser:
        assert synthesiser is not None
        pieces, wholes = (PhraseCache(kept(settings) / "voice" / name) for name in ("pieces", "whole"))
        composing = Speaker(synthesiser, pieces, timeout_s=PATIENCE_S, names=NAMES)
        plain = Speaker(synthesiser, wholes, timeout_s=PATIENCE_S, composes=False)
        with progress_bars(console) as progress:
            for language in languages:
                task = begin_bar(progress, language.value, len(SENTENCES[language]))
                said = await bench.speak_and_listen(
                    composing, plain, ears.recogniser, language, partial(progress.advance, task), store
                )
                here = [
                    joint
                    for one in said
                    for clause in split_clauses(one.text, language)
                    for joint in bench.joints(composing, clause, language, NAMES[language], one.composed_file)
                ]
                results.append(bench.judge(said, here))
                spoken += said
                met += here
    _print(console, results)
    if json_file:
        write_json(json_file, about_models(settings) | bench.as_json(results, spoken, met))
    return 0


def _print(console: Console, results: Sequence[bench.VoiceResult]) -> None:
    table = Table(
        "language", "sentences", "composed, error %", "whole, error %", "difference, points", "of pieces",
        "joints", "level dB, median / 95 %", "largest step", "pitch, semitones",
        title="Heard again through G.711: words in English, characters in the others",
    )  # fmt: skip
    for one in results:
        table.add_row(
            one.language,
            str(one.sentences),
            percent(one.composed),
            percent(one.whole),
            points(one.difference),
            f"{one.composed_share:.0%}",
            str(one.joints),
            f"{one.level_db_median:.1f} / {one.level_db_p95:.1f}",
            f"{one.step_largest:.4f}",
            f"{one.pitch_semitones_median:.1f}",
        )
    console.print(table)
