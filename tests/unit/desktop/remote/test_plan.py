from typing import Any

import pytest

from loraferry.remote.agent_code import read_agent_code
from loraferry.remote.plan import Adopt, Build, disk_of, environment_name, parse_lock, plan_deployment
from loraferry.remote.torch_builds import CPU, WITHOUT, capability_of, choose_build, version_of
from loraferry_core.host import Disk, Gpu, HostFacts, Interpreter
from loraferry_core.problems import ProblemError

LOCK = "torch==2.13.0\nnumpy==2.4.6\npeft==0.21.2\n"
ALL = {"torch": "2.13.0+cpu", "numpy": "2.4.6", "peft": "0.21.2"}
CPU_NAME = environment_name(LOCK, CPU)


def python(path: str = "/usr/bin/python3", version: str = "3.11.2", **more: Any) -> Interpreter:
    return Interpreter(path=path, version=version, **{"has_venv": True, "has_pip": True, **more})


def facts(*interpreters: Interpreter, **more: Any) -> HostFacts:
    plain = {
        "hostname": "h", "system": "Linux", "machine": "x86_64", "user": "u", "home": "/root/.loraferry",
        "boot_id": "b", "cpus": 2, "memory_mb": 1000, "interpreters": interpreters,
    }  # fmt: skip
    return HostFacts(**{**plain, **more})


def gpu(capability: str, driver: str) -> Gpu:
    return Gpu(name="G", memory_mb=1, free_mb=1, compute_capability=capability, driver=driver)


def code(*interpreters: Interpreter, **more: Any) -> str:
    with pytest.raises(ProblemError) as caught:
        plan_deployment(facts(*interpreters, **more), "c", LOCK)
    return caught.value.problem.code


def test_a_bare_machine_gets_code_and_environment() -> None:
    plan = plan_deployment(facts(python()), "c", LOCK)
    assert (plan.send_code, plan.ready) == (True, "")
    small, large = plan.ways
    assert isinstance(small, Build) and isinstance(large, Build)
    assert (small.tool, small.system_site) == ("pip", False)
    everything = ("", "numpy==2.4.6\npeft==0.21.2\ntorch==2.13.0\n")
    assert small.installs == (("https://download.pytorch.org/whl/cpu", "torch==2.13.0\n"), everything)
    assert large.installs == (everything,)
    assert plan.cards == ()


def test_a_tagger_gets_no_torch_and_needs_no_card() -> None:
    old_card = (gpu("3.5", "300"),)
    lock = "numpy==2.4.6\nonnxruntime==1.32.0\n"
    plan = plan_deployment(facts(python(), gpus=old_card), "c", lock, tagger=True)
    (whole,) = plan.ways
    assert isinstance(whole, Build)
    assert whole.installs == (("", "numpy==2.4.6\nonnxruntime==1.32.0\n"),)
    assert (whole.system_site, whole.needed_mb, plan.tagger) == (False, WITHOUT.disk_mb, True)
    trains = plan_deployment(facts(python()), "c", LOCK)
    assert not trains.tagger
    assert plan.environment not in (trains.environment, environment_name(lock, CPU))
    has_all = python("/opt/python", packages={"numpy": "2.4.6", "onnxruntime": "1.32.0"})
    assert plan_deployment(facts(has_all), "c", lock, tagger=True).ways[0] == Adopt("/opt/python")


def test_a_known_machine_gets_nothing() -> None:
    own = "/root/.loraferry/venvs/e/env-1/bin/python"
    plan = plan_deployment(facts(python(), codes=("c",), pythons={CPU_NAME: own}), "c", LOCK)
    assert (plan.send_code, plan.ready, plan.ways) == (False, own, ())


def test_an_interpreter_that_has_everything_is_adopted_first() -> None:
    has_all = python("/venv/main/bin/python", packages=ALL)
    plan = plan_deployment(facts(python(), has_all), "c", LOCK)
    assert plan.ways[0] == Adopt("/venv/main/bin/python")
    assert isinstance(plan.ways[-1], Build)


