"""What messages say: the built-in texts, the tenants' own, which is chosen, and how it is filled in."""

from itertools import product as pairs
from string import Template

import pytest

from tests.product import Product
from validate_service.core.built_in_texts import BUILT_IN
from validate_service.core.errors import MalformedRequestError, NotFoundError, PolicyError, ValidateError
from validate_service.core.message_texts import OTHER_PLACEHOLDERS, SENT_FOR, choose, compose
from validate_service.core.messages import Channel, MessageKind, Text

CODE, LINK = MessageKind.AUTH_CODE, MessageKind.PROVISION
EMAIL, SMS, VOICE = Channel.EMAIL, Channel.SMS, Channel.VOICE
VALUES = {
    "code": "169857",
    "link": "https://mfa.example/pingme/#3q2-7wAB",
    "serial": "VS-482913507716",
    "minutes": "10",
    "user": "alice",
    "organisation": "Example Ltd",
}
MESSAGES = list(pairs(MessageKind, Channel))
every_text = pytest.mark.parametrize(
    ("kind", "channel", "text"),
    [(*message, text) for message in MESSAGES for text in BUILT_IN[message]],
    ids=lambda part: part.language if isinstance(part, Text) else None,
)


def own_text(product: Product, language: str, body: str = "Own: $code", channel: Channel = SMS) -> None:
    """Set a text of the tenant's own for codes."""
    text = Text(language, "Own" if channel is EMAIL else "", body)
    product.core.message_text_register.set(product.operator(), product.tenant, CODE, channel, text)


@pytest.mark.parametrize(("kind", "channel"), MESSAGES)
def test_english_and_german_are_built_in(kind: MessageKind, channel: Channel) -> None:
    """For every message on every channel; English is the last resort."""
    assert [text.language for text in BUILT_IN[kind, channel]] == ["en", "de"]


@every_text
def test_built_in_texts_obey_the_rules_for_own_ones(
    product: Product, kind: MessageKind, channel: Channel, text: Text
) -> None:
    """What we send ourselves an operator may send, too."""
    register = product.core.message_text_register
    register.set(product.operator(), product.tenant, kind, channel, text)
    assert register.find(product.tenant, kind, channel, text.language) == text


@every_text
def test_a_built_in_text_says_who_sends_it_and_what_it_is_sent_for(
    kind: MessageKind, channel: Channel, text: Text
) -> None:
    """And what to do who did not ask for it; a code never comes with a link."""
    written = compose(text, VALUES, channel)
    assert "Example Ltd" in written.body
    assert "$" not in written.subject + written.body
    asked = {"en": ("did not ask", "Did not ask", "did not expect", "Did not expect")}.get(text.language)
    assert any(word in written.body for word in asked or ("angefordert", "erwartet"))
    if kind is CODE:
        assert "http" not in written.body
        assert "$link" not in text.body
    else:
        assert VALUES[SENT_FOR[kind]] in written.body.split()


@pytest.mark.parametrize(
    "text", [text for kind in MessageKind for text in BUILT_IN[kind, SMS]], ids=lambda text: text.language
)
def test_a_built_in_short_message_is_short(text: Text) -> None:
    """It fits into one SMS of 160 GSM characters, a link into two; no character needs UCS-2."""
    written = compose(text, VALUES, SMS).body
    assert len(written) <= (2 * 153 if "$link" in text.body else 160)
    assert set(written) - set("äöüßÄÖÜ") <= set(map(chr, range(0x20, 0x7F))) - set("`^{}[]~|\\")


@pytest.mark.parametrize("text", BUILT_IN[CODE, VOICE], ids=lambda text: text.language)
def test_a_code_is_said_twice_and_digit_by_digit(text: Text) -> None:
    """A voice that reads 169,857 helps nobody."""
    body = compose(text, VALUES, VOICE).body
    assert body.count("1, 6, 9, 8, 5, 7") == 2
    assert "169857" not in body
    assert "169857" in compose(text, VALUES, SMS).body


@pytest.mark.parametrize(
    ("language", "own", "chosen"),
    [
        ("de-AT", ["de-AT", "de", "en"], "own de-AT"),
        ("DE-at", ["de-AT", "de", "en"], "own de-AT"),
        ("de-AT", ["de", "en"], "own de"),
        ("de-AT", ["de-CH", "en"], "built-in de"),
        ("de", ["en"], "built-in de"),
        ("de", [], "built-in de"),
        ("fr", ["fr"], "own fr"),
        ("fr-CA", ["fr"], "own fr"),
        ("fr", ["de", "en"], "own en"),
        ("fr", ["de"], "built-in en"),
        ("en-GB", [], "built-in en"),
        ("", [], "built-in en"),
        ("no language at all", [], "built-in en"),
    ],
)
def test_the_text_is_the_one_that_the_user_reads_best(language: str, own: list[str], chosen: str) -> None:
    """The tenant's own before the built-in one, the user's language before English."""
    found = choose([Text(tag, "", "own $code") for tag in own], CODE, SMS, language)
    assert f"{'own' if found.body == 'own $code' else 'built-in'} {found.language}" == chosen


