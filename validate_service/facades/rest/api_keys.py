"""CreateAPIkey."""

from validate_service.core.calls import Call
from validate_service.core.model import Scope, Tenant
from validate_service.core.services import Core
from validate_service.facades.declarations.fields import Declaration, Field, Values
from validate_service.facades.declarations.kinds import Text
from validate_service.facades.rest.answers import Members, success
from validate_service.facades.rest.calls import BEARER_CHALLENGE, RestCall, admit_key_maker
from validate_service.facades.rest.fields import NAME

_SCOPE = "|".join(Scope)

FQDN = Field("fqdn", NAME, "Host name of the software that will use the key.", "portal.corp.example", required=True)
NEW_KEY = Field("apiKey", NAME, "The key to register. Only a hash of it is kept.", "12345678", required=True)
SCOPES = Field(
    "scopes",
    Text(64, f"({_SCOPE})( ({_SCOPE}))*", f"must name scopes with a space between: {', '.join(Scope)}"),
    f"What the key is good for, with spaces between: {', '.join(Scope)}. Missing: all but {Scope.DECRYPT}.",
    "validate administer",
)


def create_api_key(core: Core, call: Call, tenant: Tenant, values: Values) -> Members:
    """Register the key; return its unique id."""
    named = values.get(SCOPES)
    scopes = None if named is None else frozenset(map(Scope, named.split()))
    register = core.api_key_register
    return success(register.register(call, tenant, name=values[FQDN], api_key=values[NEW_KEY], scopes=scopes))


API_KEY_CALLS = (
    RestCall(
        "CreateAPIkey",
        "Register an API key.",
        "Allowed with an administrator's key as a bearer token, or, but for web pages, from an administration network "
        "without one. The result is the unique id of the key.",
        Declaration(FQDN, NEW_KEY, SCOPES),
        admit_key_maker,
        create_api_key,
        success("db1199fc-af9d-4fb6-b692-7c078acd02c3"),
        challenge=BEARER_CHALLENGE,
    ),
)
