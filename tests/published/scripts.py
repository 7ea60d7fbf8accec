"""What the collection computes and checks, in JavaScript."""

import json
from collections.abc import Mapping

from validate_service.facades.connector.return_codes import APIReturnCode

NEW_USER = """\
// Every run has a user of its own, unless the environment names one.
if (!pm.environment.get("user")) {
    pm.collectionVariables.set("user", "postman-" + Date.now().toString(36));
}
"""

_HOTP = """\
// RFC 4226
const hashes = require("crypto-js");

function hotp(seed, counter) {
    const moving = hashes.enc.Hex.parse(counter.toString(16).padStart(16, "0"));
    const mac = hashes.HmacSHA1(moving, hashes.enc.Hex.parse(seed)).toString(hashes.enc.Hex);
    const offset = 2 * parseInt(mac.slice(-1), 16);
    const number = parseInt(mac.slice(offset, offset + 8), 16) & 0x7fffffff;
    return (number % 1000000).toString().padStart(6, "0");
}

"""

_NEXT_OTP = """\
const counter = Number(pm.collectionVariables.get("counter"));
pm.collectionVariables.set("%s", hotp(pm.collectionVariables.get("seed"), counter));
pm.collectionVariables.set("counter", counter + 1);
"""

STATUS_200 = 'pm.test("status 200", () => pm.response.to.have.status(200));\n'
_ANSWER = "const answer = pm.response.json();\n"


def next_otps(*variables: str) -> str:
    """Return the script that computes the device's next one-time passwords."""
    blocks = "".join(f"{{\n{_indented(_NEXT_OTP % variable)}}}\n" for variable in variables)
    return _HOTP + blocks


def keep(**members: str) -> str:
    """Return the script that sets variables from members of the answer."""
    return "".join(
        f'pm.collectionVariables.set("{variable}", answer.{member});\n' for variable, member in members.items()
    )


def connector_checks(type_name: str, extras: tuple[str, ...], codes: tuple[APIReturnCode, ...]) -> str:
    """Return the script that checks an answer of the connector, and calls it ``answer``.

    Args:
        type_name: What the answer calls itself.
        extras: Members that it must have besides those of every answer.
        codes: The return codes that are right.
    """
    told = " or ".join(f"{code.name} ({code.value})" for code in codes) if len(codes) < 3 else "a documented errorCode"
    wanted = [code.value for code in codes]
    checks = [
        _check("type, errorCode, errorMessage", _members_of("type", "errorCode", "errorMessage")),
        _check(f"type {type_name}", f"pm.expect(answer.type).to.eql({json.dumps(type_name)})"),
        _check(told, f"pm.expect(answer.errorCode, answer.errorMessage).to.be.oneOf({json.dumps(wanted)})"),
    ]
    if extras:
        checks.append(_check(", ".join(extras), _members_of(*extras)))
    return STATUS_200 + _ANSWER + "".join(checks)


def rest_checks(statuses: tuple[str, ...]) -> str:
    """Return the script that checks an answer of restservice.svc, and calls it ``answer``."""
    told = f"pm.expect(answer.status.toLowerCase(), answer.Result).to.be.oneOf({json.dumps(list(statuses))})"
    shape = _check("status, Result", _members_of("status", "Result"))
    return STATUS_200 + _ANSWER + shape + _check(" or ".join(statuses), told)


def soap_checks(result: str, wanted: str, variables: Mapping[str, str]) -> str:
    """Return the script that checks an answer in SOAP and keeps texts of its elements in *variables*."""
    element = f"<{result}>({wanted})</{result}>"
    checks = [
        _check("no fault", 'pm.expect(pm.response.text()).not.to.include(":Fault>")'),
        _check(result, f"pm.expect(pm.response.text()).to.match(new RegExp({json.dumps(element)}))"),
    ]
    kept = [
        f'pm.collectionVariables.set("{variable}", pm.response.text().split(/<.?{name}>/)[1]);\n'
        for variable, name in variables.items()
    ]
    return STATUS_200 + "".join(checks) + "".join(kept)


def _members_of(*names: str) -> str:
    return f"pm.expect(answer).to.include.all.keys({', '.join(map(json.dumps, names))})"


def _check(title: str, expectation: str) -> str:
    return f"pm.test({json.dumps(title)}, () => {expectation});\n"


def _indented(block: str) -> str:
    return "".join(f"    {line}\n" for line in block.splitlines())
