"""The agent's code as it travels: the two installed packages, named by the hash of their contents.

The agent's package is found without importing it; this end never loads it.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("loraferry_core", "loraferry_agent")
SUFFIXES = frozenset({".py", ".lock", ".gz", ".txt"})
"""Sources, and the data that lie beside them."""
INSTALLER = (
    "loraferry_agent/layout",
    "loraferry_agent/setup/tools",
    "loraferry_agent/setup/claim",
    "loraferry_agent/setup/package_index",
    "loraferry_agent/setup/surroundings",
    "loraferry_agent/setup/places",
    "loraferry_agent/setup/environments",
    "loraferry_agent/setup/removal",
    "loraferry_agent/install",
)
"""What runs before the code is there."""


@dataclass(frozen=True)
class AgentCode:
    """Files by their path below the code folder."""

    files: dict[str, bytes]

    @property
    def version(self) -> str:
        """SHA-256 over sorted names, lengths and bytes, in hex: the name of the folder there. As in `install.py`."""
        digest = sha256()
        for name in sorted(self.files):
            digest.update(f"{name}\0{len(self.files[name])}\0".encode())
            digest.update(self.files[name])
        return digest.hexdigest()

    def archive(self) -> bytes:
        """The files as a zip; equal files give equal bytes."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name in sorted(self.files):
                archive.writestr(zipfile.ZipInfo(name), self.files[name], zipfile.ZIP_DEFLATED, 9)
        return packed.getvalue()

    def script(self, name: str) -> bytes:
        """The source of one of the agent's scripts, to be piped into a Python there."""
        return self.files[f"loraferry_agent/{name}.py"]

    def modules(self) -> bytes:
        """The installer with the modules it imports, in the order of their imports, as one JSON list of names and
        sources; the last one is the program."""
        named = [(name.replace("/", "."), self.files[f"{name}.py"].decode("utf-8")) for name in INSTALLER]
        return json.dumps(named, ensure_ascii=True).encode("ascii")

    @property
    def lock(self) -> str:
        """The exact versions of what the trainer needs."""
        return self.files["loraferry_agent/requirements.lock"].decode("utf-8")

    @property
    def tagger_lock(self) -> str:
        """The exact versions of what an agent needs that only tags pictures."""
        return self.files["loraferry_agent/tagger.lock"].decode("utf-8")


def read_agent_code() -> AgentCode:
    """The code as it is installed beside this program. Raises OSError, ModuleNotFoundError in a broken installation."""
    return AgentCode({name: path.read_bytes() for package in PACKAGES for name, path in _files(package)})


def _files(package: str) -> Iterator[tuple[str, Path]]:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(package)
    root = Path(next(iter(spec.submodule_search_locations)))
    for path in root.rglob("*"):
        if path.suffix in SUFFIXES and path.is_file():
            yield f"{package}/{path.relative_to(root).as_posix()}", path
