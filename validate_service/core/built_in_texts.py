"""What our messages say where the tenant has no wording of its own.  English comes first.

Each says who sends it, and what to do who did not ask for it.  No message with a code holds a link: people learn that
a link beside a code is a fraud.
"""

from collections.abc import Mapping

from validate_service.core.messages import Channel, MessageKind, Text


def _mail(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs) + "\n"


_CODE_MAILS = (
    Text(
        "en",
        "Your sign-in code for $organisation",
        _mail(
            "Hello $user,",
            "your sign-in code is:",
            "    $code",
            "It works once, within the next $minutes min. Type it only where you are signing in now. Nobody from "
            "$organisation will ever ask you for it.",
            "If you did not ask for a code, somebody else may be trying to sign in as you. Do not pass it on, and tell "
            "your administrator.",
            "$organisation\nThis message was sent automatically.",
        ),
    ),
    Text(
        "de",
        "Ihr Anmeldecode für $organisation",
        _mail(
            "Guten Tag $user,",
            "Ihr Anmeldecode lautet:",
            "    $code",
            "Er gilt einmal, innerhalb der nächsten $minutes Min. Geben Sie ihn nur dort ein, wo Sie sich gerade "
            "anmelden. Niemand von $organisation wird Sie je danach fragen.",
            "Wenn Sie keinen Code angefordert haben, versucht vielleicht jemand, sich an Ihrer Stelle anzumelden. "
            "Geben Sie den Code nicht weiter, und sagen Sie Ihrem Administrator Bescheid.",
            "$organisation\nDiese Nachricht wurde automatisch versandt.",
        ),
    ),
)

_CODE_SHORT_MESSAGES = (
    Text(
        "en",
        "",
        "$organisation: your sign-in code is $code, good for $minutes min. Tell nobody. Did not ask for it? Tell your "
        "administrator.",
    ),
    Text(
        "de",
        "",
        "$organisation: Ihr Anmeldecode ist $code, gültig $minutes Min. Niemandem sagen. Nicht angefordert? "
        "Administrator informieren.",
    ),
)

_CODE_CALLS = (
    Text(
        "en",
        "",
        "Hello. This is an automatic call from $organisation. Your sign-in code is: $code. Once more, your code is: "
        "$code. If you did not ask for a code, tell nobody, and let your administrator know. Goodbye.",
    ),
    # No full stop behind the code: a German voice would read the last digit as an ordinal.
    Text(
        "de",
        "",
        "Guten Tag. Dies ist ein automatischer Anruf von $organisation. Ihr Anmeldecode lautet: $code, ich wiederhole: "
        "$code, das war der Code. Wenn Sie keinen Code angefordert haben, sagen Sie ihn niemandem, und informieren Sie "
        "Ihren Administrator. Auf Wiederhören.",
    ),
)

_LINK_MAILS = (
    Text(
        "en",
        "Set up your phone to sign in to $organisation",
        _mail(
            "Hello $user,",
            "$organisation invites you to approve sign-ins with your phone. Open this link on the phone that you want "
            "to use:",
            "    $link",
            "It works once, within the next $minutes min. Do not pass it on: whoever opens it can approve sign-ins in "
            "your name.",
            "If you did not expect this message, do not open the link, and tell your administrator.",
            "$organisation\nThis message was sent automatically.",
        ),
    ),
    Text(
        "de",
        "Richten Sie Ihr Telefon für die Anmeldung bei $organisation ein",
        _mail(
            "Guten Tag $user,",
            "$organisation lädt Sie ein, Anmeldungen mit Ihrem Telefon zu bestätigen. Öffnen Sie diesen Link auf dem "
            "Telefon, das Sie dafür verwenden wollen:",
            "    $link",
            "Er gilt einmal, innerhalb der nächsten $minutes Min. Geben Sie ihn nicht weiter: Wer ihn öffnet, kann "
            "Anmeldungen in Ihrem Namen bestätigen.",
            "Wenn Sie diese Nachricht nicht erwartet haben, öffnen Sie den Link nicht, und sagen Sie Ihrem "
            "Administrator Bescheid.",
            "$organisation\nDiese Nachricht wurde automatisch versandt.",
        ),
    ),
)

