"""Finding the base model: files that were ferried, a folder on this machine, or a Hugging Face id."""

import re
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

from loraferry_agent.families import Family
from loraferry_agent.families.protocol import Base
from loraferry_agent.layout import Layout
from loraferry_core.config.pretrained import Pretrained
from loraferry_core.problems import fail

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def locate(wanted: Pretrained, layout: Layout, family: Family) -> Base:
    """The base model's folder, checked to be of the family.

    Raises ProblemError `base_not_found`, `base_unreadable` or `base_wrong_family`, with the name the plan gives it.
    """
    base = Base(wanted.source, _folder(wanted, layout, family))
    family.check(base)
    return base


def _folder(wanted: Pretrained, layout: Layout, family: Family) -> Path:
    if wanted.tree:
        tree = layout.trees / wanted.tree
        if not tree.is_dir():
            raise fail("base_not_found", source=wanted.source)
        return tree
    local = Path(wanted.source).expanduser()
    if local.is_dir():
        return local
    if local.exists():
        raise fail("base_unreadable", source=wanted.source, detail=f"{local} is not a folder")
    if not _HUB_ID.fullmatch(wanted.source):
        raise fail("base_not_found", source=wanted.source)
    return _from_hub(wanted.source, family)


def _from_hub(repository: str, family: Family) -> Path:
    try:
        return Path(snapshot_download(repository, allow_patterns=list(family.files)))
    except (RepositoryNotFoundError, HFValidationError, LocalEntryNotFoundError) as error:
        raise fail("base_not_found", source=repository) from error
    except OSError as error:
        raise fail("base_unreadable", source=repository, detail=error) from error
