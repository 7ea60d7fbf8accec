"""ValidateService.asmx on the wire: SOAP 1.1, SOAP 1.2, form and JSON calls, WSDL and the pages.

How a request travels:

* ``application``  one WSGI callable; picks the protocol by path, verb and media type
* ``requests``     who may use forms, and the address that clients know
* ``decoding`` -> ``parsing`` -> ``gateway``  bytes, XML tree, and the operation that a SOAP message calls
* ``form_calls``, ``json_calls``  the two protocols without an envelope
* ``calls``        Spyne runs the operation; the one place where errors become faults
* ``contract`` -> ``operations``  the twelve declared operations and the port behind which the core stands
* ``signatures``   what Spyne knows of the operations, read once; feeds ``wsdl``, ``samples`` and ``pages``
"""
