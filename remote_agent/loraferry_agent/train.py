"""The process that trains one job: `python -m loraferry_agent.train <job folder>`.

Ends with 0 when the run finished or was stopped, with 1 when a problem ended it (it is the last event then). Whatever
nobody foresaw goes to stderr as a traceback, and the supervisor makes a problem of it.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.engine.patience import Patience, PatientLog
from loraferry_agent.engine.stop import Stop, StopRequested
from loraferry_agent.jobs.event_log import Unwritten
from loraferry_agent.jobs.ranks import place_of
from loraferry_agent.layout import FROM_NEWER, HOME_VARIABLE, JobFolder, Layout, layout_of
from loraferry_core.jobs import JobSpec, JobStatus
from loraferry_core.problems import ProblemError


def main(arguments: list[str]) -> int:
    """Train the job whose folder is the one argument; the work folder is two above it. SIGTERM asks for a stop."""
    # Read when torch loads. Threads that spin while they wait for each other make a step a hundred times slower on a
    # processor that others use too (48 s against 0.46 s for one pass of the toy denoiser, two cores, load 12).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    path = Path(arguments[0]).absolute()
    stop = Stop(JobFolder(path).stop_request)
    signal.signal(signal.SIGTERM, lambda *_: stop.signal())
    return run(path, layout_around(path), stop)


def layout_around(path: Path) -> Layout:
    """The layout that a job's folder lies in, with the home that started this process, if one did."""
    home = Path(os.environ.get(HOME_VARIABLE) or path.parent.parent)
    return replace(layout_of(home), work=path.parent.parent)


def run(path: Path, layout: Layout, stop: Stop) -> int:
    """Train the job in `path` and return the process's exit code. Raises what nobody foresaw."""
    folder = JobFolder(path)
    spec = JobSpec.model_validate_json(folder.spec.read_text(encoding="utf-8"), extra=FROM_NEWER)
    place = place_of(os.environ)
    if place:
        platform.end_with_parent()
    first = place is None or place.number == 0
    log = PatientLog(folder.events, attempt_of(folder), Patience(stop)) if first else Unwritten(attempt_of(folder))
    try:
        # Importing the training stack takes seconds; a stop that comes meanwhile is not lost.
        from loraferry_agent.engine import exhaustion, ranks
        from loraferry_agent.engine.recipe import train
        from loraferry_agent.engine.reporter import Reporter

        report = Reporter(log, path)
        try:
            together = ranks.join(place, stop)
            train(spec, layout, report, stop, together)
            together.leave()
        except ranks.Lost:
            sys.stderr.write("another process of this run has ended\n")
            return 1
        except ProblemError as error:
            report.failed(error.problem)
            return 1
        except (RuntimeError, MemoryError, OSError) as error:
            problem = exhaustion.problem_of(error, layout.work)
            if problem is None:
                raise
            report.failed(exhaustion.with_way_out(problem, spec.config))
            return 1
    except StopRequested:
        return 0  # while the disk had no room for a last word; the supervisor has kept some for its own
    finally:
        log.close()
    return 0


def attempt_of(folder: JobFolder) -> int:
    """The attempt's number, as the supervisor wrote it; 1 where there is no state yet."""
    if not folder.state.exists():
        return 1
    return max(1, JobStatus.model_validate_json(folder.state.read_text(encoding="utf-8"), extra=FROM_NEWER).attempt)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
