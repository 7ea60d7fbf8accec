"""Files for customers that are made from the declarations: docs/, wsdl/ and deploy/clients/.

``python -m tests.published`` makes them again; a test says which of them is stale.

* ``files``            which files there are
* ``type_codes``       which return codes a type of the connector can answer
* ``connector_page``   the types of the connector, and all return codes, as Markdown
* ``postman``          what a Postman collection consists of
* ``story``            the collection: a chapter for each family of calls
* ``connector_steps``, ``rest_steps``, ``soap_steps``  the requests of each surface
* ``scripts``          what the collection computes and checks, in JavaScript
"""
