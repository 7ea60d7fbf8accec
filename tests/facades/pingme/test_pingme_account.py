"""The account's pages over HTTP, as a browser without scripts uses them."""

from dataclasses import replace

import pytest
from lxml import html
from werkzeug.test import Client

from tests.facades.pingme.phone_page import OURS, PhonePage
from tests.interference import SilentDatabase
from tests.primitives.software_phone import URL
from tests.product import Product
from validate_service.core.profiles import ProfileChange
from validate_service.facades.pingme.application import PingMeApplication

FORMS = ("/pin", "/phones/remove", "/questions", "/sign-out")


def set_pin(product: Product, pin: str, *, must_change: bool = False) -> None:
    """Give alice a PIN."""
    product.core.pin_desk.set_pin(product.operator("alice"), product.tenant, pin, must_change=must_change)


def problem_of(text: str) -> tuple[str, str]:
    """Return what a page says was wrong, and the id of the field that it is about; the summary has the focus."""
    root = html.fromstring(text)
    (summary,) = root.xpath("//*[@role='alert'][@autofocus][@tabindex='-1']")
    (link,) = summary.xpath(".//a")
    assert root.xpath(f"//*[@id='{link.get('href')[1:]}']")
    return link.text, link.get("href")[1:]


def test_without_a_session_the_way_leads_to_the_page_that_can_sign_in(stranger: PhonePage) -> None:
    """For the page and all of its forms."""
    answers = [stranger.get("/account"), *(stranger.submit(path) for path in FORMS[:3])]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(303, "/pingme/#account")}


def test_the_page_shows_phones_questions_and_sign_ins_in_words(page: PhonePage, product: Product) -> None:
    """In the user's language; what somebody typed stays text."""
    change = ProfileChange(language="de")
    product.core.user_register.update(product.operator("alice"), product.tenant, change)
    product.core.question_register.replace(product.operator("alice"), product.tenant, [("<b>?", "x")])
    page.ask()
    (question,) = page.questions()
    page.answer(question)
    root = page.account()
    assert root.xpath("//html/@lang") == ["de"]
    assert root.xpath("//input[@name='question']/@value")[0] == "<b>?"
    assert [strong.text for strong in root.xpath("//ul[@class='rows']//strong")] == ["My phone"]
    assert "dieses Telefon" in root.text_content()


def test_sign_ins_are_told_in_words(page: PhonePage, product: Product) -> None:
    """What was tried, how it ended, where; in a table that can be read aloud."""
    product.add_device("alice", "HOTP-1")
    product.core.otp.verify(product.call("alice"), product.wrong_code("HOTP-1"))
    root = page.account()
    (row,) = root.xpath("//tbody/tr")
    assert [cell.text for cell in row][1:3] == ["One-time password", "Wrong code"]
    assert len(root.xpath("//table/caption")) == 1
    assert len(root.xpath("//th[@scope='col']")) == 4


def test_a_lost_phone_is_removed(page: PhonePage, product: Product) -> None:
    """And cannot do anything any more."""
    lost = PhonePage.of(product)
    lost.enrol(lost.link(), "Lost")
    (serial,) = page.account().xpath("//form[.//strong='Lost']//input[@name='serial']/@value")
    answer = page.submit("/phones/remove", serial=serial)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/pingme/account?done=phone")
    assert "The phone is removed." in page.account("?done=phone").text_content()
    assert lost.get("/account").status_code == 303
    assert lost.sign_in().status_code == 403
    again = page.submit("/phones/remove", serial=serial)
    assert problem_of(again.text) == ("That phone is not yours, or was removed before.", "phones")


def test_the_phone_in_hand_is_not_removed_by_one_slip(page: PhonePage) -> None:
    """Its button is behind a question; without it the user is shut out."""
    (form,) = page.account().xpath("//form[.//strong='My phone']")
    assert len(form.xpath(".//details[not(@open)]//button")) == len(form.xpath(".//button")) == 1
    (serial,) = form.xpath(".//input[@name='serial']/@value")
    assert page.submit("/phones/remove", serial=serial).status_code == 303
    assert page.get("/account").headers["Location"] == "/pingme/#account"


def test_the_pin_is_changed_with_the_present_one(page: PhonePage, product: Product) -> None:
    """The first one needs none."""
    assert page.account().xpath("//input[@name='current']") == []
    assert page.submit("/pin", new="2580", again="2580").status_code == 303
    assert page.account().xpath("//input[@name='current']") != []
    assert page.submit("/pin", current="2580", new="8520", again="8520").status_code == 303
    assert product.last_event()["event"] == "pin:set"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (("2580", "8520", "8521"), ("The two new PINs differ.", "pin-again")),
        (("0000", "8520", "8520"), ("The present PIN is wrong.", "pin-current")),
        (("2580", "1234", "1234"), ("The new PIN does not obey the rules below it.", "pin-new")),
        (("2580", "", ""), ("The new PIN does not obey the rules below it.", "pin-new")),
        (("2580", "85\x0020", "85\x0020"), ("The new PIN does not obey the rules below it.", "pin-new")),
    ],
)
def test_what_is_wrong_with_a_pin_is_said_beside_its_field(
    page: PhonePage, product: Product, typed: tuple[str, str, str], problem: tuple[str, str]
) -> None:
    """And above all, with the focus there; no PIN is sent back."""
    set_pin(product, "2580")
    current, new, again = typed
    answer = page.submit("/pin", current=current, new=new, again=again)
    assert answer.status_code == 422
    assert problem_of(answer.text) == problem
    (field,) = html.fromstring(answer.text).xpath("//input[@aria-invalid='true']")
    (described,) = html.fromstring(answer.text).xpath(f"//*[@id='{field.get('aria-describedby')}']")
    assert described.text == problem[0]
    assert html.fromstring(answer.text).xpath("//input[@type='password']/@value") in ([], [""] * 3)


