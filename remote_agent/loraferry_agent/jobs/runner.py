"""Stands between the supervisor and one training process: starts it, waits, writes down how it ended.

Standard library only, one thread. It survives the death of the supervisor and starts a new one.
"""

import argparse
import subprocess
import sys
import time

from loraferry_agent import platform
from loraferry_agent.jobs import ranks
from loraferry_agent.jobs.atomic import write_json
from loraferry_agent.jobs.launch import (
    Settings,
    add_arguments,
    environment,
    python_module,
    settings_from,
    start_supervisor,
    supervisor_is_alive,
)
from loraferry_agent.jobs.memory import oom_kills
from loraferry_agent.jobs.process import identify, identify_self
from loraferry_agent.jobs.reserve import give_reserve
from loraferry_agent.layout import JOB_VARIABLE, JobFolder, Layout, default_home

POLL_SECONDS = 0.05
SUPERVISOR_SECONDS = 1.0
TROUBLE_SECONDS = 1.0
"""Pause after the disk refused something."""


def main() -> None:
    """Run one attempt of one job to its end."""
    parser = argparse.ArgumentParser(prog="loraferry_agent.jobs.runner")
    add_arguments(parser, default_home())
    parser.add_argument("--job", required=True)
    parser.add_argument("--attempt", type=int, required=True)
    parser.add_argument("--after-seq", type=int, required=True)
    parsed = parser.parse_args()
    settings = settings_from(parsed)
    folder = settings.layout.job(parsed.job)
    platform.become_subreaper()
    platform.outlive_signals()
    record = {
        "attempt": parsed.attempt,
        "after_seq": parsed.after_seq,
        "oom_kills": oom_kills(),
        "runner": identify_self().as_json(),
    }
    write_json(folder.runner, record)
    command, around = how_to_train(settings, parsed.job)
    trainer = platform.spawn_bound(command, around, folder.path, folder.log)
    identity = identify(trainer.pid)
    if identity is not None:
        write_json(folder.runner, {**record, "trainer": identity.as_json()})
    code = wait(trainer, settings)
    end_leftovers(parsed.job)
    write_exit(settings.layout, folder, parsed.attempt, code)


def how_to_train(settings: Settings, job: str) -> tuple[list[str], dict[str, str]]:
    """The command line of the trainer and its environment: one process, or several where the plan wants several cards
    and they are there. Raises OSError."""
    folder, around = settings.layout.job(job), environment(settings, job)
    wanted = ranks.wanted_cards(folder)
    count = 1 if wanted == 1 else ranks.processes(wanted, ranks.cards_there(), around)
    if count == 1:
        return python_module(settings.trainer, str(folder.path)), around
    meeting = settings.layout.meetings / job
    ranks.meet_anew(meeting)
    command = ranks.launcher(count, meeting, settings.trainer, str(folder.path))
    return command, {**around, **ranks.launcher_environment(meeting)}


def wait(trainer: "subprocess.Popen[bytes]", settings: Settings) -> int:
    """The trainer's return code; a supervisor that dies meanwhile is started again."""
    started: subprocess.Popen[bytes] | None = None
    look_at = 0.0
    while (code := trainer.poll()) is None:
        platform.reap_orphans(but=trainer.pid)
        if time.monotonic() >= look_at:
            look_at = time.monotonic() + SUPERVISOR_SECONDS
            starting = started is not None and started.poll() is None
            if not starting and not supervisor_is_alive(settings.layout):
                started = start_supervisor(settings)
        time.sleep(POLL_SECONDS)
    return code


def end_leftovers(job: str) -> None:
    """Kill what the trainer left behind, such as workers with sessions of their own."""
    own = identify_self().pid
    while leftovers := [pid for pid in platform.tagged_processes(JOB_VARIABLE, job) if pid != own]:
        for pid in leftovers:
            platform.kill(pid)
        platform.reap_orphans(but=own)
        time.sleep(POLL_SECONDS)


def write_exit(layout: Layout, folder: JobFolder, attempt: int, code: int) -> None:
    """Write down the end: exit code, or the signal that ended it. On a full disk with the room kept for it."""
    end = {
        "attempt": attempt,
        "code": max(code, 0),
        "signal": max(-code, 0),
        "time": time.time(),
        "oom_kills": oom_kills(),
    }
    while folder.path.exists():
        try:
            write_json(folder.exit, end)
        except OSError as error:
            sys.stderr.write(f"the end cannot be written down yet: {error}\n")
            give_reserve(layout)
            time.sleep(TROUBLE_SECONDS)
        else:
            return


if __name__ == "__main__":
    main()
