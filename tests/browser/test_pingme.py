"""The authenticator in a real browser, asked over SOAP: what the person taps is what the portal is answered."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.phone import NAME, Phone, Worker
from tests.browser.security_key_page import VirtualKey
from tests.browser.site import Asking, Site, running_site
from tests.conftest import Tell
from tests.server.service import until

QUESTION = "Are you signing in to Portal?"
IDLE = "Nothing to approve"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service with two processes."""
    with running_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def unpack(browser: Browser) -> Iterator[Callable[..., Phone]]:
    """Makes new phones; no page of any of them may break a rule of its own policy."""
    phones: list[Phone] = []

    def made(**context: object) -> Phone:
        phones.append(Phone.unpacked(browser, **context))
        return phones[-1]

    yield made
    complaints = [complaint for phone in phones for complaint in phone.complaints]
    for phone in phones:
        phone.throw_away()
    assert [complaint for complaint in complaints if "status of 4" not in complaint] == []


@pytest.fixture
def user(site: Site) -> str:
    """A user of its own."""
    return site.new_user()


@pytest.fixture
def phone(site: Site, unpack: Callable[..., Phone], user: str) -> Phone:
    """The user's phone, which shows that there is nothing to approve."""
    phone = unpack()
    phone.enrol(site.link(user))
    return phone


def returned_ms(asking: Asking, tapped: float) -> int:
    """Return how long after the tap the portal had its answer."""
    asking.thread.join()
    return round((asking.answered_at - tapped) * 1000)


def test_a_mailed_link_makes_a_phone_that_approves(
    site: Site, unpack: Callable[..., Phone], user: str, tell: Tell
) -> None:
    """From the e-mail to the first sign-in: key, name, test push with its time, then a real one."""
    phone, link = unpack(), site.mailed_link(user)
    phone.set_up(link)
    assert "#" not in phone.page.url
    phone.skip_notifications()
    phone.tap("Send a test")
    phone.shows("This is a test. Does it work?")
    phone.approve()
    phone.says("The test was here after")
    phone.tap("OK")
    phone.shows(IDLE)

    asking = site.ask(user)
    phone.shows(QUESTION)
    phone.says("192.0.2.7")
    tapped = phone.approve()
    assert asking.said is True
    phone.shows("Approved")
    phone.tap("OK")
    phone.shows(IDLE)
    tell(f"portal answered {returned_ms(asking, tapped)} ms after the tap")
    assert site.events("phone:enrol", user) == ["accepted"]
    assert site.events("push:verify", user) == ["accepted"]


def test_it_can_be_installed(phone: Phone, site: Site) -> None:
    """Chromium finds nothing that is missing but a window that is not private; the service worker controls the page."""
    devtools = phone.context.new_cdp_session(phone.page)
    missing = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one["errorId"] for one in missing] == ["in-incognito"]
    manifest = devtools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"] == f"{site.url}/pingme/manifest.webmanifest"
    scope = phone.page.evaluate("async () => (await navigator.serviceWorker.ready).scope")
    assert scope == f"{site.url}/pingme/"


def test_a_denial_that_was_a_mistake_changes_nothing_else(site: Site, phone: Phone, user: str, tell: Tell) -> None:
    """The portal is told no, and the user can be asked again."""
    asking = site.ask(user)
    phone.shows(QUESTION)
    tapped = phone.deny()
    assert asking.said is False
    tell(f"portal answered {returned_ms(asking, tapped)} ms after the denial")
    phone.shows("Denied")
    phone.tap("I made a mistake")
    phone.tap("OK")
    again = site.ask(user)
    phone.shows(QUESTION)
    phone.approve()
    assert again.said is True
    assert site.events("push:report", user) == ["mistake"]


def test_a_report_keeps_the_user_from_being_asked(site: Site, phone: Phone, user: str) -> None:
    """Security is told, and the next push is refused at once, without a question."""
    asking = site.ask(user)
    phone.shows(QUESTION)
    phone.deny()
    assert asking.said is False
    phone.tap("Report to security")
    phone.shows("Reported")
    assert site.ask(user).said is False
    assert site.events("push:report", user) == ["suspicious"]
    assert site.events("push:ask", user) == ["pending", "pushes_muted"]


def asked_for_number(site: Site, user: str) -> Asking:
    """Ask the user for the number 47."""
    return site.ask(user, "ValidatePushCustom", customMessage="[[match:47]] Sign in to ePrescribe", customTimeout="60")


def test_a_number_must_be_typed_to_approve(site: Site, phone: Phone, user: str) -> None:
    """Nothing can be approved before; a wrong one may be mended once."""
    asking = asked_for_number(site, user)
    phone.says("Sign in to ePrescribe")
    expect(phone.button("Yes, approve")).to_be_disabled()
    phone.fill("Number that the sign-in page shows", "48")
    phone.approve()
    phone.says("That is not the number. You have one more try.")
    phone.fill("Number that the sign-in page shows", "47")
    phone.approve()
    assert asking.said is True


