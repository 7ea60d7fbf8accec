"""Postman collections and environments, as Postman reads them (collection format 2.1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from validate_service.facades.declarations.fields import Field

Json: TypeAlias = dict[str, Any]

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
BASE_URL = "{{baseUrl}}"


@dataclass(frozen=True)
class Request:
    """One request with its scripts.

    Attributes:
        name: What the folder shows.
        description: What it does, in Markdown.
        path: Where it goes, below the server.
        body: What it sends; ``{{name}}`` stands for a variable.
        checks: Script that runs after it.
        before: Script that runs before it.
        headers: Its headers, by name.
        example: An answer, for who reads the collection without a server.
    """

    name: str
    description: str
    path: str
    body: str
    checks: str
    before: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    example: str = ""

    @property
    def item(self) -> Json:
        """The request as it stands in a collection."""
        answers = [self._answer] if self.example else []
        return {"name": self.name, "event": self._events, "request": self._request, "response": answers}

    @property
    def _events(self) -> list[Json]:
        scripts = {"prerequest": self.before, "test": self.checks}
        return [
            {"listen": moment, "script": {"type": "text/javascript", "exec": script.splitlines()}}
            for moment, script in scripts.items()
            if script
        ]

    @property
    def _request(self) -> Json:
        return {
            "method": "POST",
            "header": [{"key": name, "value": value} for name, value in self.headers.items()],
            "body": {"mode": "raw", "raw": self.body, "options": {"raw": {"language": self._language}}},
            "url": {"raw": BASE_URL + self.path, "host": [BASE_URL], "path": self.path.strip("/").split("/")},
            "description": self.description,
        }

    @property
    def _answer(self) -> Json:
        return {
            "name": "answer",
            "originalRequest": self._request,
            "status": "OK",
            "code": 200,
            "header": [{"key": "Content-Type", "value": self.headers["Content-Type"]}],
            "body": self.example,
            "_postman_previewlanguage": self._language,
        }

    @property
    def _language(self) -> str:
        return "json" if self.body.startswith("{") else "xml"


@dataclass(frozen=True)
class Chapter:
    """A folder of requests, or of folders."""

    title: str
    description: str
    parts: "tuple[Request, ...] | tuple[Chapter, ...]"

    @property
    def item(self) -> Json:
        """The folder as it stands in a collection."""
        return {"name": self.title, "description": self.description, "item": [part.item for part in self.parts]}

    @property
    def requests(self) -> list[Request]:
        """All requests in the order in which they run."""
        return [request for part in self.parts for request in ([part] if isinstance(part, Request) else part.requests)]


@dataclass(frozen=True)
class Variable:
    """A value that requests use.

    Attributes:
        name: Its name.
        value: What it is before anybody sets it.
        description: What it is for.
        secret: Whether it is to be kept in an environment, unseen.
    """

    name: str
    value: str
    description: str
    secret: bool = False


def described(summary: str, fields: Iterable[Field[Any]]) -> str:
    """Return *summary* with what each of the *fields* means, in Markdown."""
    return "\n".join([summary, "", *(f"* `{one.name}`: {one.description}" for one in fields)])


def collection(title: str, description: str, chapters: tuple[Chapter, ...], variables: tuple[Variable, ...]) -> Json:
    """Return the collection."""
    return {
        "info": {"name": title, "description": description, "schema": SCHEMA},
        "item": [chapter.item for chapter in chapters],
        "variable": [
            {"key": one.name, "value": one.value, "type": "string", "description": one.description} for one in variables
        ],
    }


def environment(title: str, variables: tuple[Variable, ...]) -> Json:
    """Return the template of an environment."""
    return {
        "name": title,
        "values": [
            {"key": one.name, "value": one.value, "type": "secret" if one.secret else "default", "enabled": True}
            for one in variables
        ],
        "_postman_variable_scope": "environment",
    }
