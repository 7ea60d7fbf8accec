"""ValidateOTP at a fixed rate while nobody, thousands, or thousands that come and go wait for their users.

One server has nobody who waits, the other all of them; the load goes to them in turn.  The callers are one process,
the users' phones another: they answer in the database, as another node would.
"""

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from tests.bench.crowd import Answer, Crowd
from tests.bench.load import cpu_seconds, family
from tests.bench.report import machine, show, spread
from tests.bench.servers import WORKERS, Server, product_server
from tests.bench.soap import USERS, one_time_passwords, soap_request
from tests.bench.soap import request as soap_call
from tests.product import Product, create_product
from validate_service.bootstrap import open_installation
from validate_service.config import Settings
from validate_service.core.model import DeviceKind, Profile
from validate_service.core.names import UserName
from validate_service.core.settings import TenantSettings
from validate_service.storage.devices import DeviceTable
from validate_service.storage.users import UserTable

NONE, IDLE, CYCLE = "nobody waits", "{} wait", "{} wait, {} answers and as many new pushes a second"
OTP_PER_SECOND, ANSWERS_PER_SECOND, ASKED_PER_SECOND = 300, 200, 250
PHONES = 4
LIFE_S = 300
IN_TIME_S = 1.0
"""A call of the load that took longer than this after it was due was not served at the offered rate."""

_CONNECTIONS = 26
_SETTLE_S = 2.0
