"""Security keys in a real browser: enrolled, asked, and every way in which a key or a page can be the wrong one."""

import hashlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.sync_api import Route, expect

from tests.browser.demonstration import Demonstration
from tests.browser.security_key_page import SecurityKeyPage
from tests.facades.connector.security_keys import unwebsafe, websafe
from tests.primitives.software_key import REGISTRATION_TYP, SoftwareKey, client_data, point_of
from validate_service.facades.connector.return_codes import APIReturnCode as Code

PORTAL = "https://portal.example.org"
APP_ID = f"{PORTAL}/app-id.json"


@pytest.fixture
def enrolled(page: SecurityKeyPage) -> SecurityKeyPage:
    """The page after the enrolment of the key."""
    assert page.enrol().startswith("Enrolled:")
    return page


def refusal(page: SecurityKeyPage) -> Code:
    """Return why the last step was refused, as the page shows it."""
    _, word, code, *_ = page.steps[-1].split()
    assert word == "errorCode"
    return Code(int(code))


@pytest.mark.parametrize("protocol", ["ctap2", "u2f"])
def test_a_key_is_enrolled_and_signs_as_often_as_it_is_asked(page: SecurityKeyPage) -> None:
    """A key of today's and one that knows only U2F; the page shows each step, and breaks no rule of its own policy."""
    assert page.enrol().startswith("Enrolled: the key is device VS-")
    for _ in range(2):
        assert page.sign().startswith("Signed in: CORP\\user")
    steps = ["pre_sign errorCode 0", "navigator.credentials.get A key answered.", "sign errorCode 0"]
    assert page.steps == steps
    assert page.complaints == []


def test_the_address_that_the_demonstration_prints_is_all_that_is_needed(
    tab: SecurityKeyPage, demonstration: Demonstration
) -> None:
    """The account stands behind the #, and not in the address any more when the page has read it."""
    tab.open(demonstration.page)
    assert tab.enrol().startswith("Enrolled:")
    assert tab.sign().startswith("Signed in: CORP\\alice")
    assert tab.page.url == f"{demonstration.origin}/fido-demo"


def test_a_key_is_enrolled_once(enrolled: SecurityKeyPage) -> None:
    """The browser finds it among those that the server names."""
    assert enrolled.enrol() == "This key is enrolled already."


def test_a_copied_key_is_refused(enrolled: SecurityKeyPage) -> None:
    """Its counter goes back; then its device is not asked any more."""
    for _ in range(2):
        assert enrolled.sign().startswith("Signed in")
    enrolled.key.set_back(1)
    assert enrolled.sign().startswith("The server says no:")
    assert refusal(enrolled) is Code.UpdateDeviceCounterFailed
    enrolled.sign()
    assert enrolled.steps[0].startswith("pre_sign")
    assert refusal(enrolled) is Code.DeviceDiabled


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ("isBogusSignature", Code.PartnerUserFIDOU2FInvalidSignDataInvalid),
        ("isBadUP", Code.PartnerUserFIDOU2FNoUserPresence),
    ],
)
def test_a_key_that_lies_is_refused(enrolled: SecurityKeyPage, lie: str, code: Code) -> None:
    """Whatever the browser lets through: a wrong signature, or one that nobody's touch allowed."""
    enrolled.key.lie(**{lie: True})
    assert enrolled.sign().startswith("The server says no:")
    assert refusal(enrolled) is code


def test_a_key_that_nobody_touches_is_waited_for(enrolled: SecurityKeyPage) -> None:
    """Until the person gives up; then everything can be tried again."""
    enrolled.key.leave_untouched()
    enrolled.press("Sign in with a key")
    expect(enrolled.page.get_by_role("status")).to_have_text("Touch your key now.")
    enrolled.press("Cancel")
    assert enrolled.verdict() == "Cancelled."


def test_another_key_does_not_answer(enrolled: SecurityKeyPage) -> None:
    """The browser says no more than that, and the page says it in words."""
    enrolled.key.forget()
    assert enrolled.sign().startswith("No key answered:")


def test_a_user_without_a_key_is_not_asked(page: SecurityKeyPage) -> None:
    """There is nothing to ask."""
    assert page.sign() == "The server says no: The user has no security key."


@pytest.mark.parametrize("protocol", ["u2f"])
def test_a_key_of_u2f_signs_in_a_current_browser(tab: SecurityKeyPage, demonstration: Demonstration) -> None:
    """By the extension ``appid``: the key knows the application by its URL.  It is not enrolled a second time."""
    user, old = demonstration.new_user(), SoftwareKey()
    handle = enrolled_over_u2f(demonstration, user, old)
    tab.page.route(f"{PORTAL}/**", lambda route: as_portal(route, demonstration))
    tab.open(demonstration.page.replace(demonstration.origin, PORTAL), User=user, Application=APP_ID)
    key = old.last_private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    tab.key.hold(credentialId=handle, rpId=APP_ID, privateKey=key, signCount=0)
    assert tab.sign().startswith(f"Signed in: {user}")
    assert tab.enrol() == "This key is enrolled already."


def enrolled_over_u2f(demonstration: Demonstration, user: str, key: SoftwareKey) -> bytes:
    """Enrol *key* for *user* as pages did it before WebAuthn; return its handle."""
    (asked,) = demonstration.ask("pre_enroll", user, appId=APP_ID)["RegisterRequest"]
    answer = key.register(APP_ID, client_data(REGISTRATION_TYP, unwebsafe(asked["challenge"]), PORTAL))
    demonstration.ask(
        "enroll",
        user,
        sessionId=asked["sessionId"],
        clientData=websafe(answer.client_data),
        registrationData=websafe(answer.message),
    )
    return hashlib.sha512(point_of(key.last_private_key)).digest()


def as_portal(route: Route, demonstration: Demonstration) -> None:
    """Let the demonstration answer what the browser asks the portal."""
    url = route.request.url.replace(PORTAL, demonstration.origin)
    route.fulfill(response=route.fetch(url=url))


def test_a_page_of_another_origin_is_refused(page: SecurityKeyPage, demonstration: Demonstration) -> None:
    """Also where the browser sees no harm: on the same host, at another port."""
    application = page.page.get_by_label("Application", exact=True)
    application.fill("http://localhost:1")
    page.enrol()
    assert refusal(page) is Code.PartnerUserFIDOU2FInvalidAppID
    application.fill(demonstration.origin)
    assert page.enrol().startswith("Enrolled:")


def test_a_page_of_a_host_without_a_name_asks_no_key(tab: SecurityKeyPage, demonstration: Demonstration) -> None:
    """The browser refuses it, and the page says in words what can be done."""
    tab.open(demonstration.page.replace("localhost", "127.0.0.1"), User=demonstration.new_user())
    assert tab.enrol().startswith("The browser asks no key here")


def test_a_wrong_account_is_refused_in_words(page: SecurityKeyPage) -> None:
    """With the server's own."""
    page.page.get_by_label("Account key", exact=True).fill("wrong")
    assert page.enrol().startswith("The server says no:")
    assert refusal(page) is Code.PartnerLoginFailed


def test_a_server_that_does_not_answer_is_told_in_words(page: SecurityKeyPage) -> None:
    """And not as if it had said no."""
    page.page.route("**/U2FServer.aspx", lambda route: route.abort())
    assert page.enrol() == "The server did not answer, or not in JSON."


def test_the_page_fits_a_phone(enrolled: SecurityKeyPage) -> None:
    """320 pixels (WCAG 2.2, 1.4.10): nothing is scrolled sideways."""
    enrolled.page.set_viewport_size({"width": 320, "height": 640})
    assert enrolled.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
