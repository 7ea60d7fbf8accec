"""What is decided, and why.

One file per operation family.  What callers ask: ``otp``, ``cards``, ``questions``, ``passwords``, ``fido``,
``approvals`` with their ``prompts``, ``auth_codes``, ``auth_tokens``, ``encryption``.  What administrators and
operators keep: ``tenants``, ``api_keys``, ``auth_sets``, ``users`` with their ``profiles``, ``pins``, ``devices`` and
their ``provisioning``, ``enrolments``, ``branding``, ``keys``.  What is said to users: ``messages``,
``message_texts``, ``messenger``, ``announcements``.  What all of them share: ``callers`` (who may call), ``model`` (the
things), ``lockout``, ``pacing``, ``audit``, ``metrics``, ``key_ring``, ``settings``.

The core speaks to the world through ``ports`` only.  A wrong code is a returned ``Decision`` whose failure count is
committed; an undecidable request is a raised ``ValidateError`` that rolls back.
"""