@pytest.mark.parametrize("packages", [{**ALL, "peft": "0.20.0"}, {**ALL, "torch": ""}, {}])
def test_other_versions_are_not_adopted(packages: dict[str, str]) -> None:
    plan = plan_deployment(facts(python(packages=packages)), "c", LOCK)
    assert not any(isinstance(way, Adopt) for way in plan.ways)


def test_an_adopted_interpreter_that_changed_is_not_ready() -> None:
    path = "/venv/main/bin/python"
    good = python(path, packages=ALL)
    assert plan_deployment(facts(good, pythons={CPU_NAME: path}), "c", LOCK).ready == path
    changed = python(path, packages={**ALL, "peft": "9"})
    assert plan_deployment(facts(changed, pythons={CPU_NAME: path}), "c", LOCK).ready == ""


def test_a_neighbour_of_home_is_not_in_it() -> None:
    path = "/root/.loraferry-other/bin/python"
    assert plan_deployment(facts(python(), pythons={CPU_NAME: path}), "c", LOCK).ready == ""


def test_the_images_torch_is_tried_before_another_is_fetched() -> None:
    image = python("/opt/conda/bin/python", torch="2.7.1+cu128")
    plan = plan_deployment(facts(python(), image, gpus=(gpu("8.9", "580.65.06"),)), "c", LOCK)
    first, second, third = plan.ways
    assert isinstance(first, Build) and isinstance(second, Build) and isinstance(third, Build)
    assert (first.python, first.system_site, first.without) == ("/opt/conda/bin/python", True, ("torch", "numpy"))
    assert "torch" not in first.installs[0][1]
    assert "torch" in second.installs[0][1] and second.installs[0][0] == ""
    assert third.installs[0] == ("https://download.pytorch.org/whl/cu130", "torch==2.13.0\n")
    assert plan.cards == (0,)


def test_the_older_build_is_only_on_pytorchs_own_index() -> None:
    plan = plan_deployment(facts(python(), gpus=(gpu("7.0", "580.65.06"),)), "c", LOCK)
    (way,) = plan.ways
    assert isinstance(way, Build)
    assert way.installs[0] == ("https://download.pytorch.org/whl/cu126", "torch==2.13.0\n")


def test_a_card_without_a_build_may_run_the_images() -> None:
    image = python("/opt/conda/bin/python", torch="2.8.0+cu128")
    plan = plan_deployment(facts(image, gpus=(gpu("12.0", "570.124.06"),)), "c", LOCK)
    (way,) = plan.ways
    assert isinstance(way, Build) and way.system_site
    assert plan.otherwise is not None and plan.otherwise.code == "driver_too_old"
    assert plan.cards == (0,)


# ---- machines without pip, or without a Python ----------------------------------------------------------------------


def test_without_venv_uv_makes_the_environment() -> None:
    plan = plan_deployment(facts(python(version="3.12.0", has_venv=False)), "c", LOCK)
    assert {(way.python, way.tool) for way in plan.ways} == {("/usr/bin/python3", "uv")}


def test_without_a_new_python_uv_fetches_one() -> None:
    for found in (python(version="3.8.10"), python(version="3.10.2", has_venv=False)):
        plan = plan_deployment(facts(found, machine="aarch64"), "c", LOCK)
        assert {(way.python, way.tool) for way in plan.ways} == {("3.12", "uv")}


def test_pip_is_liked_better_than_a_better_version() -> None:
    plan = plan_deployment(facts(python("a", "3.12.0", has_venv=False), python("b", "3.13.0")), "c", LOCK)
    assert {(way.python, way.tool) for way in plan.ways} == {("b", "pip")}


def test_the_images_torch_without_pip() -> None:
    image = python("/opt/venv/bin/python", torch="2.9.0+cu130", has_venv=False)
    plan = plan_deployment(facts(image, gpus=(gpu("8.9", "580.65.06"),)), "c", LOCK)
    assert isinstance(plan.ways[0], Build)
    assert (plan.ways[0].tool, plan.ways[0].system_site) == ("uv", True)


