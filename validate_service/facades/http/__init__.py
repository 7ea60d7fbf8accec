"""What every HTTP facade needs of a WSGI environment and of an answer, whatever protocol it speaks.

* ``requests``   body within its limit, where a call came from, who is local
* ``responses``  an answer on its way out
* ``deferral``   an answer that is not known yet
* ``documents``  answers that are always the same
* ``defects``    what the log learns of an exception that nobody expected
"""