_LINK_SHORT_MESSAGES = (
    Text(
        "en",
        "",
        "$organisation: set up your phone for sign-in within $minutes min: $link Did not expect this? Do not open it, "
        "and tell your administrator.",
    ),
    Text(
        "de",
        "",
        "$organisation: Telefon für die Anmeldung einrichten, binnen $minutes Min.: $link Nicht erwartet? Nicht "
        "öffnen, Administrator informieren.",
    ),
)

_LINK_CALLS = (
    Text(
        "en",
        "",
        "Hello. This is an automatic call from $organisation. To set up your phone for sign-in, open this address: "
        "$link . If you did not expect this call, do not open it, and let your administrator know. Goodbye.",
    ),
    Text(
        "de",
        "",
        "Guten Tag. Dies ist ein automatischer Anruf von $organisation. Um Ihr Telefon für die Anmeldung "
        "einzurichten, öffnen Sie diese Adresse: $link . Wenn Sie diesen Anruf nicht erwartet haben, öffnen Sie sie "
        "nicht, und informieren Sie Ihren Administrator. Auf Wiederhören.",
    ),
)

_DEVICE_MAILS = (
    Text(
        "en",
        "A new device for your sign-in to $organisation",
        _mail(
            "Hello $user,",
            "a new device was enrolled for your sign-in. Its serial is:",
            "    $serial",
            "If you did not expect one, somebody else may be trying to sign in as you. Tell your administrator.",
            "$organisation\nThis message was sent automatically.",
        ),
    ),
    Text(
        "de",
        "Ein neues Gerät für Ihre Anmeldung bei $organisation",
        _mail(
            "Guten Tag $user,",
            "für Ihre Anmeldung wurde ein neues Gerät eingerichtet. Seine Seriennummer lautet:",
            "    $serial",
            "Wenn Sie keines erwartet haben, versucht vielleicht jemand, sich an Ihrer Stelle anzumelden. Sagen "
            "Sie Ihrem Administrator Bescheid.",
            "$organisation\nDiese Nachricht wurde automatisch versandt.",
        ),
    ),
)

_DEVICE_SHORT_MESSAGES = (
    Text(
        "en",
        "",
        "$organisation: the new device $serial was enrolled for your sign-in. Did not expect one? Tell your "
        "administrator.",
    ),
    Text(
        "de",
        "",
        "$organisation: Das neue Gerät $serial wurde für Ihre Anmeldung eingerichtet. Nicht erwartet? Administrator "
        "informieren.",
    ),
)

_DEVICE_CALLS = (
    Text(
        "en",
        "",
        "Hello. This is an automatic call from $organisation. A new device was enrolled for your sign-in. Its serial "
        "is: $serial . If you did not expect one, let your administrator know. Goodbye.",
    ),
    Text(
        "de",
        "",
        "Guten Tag. Dies ist ein automatischer Anruf von $organisation. Für Ihre Anmeldung wurde ein neues Gerät "
        "eingerichtet. Seine Seriennummer lautet: $serial . Wenn Sie keines erwartet haben, informieren Sie Ihren "
        "Administrator. Auf Wiederhören.",
    ),
)

BUILT_IN: Mapping[tuple[MessageKind, Channel], tuple[Text, ...]] = {
    (MessageKind.AUTH_CODE, Channel.EMAIL): _CODE_MAILS,
    (MessageKind.AUTH_CODE, Channel.SMS): _CODE_SHORT_MESSAGES,
    (MessageKind.AUTH_CODE, Channel.VOICE): _CODE_CALLS,
    (MessageKind.PROVISION, Channel.EMAIL): _LINK_MAILS,
    (MessageKind.PROVISION, Channel.SMS): _LINK_SHORT_MESSAGES,
    (MessageKind.PROVISION, Channel.VOICE): _LINK_CALLS,
    (MessageKind.NEW_DEVICE, Channel.EMAIL): _DEVICE_MAILS,
    (MessageKind.NEW_DEVICE, Channel.SMS): _DEVICE_SHORT_MESSAGES,
    (MessageKind.NEW_DEVICE, Channel.VOICE): _DEVICE_CALLS,
}
"""The wordings of each kind of message on each channel, one a language."""