def test_an_environment_of_ours_is_nothing_to_build_on() -> None:
    own = python("/root/.loraferry/venvs/old/env-1/bin/python", "3.12.1", torch="2.12.0")
    plan = plan_deployment(facts(python(), own, gpus=(gpu("8.9", "580.65.06"),)), "c", LOCK)
    assert {way.python for way in plan.ways} == {"/usr/bin/python3"}


def test_an_images_old_torch_is_not_tried() -> None:
    image = python(torch="1.13.1+cu117")
    plan = plan_deployment(facts(image, gpus=(gpu("8.9", "580.65.06"),)), "c", LOCK)
    assert {way.system_site for way in plan.ways if isinstance(way, Build)} == {False}


def test_the_liked_python_makes_the_environment() -> None:
    plan = plan_deployment(facts(python("a", "3.14.0"), python("b", "3.11.9"), python("c", "3.12.1")), "c", LOCK)
    assert {way.python for way in plan.ways} == {"c"}


@pytest.mark.parametrize("interpreters", [(), (python(version="3.8.10"),), (python(version="3.12.0", has_venv=False),)])
@pytest.mark.parametrize("machine", [{"system": "Linux", "machine": "riscv64"}, {"system": "Darwin"}])
def test_no_usable_python(interpreters: tuple[Interpreter, ...], machine: dict[str, str]) -> None:
    assert code(*interpreters, **machine) == "python_missing"


def disk(path: str, free_mb: int, inodes_free: int = 0) -> Disk:
    return Disk(path=path, total_mb=100_000, free_mb=free_mb, inodes_free=inodes_free)


def test_too_little_space_is_said_before_anything_is_sent() -> None:
    disks = (disk("/", 4000), disk("/root", 100))
    assert code(python(), disks=disks) == "disk_full"
    assert plan_deployment(facts(python(packages=ALL), disks=disks), "c", LOCK).ways  # adopting needs none


def test_space_is_counted_by_disk() -> None:
    def lacks(disks: tuple[Disk, ...], caches: str) -> dict[str, Any]:
        with pytest.raises(ProblemError) as caught:
            plan_deployment(facts(python(), disks=disks), "c", LOCK, "/work", caches)
        return {"code": caught.value.problem.code, **caught.value.problem.params}

    assert lacks((disk("/", 50_000), disk("/work", 100)), "/") == {
        "code": "disk_full", "path": "/work", "needed_mb": 500, "free_mb": 100,
    }  # fmt: skip
    assert lacks((disk("/", 50_000), disk("/fast", 100)), "/fast/caches")["path"] == "/fast/caches"
    # Room for the environment, but not for its packages beside it.
    assert lacks((disk("/", 3100), disk("/work", 900)), "/")["needed_mb"] > 3100
    plan_deployment(facts(python(), disks=(disk("/", 3100), disk("/work", 9000))), "c", LOCK, "/work", "")


def test_files_are_counted_too() -> None:
    assert code(python(), disks=(disk("/", 90_000, 5000),)) == "inodes_full"
    assert code(python(), disks=(disk("/", 90_000, 1),)) == "inodes_full"
    assert plan_deployment(facts(python(), disks=(disk("/", 90_000, 0),)), "c", LOCK).ways  # not counted


def test_ways_without_room_are_left_out() -> None:
    image = python("/opt/conda/bin/python", torch="2.7.1+cu128")
    found = facts(image, gpus=(gpu("8.9", "580.65.06"),), disks=(disk("/", 5000),))
    (way,) = plan_deployment(found, "c", LOCK).ways
    assert isinstance(way, Build) and way.system_site


def test_the_disk_of_a_path_is_the_longest_mount_above() -> None:
    disks = tuple(Disk(path=path, total_mb=1, free_mb=1) for path in ("/", "/root", "/rooted"))
    found = disk_of(facts(python(), disks=disks), "/root/.loraferry")
    assert found is not None and found.path == "/root"


@pytest.mark.parametrize(
    ("capability", "driver", "build"),
    [
        ("8.9", "580.65.06", "cu130"), ("12.0", "590.1", "cu130"), ("7.5", "581.0", "cu130"),
        ("8.9", "550.54.15", "cu126"), ("7.0", "590.1", "cu126"), ("6.1", "525.60.13", "cu126"),
    ],
)  # fmt: skip
def test_builds(capability: str, driver: str, build: str) -> None:
    assert choose_build([gpu(capability, driver)]).name == build


