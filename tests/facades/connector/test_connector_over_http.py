"""The connector as clients meet it: over real HTTP, with what the vendor's own sample sends."""

from pathlib import Path

import requests

from tests.product import create_product, running
from validate_service.facades.connector.return_codes import APIReturnCode as Code

VENDORS_SAMPLE = (
    '{ "type": "send_oath_otp", "username": "Manny", "spAccountLoginName": "accountname", '
    '"spAccountLoginKey": "accountkey", "deliveryMethod": "sms" }'
)


def test_the_vendors_sample_is_read_and_a_password_is_spent(tmp_path: Path) -> None:
    """The sample's account is a stranger's; with ours a password is good once, whoever of the workers is asked."""
    product = create_product(tmp_path)
    product.add_user("Manny")
    product.add_device("Manny", "H1")
    account_key = product.core.api_key_register.issue_account(product.operator(), product.tenant.id, "accountname")
    code = product.next_code("H1")
    with running(product) as url:
        service = f"{url}/AuthServer/REST/U2F/U2FServer.aspx"
        stranger = requests.post(service, data=VENDORS_SAMPLE, timeout=30)
        body = VENDORS_SAMPLE.replace("accountkey", account_key).replace("send_oath_otp", "validate_oath_otp")
        asked = body.replace('"deliveryMethod": "sms"', f'"otp": "{code}"')
        codes = [requests.post(service, data=asked, timeout=30).json()["errorCode"] for _ in range(4)]
    product.installation.database.close()
    assert (stranger.status_code, stranger.json()["errorCode"]) == (200, Code.PartnerLoginFailed)
    assert stranger.headers["X-Request-Id"]
    assert codes == [Code.Success] + [Code.OTPAlreadyUsed] * 3
