"""SurePassAuthServerWCFService.svc on the wire: the connector's types as operations of a WCF service.

How a message travels:

* ``application``  one WSGI callable: messages, WSDL and page
* ``gateway``      finds the operation and runs it
* ``envelopes``    from bytes to an envelope whose headers are understood; ``addressing`` reads WS-Addressing
* ``bodies``       parameters out of XML, an answer into XML
* ``service``      Spyne runs the operation: it asks the connector's type
* ``replies``      answers and ``faults`` in an envelope

What there is to call stands in one place: ``contract`` is the table of operations, ``data_contracts`` the classes of
the answers, ``values`` the kinds of values.  ``wsdl``, ``schemas`` and ``page`` are made of them.
"""
