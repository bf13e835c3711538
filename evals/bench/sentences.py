"""The held-out sentences: what is measured on, and never trained on."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from bots.understanding.nlu_files import load_sentences
from bots.understanding.types import Example
from core.languages import Language


def held_out(nlu_folder: Path, language: Language) -> list[Example]:
    """What callers say, with the intent as label.

    Raises:
        ProjectError: the file cannot be read.
    """
    return load_sentences(nlu_folder / "heldout" / f"{language.value}.yml", language)


def held_out_moods(nlu_folder: Path, language: Language) -> list[Example]:
    """Sentences labelled negative, neutral or positive. Raises as ``held_out``."""
    return load_sentences(nlu_folder / "heldout" / "sentiment" / f"{language.value}.yml", language)


def of_each_label(examples: Sequence[Example], each: int, seed: int = 1) -> list[Example]:
    """At most ``each`` sentences of every label, drawn by the seed, in the order of the file."""
    chosen: list[Example] = []
    for label in dict.fromkeys(example.label for example in examples):
        group = [example for example in examples if example.label == label]
        picks = sorted(random.Random(f"{seed} {label}").sample(range(len(group)), min(each, len(group))))  # noqa: S311
        chosen += [group[pick] for pick in picks]
    return chosen


def spread(examples: Sequence[Example], count: int, seed: int = 1) -> list[Example]:
    """``count`` sentences with every label as often as any other, give or take one."""
    labels = list(dict.fromkeys(example.label for example in examples))
    each = -(-count // max(1, len(labels)))
    drawn = of_each_label(examples, each, seed)
    groups = [[example for example in drawn if example.label == label] for label in labels]
    rounds = [group[turn] for turn in range(each) for group in groups if turn < len(group)]
    return rounds[:count]
