import ast
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from loraferry.remote.agent_code import AgentCode
from loraferry_agent import install

SOURCE = Path(install.__file__)
CODE = AgentCode({"loraferry_agent/a.py": b"a", "loraferry_agent/deep/b.py": b"b"})


def order(home: Path, action: str, **more: Any) -> dict[str, Any]:
    return {"home": str(home), "action": action, **more}


def failing_selftest(tmp_path: Path, status: int) -> str:
    package = tmp_path / "code" / "loraferry_agent"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "platform.py").touch()
    (package / "selftest.py").write_text(
        f"import platform, sys; platform.system(); print('words of torch'); sys.exit({status})", encoding="utf-8"
    )
    return str(tmp_path / "code")


def test_code_is_laid_out_once(tmp_path: Path) -> None:
    home = tmp_path / "家 x"
    path = Path(install.perform(order(home, "code", version=CODE.version), CODE.archive()))
    assert path == home / "code" / CODE.version
    assert (path / "loraferry_agent" / "deep" / "b.py").read_bytes() == b"b"
    assert [entry.name for entry in path.parent.iterdir()] == [CODE.version]
    assert install.perform(order(home, "code", version=CODE.version), b"not even a zip") == str(path)
    if os.name == "posix":
        assert home.stat().st_mode & 0o777 == 0o700


def test_damaged_code_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    other = AgentCode({"loraferry_agent/a.py": b"A"})
    with pytest.raises(install.Failure) as caught:
        install.perform(order(tmp_path, "code", version=CODE.version), other.archive())
    assert caught.value.code == "deploy_failed"
    assert not list((tmp_path / "code").glob("*")) if (tmp_path / "code").exists() else True


def test_names_that_climb_are_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../evil.py", b"x")
    version = install.content_hash({"../evil.py": b"x"})
    with pytest.raises(install.Failure):
        install.perform(order(tmp_path / "home", "code", version=version), packed.getvalue())
    assert not list(tmp_path.rglob("evil.py"))


def test_both_ends_hash_alike() -> None:
    assert install.content_hash(CODE.files) == CODE.version


def test_the_work_folder_is_pointed_to(tmp_path: Path) -> None:
    install.perform(order(tmp_path / "home", "work", work=str(tmp_path / "big")), b"")
    assert (tmp_path / "home" / "work").read_text(encoding="utf-8").strip() == str(tmp_path / "big")
    assert (tmp_path / "big").is_dir()


def test_an_interpreter_is_adopted_after_its_test(tmp_path: Path) -> None:
    code = failing_selftest(tmp_path, 0)
    home = tmp_path / "home"
    assert install.perform(order(home, "adopt", name="e", python=sys.executable, code=code), b"") == sys.executable
    assert (home / "venvs" / "e" / "python").read_text(encoding="utf-8").strip() == sys.executable


def test_a_failed_test_leaves_no_pointer(tmp_path: Path) -> None:
    code = failing_selftest(tmp_path, 1)
    with pytest.raises(install.Failure) as caught:
        install.perform(order(tmp_path / "home", "adopt", name="e", python=sys.executable, code=code), b"")
    assert (caught.value.code, caught.value.params["phase"]) == ("deploy_failed", "selftest")
    assert "words of torch" in str(caught.value.params["output"])
    assert not (tmp_path / "home" / "venvs" / "e" / "python").exists()


PLAN = {"system_site": False, "installs": [[["--no-index"], "no-such-package==1\n"]], "needed_mb": 1}


@pytest.mark.slow
def test_an_environment_is_made(tmp_path: Path) -> None:
    code, home = failing_selftest(tmp_path, 0), tmp_path / "home"
    plan = {**PLAN, "installs": []}
    own = install.perform(order(home, "build", name="e", python=sys.executable, code=code, **plan), b"")
    assert Path(own).exists()
    assert not list((home / "venvs" / "e").glob("*/installing"))
    assert (home / "venvs" / "e" / "python").read_text(encoding="utf-8").strip() == own


def test_an_environment_is_made_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    phases = []

    def fail_at_packages(phase: str, argv: list[str]) -> None:
        phases.append(phase)
        if phase == "packages":
            raise install.Failure("deploy_failed", phase=phase, output="no such package")

    monkeypatch.setattr(install, "call", fail_at_packages)
    with pytest.raises(install.Failure):
        install.perform(order(tmp_path, "build", name="f", python=sys.executable, code="c", **PLAN), b"")
    assert phases == ["environment", "packages"]
    assert not list((tmp_path / "venvs" / "f").iterdir())


def test_what_a_tool_says_last_is_kept(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(install.Failure) as caught:
        install.call("packages", [sys.executable, "-c", "print('x' * 9000); print('the end'); raise SystemExit(1)"])
    assert str(caught.value.params["output"]).endswith("the end\n")
    assert len(str(caught.value.params["output"])) <= 6000


def test_what_was_left_half_made_is_removed(tmp_path: Path) -> None:
    for name, age in (("env-dead", 10_000), ("env-live", 0), ("env-done", None)):
        (tmp_path / name).mkdir()
        if age is not None:
            (tmp_path / name / "installing").touch()
            now = (tmp_path / name / "installing").stat().st_mtime
            os.utime(tmp_path / name / "installing", (now - age, now - age))
    install.remove_stale(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["env-done", "env-live"]


def test_a_home_that_is_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file", encoding="utf-8")
    with pytest.raises(install.Failure) as caught:
        install.perform(order(tmp_path / "home", "code", version=CODE.version), CODE.archive())
    assert caught.value.code == "deploy_failed"
    assert "home" in str(caught.value.params["output"])


def test_it_reports_over_its_streams(tmp_path: Path) -> None:
    line = json.dumps(order(tmp_path, "code", version=CODE.version)).encode() + b"\n"
    done = subprocess.run(
        [sys.executable, "-E", str(SOURCE)], input=line + CODE.archive(), capture_output=True, check=True
    )
    report = json.loads(done.stdout.decode().splitlines()[-1].removeprefix(install.SENTINEL))
    assert report == {"done": str(tmp_path / "code" / CODE.version)}


def test_it_is_python_3_8_and_imports_only_the_standard_library() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 8))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names
