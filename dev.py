#!/usr/bin/env python3
"""Everything one does with a checkout, from nothing but Python: `python dev.py` opens the app.

    python dev.py                 open the window
    python dev.py demo            the main job, start to end, on this computer (see `demo --help`)
    python dev.py test [ARGS]     lint, types, layers, tests; with ARGS only pytest with these
    python dev.py bench [NAME]    measure; without NAME everything
    python dev.py faults          the long fault trials
    python dev.py setup           only prepare .venv and what the system lacks

Makes `.venv` beside this file, installs both ends into it against constraints.txt, and on Debian as root also the
system packages that Qt and the SSH tests need (elsewhere it names them). Standard library only.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "loraferry-setup"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)
EXTRAS = "desktop,agent,dev"
DEBIAN_PACKAGES = (
    "openssh-server", "rsync", "libegl1", "libgl1", "libxkbcommon0", "libxkbcommon-x11-0", "libdbus-1-3", "fontconfig",
    "fonts-noto-cjk", "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0",
    "libxcb-render-util0", "libxcb-shape0", "libxcb-xinerama0", "libxcb-xkb1", "xvfb", "xauth", "xdotool",
)  # fmt: skip
FUZZ = "tests/faults/test_fuzz_protocol.py"
FUZZ_EXAMPLES = 20_000
"""Of each of its tests, 100,000 and more together."""
CHECKS = {
    "lint": ["-m", "ruff", "check", "."],
    "format": ["-m", "ruff", "format", "--check", "."],
    "types": ["-m", "mypy"],
    "layers": ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
}
CORE = "tests/unit/core"
TESTS = {
    # Counting lines makes everything half as slow again, and core is to be covered by its own tests.
    "tests of core": [CORE, "--cov", "--cov-report=term:skip-covered", "--cov-fail-under=100"],
    "tests": [f"--ignore={CORE}"],
}


def main(arguments: list[str]) -> int:
    """Run one command of the table in this file's docstring."""
    if sys.version_info < OLDEST:
        return complain(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.")
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    commands = {"test": test, "bench": bench, "faults": faults, "setup": lambda _: 0}
    if command in ("-h", "--help"):
        print(__doc__)
        return 0
    problem = prepare()
    if problem:
        return complain(problem)
    return commands[command](rest) if command in commands else python("-m", "loraferry", *arguments)


def prepare() -> str:
    """Make `.venv` as wanted, unless it is already. Returns what went wrong, or nothing."""
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        return ""
    system_packages()
    if not PYTHON.is_file():
        print("Making .venv …", flush=True)
        try:
            venv.create(VENV, with_pip=True)
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(VENV, ignore_errors=True)
            return f"No environment could be made ({error}). On Debian or Ubuntu: apt install python3-venv"
    print("Installing (some minutes the first time) …", flush=True)
    install = ["-m", "pip", "install", "--quiet", "--constraint", "constraints.txt", "--editable", f".[{EXTRAS}]"]
    if python(*install) != 0:
        return "The installation failed; the lines above say why. Run the same command again to go on."
    STAMP.write_text(wanted, encoding="utf-8")
    return ""


def fingerprint() -> str:
    """Changes whenever `.venv` has to be looked at again."""
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt", "dev.py")]
    return hashlib.sha256(b"\0".join([*parts, sys.version.encode(), str(ROOT).encode()])).hexdigest()


def system_packages() -> None:
    """Install on Debian as root, else name, the packages that pip cannot bring."""
    if not shutil.which("dpkg-query"):
        if sys.platform.startswith("linux"):
            print("If the window does not open, install your system's packages for:", ", ".join(DEBIAN_PACKAGES))
        return
    query = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *DEBIAN_PACKAGES]
    answer = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    there = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    missing = [name for name in DEBIAN_PACKAGES if name not in there]
    if not missing:
        return
    if os.geteuid() != 0:
        print("The window and the SSH tests need: sudo apt install", *missing)
        return
    print("Installing system packages:", *missing, flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    subprocess.run(
        ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *missing],
        env=environment,
        check=False,
        stdout=subprocess.DEVNULL,
    )


def test(arguments: list[str]) -> int:
    """All checks, or pytest alone with the given arguments."""
    if arguments:
        return python("-m", "pytest", *arguments)
    failed = []
    for name, command in CHECKS.items():
        print(f"--- {name}", flush=True)
        if python(*command) != 0:
            failed.append(name)
    for name, command in TESTS.items():
        print(f"--- {name}", flush=True)
        if python("-m", "pytest", *command) != 0:
            failed.append(name)
    if failed:
        return complain("Failed: " + ", ".join(failed))
    return 0


def bench(arguments: list[str]) -> int:
    """One bench, or all of them; the last line is a JSON object of the figures."""
    names = arguments[:1] or sorted(path.stem for path in (ROOT / "tests" / "bench").glob("[a-z]*.py"))
    results = {}
    for name in names:
        if not (ROOT / "tests" / "bench" / f"{name}.py").is_file():
            return complain(f"There is no bench named {name}.")
        print(f"--- {name}", flush=True)
        if arguments:
            return python("-m", f"tests.bench.{name}", *arguments[1:])
        done = subprocess.run(
            [PYTHON, "-m", f"tests.bench.{name}"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout, flush=True)
        if done.returncode != 0:
            return done.returncode
        results[name] = json.loads(done.stdout.strip().splitlines()[-1])
    print(json.dumps(results))
    return 0


def faults(arguments: list[str]) -> int:
    """The long trials of everything that can go wrong; beside them the fuzz. The last line is a JSON object."""
    with tempfile.TemporaryDirectory(prefix="loraferry-faults-") as folder:
        ledger = Path(folder) / "ledger.json"
        environment = {**os.environ, "LORAFERRY_FAULTS": str(ledger), "LORAFERRY_FUZZ_EXAMPLES": str(FUZZ_EXAMPLES)}
        pytest = [str(PYTHON), "-m", "pytest", "-q"]
        fuzz = subprocess.Popen([*pytest, "--timeout=1500", FUZZ], cwd=ROOT, env=environment)
        trials = [*pytest, "--timeout=900", "tests/faults", f"--ignore={FUZZ}", *arguments]
        code = subprocess.run(trials, cwd=ROOT, env=environment, check=False).returncode
        code = fuzz.wait() or code
        told = json.loads(ledger.read_text(encoding="utf-8")) if ledger.is_file() else {"table": "", "figures": {}}
    print(told["table"], json.dumps(told["figures"]), sep="\n", flush=True)
    return code


def python(*arguments: str) -> int:
    """Run the environment's Python in the checkout; returns its exit code."""
    process = subprocess.Popen([str(PYTHON), *arguments], cwd=ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:  # the child got it too, and decides what to do
            continue


def complain(text: str) -> int:
    """Say what is wrong; the exit code for it."""
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
