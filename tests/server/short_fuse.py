"""The service with a worker that waits for slow clients only briefly: ``python -m tests.server.short_fuse BIND``."""

import sys
from socket import SO_SNDBUF, SOL_SOCKET

from validate_service.config import read_settings
from validate_service.server.logs import configure_logs
from validate_service.server.serving import Service
from validate_service.server.worker import CollectingWorker

REQUEST_TIMEOUT_S = 3


class HastyWorker(CollectingWorker):
    """Waits for seconds where the product waits longer; its answers soon fill what the system buffers."""

    request_timeout_s = REQUEST_TIMEOUT_S

    def init_process(self) -> None:
        for listener in self.sockets:
            listener.setsockopt(SOL_SOCKET, SO_SNDBUF, 2048)
        super().init_process()


class HastyService(Service):
    """The product's application under hasty workers."""

    def load_config(self) -> None:
        super().load_config()
        self.cfg.set("worker_class", HastyWorker)


if __name__ == "__main__":
    settings = read_settings()
    configure_logs(settings.log_level)
    HastyService(settings, sys.argv[1], 2).run()
