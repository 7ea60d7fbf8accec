"""What every foreign client must see: one line for each check that it makes.

A client prints ``ok``, its own name, the operation, the case and the result.  The clients are programs in other
languages and know what they expect; that they made every check, and saw the right thing, is asserted from this table.
"""

from collections.abc import Mapping

BAD_KEY = "The API key is not valid."
BAD_TIMEOUT = "customTimeout must be a whole number of seconds from 5 to 300."
UNDECRYPTABLE = "The value could not be decrypted."
LONG_NAME = "name is longer than 256 characters."

CLEAR_TEXT = "Grüße & <Küsse> für 5 € ✓ 😀"
QUESTIONS = "What is your mother's <maiden> name & place? | Größtes Haustier?"

RESULTS: Mapping[str, Mapping[str, str]] = {
    "ValidateOTP": {"right": "true", "used before": "false", "wrong": "false"},
    "ValidatePush": {"approved": "true", "denied": "false", "no authenticator": "false"},
    "ValidatePushCustom": {"approved": "true", "denied": "false", "no authenticator": "false"},
    "ValidateCard": {"right": "true", "wrong card": "false", "wrong PIN": "false"},
    "ValidateAuthCode": {"wrong": "false", "right": "true", "used before": "false"},
    "ValidateAuthToken": {"right": "true", "right again": "true", "wrong": "false"},
    "EncryptValue": {"begins with": "4D464531"},
    "DecryptValue": {"right": CLEAR_TEXT},
    "EncryptValueAES": {"begins with": "4D464131"},
    "DecryptValueAES": {"right": CLEAR_TEXT},
    "GetQuestions": {"enrolled": f"success: {QUESTIONS}", "unknown user": "success: 3 questions"},
    "ValidateQuestions": {"right": "true", "wrong": "false"},
}

FAULTS: Mapping[str, Mapping[str, str]] = {
    "ValidatePushCustom": {"bad time-out": BAD_TIMEOUT},
    "EncryptValue": {"long name": LONG_NAME},
    "DecryptValue": {"wrong name": UNDECRYPTABLE, "not encrypted": UNDECRYPTABLE},
    "EncryptValueAES": {"long name": LONG_NAME},
    "DecryptValueAES": {"wrong name": UNDECRYPTABLE, "not encrypted": UNDECRYPTABLE},
}

OPERATIONS = tuple(RESULTS)


def expected_lines(client: str, operation: str, fault_code: str, **instead: str) -> set[str]:
    """Return the lines that *client* must print about *operation*.

    Args:
        client: The client's own name.
        operation: The operation.
        fault_code: What the client's SOAP version calls a mistake of the caller.
        instead: Results, by case, of a client that cannot see everything.
    """
    faults = {**FAULTS.get(operation, {}), "bad key": BAD_KEY}
    results = {**RESULTS[operation], **{case: f"{fault_code}: {text}" for case, text in faults.items()}, **instead}
    return {f"ok {client} {operation}, {case}: {result}" for case, result in results.items()}


def lines_about(operation: str, printed: str) -> set[str]:
    """Return the lines about *operation*, failed checks included."""
    return {line for line in printed.splitlines() if f" {operation}, " in line}
