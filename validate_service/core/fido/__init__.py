"""FIDO security keys: enrolled under an application, and asked to sign.

``enrolment`` is what administrators do with a user's keys, ``verification`` what callers ask.  Both hand out a
challenge first (``challenges``) and check the answer to it second.  ``applications`` says what an application is and
which pages may ask in its name.
"""
