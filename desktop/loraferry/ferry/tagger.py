"""The agent on this computer that only tags pictures: in a home and an environment of its own, without torch."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from loraferry.cancellation import CancelToken
from loraferry.remote.agent_code import AgentCode, read_agent_code
from loraferry.remote.bootstrap import Removed, deploy, uninstall
from loraferry.remote.client import AgentClient
from loraferry.remote.installer import PhaseName, Progress
from loraferry.remote.link import Connection, open_agent
from loraferry.remote.local import LocalTransport

TAGGER_HOME = "~/.loraferry-tagger"
"""Apart from this computer's other agent, whose trainings would otherwise run in an environment without torch."""

log = logging.getLogger(__name__)


class LocalTagger:
    """Kept ready while it is needed. Used by one thread at a time; `close` ends it, from any."""

    def __init__(self, home: str = TAGGER_HOME, read_code: Callable[[], AgentCode] = read_agent_code) -> None:
        self._home, self._read_code = home, read_code
        self._connection: Connection | None = None

    def client(self, progress: Progress, token: CancelToken) -> AgentClient:
        """The conversation, begun anew where there is none any more; the first time ever, the environment is made.

        Blocks. Raises ProblemError as `deploy` does, Cancelled.
        """
        connection = self._connection
        if connection is not None and connection.client.ended is None:
            return connection.client
        self.close()
        transport = LocalTransport()
        try:
            deployment = deploy(
                transport, partial(_tell, progress), token, home=self._home, code=self._read_code(), tagger=True
            )
            token.check()
            self._connection = Connection(transport, deployment, open_agent(transport, deployment))
        except BaseException:
            transport.close()
            raise
        return self._connection.client

    def close(self) -> None:
        """End the conversation; what it has begun goes on without it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def is_installed(self) -> bool:
        """Whether anything of it is on this computer."""
        return Path(self._home).expanduser().exists()

    def uninstall(self, token: CancelToken) -> Removed:
        """Take all of it away again. Raises ProblemError, Cancelled."""
        self.close()
        transport = LocalTransport()
        try:
            return uninstall(transport, token, home=self._home, code=self._read_code())
        finally:
            transport.close()


def _tell(progress: Progress, phase: PhaseName, done: int, total: int, line: str) -> None:
    if line:
        log.info("%s: %s", phase, line)
    progress(phase, done, total, line)
