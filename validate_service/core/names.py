"""How a user is named: tenant, domain and username, matched without case."""

from dataclasses import dataclass
from typing import Self

from validate_service.core.errors import MalformedRequestError
from validate_service.core.fields import LONGEST_NAME, folded, require_text


@dataclass(frozen=True, slots=True)
class UserName:
    """A user's name inside a tenant, as the caller spelled it.

    Attributes:
        domain: Windows domain or mail domain; empty if the user has none.
        username: Name inside the domain.
    """

    domain: str
    username: str

    @classmethod
    def parse(cls, username: str | None, domain: str | None) -> Self:
        r"""Return the name that the two fields of a request spell.

        With an empty domain, ``CORP\alice`` and ``alice@corp`` are split into domain and username.

        Raises:
            MalformedRequestError: a field is longer than 256 characters or holds characters that are not allowed.

        >>> UserName.parse("CORP\\alice", "") == UserName.parse("alice", "CORP")
        True
        >>> UserName.parse("alice@corp.example", None)
        UserName(domain='corp.example', username='alice')
        """
        username = require_text("username", username or "", longest=LONGEST_NAME).strip()
        domain = require_text("domain", domain or "", longest=LONGEST_NAME).strip()
        if not domain:
            if "\\" in username:
                domain, _, username = username.partition("\\")
            elif "@" in username:
                username, _, domain = username.rpartition("@")
        name = cls(domain, username)
        # Folding can make a name longer: "ß" becomes "ss".
        if max(map(len, name.key)) > LONGEST_NAME:
            raise MalformedRequestError(f"username or domain is longer than {LONGEST_NAME} characters.")
        return name

    @property
    def key(self) -> tuple[str, str]:
        """Domain and username as they are looked up: folded."""
        return folded(self.domain), folded(self.username)

    def __str__(self) -> str:
        r"""Return ``DOMAIN\username``, or the bare username."""
        return f"{self.domain}\\{self.username}" if self.domain else self.username
