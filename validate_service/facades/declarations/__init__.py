"""How a JSON call is declared: once, for reading it and for describing it.

* ``kinds``       what a field may hold: text, a flag, a number.  Each kind reads a value and has a schema
* ``fields``      a field of a call, and all fields of a call
* ``json_object`` the object in a request's body
* ``openapi``     the OpenAPI document that declarations make
"""
