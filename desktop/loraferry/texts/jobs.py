"""Words for where a job stands."""

from PySide6.QtCore import QCoreApplication

from loraferry.runs.store import Run
from loraferry_core.events import Phase
from loraferry_core.jobs import JobState


def state_text(state: JobState) -> str:
    """A job's state as people say it."""
    translate = QCoreApplication.translate
    texts = {
        JobState.HELD: translate("JobState", "On hold"),
        JobState.QUEUED: translate("JobState", "Waiting"),
        JobState.PREPARING: translate("JobState", "Preparing"),
        JobState.RUNNING: translate("JobState", "Training"),
        JobState.PAUSED: translate("JobState", "Paused"),
        JobState.STOPPING: translate("JobState", "Stopping"),
        JobState.FINISHED: translate("JobState", "Finished"),
        JobState.FAILED: translate("JobState", "Failed"),
        JobState.STOPPED: translate("JobState", "Stopped"),
        JobState.LOST: translate("JobState", "Interrupted"),
    }
    return texts[state]


def standing_text(run: Run) -> str:
    """Where a run stands, as far as is known here: one that was not sent yet waits for nothing over there."""
    return QCoreApplication.translate("JobState", "Not sent yet") if run.unsent else state_text(run.status.state)


def phase_text(phase: Phase) -> str:
    """What a running job is doing."""
    translate = QCoreApplication.translate
    texts: dict[Phase, str] = {
        "prepare": translate("Phase", "Getting ready"),
        "fetch_base": translate("Phase", "Fetching the base model"),
        "load_text_encoder": translate("Phase", "Loading the text encoder"),
        "cache_captions": translate("Phase", "Reading the captions"),
        "load_vae": translate("Phase", "Loading the image encoder"),
        "cache_latents": translate("Phase", "Reading the pictures"),
        "load_denoiser": translate("Phase", "Loading the base model"),
        "draw_known": translate("Phase", "Drawing what the base model knows"),
        "train": translate("Phase", "Training"),
        "sample": translate("Phase", "Making test pictures"),
        "validate": translate("Phase", "Measuring on held-out pictures"),
        "save": translate("Phase", "Saving"),
    }
    return texts[phase]
