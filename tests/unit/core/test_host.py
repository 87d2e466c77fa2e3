"""The probe's report reads back as it was written, and with small numbers only."""

import pytest
from pydantic import ValidationError

from loraferry_core.host import Disk, Gpu, HostFacts, Interpreter

FACTS = HostFacts(
    hostname="gpu-1", system="Linux", machine="x86_64", user="root", home="/root/.loraferry", boot_id="b", cpus=16,
    memory_mb=65536, memory_limit_mb=32768, cpu_limit=3.5,
    gpus=(Gpu(name="RTX 3060", memory_mb=12288, free_mb=12000, compute_capability="8.6", driver="550.54"),),
    disks=(Disk(path="/", total_mb=1, free_mb=1, inodes_free=2**64 - 1),),
    interpreters=(Interpreter(path="/usr/bin/python3", version="3.11.2"),),
)  # fmt: skip


def test_round_trip():
    assert HostFacts.model_validate_json(FACTS.model_dump_json()) == FACTS


@pytest.mark.parametrize(
    "change", [{"memory_mb": -1}, {"memory_mb": 10**400}, {"cpus": 2**63}, {"cpu_limit": float("inf")}, {"extra": 1}]
)
def test_odd_facts_are_refused(change):
    with pytest.raises(ValidationError):
        FACTS.replace(**change)
