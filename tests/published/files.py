"""Which files are published, and what makes each."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.published.connector_page import connector_page
from tests.published.postman import Json
from tests.published.story import settings, story

ROOT = Path(__file__).parents[2]


def _as_json(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


COLLECTION = ROOT / "deploy/clients/validate-service.postman_collection.json"
ENVIRONMENT = ROOT / "deploy/clients/validate-service.postman_environment.json"

PUBLISHED: Mapping[Path, Callable[[], str]] = {
    ROOT / "docs/connector.md": connector_page,
    COLLECTION: lambda: _as_json(story()),
    ENVIRONMENT: lambda: _as_json(settings()),
}
