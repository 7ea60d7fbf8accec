"""How often races are run: briefly by default, longer where the environment says so."""

import os

LONG_VARIABLE = "VALIDATE_SERVICE_LONG"
LONG = os.environ.get(LONG_VARIABLE, "") not in {"", "0"}
ROUNDS = 100 if LONG else 20
