import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from loraferry_agent import probe
from loraferry_core.host import HostFacts

SOURCE = Path(probe.__file__)


def test_what_it_finds_fits_the_contract(tmp_path: Path) -> None:
    facts = HostFacts.model_validate(probe.collect(str(tmp_path / "home")))
    assert facts.home == str(tmp_path / "home")
    assert facts.cpus >= 1
    assert facts.disks
    assert facts.interpreters[0].path == sys.executable
    assert facts.interpreters[0].packages["torch"] == facts.interpreters[0].torch
    assert not (tmp_path / "home").exists()


def test_it_runs_when_piped_into_a_python(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-E", "-", str(tmp_path)], input=SOURCE.read_bytes(), capture_output=True, check=True
    )
    line = done.stdout.decode().splitlines()[-1]
    assert line.startswith(probe.SENTINEL)
    HostFacts.model_validate_json(line.removeprefix(probe.SENTINEL))


def test_it_is_python_3_8_and_imports_only_the_standard_library() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 8))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_it_imports_nothing_of_torch() -> None:
    code = "import sys; from loraferry_agent import probe; probe.collect('/nowhere'); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"False"


def test_finds_what_is_deployed(tmp_path: Path) -> None:
    for name in ("code/abc", "code/.part", "venvs/done", "venvs/half", "venvs/dead"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "venvs/done/python").write_text(sys.executable + "\n", encoding="utf-8")
    (tmp_path / "venvs/dead/python").write_text("/no/such/python\n", encoding="utf-8")
    (tmp_path / "agent_id").write_text("me\n", encoding="utf-8")
    facts = HostFacts.model_validate(probe.collect(str(tmp_path)))
    assert (facts.codes, facts.venvs, facts.agent_id) == (("abc",), ("done",), "me")
    assert facts.pythons == {"done": sys.executable}


def groups(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(root)


@pytest.mark.parametrize(
    ("files", "membership", "memory", "cpus"),
    [
        ({}, "", 0, 0.0),
        ({"memory.max": "max\n", "cpu.max": "max 100000\n"}, "0::/\n", 0, 0.0),
        ({"memory.max": "1000\n", "cpu.max": "150000 100000\n"}, "0::/\n", 1000, 1.5),
        ({"a/b/memory.max": "max", "a/memory.max": "500", "memory.max": "1000"}, "0::/a/b\n", 500, 0.0),
        ({"memory.max": "700"}, "0::/outside/the/container\n", 700, 0.0),
        (
            {"memory/memory.limit_in_bytes": "300", "cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"},
            "5:memory:/\n4:cpu,cpuacct:/\n", 300, 2.0,
        ),
        (
            {"memory/memory.limit_in_bytes": "9223372036854771712", "cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "9"},
            "5:memory:/docker/x\n", 0, 0.0,
        ),
        ({"cpu.max": "garbage"}, "garbage\n::\n", 0, 0.0),
    ],
)  # fmt: skip
def test_limits_of_control_groups(
    tmp_path: Path, files: dict[str, str], membership: str, memory: int, cpus: float
) -> None:
    root = groups(tmp_path, files)
    assert probe.memory_limit(root, membership) == memory
    assert probe.cpu_limit(root, membership) == cpus


def test_cards() -> None:
    text = "NVIDIA GeForce RTX 4090, 24564, 24000, 580.65.06, 8.9\nTesla K80, 11441, 11000, 470.82.01\n[N/A], [N/A], x, y\n"
    first, second = probe.parse_gpus(text)
    assert first == {
        "name": "NVIDIA GeForce RTX 4090", "memory_mb": 24564, "free_mb": 24000, "driver": "580.65.06",
        "compute_capability": "8.9",
    }  # fmt: skip
    assert second["compute_capability"] == ""


def test_mounts(tmp_path: Path) -> None:
    place = tmp_path / "my disk"
    place.mkdir()
    (tmp_path / "file").touch()
    escaped = str(place).replace(" ", "\\040")
    text = f"/dev/a / ext4 rw 0 0\nproc /proc proc rw 0 0\n/dev/b {escaped} xfs rw 0 0\n/dev/c {tmp_path}/file ext4 rw 0 0\nbad\n"
    assert probe.mount_points(text) == ["/", str(place)]


def test_a_missing_program_says_nothing() -> None:
    assert probe.run(["no-such-program-anywhere"]) == ""
    assert probe.ask_interpreter("no-such-program-anywhere") is None
    assert json.dumps(probe.find_gpus())


def test_traces_of_a_vendor_without_any_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("proc/1", "etc", "root/autodl-tmp", "hy-tmp"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "proc/1/environ").write_bytes(b"PATH=/bin\0AutoDLRegion=canary1\0HF_TOKEN=canary2\0")
    (tmp_path / "etc/rp_environment").write_text('export RUNPOD_POD_ID="canary3"\nJUNK\n', encoding="utf-8")
    monkeypatch.setenv("CONTAINER_API_KEY", "canary4")
    for name in ("VAST_CONTAINERLABEL", "AutoDLContainerUUID"):
        monkeypatch.delenv(name, raising=False)
    found = probe.find_markers(str(tmp_path))
    assert [marker for marker in found if not marker.startswith("cmd:")] == [
        "env:RUNPOD_POD_ID",
        "env:CONTAINER_API_KEY",
        "env:AutoDLRegion",
        "path:/etc/rp_environment",
        "path:/root/autodl-tmp",
        "path:/hy-tmp",
    ]
    assert "canary" not in str(found)
    assert "HF_TOKEN" not in str(found)
