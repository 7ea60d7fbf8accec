"""Carries messages out of the house.  Implements the ports of ``validate_service.core.ports`` that do.

``courier`` gives each message a thread, a time limit and a second try; ``smtp`` speaks to the mail server,
``http_gateway`` to the services that send text messages and make calls; ``web_push`` to the push services of phones,
from the threads of ``background``.  ``attempt`` is what they share: the time limit, and how a try fails;
``limited_http`` is that for HTTP.

What is logged or raised names the channel and the kind of failure only: recipients, endpoints and texts are secrets.
"""
