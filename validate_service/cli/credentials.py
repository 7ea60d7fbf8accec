"""The first credentials of a new installation."""

from validate_service.bootstrap import Installation
from validate_service.cli.operator import Operator
from validate_service.core.errors import ConflictError, NotFoundError
from validate_service.core.model import DEFAULT_TENANT, Scope


def first_credentials(installation: Installation) -> dict[str, str]:
    """Make the tenant ``default`` with an API key and an account, and return their credentials.

    Raises:
        ConflictError: the installation has its first tenant already.
    """
    core, call = installation.core, Operator().call("init")
    try:
        core.tenant_register.get(DEFAULT_TENANT)
    except NotFoundError:
        tenant = core.tenant_register.add(call, DEFAULT_TENANT)
    else:
        raise ConflictError("The installation is initialised already.  For another key: validate-service api-key add")
    _, api_key = core.api_key_register.issue(call, tenant.id, "first key", frozenset(Scope))
    login_name = f"{DEFAULT_TENANT}-account"
    login_key = core.api_key_register.issue_account(call, tenant.id, login_name)
    return {
        "tenant": DEFAULT_TENANT,
        "api_key": api_key,
        "account_login_name": login_name,
        "account_login_key": login_key,
    }