def test_what_is_filled_in_cannot_forge_a_line_or_a_header() -> None:
    """Names come from directories that we do not know."""
    evil = {**VALUES, "user": "alice\r\nBcc: x@y.example\u2028\x1b[2J\u202e$code", "organisation": "A\n  B"}
    written = compose(Text("en", "For $user of $organisation", "Hello $user,\n$code"), evil, EMAIL)
    assert written.subject == "For alice Bcc: x@y.example [2J $code of A B"
    assert written.body.split("\n") == ["Hello alice Bcc: x@y.example [2J $code,", "169857"]


def test_an_own_text_is_sent_until_it_is_deleted(product: Product) -> None:
    """To users of its tenant only; setting it anew replaces it."""
    register, tenant = product.core.message_text_register, product.tenant
    other = product.of_tenant("other").tenant
    own_text(product, "de-at", "Eins $code")
    own_text(product, "de-AT", "Zwei $code")
    own_text(product, "fr", channel=EMAIL)
    assert register.listing(tenant) == [(CODE, EMAIL, "fr"), (CODE, SMS, "de-AT")]
    assert register.find(tenant, CODE, SMS, "de-AT") == Text("de-AT", "", "Zwei $code")
    assert register.find(tenant, LINK, SMS, "de-AT") == BUILT_IN[LINK, SMS][1]
    assert register.listing(other) == []
    assert register.find(other, CODE, SMS, "de-AT") == BUILT_IN[CODE, SMS][1]
    register.delete(product.operator(), tenant, CODE, SMS, "DE-AT")
    assert register.find(tenant, CODE, SMS, "de-AT") == BUILT_IN[CODE, SMS][1]
    with pytest.raises(NotFoundError):
        register.delete(product.operator(), tenant, CODE, SMS, "de-AT")


def test_changes_are_audited(product: Product) -> None:
    """With the tenant and the text's place; not with what it says."""
    own_text(product, "de", "Geheim $code")
    product.core.message_text_register.delete(product.operator(), product.tenant, CODE, SMS, "de")
    events = product.audit()[-2:]
    assert [event["event"] for event in events] == ["text:set", "text:delete"]
    assert all((event["tenant_id"], event["device"]) == (product.tenant.id, "auth_code sms de") for event in events)
    assert "Geheim" not in str(events)


@pytest.mark.parametrize(
    ("channel", "text", "error", "rule"),
    [
        (SMS, Text("de_AT!", "", "$code"), PolicyError, "language must be"),
        (SMS, Text("en", "", "Hello $user"), PolicyError, r"body must hold \$code"),
        (SMS, Text("en", "", "$$code"), PolicyError, r"body must hold \$code"),
        (SMS, Text("en", "", "$code $link"), PolicyError, r"body may hold \$code, \$minutes"),
        (SMS, Text("en", "", "$code for 5$"), PolicyError, r"\$\$ for a dollar sign"),
        (SMS, Text("en", "", "$CODE"), PolicyError, "body may hold"),
        (SMS, Text("en", "Subject", "$code"), PolicyError, "nothing else has one"),
        (SMS, Text("en", "", "$code".ljust(481)), PolicyError, "at most 480"),
        (EMAIL, Text("en", " ", "$code"), PolicyError, "must have a subject"),
        (EMAIL, Text("en", "A\r\nBcc: x@y.example", "$code"), PolicyError, "one line"),
        (EMAIL, Text("en", "A\u2028B", "$code"), PolicyError, "one line"),
        (EMAIL, Text("en", "Code $code", "$code"), PolicyError, "locked screens"),
        (EMAIL, Text("en", "$nobody", "$code"), PolicyError, "subject may hold"),
        (EMAIL, Text("en", "x" * 257, "$code"), MalformedRequestError, "subject is longer than 256"),
        (EMAIL, Text("en", "A", "$code".ljust(2001)), MalformedRequestError, "body is longer than 2000"),
        (EMAIL, Text("en", "A", "$code\0"), MalformedRequestError, "not allowed"),
    ],
)
def test_a_text_that_breaks_a_rule_is_refused(
    product: Product, channel: Channel, text: Text, error: type[ValidateError], rule: str
) -> None:
    """The error names the rule; nothing is stored."""
    register = product.core.message_text_register
    with pytest.raises(error, match=rule):
        register.set(product.operator(), product.tenant, CODE, channel, text)
    assert register.listing(product.tenant) == []


def test_what_does_not_expire_says_no_minutes(product: Product) -> None:
    """There is nothing to fill in."""
    register, kind = product.core.message_text_register, MessageKind.NEW_DEVICE
    with pytest.raises(PolicyError, match=r"body may hold \$organisation, \$serial, \$user, and"):
        register.set(product.operator(), product.tenant, kind, SMS, Text("en", "", "$serial $minutes"))


def test_the_longest_texts_are_taken(product: Product) -> None:
    """480 characters in an SMS, 2,000 elsewhere; other placeholders may be left out."""
    own_text(product, "en", "$code ".ljust(480, "x"))
    own_text(product, "en", "$code ".ljust(2000, "x"), EMAIL)
    assert len(product.core.message_text_register.find(product.tenant, CODE, EMAIL, "en").body) == 2000


def test_every_kind_of_message_has_something_that_it_is_sent_for() -> None:
    """A new kind must say what its texts may not leave out."""
    assert set(SENT_FOR) == set(OTHER_PLACEHOLDERS) == set(MessageKind)
    assert all(
        SENT_FOR[kind] in Template(text.body).get_identifiers()
        for (kind, _channel), texts in BUILT_IN.items()
        for text in texts
    )
