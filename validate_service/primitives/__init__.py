"""Pure functions over bytes and integers: no clock, no input or output, no state.

``hotp`` and ``totp`` are the OATH algorithms, ``mfe1`` and ``mfa1`` the two layouts of encrypted values,
``sealing`` protects what the database keeps, ``slow_hash`` and ``keyed_hash`` replace what it must not keep; ``u2f``
reads and checks what security keys answer; ``vapid`` is the key by which push services know the server.
"""
