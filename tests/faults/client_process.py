"""The desktop's side of one run as a process of its own, to be killed or stopped at any moment and started again.

`python -m tests.faults.client_process JSON`. It says on stdout how far it is, a word a line.
"""

import json
import sys
from pathlib import Path
from typing import Any

from loraferry.cancellation import CancelToken
from loraferry.remote.address import parse_address
from loraferry.remote.dial import dial
from loraferry.remote.liveness import Patience
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.sync import upload
from loraferry.remote.transport import Transport
from loraferry_core.jobs import JobSpec
from tests.faults.box import DIAL_S, Home, ignore, make_files, manifest_of_files, remember, voyage


class Way:
    """What a `Box` is to a client: an address, a known key, and where the code lies."""

    def __init__(self, journey: dict[str, Any]) -> None:
        self.code = Path(journey["code"])
        self._journey = journey

    def dial(self, timeout: float = DIAL_S) -> Transport:
        """Log in. Raises ProblemError."""
        address = parse_address(self._journey["address"])
        known = KnownHosts(Path(self._journey["folder"]) / "known", Path(self._journey["known_hosts"]))
        return dial(address, known, Prompts(), timeout)


def travel(journey: dict[str, Any]) -> None:
    """Ship, submit, follow to the end, and bring everything home; going on from wherever an earlier one was."""
    home = Home(Way(journey), Path(journey["home"]), tuple(journey["arguments"]), journey["python"])  # type: ignore[arg-type]
    spec = JobSpec.model_validate(journey["spec"])
    files = make_files(journey["seed"], journey["sizes"])
    patience = Patience(*(seconds / journey["scale"] for seconds in (5, 15, 30)))
    say("begun")
    with voyage(home, Path(journey["folder"]), patience) as running:
        remember(running.store, spec)
        client = running.client()
        say("connected")
        upload([client], manifest_of_files(files), files, ignore, CancelToken())
        say("shipped")
        running.store.set_status(client.submit(spec))
        say("submitted")
        running.follow(spec.job)
        say("following")
        running.await_over(spec.job, seconds=600)
        say("over")


def fetch_naively(journey: dict[str, Any]) -> None:
    """Fetch one file as a naive client does."""
    import paramiko

    address = parse_address(journey["address"])
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(address.host, address.port, address.user, key_filename=address.key_path, look_for_keys=False)
    local = Path(journey["local"])
    say("connected")
    if not local.exists():
        client.open_sftp().get(journey["remote"], str(local), prefetch=False)
    client.close()
    say("over")


def say(word: str) -> None:
    """To whoever started this."""
    print(word, flush=True)


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    fetch_naively(order) if "remote" in order else travel(order)
