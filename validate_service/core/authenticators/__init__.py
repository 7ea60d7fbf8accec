"""Authenticators of our own: phones that answer pushes, each with a key that never leaves it.

``enrolment`` makes a phone its user's, ``sessions`` lets it in, ``inbox`` shows it what its user is asked, and
``answers`` takes the answer.  ``proofs`` checks whatever a phone signs, ``identity`` says who it is.  ``messages``
wakes phones, and ``self_service`` is what their users do besides.
"""
