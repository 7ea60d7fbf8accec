"""E-mail: what arrives at a real mail server, and what becomes of its refusals."""

import io
from dataclasses import replace
from email.message import EmailMessage

import pytest
import segno

from tests.delivery.messages import EMAIL, ENROLMENT, LINK, courier, failure
from tests.delivery.servers import SENDER, Certificate, Mail, bad_server, free_port, hangs_up, mail_server
from validate_service.config import Security, SmtpSettings
from validate_service.core.messages import Channel, Message
from validate_service.delivery.courier import Courier

FROM_THE_FIRST_BYTE = pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])


def sent(message: Message) -> Mail:
    """Return what arrives of *message*."""
    with mail_server() as box:
        courier(box.settings).deliver(message)
    [mail] = box.arrived
    return mail


def text_of(message: EmailMessage) -> str:
    """Return the text that a reader sees."""
    body = message.get_body()
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_a_message_arrives_as_it_was_written() -> None:
    """With umlauts and quotation marks in the subject and in the text."""
    mail = sent(EMAIL)
    assert (mail.sender, mail.recipients) == ("mfa@example.org", ["joerg@example.net"])
    assert mail.message["From"] == SENDER
    assert mail.message["To"] == "joerg@example.net"
    assert mail.message["Subject"] == EMAIL.subject
    assert mail.message["Content-Language"] == "de"
    assert mail.message.get_content_type() == "text/plain"
    assert text_of(mail.message) == EMAIL.body


def test_a_message_can_be_found_again_and_is_answered_by_no_machine() -> None:
    """It has a date, an id of the sender's domain, and says that a machine wrote it."""
    mail = sent(EMAIL)
    assert mail.message["Date"].datetime is not None
    assert mail.message["Message-ID"].endswith("@example.org>")
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert sent(EMAIL).message["Message-ID"] != mail.message["Message-ID"]


def test_a_message_travels_in_seven_bits() -> None:
    """No server on the way needs to announce more."""
    assert sent(ENROLMENT).message.as_bytes().isascii()


def test_a_link_is_a_picture_too() -> None:
    """The text holds it, and a QR code shows the same link to a phone's camera."""
    mail = sent(ENROLMENT)
    assert LINK in text_of(mail.message)
    [picture] = mail.message.iter_attachments()
    assert (picture.get_content_type(), picture.get_content_disposition()) == ("image/png", "inline")
    expected = io.BytesIO()
    segno.make_qr(LINK).save(expected, kind="png", scale=6)
    assert picture.get_content() == expected.getvalue()


def test_a_text_message_by_e_mail_has_no_subject() -> None:
    """A phone's carrier would send the line as part of the text; the text stays plain."""
    mail = sent(replace(EMAIL, subject="", body="Your code is 904817."))
    assert "Subject" not in mail.message
    assert not mail.message.is_multipart()
    assert mail.message.get_content().strip() == "Your code is 904817."


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\u2028", "\x85"])
def test_a_subject_is_one_line(line_end: str) -> None:
    """Whatever ends a line in it begins no header."""
    mail = sent(replace(EMAIL, subject=f"Code{line_end}Bcc: eve@example.net"))
    assert mail.message["Subject"] == "Code Bcc: eve@example.net"
    assert "Bcc" not in mail.message
    assert mail.recipients == [EMAIL.recipient]


@pytest.mark.parametrize(
    "recipient",
    [
        *("joerg", "joerg@example.net, eve@example.net", "joerg@example.net\r\nBcc: eve@example.net", "joerg@"),
        *("", "<joerg@example.net>", "joerg@example.net>\r\nRCPT TO:<eve@example.net", "joerg example.net"),
    ],
)
def test_a_recipient_is_one_address(recipient: str) -> None:
    """What is more, or less, is refused before a server hears of it."""
    with mail_server() as box:
        said = failure(courier(box.settings), replace(EMAIL, recipient=recipient))
    assert said == "email: the recipient is no e-mail address"
    assert box.tries == 0


@FROM_THE_FIRST_BYTE
def test_a_connection_is_encrypted(certificate: Certificate, security: Security) -> None:
    """By STARTTLS or from the first byte on, if the certificate is good."""
    with mail_server(security=security, certificate=certificate) as box:
        courier(box.settings).deliver(EMAIL)
    assert [mail.was_encrypted for mail in box.arrived] == [True]


