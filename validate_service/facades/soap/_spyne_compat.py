"""The only import of Spyne 2.14.0, which is unmaintained and made for Python up to 3.11.

Spyne vendors a ``six`` whose importer is dead since Python 3.12.  The modules that it wants are the standard
library's own, so their names are entered before Spyne asks for them.
"""

import collections.abc
import http.cookies
import logging
import math
import sys
import urllib.error
import urllib.parse
import urllib.request
import warnings

_SIX_MOVES = {
    "collections_abc": collections.abc,
    "http_cookies": http.cookies,
    "urllib": urllib,
    "urllib.error": urllib.error,
    "urllib.parse": urllib.parse,
    "urllib.request": urllib.request,
}
for _name, _module in _SIX_MOVES.items():
    sys.modules.setdefault(f"spyne.util.six.moves.{_name}", _module)

with warnings.catch_warnings():
    # Escapes in old docstrings and deprecated imports: nothing that a reader of our logs can act on.
    warnings.simplefilter("ignore")
    from spyne import (
        Application,
        Array,
        Boolean,
        ComplexModel,
        Fault,
        Integer16,
        Integer32,
        ServiceBase,
        Unicode,
        const,
        rpc,
    )
    from spyne.context import MethodContext, TransportContext
    from spyne.protocol import ProtocolBase
    from spyne.server import ServerBase

# Until Python 3.11 that importer stays installed, and every later import in the process warns of it.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "spyne.util.six"]

# Closing a context would otherwise collect garbage up to once a second.
const.MIN_GC_INTERVAL = math.inf

# Spyne logs request values and exception texts.  What may be said of a failed call, ``faults`` logs.
logging.getLogger("spyne").setLevel(logging.CRITICAL + 1)

__all__ = [
    "Application",
    "Array",
    "Boolean",
    "ComplexModel",
    "Fault",
    "Integer16",
    "Integer32",
    "MethodContext",
    "ProtocolBase",
    "ServerBase",
    "ServiceBase",
    "TransportContext",
    "Unicode",
    "rpc",
]
