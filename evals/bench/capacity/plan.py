"""Who says what, and when: drawn from a seed, so that the same seed gives the same calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from core.languages import Language
from evals.bench.capacity.lines import CALLER_PREFIX, Sentence, fixed_sentences, order_sentences

FEWEST_TURNS, MOST_TURNS = 4, 8
SOONEST_S, LATEST_S = 0.6, 2.0
"""A caller answers within two seconds of the reply's end."""
BETWEEN_CALLS_S = 3.0
NUMBER_SHARE = 0.9
_APART = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """A sentence, and how long after the reply before it the caller begins to speak."""

    sentence: Sentence
    answer_after_s: float


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call of a place: begun ``wait_s`` after the one before, or after the step began."""

    caller: str
    language: Language
    turns: tuple[PlannedTurn, ...]
    wait_s: float


class CallPlans:
    """The calls of one place, one after another.

    Args:
        place: the simulated caller's number within the step; it decides the language by turns.
        stagger_s: the first call begins at a random moment within this time.
        number_share: of the turns that ask for an order, whose replies differ every time. Each place goes its own way
            through all the numbers, so that hardly one is asked for twice.
        clips: real recordings; where a language has some, half of its other turns are such.
    """

    def __init__(
        self,
        seed: str,
        place: int,
        languages: Sequence[Language],
        *,
        stagger_s: float,
        number_share: float = NUMBER_SHARE,
        clips: Sequence[Sentence] = (),
    ) -> None:
        self._random = Random(f"{seed}/{place}")  # noqa: S311 (no secret)
        self._languages, self._place = languages, place
        self._stagger_s, self._share = stagger_s, number_share
        self._clips = clips
        self._calls = 0
        self._seed, self._asked = seed, Counter[tuple[Language, str]]()

    def next(self) -> PlannedCall:
        random = self._random
        language = self._languages[(self._place + self._calls) % len(self._languages)]
        orders, fixed = order_sentences(language), fixed_sentences(language)
        voice = random.choice(sorted({sentence.voice for sentence in orders}))
        orders = self._shuffled([sentence for sentence in orders if sentence.voice == voice])
        fixed = [sentence for sentence in fixed if sentence.voice == voice] or fixed
        clips = [clip for clip in self._clips if clip.language is language]

        def sentence() -> Sentence:
            if random.random() < self._share:
                return self._next_of(orders)
            return random.choice(clips if clips and random.random() < 0.5 else fixed)

        turns = tuple(
            PlannedTurn(sentence(), random.uniform(SOONEST_S, LATEST_S))
            for _ in range(random.randint(FEWEST_TURNS, MOST_TURNS))
        )
        wait_s = random.uniform(0.5, BETWEEN_CALLS_S) if self._calls else random.uniform(0, self._stagger_s)
        self._calls += 1
        caller = CALLER_PREFIX[language] + "".join(
            random.choices("0123456789", k=8 if language != "en" else 7)
        )
        return PlannedCall(caller, language, turns, wait_s)

    def _shuffled(self, orders: Sequence[Sentence]) -> list[Sentence]:
        """The same order in all places."""
        which = f"{self._seed}/{orders[0].language}/{orders[0].voice}"
        return Random(which).sample(orders, len(orders))  # noqa: S311 (no secret)

    def _next_of(self, orders: Sequence[Sentence]) -> Sentence:
        """Each place begins elsewhere, by the golden section: far from all others, however many there are."""
        which = orders[0].language, orders[0].voice
        begin = int(self._place * _APART % 1 * len(orders))
        self._asked[which] += 1
        return orders[(begin + self._asked[which] - 1) % len(orders)]
