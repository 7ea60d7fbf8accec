"""The SurePassID connector on the wire: one URL, and in its JSON a ``type`` that says what is wanted.

How a request travels:

* ``application``    one WSGI callable: verb, body and type
* ``dispatch``       from the name of a type to the reply
* ``contract``       the table of all types, and of those that are not served
* ``request_types``  what a type is: its declared fields, what answers it, and which codes its errors have
* ``otp``, ``users``, ``devices``, ``provisioning``, ``sessions``, ``pushes``  the types of one family each
* ``otpauth``        what authenticator apps read
* ``fields``, ``kinds``  the fields that several types have, and what fields may hold here besides
* ``answers``        answers in JSON, and the tables that make return codes of errors and outcomes
* ``return_codes``   the vendor's return codes
* ``openapi``        the types in an OpenAPI document
"""
