"""A base model in a single file becomes a folder of diffusers, once."""

import os
import shutil
import uuid
from pathlib import Path

from safetensors import SafetensorError

from loraferry_agent.blobs.store import disk_full, free_bytes
from loraferry_agent.data.tensor_cache import key_of
from loraferry_agent.families import Family
from loraferry_agent.families.single_file import Lacking
from loraferry_agent.layout import Layout
from loraferry_core.model_files import INDEX
from loraferry_core.problems import fail


def unpacked(source: str, file: Path, family: Family, layout: Layout) -> Path:
    """The folder of the model in `file`, which people call `source`; kept among the caches.

    Raises ProblemError disk_full and base_incomplete before weights are read, base_unreadable; OSError.
    """
    status = file.stat()
    key = key_of(path=os.path.realpath(file), size=status.st_size, changed=status.st_mtime_ns, family=family.spec.id)
    folder = layout.caches / "unpacked" / key
    if (folder / INDEX).is_file():
        return folder
    new = folder.with_name(f".new-{uuid.uuid4().hex}")
    new.mkdir(parents=True)
    try:
        if free_bytes(layout.caches) < status.st_size:
            raise disk_full(layout.caches, status.st_size)
        family.unpack(file, new)
        new.replace(folder)
    except Lacking as error:
        raise fail("base_incomplete", source=source, key=error) from error
    except SafetensorError as error:
        raise fail("base_unreadable", source=source, detail=f"{type(error).__name__}: {error}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder
