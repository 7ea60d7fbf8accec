"""The collection: a story from adding a user to deleting everything again."""

from tests.published.connector_steps import CONNECTOR, CONNECTOR_LEAVING
from tests.published.postman import Chapter, Json, Variable, collection, environment
from tests.published.rest_steps import REST, REST_LEAVING
from tests.published.soap_steps import SOAP

TITLE = "ValidateService"
DESCRIPTION = """\
Every call of the JSON surfaces, and the SOAP operations, as a story: run it from the first request to the last.

Give it an environment with `baseUrl`, `accountName`, `accountKey` and `apiKey`; `deploy/run` prints them. `pushUser`
must have an authenticator. All other values are taken over from one request to the next. What the story adds
it deletes, but for the key that CreateAPIkey registers.

Made from the declarations that serve the calls."""

SETTINGS = (
    Variable("baseUrl", "http://127.0.0.1:8080", "The server."),
    Variable("accountName", "default-account", "Login name of the connector's account."),
    Variable("accountKey", "", "Login key of the account; it must be one for administration.", secret=True),
    Variable("apiKey", "", "API key for SOAP and restservice.svc; it must be good for everything.", secret=True),
    Variable("pushUser", r"CORP\\bob", "A user with an authenticator, as JSON writes the name."),
)
KEPT = (
    Variable("user", "", "Name of the story's user; made anew in every run."),
    Variable("serial", "", "The token's serial."),
    Variable("seed", "", "The token's seed."),
    Variable("counter", "0", "The token's next counter."),
    Variable("otp", "", "A one-time password."),
    Variable("otp1", "", "A one-time password."),
    Variable("otp2", "", "The one after it."),
    Variable("sessionToken", "", "A session token."),
    Variable("session", "", "The session between two steps of a security key."),
    Variable("push", "", "The id of a push."),
    Variable("userNumber", "", "Number of the user whom restservice.svc added."),
    Variable("authCode", "", "A code for ValidateAuthCode."),
    Variable("encrypted", "", "An encrypted value."),
)

CHAPTERS = (
    CONNECTOR,
    REST,
    SOAP,
    Chapter("Leaving", "Delete what the story added.", (*CONNECTOR_LEAVING, *REST_LEAVING)),
)


def story() -> Json:
    """Return the collection."""
    return collection(TITLE, DESCRIPTION, CHAPTERS, (*SETTINGS, *KEPT))


def settings() -> Json:
    """Return the environment's template."""
    return environment(TITLE, SETTINGS)
