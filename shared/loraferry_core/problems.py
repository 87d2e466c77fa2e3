"""Every error and finding as a code with parameters; the desktop renders the words, in the user's language."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from loraferry_core.bounds import MAX_WHOLE, Shown
from loraferry_core.config.param import Config

Severity = Literal["error", "warning"]
Whole = Annotated[int, Field(gt=-MAX_WHOLE, lt=MAX_WHOLE)]


@dataclass(frozen=True)
class Kind:
    """What a problem code carries."""

    params: frozenset[str]
    severity: Severity = "error"


def _error(*params: str) -> Kind:
    return Kind(frozenset(params))


def _warning(*params: str) -> Kind:
    return Kind(frozenset(params), "warning")


# The only list of problems. A code names what is wrong; the parameters name the culprit.
KINDS: dict[str, Kind] = {
    # pictures and captions
    "image_unreadable": _error("name", "detail"),
    "image_empty": _error("name"),
    "image_truncated": _error("name"),
    "image_too_large": _error("name", "width", "height", "limit"),
    "image_vanished": _error("name"),
    "image_small": _warning("name", "width", "height", "resolution"),
    "caption_encoding": _warning("name", "encoding"),
    "caption_unreadable": _error("name", "detail"),
    "caption_unwritable": _error("name", "detail"),
    "caption_changed": _warning("name"),
    "caption_merged": _warning("name"),
    "settings_unreadable": _error("name", "detail"),
    "settings_left_out": _warning("count", "names"),
    "lora_without_plan": _error("name"),
    "faces_runtime_missing": _error(),
    "no_face_found": _warning("name"),
    "no_transparency": _warning("name"),
    "mask_unreadable": _error("name", "detail"),
    "faces_model_unusable": _error("path", "detail"),
    "local_model_failed": _error("name", "detail"),
    "local_model_corrupt": _error("name", "place"),
    "captions_missing": _warning("count"),
    "captions_shared": _warning("count", "names", "file"),
    "caption_list_unreadable": _error("path", "detail"),
    "caption_list_odd": _warning("path", "count"),
    "pattern_invalid": _error("pattern", "detail"),
    "pattern_slow": _error("pattern", "name"),
    "tag_list_unreadable": _error("path", "detail"),
    "caption_long": _warning("name"),
    "folder_unreadable": _error("path", "detail"),
    "folder_unwritable": _error("path"),
    "folder_empty": _error("path"),
    "library_newer": _error("path"),
    "no_images_approved": _error(),
    "folders_apart": _error("count"),
    "download_failed": _error("address", "detail"),
    "download_too_large": _error("address", "limit_mb"),
    "download_no_picture": _error("address", "kind"),
    "drop_empty": _error(),
    "image_needs_heif": _error("name"),
    "export_inside": _error("path"),
    "export_in_the_way": _warning("count", "path"),
    "image_unwritable": _error("name", "path", "detail"),
    # settings
    "setting_invalid": _error("setting", "detail"),
    "trigger_missing": _warning(),
    "trigger_absent": _warning("count", "trigger"),
    "captions_alike": _warning("count"),
    "images_small": _warning("count", "resolution"),
    "images_few": _warning("count", "usual"),
    "images_alike": _warning("count"),
    "machine_without_card": _warning(),
    "alpha_unusual": _warning("alpha", "rank"),
    "warmup_missing": _warning(),
    "regularisation_missing": _warning("count"),
    "memory_tight": _warning("device", "needed_mb"),
    "time_short": _warning("hours", "left"),
    "file_unreadable": _error("path", "detail"),
    "file_unwritable": _error("path", "detail"),
    "file_changed": _error("path"),
    # connecting
    "address_invalid": _error("text"),
    "address_proxied": _error("host"),
    "host_unknown": _error("host"),
    "dns_failed": _error("host"),
    "connection_refused": _error("host", "port"),
    "connection_timeout": _error("host", "port"),
    "network_unreachable": _error("host", "detail"),
    "fake_address": _error("host", "port", "address"),
    "banner_missing": _error("host", "port"),
    "banner_wrong": _error("host", "port", "banner"),
    "jump_failed": _error("host", "port", "detail"),
    "proxy_failed": _error("host", "detail"),
    "host_key_unknown": _error("host", "port", "kind", "fingerprint"),
    "host_key_changed": _error("host", "port", "fingerprint", "known", "file"),
    "auth_failed": _error("user", "host", "methods"),
    "password_wrong": _error("user", "host"),
    "answer_missing": _error("user", "host", "question"),
    "answer_wrong": _error("user", "host"),
    "key_unreadable": _error("path", "detail"),
    "key_passphrase": _error("path"),
    "transport_unfit": _error("host", "needed"),
    "ssh_failed": _error("host", "detail"),
    "link_lost": _warning("host"),
    # deployment
    "python_missing": _error("found"),
    "probe_failed": _error("output"),
    "deploy_failed": _error("phase", "output"),
    "driver_too_old": _error("driver", "needed"),
    "gpu_too_old": _error("name", "capability"),
    "disk_full": _error("path", "needed_mb", "free_mb"),
    "disk_low": _warning("path", "needed_mb", "free_mb", "freeable_mb"),
    "disk_has_room": _warning("path"),
    "disk_awaited": _warning("path", "needed_mb", "free_mb"),
    "inodes_full": _error("path", "needed", "free"),
    "home_unwritable": _error("path"),
    "folder_foreign": _error("path"),
    "work_in_use": _error("path", "wanted"),
    "uv_unavailable": _error("detail"),
    "uninstall_incomplete": _error("what"),
    "agent_silent": _error("output"),
    "agent_incompatible": _error("theirs", "ours"),
    # the protocol
    "protocol_violation": _error("detail"),
    "job_unknown": _error("job"),
    "job_conflict": _error("job"),
    "job_state": _error("job", "state", "action"),
    "manifest_unknown": _error("manifest"),
    "blobs_missing": _error("count"),
    "blob_corrupt": _error("name"),
    "name_unsafe": _error("name"),
    "artifact_unknown": _error("name"),
    "artifact_corrupt": _error("name"),
    "agent_failed": _error("detail"),
    # training
    "base_not_found": _error("source"),
    "base_unreadable": _error("source", "detail"),
    "base_wrong_family": _error("source", "family"),
    "base_no_link": _error("source"),
    "base_not_here": _error("path"),
    "base_pickled": _error("source"),
    "base_cut_short": _error("source"),
    "base_unknown": _error("source"),
    "base_untrainable": _error("source", "kind"),
    "base_incomplete": _error("source", "key"),
    "base_not_finite": _error("source", "part", "key"),
    "base_other_prediction": _error("source", "prediction", "wanted"),
    "prediction_guessed": _warning("source", "prediction"),
    "fetch_failed": _error("name", "detail"),
    "fetch_not_found": _error("name", "place"),
    "fetch_forbidden": _error("name", "host"),
    "fetch_corrupt": _error("name", "place"),
    "fetch_no_model": _error("name", "place"),
    "fetch_cancelled": _warning("name"),
    "fetch_interrupted": _error("name"),
    # captions by machine
    "captioning_unknown": _error(),
    "captioning_cancelled": _warning(),
    "captioner_busy": _error("name"),
    "captioner_failed": _error("name", "detail"),
    "captioner_unfit": _error("name", "detail"),
    "endpoint_invalid": _error("address"),
    "endpoint_unreachable": _error("host", "detail"),
    "endpoint_forbidden": _error("host", "detail"),
    "endpoint_unknown": _error("host", "detail"),
    "endpoint_failed": _error("host", "detail"),
    "endpoint_wordless": _error("host", "detail"),
    "checkpoint_mismatch": _error("setting"),
    "checkpoint_past_end": _error("step", "total"),
    "zero_snr_needs_velocity": _error(),
    "no_layers": _error(),
    "parent_not_found": _error("source"),
    "parent_unreadable": _error("name", "detail"),
    "parent_other_family": _error("name", "family"),
    "parent_other_kind": _error("name", "kind"),
    "parent_other_rank": _error("name", "rank", "wanted", "example"),
    "parent_more_layers": _error("name", "count", "example"),
    "parent_other_shape": _error("name", "example"),
    "export_unfit": _error("name", "form"),
    "class_word_missing": _error(),
    "regularisation_alone": _error("folder"),
    "nothing_held_out": _warning(),
    "optimizer_missing": _error("optimizer", "library"),
    "out_of_memory": _error("device", "needed_mb", "free_mb"),
    "card_too_small": _error("device", "needed_mb", "had_mb", "side", "cards"),
    "compile_failed": _warning("detail"),
    "loss_not_finite": _error("step"),
    "step_skipped": _warning("step", "names"),
    "image_skipped": _warning("name", "detail"),
    "dataset_unusable": _error("count"),
    "trainer_killed": _error("signal", "tail"),
    "trainer_crashed": _error("exit_code", "tail"),
    "trainer_oom_killed": _error("limit_mb", "tail"),
    "runner_lost": _error(),
    "host_restarted": _error(),
    "job_damaged": _error("job"),
    "event_damaged": _warning(),
    "job_restored": _warning("step"),
    "checkpoint_missing": _error("name"),
    "pictures_changed": _error("name"),
    "base_changed": _error("source"),
    # guards of the meter
    "guard_paused": _warning(),
    "guard_would_lose": _error("count", "names"),
    "guard_stop_refused": _error("output"),
    "guard_no_stop": _error(),
    # the finished file
    "lora_not_safetensors": _error("name", "detail"),
    "lora_key_missing": _error("count", "example"),
    "lora_key_unexpected": _error("count", "example"),
    "lora_not_finite": _error("key"),
    "lora_zero": _error("count", "example"),
    # this program
    "task_failed": _error("detail"),
}


class Problem(Config):
    """One error or finding. Refuses an unknown code and parameters other than those its kind declares."""

    code: str
    params: dict[str, Shown | Whole | float] = {}

    @model_validator(mode="after")
    def _declared(self) -> "Problem":
        kind = KINDS.get(self.code)
        if kind is None:
            raise ValueError(f"unknown problem code {self.code!r}")
        if kind.params != self.params.keys():
            raise ValueError(f"{self.code} takes {sorted(kind.params)}, not {sorted(self.params)}")
        return self

    @property
    def severity(self) -> Severity:
        """Errors block what was asked; warnings do not."""
        return KINDS[self.code].severity


def problem(code: str, **params: Any) -> Problem:
    """A `Problem` with its parameters as keywords; anything that is no number, or none that fits, becomes text."""
    return Problem(code=code, params={name: _plain(value) for name, value in params.items()})


def _plain(value: Any) -> str | int | float:
    if isinstance(value, int | float) and abs(value) < MAX_WHOLE:
        return value
    # File names on Linux may hold bytes that are no text; the culprit must be named all the same.
    return str(value).encode("utf-8", "backslashreplace").decode()


@dataclass(eq=False)
class ProblemError(Exception):
    """Raised wherever a problem ends what was asked; carries it to whoever can show it."""

    problem: Problem
    notes: tuple[Problem, ...] = field(default=())

    def __str__(self) -> str:
        return f"{self.problem.code} {self.problem.params}"


def fail(code: str, **params: Any) -> ProblemError:
    """The exception to raise: `raise fail("image_empty", name=name)`."""
    return ProblemError(problem(code, **params))
