"""A relay between the service and its database: it can fall silent, as a network does that lost its way."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread


class Relay:
    """Carries bytes from a port of its own to a socket in the file system, and back."""

    def __init__(self, target: Path) -> None:
        """Listen for whoever wants to *target*."""
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._carrying = Event()
        self._carrying.set()
        Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Carry nothing meanwhile, and close nothing: connections are taken, and nobody answers."""
        self._carrying.clear()
        try:
            yield
        finally:
            self._carrying.set()

    def close(self) -> None:
        """Take no more connections."""
        self._carrying.set()
        with suppress(OSError):  # nobody is connected to a socket that listens
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while self._listener.fileno() >= 0:
            with suppress(OSError):  # it was closed, or the client is gone already
                client, _ = self._listener.accept()
                Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._carrying.wait()
        server = socket.socket(socket.AF_UNIX)
        with client, server:
            try:
                server.connect(str(self._target))
            except OSError:
                return
            back = Thread(target=self._carry, args=(server, client), daemon=True)
            back.start()
            self._carry(client, server)
            back.join()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # either end is gone: so is the other
            while chunk := source.recv(65_536):
                self._carrying.wait()
                sink.sendall(chunk)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
