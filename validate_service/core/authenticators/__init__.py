"""Authenticators of our own: phones that answer pushes, each with a key that never leaves it.

``enrolment`` makes a phone its user's, ``sessions`` lets it in, ``inbox`` shows it what its user is asked, and
``answers`` takes the answer.  ``proofs`` checks whatever a phone signs, ``identity`` says who it is, ``holder_pins``
is the PIN that its user may have to type.  ``messages`` wakes phones, and ``self_service`` is what users do besides.
"""
