"""uv for machines without pip, or with too old a Python: fetched once on this computer, checked, and sent there."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from loraferry.cancellation import CancelToken
from loraferry.platform import private_folder, quiet_process_flags, write_atomically
from loraferry_core.problems import fail

VERSION = "0.13.9"
MANAGED_PYTHON = "3.12"
"""What uv fetches where no interpreter is new enough."""
POLL_S = 0.1


@dataclass(frozen=True)
class Wheel:
    """One file of the release. `platforms` are pip's names for where it runs."""

    file: str
    sha256: str
    platforms: tuple[str, ...]


WHEELS = {
    "x86_64": Wheel(
        f"uv-{VERSION}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
        ("manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    ),
    "aarch64": Wheel(
        f"uv-{VERSION}-py3-none-manylinux_2_28_aarch64.whl",
        "ecb6028d79dc96fbeafffe5c8af62a7099487ebc05a701e76714eebcffd06375",
        ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
    ),
}
"""By the machine's own name, on Linux."""


def fetch_uv(machine: str, folder: Path, cancel: CancelToken) -> bytes:
    """The wheel for a machine, from `folder` or else by this program's pip. Raises ProblemError `uv_unavailable`,
    Cancelled."""
    wheel = WHEELS[machine]
    kept = folder / wheel.file
    data = kept.read_bytes() if kept.is_file() else b""
    if not _is_whole(data, wheel):
        data = _download(wheel, cancel)
        try:
            private_folder(folder)
            write_atomically(kept, data)
        except OSError as error:
            raise fail("uv_unavailable", detail=error) from error
    return data


def _download(wheel: Wheel, cancel: CancelToken) -> bytes:
    if getattr(sys, "frozen", False) or find_spec("pip") is None:
        raise fail("uv_unavailable", detail="pip is not part of this program")
    with tempfile.TemporaryDirectory(prefix="loraferry-uv-") as name:
        output = _run(pip_command(wheel, name), cancel)
        found = Path(name, wheel.file)
        data = found.read_bytes() if found.is_file() else b""
    if not data:
        raise fail("uv_unavailable", detail=output[-2000:].strip())
    if not _is_whole(data, wheel):
        raise fail("uv_unavailable", detail=f"{wheel.file}: {hashlib.sha256(data).hexdigest()}")
    return data


def pip_command(wheel: Wheel, folder: str) -> list[str]:
    """What this program's own pip is asked to do."""
    platforms = [word for platform in wheel.platforms for word in ("--platform", platform)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download"]
    return [
        *pip,
        f"uv=={VERSION}",
        "--no-deps",
        "--only-binary=:all:",
        *platforms,
        "--progress-bar",
        "off",
        "-d",
        folder,
    ]


def _run(argv: Sequence[str], cancel: CancelToken) -> str:
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, creationflags=quiet_process_flags()
        )
        try:
            while process.poll() is None:
                cancel.wait(POLL_S)
                cancel.check()
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait()
        output.seek(0)
        return output.read().decode("utf-8", "replace")


def _is_whole(data: bytes, wheel: Wheel) -> bool:
    return hashlib.sha256(data).hexdigest() == wheel.sha256