@FROM_THE_FIRST_BYTE
def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Certificate, security: Security) -> None:
    """And is not tried again."""
    with mail_server(security=security, certificate=certificate) as box:
        said = failure(courier(replace(box.settings, ca_file=None)), EMAIL)
    assert said == "email: no trustworthy TLS connection"
    assert box.tries == 0


@FROM_THE_FIRST_BYTE
def test_a_certificate_of_another_address_is_refused(foreign_certificate: Certificate, security: Security) -> None:
    """Although its issuer is trusted."""
    with mail_server(security=security, certificate=foreign_certificate) as box:
        assert failure(courier(box.settings), EMAIL) == "email: no trustworthy TLS connection"
    assert box.tries == 0


def test_a_server_without_starttls_gets_nothing() -> None:
    """Nothing is sent in clear because somebody took the offer out."""
    with mail_server() as box:
        said = failure(courier(replace(box.settings, security=Security.STARTTLS)), EMAIL)
    assert said == "email: the server does not offer what is needed"
    assert box.tries == 0


def test_a_server_that_puts_starttls_off_gets_nothing() -> None:
    """It offers it, says 454, and would listen in clear."""
    heard = bytearray()

    def puts_off(connection: object, over: object) -> None:
        stream = connection.makefile("rwb", buffering=0)  # type: ignore[attr-defined]
        stream.write(b"220 mail.test\r\n")
        for line in stream:
            heard.extend(line)
            stream.write(
                b"454 later\r\n" if line.upper().startswith(b"STARTTLS") else b"250-mail.test\r\n250 STARTTLS\r\n"
            )
        stream.close()

    with bad_server(puts_off) as port:
        said = failure(courier(SmtpSettings("127.0.0.1", SENDER, port)), EMAIL)
    assert said == "email: refused with 454"
    assert heard.count(b"STARTTLS") == 2
    assert b"MAIL" not in heard.upper()


def test_a_login_is_made(certificate: Certificate) -> None:
    """With the user and password of the settings."""
    with mail_server(security=Security.STARTTLS, certificate=certificate, user="mfa", password="pa55word") as box:
        courier(box.settings).deliver(EMAIL)
    assert [mail.user for mail in box.arrived] == ["mfa"]


def test_a_refused_login_is_not_tried_again(certificate: Certificate) -> None:
    """Too many of them would lock the account."""
    with mail_server(security=Security.STARTTLS, certificate=certificate, user="mfa", password="pa55word") as box:
        said = failure(courier(replace(box.settings, password="pa55word!")), EMAIL)
    assert said == "email: login refused with 535"
    assert (box.logins, box.tries) == (1, 0)


def test_a_refusal_for_good_is_not_tried_again() -> None:
    """A mailbox that does not exist will not exist a moment later."""
    with mail_server(answers=["550 joerg@example.net is unknown"]) as box:
        assert failure(courier(box.settings), EMAIL) == "email: refused with 550"
    assert (box.tries, box.arrived) == (1, [])


def test_a_passing_refusal_is_tried_again() -> None:
    """A server that asks to come back later often means a moment later."""
    with mail_server(answers=["451 come back"]) as box:
        courier(box.settings).deliver(EMAIL)
    assert box.tries == 2
    assert len(box.arrived) == 1


def test_a_message_is_tried_twice_only() -> None:
    """The caller waits."""
    with mail_server(answers=["451 come back", "452 come back", "450 come back"]) as box:
        assert failure(courier(box.settings), EMAIL) == "email: refused with 452"
    assert (box.tries, box.arrived) == (2, [])


def test_a_server_that_is_not_there_is_named() -> None:
    """After two tries."""
    settings = SmtpSettings("127.0.0.1", SENDER, free_port(), Security.NONE)
    assert failure(courier(settings), EMAIL) == "email: no connection"


def test_a_server_that_hangs_up_is_named() -> None:
    """After two tries."""
    with bad_server(hangs_up) as port:
        settings = SmtpSettings("127.0.0.1", SENDER, port, Security.NONE)
        assert failure(courier(settings), EMAIL) == "email: the connection was lost"


def test_a_channel_without_a_carrier_is_named() -> None:
    """The courier tells beforehand, too."""
    nobody = Courier({}, timeout_s=1, places=1)
    assert not nobody.carries(Channel.EMAIL)
    assert failure(nobody, EMAIL) == "email: nothing is set up to carry it"
