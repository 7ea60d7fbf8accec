"""FIDO as a relying party: what a security key answers is read, and everything about it is checked.

``u2f`` and ``webauthn`` are the two protocols that others call; both make the two decisions that a new key is one, and
that a known key has signed.  ``client_data`` is what the browser says, ``raw_messages`` what a U2F key says,
``public_keys`` how keys are kept, and ``flaws`` every reason why an answer is not believed.

Left to the caller, because it needs a state: a challenge is used once and before it expires, by the user and for the
step that it was made for; a key handle belongs to the user; a counter is stored only where it is still the greater one.
"""
