"""What pages say, in the languages that there are."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from flask import request


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts of one language; pages call it.

    Attributes:
        language: Its tag.
    """

    language: str
    _texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text *key*, with *values* in their places, written as ``$name``.

        Raises:
            KeyError: there is no such text, or it has a place for which there is no value.
        """
        text = self._texts[key]
        return Template(text).substitute(values) if "$" in text else text

    def around(self, key: str) -> tuple[str, str]:
        """Return what stands before and behind the one place in the text *key*."""
        text = self._texts[key]
        (place,) = Template(text).get_identifiers()
        before, _, behind = text.partition(f"${place}")
        return before, behind

    def section(self, name: str = "") -> Mapping[str, str]:
        """Return the texts of one section, or of all, by the rest of their keys, with their places left open."""
        beginning = f"{name}." if name else ""
        return {key.removeprefix(beginning): text for key, text in self._texts.items() if key.startswith(beginning)}

    def __contains__(self, key: object) -> bool:
        """Tell whether there is a text *key*."""
        return key in self._texts


class Catalogue:
    """The texts of an application: one TOML file for each language, all with the same keys."""

    def __init__(self, folder: Path, default: str = "en") -> None:
        """Read the files in *folder*; *default* is the language of those whose own there is not."""
        self._default = default
        self.languages = {path.stem: _read(path) for path in sorted(folder.glob("*.toml"))}

    def of(self, language: str) -> Texts:
        """Return the texts of *language*, a tag such as ``de-AT``, or the default ones."""
        return self.languages.get(_primary(language), self.languages[self._default])

    def of_browser(self) -> Texts:
        """Return the texts of the language that the browser of the present request likes most."""
        liked = [_primary(tag) for tag, quality in request.accept_languages if quality > 0]
        return self.of(next((language for language in liked if language in self.languages), self._default))


def _primary(tag: str) -> str:
    """Return the language of a tag, without region and script (RFC 5646)."""
    return tag.partition("-")[0].lower()


def _read(path: Path) -> Texts:
    return Texts(path.stem, _flat(tomllib.loads(path.read_text("utf-8"))))


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the texts of *table* and of all tables in it, by keys with dots between."""
    texts: dict[str, str] = {}
    for key, value in table.items():
        texts |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return texts
