"""The OpenAPI document (version 3.1.1) that declarations make."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

OPENAPI = "3.1.1"
JSON_TYPE = "application/json"

Paths: TypeAlias = Mapping[str, Any]
"""The Paths Object of one facade."""


def openapi_document(*paths: Paths, title: str, version: str, description: str, components: Mapping[str, Any]) -> bytes:
    """Return the document of all *paths*, as JSON."""
    document = {
        "openapi": OPENAPI,
        "info": {"title": title, "version": version, "description": description},
        "paths": {path: item for facade in paths for path, item in facade.items()},
        "components": components,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def json_content(schema: Mapping[str, Any], **examples: Any) -> dict[str, Any]:
    """Return the content of a body in JSON that obeys *schema*, with named *examples*."""
    return {JSON_TYPE: {"schema": schema, "examples": {name: {"value": value} for name, value in examples.items()}}}