@pytest.mark.parametrize(
    ("capability", "driver", "problem", "needed"),
    [
        ("8.9", "470.82.01", "driver_too_old", "525.60.13"),
        ("12.0", "570.124.06", "driver_too_old", "580.65.06"),
        ("", "418.0", "driver_too_old", "525.60.13"),
        ("3.5", "470.82.01", "gpu_too_old", None),
    ],
)
def test_cards_without_a_build(capability: str, driver: str, problem: str, needed: str | None) -> None:
    with pytest.raises(ProblemError) as caught:
        choose_build([gpu(capability, driver)])
    assert caught.value.problem.code == problem
    assert caught.value.problem.params.get("needed") == needed


def test_different_cards() -> None:
    def card(capability: str, memory_mb: int) -> Gpu:
        return gpu(capability, "580.65.06").replace(memory_mb=memory_mb)

    # One build for all, if there is one; else that which serves most of the memory.
    assert choose_build([card("8.0", 40_000), card("7.0", 16_000)]).name == "cu126"
    blackwell, volta = card("12.0", 32_000), card("7.0", 16_000)
    assert choose_build([volta, blackwell]).name == "cu130"
    assert choose_build([volta, blackwell, volta, volta]).name == "cu126"
    plan = plan_deployment(facts(python(), gpus=(volta, blackwell)), "c", LOCK)
    assert plan.cards == (1,)


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("NVIDIA GeForce RTX 2080 Ti", "cu130"), ("Tesla V100-SXM2-32GB", "cu126"), ("NVIDIA GeForce RTX 5090", "cu130"),
        ("Tesla T4", "cu130"), ("NVIDIA A100-SXM4-80GB", "cu130"), ("GeForce GTX 1080 Ti", "cu126"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("told", ["", "[N/A]", "[Not Supported]"])
def test_a_card_that_does_not_tell_its_capability(name: str, build: str, told: str) -> None:
    assert choose_build([gpu(told, "580.65.06").replace(name=name)]).name == build


def test_names_tell_what_a_card_is_when_it_does_not() -> None:
    assert capability_of(gpu("", "1").replace(name="NVIDIA L40S")) == (8, 9)
    assert capability_of(gpu("", "1").replace(name="NVIDIA RTX A6000")) == (8, 6)
    assert capability_of(gpu("", "1").replace(name="Grid thing")) == ()
    assert capability_of(gpu("9.9", "1").replace(name="Tesla T4")) == (9, 9)


def test_arm_machines_have_builds_for_fewer_cards() -> None:
    assert choose_build([gpu("9.0", "580.65.06")], "aarch64").name == "cu130"
    with pytest.raises(ProblemError) as caught:
        choose_build([gpu("7.5", "580.65.06")], "aarch64")
    assert caught.value.problem.code == "gpu_too_old"


def test_the_environments_name_follows_lock_and_build() -> None:
    cuda = choose_build([gpu("8.9", "580.65.06")])
    assert len({CPU_NAME, environment_name(LOCK, cuda), environment_name(LOCK + "x==1\n", CPU)}) == 3


def test_versions() -> None:
    assert version_of("2.13.0+cu130") == (2, 13, 0)
    assert version_of("2.7.0a0") == (2, 7)
    assert version_of("") == ()


def test_the_real_lock_is_exact_and_travels_with_the_code() -> None:
    code = read_agent_code()
    pins = parse_lock(code.lock)
    assert {"torch", "diffusers", "transformers", "peft", "accelerate", "safetensors", "pydantic"} <= pins.keys()
    assert all(version_of(version) for version in pins.values())
    tagger = parse_lock(code.tagger_lock)
    assert set(tagger) == {"numpy", "onnxruntime", "pillow", "pydantic"}
    assert tagger.items() <= pins.items()
    assert len(code.archive()) < 1_000_000
    assert code.archive() == read_agent_code().archive()
    assert code.version == read_agent_code().version
