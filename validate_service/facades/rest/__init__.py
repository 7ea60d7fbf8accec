"""restservice.svc on the wire: ten calls with which scripts and portals manage users.

How a request travels:

* ``application``  one WSGI callable: path, verb and body; the one place where errors become answers
* ``contract``     the table of the ten calls
* ``calls``        what a call is: its declared fields, who may make it, and what answers it
* ``users``, ``credentials``, ``api_keys``, ``branding``  the calls of one family each
* ``fields``       the fields that several calls have
* ``answers``      success and failure in JSON, and the table that makes failures from the core's errors
* ``openapi``      the calls in an OpenAPI document
"""
