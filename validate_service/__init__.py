"""ValidateService: an MFA server that answers the calls of the servers it replaces.

A request walks one way through the house:

``server``      takes HTTP: gunicorn's settings, request ids, the caller's address, which facade answers which path.
``facades``     translate the wire into a call of the core, and its outcome or error back.  They decide nothing.
``core``        decides: who may call, which code is right, what is counted, locked, recorded.
``primitives``  compute: OATH codes, value layouts, seals, hashes.  Pure functions.
``storage``     keeps: SQLAlchemy tables and statements, transactions, the audit lanes, the key ring's file.
``cli``         is the operator's facade; ``bootstrap`` wires everything; ``config`` reads the settings.
"""