def test_a_pin_that_is_guessed_is_blocked(page: PhonePage, product: Product) -> None:
    """Here as with a card."""
    set_pin(product, "2580")
    for _ in range(3):
        page.submit("/pin", current="0000", new="8520", again="8520")
    answer = page.submit("/pin", current="2580", new="8520", again="8520")
    assert (answer.status_code, problem_of(answer.text)[1]) == (403, "pin-current")


def test_a_pin_that_must_be_changed_comes_first(page: PhonePage, product: Product) -> None:
    """The account shows nothing else, and takes nothing else, until it is."""
    set_pin(product, "2580", must_change=True)
    root = page.account()
    assert root.xpath("//form/@action") == ["/pingme/account/pin"]
    assert page.submit("/questions", question="a", answer="b").status_code == 422
    assert product.core.self_service.questions(page.phone.holder(product.core)) == []
    assert html.fromstring(page.get().text).xpath("//*[@id='pin-banner'][not(@hidden)]//a/@href") == ["/pingme/account"]
    assert page.submit("/pin", current="2580", new="8520", again="8520").status_code == 303
    assert len(page.account().xpath("//form")) > 1
    assert html.fromstring(page.get().text).xpath("//*[@id='pin-banner'][@hidden]") != []


def test_questions_are_replaced_as_a_whole(page: PhonePage, product: Product) -> None:
    """Rows that were left empty do not count."""
    answer = page.submit("/questions", question=["Pet?", "", "Town?"], answer=["Rex", "", "Ulm"])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/pingme/account?done=questions")
    assert page.account().xpath("//input[@name='question']/@value") == ["Pet?", "Town?", ""]
    unanswered = page.submit("/questions", question=["Pet?", "Car?"], answer=["", "Polo"])
    assert (unanswered.status_code, problem_of(unanswered.text)[1]) == (422, "question-1")
    assert html.fromstring(unanswered.text).xpath("//input[@name='question']/@value") == ["Pet?", "Car?", ""]
    assert product.core.self_service.questions(page.phone.holder(product.core)) == ["Pet?", "Town?"]


def test_signing_out_ends_the_session_everywhere(page: PhonePage) -> None:
    """The browser forgets its token, and the server does, too."""
    token = page.phone.session
    answer = page.submit("/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/pingme/#signed-out")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    page.client.set_cookie("__Host-mfa_me", token, domain="mfa.example.org")
    assert page.get("/account").status_code == 303
    assert page.submit("/sign-out").status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
def test_a_foreign_page_cannot_send_a_form(page: PhonePage, site: str | None) -> None:
    """Not even with the right token."""
    headers = {"Sec-Fetch-Site": site} if site else {"Origin": "null"}
    assert {page.submit(path, headers, new="2580", again="2580").status_code for path in FORMS} == {403}
    assert page.account().xpath("//input[@name='current']") == []


def test_a_form_needs_the_token_of_its_session(page: PhonePage, product: Product) -> None:
    """Neither none, nor another session's, nor one in the address."""
    other = PhonePage.of(product)
    other.enrol(other.link())
    for path in FORMS:
        for token in ("", other.form_token):
            assert page.submit(path, OURS, form_token=token, new="2580", again="2580").status_code == 403
        assert page.submit(f"{path}?form_token={page.form_token}", OURS, form_token="").status_code == 403
    assert page.account().xpath("//input[@name='current']") == []


def test_no_form_is_taken_by_get(page: PhonePage) -> None:
    """A link can change nothing."""
    assert {page.get(f"/account{path}?form_token={page.form_token}").status_code for path in FORMS} == {405}


def test_a_form_that_cannot_be_taken_now_says_so(page: PhonePage) -> None:
    """The session is known, and the database fails behind it."""
    desk = replace(page.product.core.self_service, database=SilentDatabase())
    client = Client(PingMeApplication(replace(page.product.core, self_service=desk), URL))
    client.set_cookie("__Host-mfa_me", page.phone.session, domain="mfa.example.org")
    fields = {"form_token": page.form_token, "serial": "PHONE-1"}
    answer = client.post("/pingme/account/phones/remove", base_url=URL, data=fields, headers=OURS)
    assert (answer.status_code, answer.text) == (503, "The service is temporarily unavailable.")


def test_what_is_done_is_one_of_our_own_sentences(page: PhonePage) -> None:
    """Nobody puts words on the page with a link."""
    root = page.account("?done=You+won")
    assert root.xpath("//*[@role='status']") == []
    assert "You won" not in root.text_content()
