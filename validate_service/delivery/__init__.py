"""Carries messages out of the house.  Implements the port ``Courier`` of ``validate_service.core.ports``.

``courier`` gives each message a thread, a time limit and a second try; ``smtp`` speaks to the mail server,
``http_gateway`` to the services that send text messages and make calls; ``attempt`` is what they share: the time limit,
and how a try fails.

Nothing here is logged, and what is raised names the channel and the kind of failure only: recipients and texts are
secrets.
"""
