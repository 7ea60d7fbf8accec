"""Facades: each translates one wire form into calls of the core, and outcomes and errors back.  None decides."""
