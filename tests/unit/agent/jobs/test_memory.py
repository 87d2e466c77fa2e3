"""Which control group counts."""

from pathlib import Path

import pytest

from loraferry_agent.jobs.memory import memory_limit_mb, memory_used_mb, oom_kills

MIB = 2**20


def put(root: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return str(root)


@pytest.mark.parametrize(
    ("files", "membership", "kills"),
    [
        # Version 2, a session of a virtual machine: its own group, not the root, where others are counted.
        (
            {"memory.events": "oom_kill 9\n", "user.slice/a.scope/memory.events": "low 0\noom 3\noom_kill 2\n"},
            "0::/user.slice/a.scope\n",
            2,
        ),
        # A container that sees its own group as the root, whatever the path outside is.
        ({"memory.events": "oom 1\noom_kill 1\n"}, "0::/docker/0123\n", 1),
        ({"memory.events": "oom_kill 4\n"}, "0::/\n", 4),
        # Version 1.
        (
            {
                "memory/memory.oom_control": "oom_kill 7\n",
                "memory/docker/01/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 5\n",
            },
            "12:cpu,cpuacct:/docker/01\n9:memory:/docker/01\n1:name=systemd:/docker/01\n",
            5,
        ),
        ({"memory/memory.oom_control": "oom_kill 3\n"}, "9:memory:/docker/01\n0::/docker/01\n", 3),
        ({}, "0::/\n", 0),
        ({"memory.events": "rubbish\noom_kill\n"}, "", 0),
    ],
)
def test_kills_of_the_own_group_count(tmp_path: Path, files: dict[str, str], membership: str, kills: int) -> None:
    assert oom_kills(put(tmp_path, files), membership) == kills


def test_limit_and_use(tmp_path: Path) -> None:
    root = put(
        tmp_path / "two",
        {
            "a/memory.max": str(512 * MIB),
            "memory.max": "max",
            "a/memory.current": str(300 * MIB),
            "a/memory.stat": f"anon 1\ninactive_file {100 * MIB}\n",
        },
    )
    assert memory_limit_mb(root, "0::/a\n") == 512
    assert memory_used_mb(root, "0::/a\n") == 200
    old = put(
        tmp_path / "one",
        {
            "memory/memory.limit_in_bytes": str(256 * MIB),
            "memory/memory.usage_in_bytes": str(90 * MIB),
            "memory/memory.stat": f"total_inactive_file {30 * MIB}\n",
        },
    )
    assert (memory_limit_mb(old, "5:memory:/\n"), memory_used_mb(old, "5:memory:/\n")) == (256, 60)


def test_without_a_limit_the_whole_machine_counts(tmp_path: Path) -> None:
    assert memory_limit_mb(str(tmp_path), "0::/\n") == 0
    assert memory_used_mb(str(tmp_path), "0::/\n") >= 0
