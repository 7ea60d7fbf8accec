"""What is decided, and why.

One file per operation family: ``otp``, ``cards``, ``questions``, ``approvals``, ``auth_codes``, ``auth_tokens``,
``encryption``; beside them what they share: ``callers`` (who may call), ``lockout``, ``audit``, ``key_ring``; and what
operators do: ``users``, ``devices``, ``tenants``.

The core speaks to the world through ``ports`` only.  A wrong code is a returned ``Decision`` whose failure count is
committed; an undecidable request is a raised ``ValidateError`` that rolls back.
"""
