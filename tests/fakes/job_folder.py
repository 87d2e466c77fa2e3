"""A training machine's work folder with pictures in its store and jobs in it, for the trainer's tests."""

import hashlib
import io
import uuid
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from loraferry_agent.layout import JobFolder, Layout
from loraferry_core.config import TrainConfig
from loraferry_core.dataset.manifest import ManifestEntry, encode, manifest_of
from loraferry_core.events import Event, parse_event
from loraferry_core.jobs import JobSpec, JobState, JobStatus

Picture = tuple[str, bytes, str]
"""Name, bytes, caption."""


@dataclass(frozen=True)
class Machine:
    """A work folder."""

    work: Path

    @property
    def layout(self) -> Layout:
        return Layout(self.work, self.work)

    def store(self, data: bytes) -> str:
        """Put a blob; returns its hash."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.layout.blobs / sha256[:2] / sha256[2:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return sha256

    def dataset(self, pictures: list[Picture]) -> str:
        """Put pictures and their manifest; returns the manifest's hash."""
        entries = [ManifestEntry(name=n, size=len(d), sha256=self.store(d), caption=c) for n, d, c in pictures]
        return self.store(encode(manifest_of(entries)))

    def job(self, config: TrainConfig, *, name: str = "tiny", attempt: int = 1) -> JobFolder:
        """A submitted job."""
        job = str(uuid.uuid4())
        folder = self.layout.job(job)
        folder.path.mkdir(parents=True)
        folder.spec.write_text(JobSpec(job=job, name=name, config=config).model_dump_json(), encoding="utf-8")
        set_attempt(folder, attempt)
        return folder


def set_attempt(folder: JobFolder, attempt: int) -> None:
    """Write the job's state as the supervisor would before an attempt."""
    job = folder.path.name
    status = JobStatus(job=job, name="tiny", state=JobState.RUNNING, spec_hash="0" * 64, attempt=attempt)
    folder.state.write_text(status.model_dump_json(), encoding="utf-8")


def events(folder: JobFolder) -> list[Event]:
    """All events of a job."""
    return [parse_event(line) for line in folder.events.read_bytes().splitlines()]


def see_through(size: tuple[int, int] = (64, 64)) -> bytes:
    """A picture whose right half is transparent, with black below."""
    image = Image.new("RGBA", size, (200, 30, 30, 255))
    image.paste((0, 0, 0, 0), (size[0] // 2, 0, *size))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def png(colour: str, size: tuple[int, int] = (64, 64), shape: str = "ellipse") -> bytes:
    """A drawn picture that is not the same mirrored."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    getattr(draw, shape)((4, 4, size[0] // 2, size[1] // 2), fill=colour)
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()