def test_a_second_wrong_number_denies(site: Site, phone: Phone, user: str) -> None:
    """Whoever guesses does not get a third guess."""
    asking = asked_for_number(site, user)
    for guess in ("12", "21"):
        phone.fill("Number that the sign-in page shows", guess)
        phone.approve()
    assert asking.said is False
    phone.says("Twice a wrong number: the sign-in was denied.")
    assert site.events("push:answer", user) == ["wrong_number", "denied"]


def test_the_pin_is_asked_for_where_the_tenant_wants_it(site: Site, phone: Phone, user: str) -> None:
    """A wrong one is counted, and said to be wrong; the right one approves."""
    site.product.core.pin_desk.set_pin(site.operator(user), site.product.tenant, "2580")
    site.switch("pushes_need_pin")
    try:
        asking = site.ask(user)
        phone.shows(QUESTION)
        phone.fill("Your PIN", "1470")
        phone.approve()
        phone.says("The PIN is wrong.")
        phone.fill("Your PIN", "2580")
        phone.approve()
        assert asking.said is True
    finally:
        site.switch("pushes_need_pin", on=False)
    assert site.events("push:answer", user) == ["wrong_code", "approved"]


def test_a_push_that_nobody_answers_goes_by_itself(site: Site, phone: Phone, user: str) -> None:
    """The page says that it is too late, and the portal is told no."""
    asking = site.ask(user, "ValidatePushCustom", customMessage="Quick", customTimeout="5")
    phone.says("Quick")
    assert asking.said is False
    phone.shows("Too late")
    phone.tap("OK")
    phone.shows(IDLE)


def test_of_two_phones_the_first_answer_counts(
    site: Site, phone: Phone, unpack: Callable[..., Phone], user: str
) -> None:
    """Both show the push; the other one says that it was answered."""
    second = unpack()
    second.enrol(site.link(user), name="Second phone")
    asking = site.ask(user)
    phone.shows(QUESTION)
    second.shows(QUESTION)
    second.approve()
    assert asking.said is True
    phone.shows("Answered elsewhere")


def test_a_second_tab_answers_what_is_answered_already_in_vain(site: Site, phone: Phone, user: str) -> None:
    """It is the same phone; the tab says so, and the answer stands."""
    asking = site.ask(user)
    phone.shows(QUESTION)
    tab = Phone(phone.context.new_page(), phone.complaints)
    tab.open(f"{site.url}/pingme/")
    tab.shows(QUESTION)
    # What is on its way to a tab that does not listen any more is the same as a very late tap.
    tab.page.route("**/events", lambda route: route.abort())
    phone.deny()
    assert asking.said is False
    if tab.button("No, not me").is_visible():
        tab.approve()
    tab.shows("Answered elsewhere")
    assert site.events("push:verify", user) == ["denied"]


def test_a_lost_phone_is_removed_with_another_one(
    site: Site, phone: Phone, unpack: Callable[..., Phone], user: str
) -> None:
    """Its session ends at once, and it cannot sign in again."""
    second = unpack()
    second.enrol(site.link(user), name="Second phone")
    second.open(f"{site.url}/pingme/account")
    second.tap(f"Remove {NAME}")
    second.says("The phone is removed.")
    phone.open(f"{site.url}/pingme/")
    phone.says("was removed")
    asking = site.ask(user)
    second.open(f"{site.url}/pingme/")
    second.shows(QUESTION)
    second.approve()
    assert asking.said is True


def test_a_link_is_good_once(site: Site, unpack: Callable[..., Phone], user: str) -> None:
    """The second phone is told so, and whom to ask; one that was never made looks the same."""
    link, first, second = site.link(user), unpack(), unpack()
    first.enrol(link)
    for bad in (link, link[:-6] + "AAAAAA"):
        second.open("about:blank")
        second.open(bad)
        second.shows("This link is not good any more")
        second.says("Ask whoever sent you the link.")
    assert site.events("phone:enrol", user) == ["accepted"]


def test_a_passkey_is_asked_for_where_the_tenant_wants_it(site: Site, unpack: Callable[..., Phone], user: str) -> None:
    """It makes the key and signs the answers; the phone asks for its user each time."""
    site.switch("phones_need_passkey")
    phone = unpack()
    passkey = VirtualKey.built_in(phone.page)
    try:
        phone.enrol(site.link(user))
    finally:
        site.switch("phones_need_passkey", on=False)
    asking = site.ask(user)
    phone.shows(QUESTION)
    phone.approve()
    assert asking.said is True
    (credential,) = passkey.credentials
    assert credential["signCount"] >= 2


