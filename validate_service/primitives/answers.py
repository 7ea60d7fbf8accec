"""How answers to security questions are compared."""

import unicodedata


def folded_answer(text: str) -> str:
    """Return *text* after NFKC, case folding and collapsing of white space.

    >>> folded_answer("  Fluffy   THE  ②nd ")
    'fluffy the 2nd'
    """
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())
