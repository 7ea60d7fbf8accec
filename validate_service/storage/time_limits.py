"""How long a call waits for a database that is a server.  Operators' commands wait as long as it takes."""

STATEMENT_TIMEOUT_S = 1
"""How long one statement may take, waiting for what others have locked included; the server itself ends it then."""

SILENCE_TIMEOUT_S = 1.5
"""How long to wait for a word from the server."""

CONNECT_TIMEOUT_S = 2
"""How long a connection may take to be made; libpq knows no less."""

IDLE_TRANSACTION_TIMEOUT_S = 30
"""When the server ends a transaction whose process stopped in the middle of it, with the locks that it holds."""

TURN_TIMEOUT_S = 0.1
"""How long a call waits for another that tries whether the database is back."""