def test_a_closed_page_is_woken_by_the_push_service(site: Site, unpack: Callable[..., Phone], user: str) -> None:
    """The message is encrypted for the phone, says nothing of who and where, and always shows a notification."""
    phone = unpack()
    phone.enrol_with_notifications(site.link(user), site.pushes.subscribe(site.server_key))
    worker, before = Worker.of(phone, site.url), len(site.pushes.arrived)
    phone.open("about:blank")

    asking = site.ask(user)
    pushed = site.pushes.wait_for(before + 1)[before]
    assert pushed.notification["notification"]["title"] == "Sign-in request"
    assert user not in pushed.message.decode()
    worker.deliver(pushed.message)
    phone.open(f"{site.url}/pingme/")
    shown = "async () => (await (await navigator.serviceWorker.ready).getNotifications()).map((one) => one.title)"
    assert phone.page.evaluate(shown) == ["Sign-in request"]
    phone.shows(QUESTION)
    phone.approve()
    assert asking.said is True


def test_a_browser_that_is_set_up_again_gets_messages_of_its_own(
    site: Site, unpack: Callable[..., Phone], user: str
) -> None:
    """What reached it as the phone of somebody else is not taken over, but subscribed anew."""
    phone, other = unpack(), site.new_user()
    first, second = (site.pushes.subscribe(site.server_key) for _ in range(2))
    phone.subscribe_at(first, second)
    phone.set_up(site.link(other))
    phone.turn_notifications_on()
    phone.shows("Try it")
    phone.open("about:blank")
    phone.set_up(site.link(user))
    phone.tap("Without a test")
    before = len(site.pushes.arrived)
    asking = site.ask(user)
    assert site.pushes.wait_for(before + 1)[before].browser is second
    phone.shows(QUESTION)
    phone.deny()
    assert asking.said is False


def test_a_push_service_that_is_down_leaves_the_open_page(site: Site, unpack: Callable[..., Phone], user: str) -> None:
    """The call waits for the page; the failure is in the audit trail."""
    phone = unpack()
    phone.enrol_with_notifications(site.link(user), site.pushes.subscribe(site.server_key))
    site.pushes.answers += [500, 500]
    asking = site.ask(user)
    phone.shows(QUESTION)
    phone.approve()
    assert asking.said is True
    until(lambda: site.events("push:deliver", user) == ["failed"])


def test_a_user_is_spoken_to_in_german(site: Site, unpack: Callable[..., Phone]) -> None:
    """In the browser's language before it is known who it is, and then in the user's, on every page."""
    user, english, german = site.new_user(language="German"), unpack(), unpack(locale="de-DE")
    german.open(f"{site.url}/pingme/")
    german.shows("Dieses Telefon ist nicht eingerichtet")
    english.enrol(site.link(user))
    for path, heading in (("", "Nichts zu bestätigen"), ("account", "Ihr Konto")):
        english.open(f"{site.url}/pingme/{path}")
        expect(english.page.locator("html")).to_have_attribute("lang", "de")
        english.shows(heading)


def test_users_look_after_themselves(site: Site, phone: Phone, user: str) -> None:
    """PIN, questions, and who signed in; the product takes what was set."""
    asking = site.ask(user)
    phone.shows(QUESTION)
    phone.approve()
    assert asking.said is True
    phone.open(f"{site.url}/pingme/account")
    phone.fill("New PIN", "1234")
    phone.fill("New PIN once more", "1234")
    phone.tap("Change the PIN")
    phone.says("The new PIN does not obey the rules below it.")
    phone.fill("New PIN", "2580")
    phone.fill("New PIN once more", "2580")
    phone.tap("Change the PIN")
    phone.says("The PIN is changed.")
    for number, (question, answer) in enumerate((("First pet?", "Rex"), ("First car?", "Polo"), ("Town?", "Ulm")), 1):
        phone.fill(f"Question {number}", question)
        phone.fill(f"Answer {number}", answer)
    phone.tap("Save the questions")
    phone.says("The questions are saved.")
    expect(phone.page.get_by_role("row", name="Approval on the phone")).to_contain_text("Signed in")
    assert site.product.core.question_register.listing(site.operator(user), site.product.tenant) == [
        "First pet?",
        "First car?",
        "Town?",
    ]
    phone.tap("Sign out")
    phone.shows("You are signed out")


def test_a_pin_that_must_be_changed_comes_first(site: Site, phone: Phone, user: str) -> None:
    """The account shows nothing else until it was."""
    site.product.core.pin_desk.set_pin(site.operator(user), site.product.tenant, "2580", must_change=True)
    phone.open(f"{site.url}/pingme/")
    phone.says("Choose a PIN of your own before you go on.")
    phone.open(f"{site.url}/pingme/account")
    expect(phone.button("Save the questions")).to_have_count(0)
    phone.fill("Present PIN", "2580")
    phone.fill("New PIN", "8052")
    phone.fill("New PIN once more", "8052")
    phone.tap("Change the PIN")
    phone.says("The PIN is changed.")
    expect(phone.button("Save the questions")).to_be_visible()
