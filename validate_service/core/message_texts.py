"""What our messages say: how a wording is chosen and filled in, and the wordings that tenants set themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template

from validate_service.core.audit import DONE, AuditEvent, EventName
from validate_service.core.built_in_texts import BUILT_IN
from validate_service.core.calls import Call
from validate_service.core.errors import NotFoundError, PolicyError
from validate_service.core.fields import LONGEST_NAME, require_text
from validate_service.core.messages import Channel, MessageKind, Text
from validate_service.core.model import Tenant
from validate_service.core.ports import Clock, Database, MessageTexts
from validate_service.core.profiles import language_tag

FALLBACK_LANGUAGE = "en"
LONGEST_BODY, LONGEST_SMS = 2000, 480

SENT_FOR = {MessageKind.AUTH_CODE: "code", MessageKind.PROVISION: "link", MessageKind.NEW_DEVICE: "serial"}
"""What each kind of message is sent for: a body must hold it, a subject must not."""

_NAMES = frozenset({"user", "organisation"})
OTHER_PLACEHOLDERS = {
    MessageKind.AUTH_CODE: _NAMES | {"minutes"},
    MessageKind.PROVISION: _NAMES | {"minutes"},
    MessageKind.NEW_DEVICE: _NAMES,
}
"""What a text of each kind may hold besides."""


def choose(own: Sequence[Text], kind: MessageKind, channel: Channel, language: str) -> Text:
    """Return the wording that a user reads best.

    In this order: the tenant's own in the user's language, the built-in one in that language, the tenant's own in
    English, the built-in one in English.  Who wants ``de-AT`` is well served by ``de``.

    Args:
        own: The tenant's wordings of *kind* and *channel*, at most one a language.
        kind: What the message is for.
        channel: How it goes.
        language: The user's language tag, in any case; anything else counts as a language that nobody has.
    """
    known = {text.language.lower(): text for text in (*BUILT_IN[kind, channel], *own)}
    wanted = language.lower()
    return known.get(wanted) or known.get(wanted.partition("-")[0]) or known[FALLBACK_LANGUAGE]


def compose(text: Text, values: Mapping[str, str], channel: Channel) -> Text:
    """Return *text* with its placeholders filled in.

    A value cannot start a line of its own, nor the subject a header.  A code that is to be heard is spelled.

    Args:
        text: The wording.
        values: A value for each placeholder of the message's kind.
        channel: How the message goes.
    """
    clean = {name: _one_line(value) for name, value in values.items()}
    subject = _one_line(Template(text.subject).substitute(clean))
    if channel is Channel.VOICE and "code" in clean:
        clean["code"] = spelled(clean["code"])
    return Text(text.language, subject, Template(text.body).substitute(clean))


def spelled(code: str) -> str:
    """Return *code* as a voice reads it out: one character after the other, with a pause between them.

    >>> spelled("1698")
    '1, 6, 9, 8'
    """
    return ", ".join(code)


def _one_line(text: str) -> str:
    """Return *text* with a space for whatever is not printed: line ends, control characters, changes of direction."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


@dataclass(frozen=True, slots=True)
class MessageTextRegister:
    """Keeps the tenants' own wordings."""

    database: Database
    message_texts: MessageTexts
    clock: Clock

    def find(self, tenant: Tenant, kind: MessageKind, channel: Channel, language: str) -> Text:
        """Return the wording that a user of *tenant* with *language* is sent: the tenant's own or a built-in one."""
        with self.database.read() as session:
            own = self.message_texts.of_tenant(session, tenant.id, kind, channel)
        return choose(own, kind, channel, language)

    def listing(self, tenant: Tenant) -> list[tuple[MessageKind, Channel, str]]:
        """Return of which messages, and in which languages, the tenant has wordings of its own."""
        with self.database.read() as session:
            return list(self.message_texts.listing(session, tenant.id))

    def set(self, call: Call, tenant: Tenant, kind: MessageKind, channel: Channel, text: Text) -> None:
        """Store *text* in place of any older one in its language.

        Raises:
            PolicyError: the language names none; a placeholder is unknown, or the one that the message is sent for is
                missing, or in the subject; the subject has several lines, or stands where there is none; an e-mail has
                no subject; an SMS is longer than 480 characters.
            MalformedRequestError: the body is longer than 2,000 characters, or a character is not allowed.
        """
        call.tenant_id = tenant.id
        text = Text(language_tag(text.language), _subject(kind, channel, text.subject), _body(kind, channel, text.body))
        with self.database.write() as transaction:
            self.message_texts.replace(transaction, tenant.id, kind, channel, text)
            label = _label(kind, channel, text.language)
            transaction.record(AuditEvent(EventName.TEXT_SET, DONE, call, self.clock.now(), label))

    def delete(self, call: Call, tenant: Tenant, kind: MessageKind, channel: Channel, language: str) -> None:
        """Delete the tenant's own wording; the built-in one is sent from then on.

        Raises:
            NotFoundError: it has none.
            PolicyError: the language names none.
        """
        call.tenant_id = tenant.id
        label = _label(kind, channel, language := language_tag(language))
        with self.database.write() as transaction:
            if not self.message_texts.delete(transaction, tenant.id, kind, channel, language):
                raise NotFoundError(f"There is no own text for {label}.")
            transaction.record(AuditEvent(EventName.TEXT_DELETE, DONE, call, self.clock.now(), label))


def _label(kind: MessageKind, channel: Channel, language: str) -> str:
    return f"{kind} {channel} {language}"


def _subject(kind: MessageKind, channel: Channel, subject: str) -> str:
    require_text("subject", subject, longest=LONGEST_NAME)
    if bool(subject.strip()) is not (channel is Channel.EMAIL):
        raise PolicyError("An e-mail must have a subject, and nothing else has one.")
    if not subject.isprintable():
        raise PolicyError("subject must be one line without control characters.")
    if SENT_FOR[kind] in _placeholders("subject", subject, kind):
        raise PolicyError(f"subject must not hold ${SENT_FOR[kind]}: subjects are shown on locked screens.")
    return subject.strip()


def _body(kind: MessageKind, channel: Channel, body: str) -> str:
    require_text("body", body, longest=LONGEST_BODY)
    if channel is Channel.SMS and len(body) > LONGEST_SMS:
        raise PolicyError(f"The body of an SMS must be at most {LONGEST_SMS} characters.")
    if SENT_FOR[kind] not in _placeholders("body", body, kind):
        raise PolicyError(f"body must hold ${SENT_FOR[kind]}.")
    return body


def _placeholders(field: str, text: str, kind: MessageKind) -> set[str]:
    """Return the placeholders in *text*, all of which are known."""
    template = Template(text)
    known = OTHER_PLACEHOLDERS[kind] | {SENT_FOR[kind]}
    found = set(template.get_identifiers())
    if not template.is_valid() or not found <= known:
        names = ", ".join(f"${name}" for name in sorted(known))
        raise PolicyError(f"{field} may hold {names}, and $$ for a dollar sign.")
    return found
