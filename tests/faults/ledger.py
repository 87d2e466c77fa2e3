"""Counts what the trials were and what came of them; each figure comes from comparing both ends, none is assumed.

`LORAFERRY_FAULTS` names the file to write the counts to; where it is set, everything is run instead of a selection.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from loraferry.runs.store import RunStore
from loraferry_core.dataset.manifest import Manifest
from loraferry_core.events import Event, Step
from loraferry_core.jobs import JobState
from tests.faults.box import Home, manifest_name, remember

ROWS = tuple(f"F{number}" for number in range(1, 19))
FULL = bool(os.environ.get("LORAFERRY_FAULTS"))


def count(everything: int, selection: int) -> int:
    """How many trials to make."""
    return everything if FULL else selection


class Ledger:
    """The counts of one run of the trials."""

    def __init__(self) -> None:
        self.trials: Counter[str] = Counter()
        self.ssh_trials: Counter[str] = Counter()
        self.naive_failed: set[str] = set()
        self.broken: Counter[str] = Counter()
        self.events_lost = self.events_doubled = self.jobs_harmed = self.files_wrong = 0
        self.training_kills = self.resumes_wrong = 0

    @contextmanager
    def exact(self, kills: int) -> Iterator[None]:
        """Meanwhile a run that was killed so often is compared with one that never was."""
        self.training_kills += kills
        try:
            yield
        except BaseException:
            self.resumes_wrong += 1
            raise

    @contextmanager
    def trial(self, row: str, ssh: bool = True) -> Iterator[None]:
        """One fault. It counts as made whether it ends well or not."""
        assert row in ROWS
        self.trials[row] += 1
        self.ssh_trials[row] += ssh
        try:
            yield
        except BaseException:
            self.broken[row] += 1
            raise

    def naive_fails(self, row: str, failed: bool) -> None:
        """What a naive client made of the same fault; a rig that does no harm to it proves nothing."""
        assert failed, f"{row}: the naive client came through, so the fault is none"
        self.naive_failed.add(row)

    # ---- comparing both ends ----------------------------------------------------------------------------------------

    def events(self, truth: Iterable[Event], mirrored: Iterable[int]) -> None:
        """Compare the numbers of the events that happened with those that arrived, in order."""
        there, here = [event.seq for event in truth], list(mirrored)
        arrived = Counter(here)
        lost = sum(seq not in arrived for seq in there)
        doubled = sum(times - 1 for times in arrived.values()) + len(arrived.keys() - set(there))
        self.events_lost += lost
        self.events_doubled += doubled
        assert (lost, doubled, sorted(here)) == (0, 0, here), f"{lost} lost, {doubled} doubled"

    def mirror(self, home: Home, store: RunStore, job: str, scratch: Path) -> None:
        """Compare a mirror with one that took the events of the machine in one go."""
        truth = home.events(job)
        fresh = RunStore(scratch)
        try:
            remember(fresh, store.run(job).spec)
            fresh.apply(job, truth)
            expected, found = _contents(fresh, job), _contents(store, job)
        finally:
            fresh.close()
            scratch.unlink()
        lost, doubled = sum((expected - found).values()), sum((found - expected).values())
        self.events_lost += lost
        self.events_doubled += doubled
        assert (lost, doubled) == (0, 0), f"{lost} lost, {doubled} doubled"
        assert store.last_seq(job) == truth[-1].seq

    def gapless(self, home: Home, job: str) -> None:
        """The log of the machine itself has each number once, and each attempt makes each step once."""
        events = home.events(job)
        self.events(events, [event.seq for event in events])
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        for attempt in {event.attempt for event in events}:
            steps = [event.step for event in events if isinstance(event, Step) and event.attempt == attempt]
            harmed = bool(steps) and steps != list(range(steps[0], steps[0] + len(steps)))
            self.jobs_harmed += harmed
            assert not harmed, f"steps of attempt {attempt}: {steps}"

    def job(self, home: Home, job: str, *states: JobState, attempts: int = 1) -> None:
        """A job is where it should be, and was not started more often than it should."""
        status = home.status(job)
        harmed = status.state not in states or status.attempt > attempts
        self.jobs_harmed += harmed
        assert not harmed, f"{status.state} in attempt {status.attempt}, {status.reason}"

    def one_job(self, home: Home, jobs: Iterable[str]) -> None:
        """Exactly these jobs are there."""
        there, wanted = {path.name for path in home.layout.jobs.iterdir()}, set(jobs)
        self.jobs_harmed += len(there ^ wanted)
        assert there == wanted

    def shipped(self, home: Home, manifest: Manifest, files: Mapping[str, bytes]) -> None:
        """The machine holds a committed manifest, and for each of its names exactly the bytes that were approved."""
        wrong = int(not (home.layout.committed / manifest_name(manifest)).is_file())
        assert len(manifest.entries) == len(files)
        for entry in manifest.entries:
            place = home.layout.blobs / entry.sha256[:2] / entry.sha256[2:]
            wrong += not place.is_file() or place.read_bytes() != files[entry.name]
        self.files_wrong += wrong
        assert not wrong, f"{wrong} of {len(files)} files are wrong"

    def file(self, path: Path, digest: str) -> None:
        """A file that was brought home is what was announced."""
        wrong = not path.is_file() or sha256(path.read_bytes()).hexdigest() != digest
        self.files_wrong += wrong
        assert not wrong, f"{path} is wrong"

    # ---- telling ----------------------------------------------------------------------------------------------------

    def figures(self) -> dict[str, int]:
        """What the last line of `dev.py faults` says. A row counts with trials over ssh of which none broke."""
        sound = [row for row in ROWS if self.ssh_trials[row] and not self.broken[row]]
        return {
            "rows": len(sound),
            "trials": sum(self.trials.values()),
            "ssh_trials": sum(self.ssh_trials.values()),
            "naive_failed_rows": len(self.naive_failed),
            "events_lost": self.events_lost,
            "events_doubled": self.events_doubled,
            "jobs_harmed": self.jobs_harmed,
            "files_wrong": self.files_wrong,
            "training_kills": self.training_kills,
            "resumes_wrong": self.resumes_wrong,
        }

    def table(self) -> str:
        """The trials of each row."""
        return "\n".join(
            f"{row:>4}  {self.ssh_trials[row]:4} over ssh {self.trials[row] - self.ssh_trials[row]:5} in memory"
            f"  {'naive client fails' if row in self.naive_failed else 'not shown to fail a naive client'}"
            f"{f'  {self.broken[row]} BROKEN' if self.broken[row] else ''}"
            for row in ROWS
        )

    def write(self) -> None:
        """To the file that was asked for."""
        if FULL:
            told = {"table": self.table(), "figures": self.figures()}
            Path(os.environ["LORAFERRY_FAULTS"]).write_text(json.dumps(told), encoding="utf-8")


def _contents(store: RunStore, job: str) -> Counter[tuple[object, ...]]:
    curve = store.curve(job)
    steps = zip(*(column for column in vars(curve).values()), strict=True)
    # `nan` is not equal to itself, so columns are compared as text.
    rows = [("step", *map(repr, row)) for row in steps]
    return Counter([*rows, *((event.type, event.model_dump_json()) for event in store.events(job))])


LEDGER = Ledger()
