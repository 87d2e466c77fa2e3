"""An SSH server that decides by a script who may log in: for passwords and questions, which a real one asks PAM for."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import paramiko

from loraferry.remote.address import Address
from tests.fakes.sshd import make_key


@contextmanager
def asking_server(behaviour: paramiko.ServerInterface, folder: Path) -> Iterator[Address]:
    """Serve on loopback, with a new key in `folder`; the address to log in at, as ann."""
    key = paramiko.PKey.from_path(make_key(folder / "server_key"))
    transports: list[paramiko.Transport] = []

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(key)
            transport.start_server(threading.Event(), behaviour)
            transports.append(transport)

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield Address(host="127.0.0.1", port=listening.getsockname()[1], user="ann")
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            for transport in transports:
                transport.close()
                transport.join(10)
