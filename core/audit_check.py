"""The verification of the audit log: a walk along its entries that finds where it was tampered with."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.audit_actions import Action
from core.audit_chain import START, Entry, chain_hash, same

MOST_FAULTS = 50

Receipt = tuple[int, str]
"""Position and hash of an entry, as they were written down somewhere else."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the log is not what was written.

    Attributes:
        kind: ``altered``, ``missing``, ``truncated``, ``head``, ``witness``, ``receipt`` or ``other_key``.
        first: the first entry that it concerns; 0 if none in particular.
        last: the last one.
    """

    kind: str
    first: int
    last: int
    detail: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk along the log found.

    Attributes:
        entries: how many there are.
        head: the hash of the last one; with its position the receipt of the whole log.
        witnessed: the position that the witness file vouches for; None without a file.
        faults: at most ``MOST_FAULTS``, in the order of the log; none means that it is intact.
    """

    entries: int
    head: str
    witnessed: int | None
    faults: tuple[Fault, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.faults


@dataclass
class Walk:
    """Is given the entries in the order of their positions, one by one, and remembers what is wrong."""

    key: bytes
    receipt: Receipt | None = None
    _faults: list[Fault] = field(default_factory=list)
    _previous: tuple[str, ...] = (START,)
    _last: Entry | None = None
    _entries: int = 0
    _bad: int = 0
    _seen: Receipt | None = None
    _marks: dict[int, str] = field(default_factory=dict)

    def witness(self, seen: Receipt | None) -> None:
        """What the witness file remembers; None if there is no file."""
        self._seen = seen

    def witness_broken(self, detail: str) -> None:
        self._note("witness", 0, 0, detail)

    def step(self, entry: Entry) -> None:
        """The next entry."""
        expected = (self._last.position if self._last else 0) + 1
        gap = entry.position != expected
        if gap and entry.position < expected:
            self._note("altered", entry.position, entry.position, "a position that no entry is given")
        elif gap:
            self._missing("missing", expected, entry.position - 1)
        computed = {chain_hash(self.key, previous, entry) for previous in self._previous}
        # Behind a gap nobody can tell what stood before; the entries after this one are held to it again.
        if not gap and not any(same(entry.hash, one) for one in computed):
            self._bad += 1
            self._note(
                "altered", entry.position, entry.position,
                f"entry {entry.position} is not what was written, or what stood before it was changed",
            )  # fmt: skip
        if entry.action == Action.HEAD_LOST:
            self._note(
                "head", entry.position, entry.position,
                f"before entry {entry.position} the sealed head was gone or forged; entries may be missing there",
            )  # fmt: skip
        # If only the hash was altered, the next entry still builds on the one that was written.
        self._previous = (entry.hash, *computed) if not gap else (entry.hash,)
        for mark in (self._seen, self.receipt):
            if mark is not None and mark[0] == entry.position:
                self._marks[entry.position] = entry.hash
        self._last = entry
        self._entries += 1

    def end(self, head: tuple[int, str, bool] | None) -> Verification:
        """No more entries. ``head``: the sealed position, its hash, and whether the seal is ours."""
        last = self._last.position if self._last else 0
        if self._entries and self._bad == self._entries and (head is None or not head[2]):
            detail = "no entry fits the key of this site: another site key, or another site's log"
            return self._result([Fault("other_key", 1, last, detail)])
        self._check_head(head, last)
        self._check_mark("witness", self._seen, "the file beside the database")
        self._check_mark("receipt", self.receipt, "the receipt")
        return self._result(self._faults)

    def _check_head(self, head: tuple[int, str, bool] | None, last: int) -> None:
        if head is None:
            if last:
                self._note(
                    "head", last, last, "the sealed head is gone; entries may have been cut off the end"
                )
            return
        position, hash_, ours = head
        if not ours:
            self._note("head", last, last, "the sealed head is forged; entries may have been cut off the end")
        elif position > last:
            self._missing("truncated", last + 1, position)
        elif position < last:
            self._note("head", position, last, f"the sealed head is older than the log: it says {position}")
        elif self._last is not None and not any(same(hash_, one) for one in self._previous):
            self._note("altered", last, last, f"entry {last} is not the one that the sealed head names")

    def _check_mark(self, kind: str, mark: Receipt | None, name: str) -> None:
        if mark is None:
            return
        found = self._marks.get(mark[0])
        if found is None:
            detail = f"{name} knows of entry {mark[0]}, which is not there: the log was set back or cut off"
            self._note(kind, mark[0], mark[0], detail)
        elif not same(found, mark[1]):
            self._note(kind, mark[0], mark[0], f"entry {mark[0]} is another one than {name} knows")

    def _missing(self, kind: str, first: int, last: int) -> None:
        which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
        where = "cut off the end" if kind == "truncated" else "missing"
        beyond = "" if kind == "truncated" else f"; entry {last + 1} can be vouched for only in part"
        self._note(kind, first, last, f"{which} {where}{beyond}")

    def _note(self, kind: str, first: int, last: int, detail: str) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Fault(kind, first, last, detail))

    def _result(self, faults: list[Fault]) -> Verification:
        head = self._last.hash if self._last else START
        return Verification(self._entries, head, self._seen[0] if self._seen else None, tuple(faults))
