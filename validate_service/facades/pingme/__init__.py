"""PingMe: the pages on which users approve pushes, and look after their phones and secrets.

* ``application``  which path is answered by what
* ``shell``        the page of the authenticator, and what makes it an application on a phone
* ``calls``        what the page's scripts ask: enrolment, sign-in, answers
* ``events``       what the page is told by itself
* ``account``      the pages that work without scripts: phones, PIN, questions, last sign-ins
* ``sign_ins``     the last sign-ins in words
* ``visitors``     who is signed in
* ``fields``       what is read of a request
* ``answers``      the tables that make answers of the core's errors and outcomes

The scripts are in ``static``, what all of it says in ``texts``.
"""
