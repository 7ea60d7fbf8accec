"""What all pages for people stand on.

* ``application``  a Flask application with the headers that keep its pages safe
* ``pages``        makes a page in a tenant's branding
* ``policies``     what a page may load, as browsers are told
* ``files``        the files that pages load, compressed, under addresses that change with them
* ``compression``  answers compressed for whoever takes them so
* ``texts``        what pages say, in the languages that there are
* ``cookies``      the cookie of a session
* ``forgery``      requests that a page of somebody else makes in the user's name
* ``colors``       the style sheet with a tenant's colours
"""
