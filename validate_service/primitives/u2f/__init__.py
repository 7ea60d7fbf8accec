"""FIDO U2F as a relying party: what a security key answers is read, and everything about it is checked.

``verification`` is what others call.  ``client_data`` is what the browser says, ``messages`` what the key says, and
``flaws`` every reason why both are not believed.

Left to the caller, because it needs a state: a challenge is used once and before it expires, by the user and for the
step that it was made for; a key handle belongs to the user; a counter is stored only where it is still the greater one.
"""
