"""Whether a model on this machine can be the base of a plan, as far as its headers and settings tell; reads no weights."""

from pathlib import Path

from loraferry_agent.models.find import settings_in
from loraferry_core.config.pretrained import Pretrained
from loraferry_core.families import FAMILIES
from loraferry_core.families.recognise import kind_of_file, kind_of_folder, name_of_kind, prediction_of_file
from loraferry_core.lora_file.header import CutShort, Header, NotSafetensors, read_header
from loraferry_core.model_files import INDEX, needed
from loraferry_core.model_links import is_pickled
from loraferry_core.problems import fail


def refuse_unfit(wanted: Pretrained, path: Path) -> None:
    """Raise the ProblemError of a base model that the plan cannot be trained on.

    base_pickled, base_cut_short, base_unreadable; base_unknown, base_untrainable, base_wrong_family where it is another
    kind of model than the plan says, base_other_prediction where it says itself that it predicts something else.
    A folder of a kind that is not known is left to whoever loads it.
    """
    if path.is_dir():
        _refuse_folder(wanted, path)
    else:
        _refuse_file(wanted, path)


def _refuse_file(wanted: Pretrained, path: Path) -> None:
    if is_pickled(path.name):
        raise fail("base_pickled", source=wanted.source)
    header = _header(wanted, path)
    kind = kind_of_file(header)
    if kind is None:
        raise fail("base_unknown", source=wanted.source)
    _refuse_kind(wanted, kind)
    _refuse_prediction(wanted, prediction_of_file(header))


def _refuse_folder(wanted: Pretrained, path: Path) -> None:
    names = [INDEX, *(found.relative_to(path).as_posix() for found in path.glob("*/*"))]
    for name in needed(names):
        if name.endswith(".safetensors"):
            _header(wanted, path / name)
    kind = kind_of_folder(settings_in(path / INDEX), settings_in(path / "unet" / "config.json"))
    if kind is not None:
        _refuse_kind(wanted, kind)
    _refuse_prediction(wanted, settings_in(path / "scheduler" / "scheduler_config.json").get("prediction_type"))


def _header(wanted: Pretrained, path: Path) -> Header:
    try:
        return read_header(path)
    except CutShort as error:
        raise fail("base_cut_short", source=wanted.source) from error
    except (OSError, NotSafetensors) as error:
        raise fail("base_unreadable", source=wanted.source, detail=f"{path.name}: {error}") from error


def _refuse_kind(wanted: Pretrained, kind: str) -> None:
    if kind not in FAMILIES:
        raise fail("base_untrainable", source=wanted.source, kind=name_of_kind(kind))
    # Of a family that is not known the trainer says so.
    if wanted.family in FAMILIES and kind != wanted.family:
        raise fail("base_wrong_family", source=wanted.source, family=FAMILIES[wanted.family].label)


def _refuse_prediction(wanted: Pretrained, said: object) -> None:
    if wanted.prediction != "auto" and said not in (None, wanted.prediction):
        raise fail("base_other_prediction", source=wanted.source, prediction=said, wanted=wanted.prediction)
