"""Which files are published, and what makes each."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.published.connector_page import connector_page
from tests.published.postman import Json
from tests.published.story import settings, story
from validate_service.facades.soap.application import SERVICE_PATH as ASMX_PATH
from validate_service.facades.soap.contract import SERVICE_NAME, ValidateService
from validate_service.facades.soap.signatures import read_contract
from validate_service.facades.soap.types import NAMESPACE
from validate_service.facades.soap.wsdl import Wsdl
from validate_service.facades.wcf.contract import SERVICE_PATH as WCF_PATH
from validate_service.facades.wcf.wsdl import wsdl as wcf_wsdl

ROOT = Path(__file__).parents[2]


def _as_json(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _asmx_wsdl() -> str:
    contract = read_contract(ValidateService, name=SERVICE_NAME, namespace=NAMESPACE)
    return Wsdl(contract).at(f"{SERVER}{ASMX_PATH}").decode()


SERVER = "https://localhost"
COLLECTION = ROOT / "deploy/clients/validate-service.postman_collection.json"
ENVIRONMENT = ROOT / "deploy/clients/validate-service.postman_environment.json"

PUBLISHED: Mapping[Path, Callable[[], str]] = {
    ROOT / "docs/connector.md": connector_page,
    COLLECTION: lambda: _as_json(story()),
    ENVIRONMENT: lambda: _as_json(settings()),
    ROOT / "wsdl/ValidateService.wsdl": _asmx_wsdl,
    ROOT / "wsdl/SurePassAuthServerWCFService.wsdl": lambda: wcf_wsdl(f"{SERVER}{WCF_PATH}").decode(),
}
