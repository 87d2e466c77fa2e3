import ast
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from loraferry.remote.agent_code import INSTALLER, AgentCode, read_agent_code
from loraferry.remote.installer import _RUN_MODULES
from loraferry_agent import install
from loraferry_agent.setup.tools import SENTINEL, Desk, Failure

SOURCES = Path(install.__file__).parents[1]
CODE = AgentCode({"loraferry_agent/a.py": b"a", "loraferry_agent/deep/b.py": b"b"})


def order(home: Path, action: str, **more: Any) -> dict[str, Any]:
    return {"home": str(home), "action": action, "owner": "me", **more}


def perform(home: Path, action: str, archive: bytes = b"", **more: Any) -> Any:
    return install.perform(order(home, action, **more), archive, Desk(io.BytesIO()))


def test_code_is_laid_out_once(tmp_path: Path) -> None:
    home = tmp_path / "家 x"
    path = Path(perform(home, "code", CODE.archive(), version=CODE.version))
    assert path == home / "code" / CODE.version
    assert (path / "loraferry_agent" / "deep" / "b.py").read_bytes() == b"b"
    assert [entry.name for entry in path.parent.iterdir()] == [CODE.version]
    assert perform(home, "code", b"not even a zip", version=CODE.version) == str(path)
    if sys.platform != "win32":
        assert home.stat().st_mode & 0o777 == 0o700


def test_damaged_code_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    other = AgentCode({"loraferry_agent/a.py": b"A"})
    with pytest.raises(Failure) as caught:
        perform(tmp_path / "home", "code", other.archive(), version=CODE.version)
    assert caught.value.code == "deploy_failed"
    assert not list((tmp_path / "home").glob("code/*"))


def test_names_that_climb_are_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../evil.py", b"x")
    version = install.content_hash({"../evil.py": b"x"})
    with pytest.raises(Failure):
        perform(tmp_path / "home", "code", packed.getvalue(), version=version)
    assert not list(tmp_path.rglob("evil.py"))


def test_both_ends_hash_alike() -> None:
    assert install.content_hash(CODE.files) == CODE.version


def test_a_home_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    with pytest.raises(Failure) as caught:
        perform(tmp_path, "code", CODE.archive(), version=CODE.version)
    assert (caught.value.code, caught.value.params) == ("folder_foreign", {"path": str(tmp_path)})
    assert [path.name for path in tmp_path.iterdir()] == ["code"]


def test_a_home_that_is_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    with pytest.raises(Failure) as caught:
        perform(tmp_path / "home", "code", CODE.archive(), version=CODE.version)
    assert "home" in str(caught.value.params["path"])


def test_it_is_sent_as_modules_and_reports_over_its_streams(tmp_path: Path) -> None:
    home, modules = tmp_path / "home", read_agent_code().modules()
    line = json.dumps(order(home, "code", version=CODE.version, size=len(CODE.archive()))).encode() + b"\n"
    done = subprocess.run(
        [sys.executable, "-E", "-S", "-c", _RUN_MODULES, str(len(modules))],
        input=modules + line + CODE.archive(), capture_output=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    report = json.loads(done.stdout.decode().splitlines()[-1].removeprefix(SENTINEL))
    assert report == {"done": str(home / "code" / CODE.version)}
    assert done.stderr == b""


def test_half_an_order_is_none(tmp_path: Path) -> None:
    modules = read_agent_code().modules()
    line = json.dumps(order(tmp_path / "home", "code", version=CODE.version, size=10_000)).encode() + b"\n"
    done = subprocess.run(
        [sys.executable, "-E", "-c", _RUN_MODULES, str(len(modules))],
        input=modules + line + b"cut off", capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout.decode().splitlines()[-1].removeprefix(SENTINEL)) == {"cancelled": True}
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("name", INSTALLER)
def test_it_is_python_3_8_and_imports_only_the_standard_library(name: str) -> None:
    tree = ast.parse((SOURCES / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    ours = {module for module in imported if module.startswith("loraferry")}
    assert ours <= {sent.replace("/", ".") for sent in INSTALLER[: INSTALLER.index(name)]}
    assert {module.partition(".")[0] for module in imported - ours} <= sys.stdlib_module_names
    calls = {node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and hasattr(node.func, "attr")}
    assert not calls & {"is_relative_to", "removeprefix", "removesuffix", "readlink", "hardlink_to", "pairwise"}
