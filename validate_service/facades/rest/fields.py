"""The fields that several calls have."""

from validate_service.core.fields import LONGEST_NAME
from validate_service.facades.declarations.fields import Field
from validate_service.facades.declarations.kinds import Text

NAME = Text(LONGEST_NAME)

API_KEY = Field("apiKey", NAME, "The caller's API key.", "YOUR-API-KEY", default="")
USER_NAME = Field(
    "userName",
    NAME,
    r"Name of the user, in any case. With an empty domain, `CORP\alice` and `alice@corp.example` name the domain too.",
    "alice",
    required=True,
)
DOMAIN_NAME = Field("domainName", NAME, "Domain of the user, in any case; may be empty.", "CORP", default="")
