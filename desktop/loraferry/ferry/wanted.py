"""Which files of a run to fetch next, and which mirrored ones have had their day. Pure: events in, decisions out.

Of several announcements of one name only the newest counts, because the machine holds only that one. A checkpoint whose
fetching has begun is brought home before a newer one is begun, else a slow line would never complete any.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loraferry.runs.store import Copy
from loraferry.runs.wants import Wants
from loraferry_core.events import Artifact, AttemptStarted, CheckpointSaved, Event, Finished, SampleMade, Stopped

ANNOUNCING = ("attempt_started", "sample", "checkpoint", "finished", "stopped")
"""Types of the events that say something about files."""
_OUTCOME, _SAMPLE, _LORA = range(3)


@dataclass
class _Offer:
    """A file that stands by itself. `step` is None where no later attempt takes it back."""

    artifact: Artifact
    rank: int
    step: int | None
    order: int


@dataclass
class _State:
    """A checkpoint as far as another machine needs it."""

    event: CheckpointSaved
    begun: bool = False


@dataclass
class Wanted:
    """What is announced, what is here, and what is under way. `here` and `gone` map names to hashes."""

    wants: Wants
    here: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    _offers: dict[str, _Offer] = field(default_factory=dict)
    _states: dict[int, _State] = field(default_factory=dict)
    _under_way: dict[str, Artifact] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)
    _count: int = 0

    def anew(self, wants: Wants, here: dict[str, str], gone: dict[str, str]) -> "Wanted":
        """The same with other wants, before anything was announced; what is under way or refused stays so."""
        return Wanted(wants, here, gone, _under_way=self._under_way, _refused=self._refused)

    def announce(self, events: Iterable[Event]) -> None:
        """Take in what happened, in its order."""
        for event in events:
            if isinstance(event, AttemptStarted):
                self._take_back(event.resume_step)
            elif isinstance(event, SampleMade):
                self._offer(event.file, _SAMPLE, event.step)
            elif isinstance(event, Finished | Stopped):
                self._announce_outcome(event)
            elif isinstance(event, CheckpointSaved):
                self._announce_checkpoint(event)

    def take(self) -> Artifact | None:
        """The file to fetch next, which is under way from now on; None where nothing is left to begin."""
        loose = (offer for offer in self._offers.values() if self._is_missing(offer.artifact))
        best = min(loose, key=lambda offer: (offer.rank, offer.order), default=None)
        artifact = best.artifact if best is not None else self._take_of_state()
        if artifact is not None:
            self._under_way[artifact.name] = artifact
        return artifact

    def settle(self, artifact: Artifact, *, gone: bool = False) -> None:
        """A file is here now, or will never be."""
        self._under_way.pop(artifact.name, None)
        (self.gone if gone else self.here)[artifact.name] = artifact.sha256

    def give_back(self, artifact: Artifact, *, for_good: bool = False) -> None:
        """A fetch failed: the file is offered again where it is still wanted, or `for_good` not again in this life."""
        self._under_way.pop(artifact.name, None)
        if for_good:
            self._refused.add(artifact.sha256)

    def give_all_back(self) -> None:
        """Nothing is under way any more."""
        self._under_way.clear()

    def is_current(self, artifact: Artifact) -> bool:
        """Whether the newest announcement of this name is this very file."""
        offer = self._offers.get(artifact.name)
        if offer is not None:
            return offer.artifact == artifact
        return any(artifact in state.event.files for state in self._states.values())

    @property
    def done(self) -> bool:
        """Whether everything that was announced and is wanted is here."""
        loose = any(self._is_missing(offer.artifact) for offer in self._offers.values())
        return not self._under_way and not loose and self._target() is None

    def outdated(self) -> list[Artifact]:
        """Files here that only older checkpoints need than the newest complete ones that are kept. LoRAs stay."""
        complete = self._complete_steps()
        if len(complete) < self.wants.keep:
            return []
        oldest_kept = complete[-self.wants.keep]
        old = (state.event for step, state in self._states.items() if step < oldest_kept)
        return [file for event in old for file in event.files if file.name != event.file.name and self._is_here(file)]

    def forget(self, artifact: Artifact) -> None:
        """A file that was here was removed."""
        self.here.pop(artifact.name, None)

    def _announce_outcome(self, event: Finished | Stopped) -> None:
        if event.file is not None:
            self._offer(event.file, _OUTCOME, None)
        if isinstance(event, Finished):  # nobody will go on from a checkpoint any more
            self._states.clear()

    def _announce_checkpoint(self, event: CheckpointSaved) -> None:
        if self.wants.checkpoints == "none":
            return
        self._offer(event.file, _LORA, event.step)
        if self.wants.checkpoints == "all" and event.files:
            rest = [file for file in event.files if file.name != event.file.name]
            self._states[event.step] = _State(event, begun=any(self._is_here(file) for file in rest))

    def _take_back(self, resume_step: int) -> None:
        """What lies behind the step at which an attempt began is made again, or not at all."""
        self._offers = {
            name: offer for name, offer in self._offers.items() if offer.step is None or offer.step <= resume_step
        }
        self._states = {step: state for step, state in self._states.items() if step <= resume_step}

    def _offer(self, artifact: Artifact, rank: int, step: int | None) -> None:
        self._count += 1
        self._offers[artifact.name] = _Offer(artifact, rank, step, self._count)

    def _take_of_state(self) -> Artifact | None:
        target = self._target()
        if target is None:
            return None
        artifact = next((file for file in target.event.files if self._is_missing(file)), None)
        target.begun = target.begun or artifact is not None
        return artifact

    def _target(self) -> _State | None:
        """The checkpoint to bring home, of those newer than any that is here: the one begun, else the newest."""
        complete = self._complete_steps()
        newer = [state for step, state in self._states.items() if not complete or step > complete[-1]]
        open_ = [state for state in newer if not self._is_lost(state)]
        return max(open_, key=lambda state: (state.begun, state.event.step), default=None)

    def _complete_steps(self) -> list[int]:
        return sorted(step for step, state in self._states.items() if self._is_complete(state))

    def _is_complete(self, state: _State) -> bool:
        return all(self._is_here(file) for file in state.event.files)

    def _is_lost(self, state: _State) -> bool:
        return any(self.gone.get(f.name) == f.sha256 or f.sha256 in self._refused for f in state.event.files)

    def _is_here(self, artifact: Artifact) -> bool:
        return self.here.get(artifact.name) == artifact.sha256

    def _is_missing(self, artifact: Artifact) -> bool:
        return (
            not self._is_here(artifact)
            and self.gone.get(artifact.name) != artifact.sha256
            and artifact.sha256 not in self._refused
            and artifact.name not in self._under_way
        )


def outcomes(events: Iterable[Event]) -> list[Artifact]:
    """What a run has handed over, newest last; of each name the newest. `events` come in their order."""
    files: dict[str, Artifact] = {}
    for event in events:
        if isinstance(event, Finished | Stopped) and event.file is not None:
            files.pop(event.file.name, None)
            files[event.file.name] = event.file
    return list(files.values())


def to_acknowledge(events: Iterable[Event], copies: Mapping[str, Copy]) -> list[Artifact]:
    """What must not be lost with the machine, has a verified copy here, and whose machine was not told so yet: the
    outcomes, and the newest checkpoint. `events` come in their order."""
    events = list(events)
    newest = next((event for event in reversed(events) if isinstance(event, CheckpointSaved)), None)
    checkpoint = (newest.file, *newest.files) if newest is not None else ()
    files = {file.name: file for file in (*checkpoint, *outcomes(events))}
    return [
        file
        for file in files.values()
        if (copy := copies.get(file.name)) is not None and copy.sha256 == file.sha256 and not copy.acknowledged
    ]
