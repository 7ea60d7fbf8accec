"""The only wiring: settings in, everything that runs out."""

import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from validate_service.config import Settings
from validate_service.core.announcements import AnnouncementDesk
from validate_service.core.api_keys import ApiKeyRegister
from validate_service.core.approvals import ApprovalDesk, ApprovalVerifier
from validate_service.core.auth_codes import AuthCodeDesk, AuthCodeVerifier
from validate_service.core.auth_sets import AuthSetRegister
from validate_service.core.auth_tokens import AuthTokenDesk, AuthTokenVerifier
from validate_service.core.authenticators.answers import PhoneAnswerDesk
from validate_service.core.authenticators.enrolment import PhoneEnrolmentDesk
from validate_service.core.authenticators.holder_pins import HolderPins
from validate_service.core.authenticators.inbox import PhoneInbox
from validate_service.core.authenticators.messages import PhoneMessageDesk
from validate_service.core.authenticators.proofs import Proofs
from validate_service.core.authenticators.self_service import SelfServiceDesk
from validate_service.core.authenticators.sessions import PhoneSessionDesk
from validate_service.core.branding import BrandingDesk
from validate_service.core.callers import Gate
from validate_service.core.cards import CardRegister, CardVerifier
from validate_service.core.devices import DeviceRegister
from validate_service.core.encryption import ValueCipher
from validate_service.core.enrolments import EnrolmentDesk
from validate_service.core.errors import UnavailableError
from validate_service.core.fido.challenges import ChallengeDesk
from validate_service.core.fido.enrolment import FidoEnrolmentDesk
from validate_service.core.fido.verification import FidoVerifier
from validate_service.core.keys import KeyDesk, new_ring
from validate_service.core.message_texts import MessageTextRegister
from validate_service.core.messages import Channel
from validate_service.core.messenger import Messenger
from validate_service.core.otp import OtpVerifier
from validate_service.core.pacing import TenantPace
from validate_service.core.passwords import PasswordDesk, PasswordVerifier
from validate_service.core.pins import PinDesk
from validate_service.core.ports import (
    Background,
    Clock,
    Count,
    Courier,
    PushService,
    Randomness,
    Session,
    Stopping,
    Tell,
)
from validate_service.core.provisioning import ProvisioningDesk
from validate_service.core.questions import QuestionRegister, QuestionVerifier
from validate_service.core.refusals import RefusalLog
from validate_service.core.retention import RetentionDesk
from validate_service.core.seeds import Seeds
from validate_service.core.services import Core
from validate_service.core.slow_secrets import SlowSecrets
from validate_service.core.tenants import TenantRegister
from validate_service.core.user_factors import UserFactors
from validate_service.core.users import UserRegister
from validate_service.delivery.background import THREADS as BACKGROUND_THREADS
from validate_service.delivery.background import BackgroundThreads
from validate_service.delivery.courier import Courier as NetworkCourier
from validate_service.delivery.courier import Transport
from validate_service.delivery.http_gateway import HttpGateway
from validate_service.delivery.smtp import MailServer
from validate_service.delivery.web_push import WebPush
from validate_service.storage import schema
from validate_service.storage.api_keys import ApiKeyTable
from validate_service.storage.approvals import ApprovalTable
from validate_service.storage.audit_lanes import AuditLanes
from validate_service.storage.audit_retention import RetentionTable
from validate_service.storage.audit_trail import AuditTrail
from validate_service.storage.auth_codes import AuthCodeTable
from validate_service.storage.auth_sets import AuthSetTable
from validate_service.storage.auth_tokens import AuthTokenTable
from validate_service.storage.authenticators import AuthenticatorTable
from validate_service.storage.branding import BrandingTable
from validate_service.storage.cards import CardTable
from validate_service.storage.database import Database
from validate_service.storage.devices import DeviceTable
from validate_service.storage.durability import careless_settings
from validate_service.storage.enrolments import EnrolmentTable
from validate_service.storage.fido import FidoChallengeTable, FidoKeyTable
from validate_service.storage.key_ring_file import KeyRingFile
from validate_service.storage.lookout import ApprovalLookout
from validate_service.storage.message_texts import MessageTextTable
from validate_service.storage.phone_sessions import PhoneSessionTable
from validate_service.storage.questions import QuestionTable
from validate_service.storage.ring_lock import KeyRingLock
from validate_service.storage.subjects import SubjectTable
from validate_service.storage.tenants import TenantTable
from validate_service.storage.users import UserTable

log = structlog.get_logger(__name__)


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """Return the present instant in microseconds."""
        return time.time_ns() // 1000


@dataclass(frozen=True, slots=True)
class World:
    """What the outside gives: tests bring their own.

    Attributes:
        clock: The clock.
        randomness: Random bytes.
        courier: Carries messages; ``None`` for the one that the settings describe.
        stopping: Tells whether this process is about to end.
        push_service: Sends messages to phones; ``None`` for the ones that the settings name.
        background: Does what nobody waits for; ``None`` for a few threads.
        count: Counts for whoever watches the service.
        tell_waiting: Notes for the same how many calls wait for a push to be answered.
    """

    clock: Clock
    randomness: Randomness = os.urandom
    courier: Courier | None = None
    stopping: Stopping = lambda: False
    push_service: PushService | None = None
    background: Background | None = None
    count: Count = lambda _metric: None
    tell_waiting: Tell = lambda _number: None


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation: its core, and the parts of its storage that operators look into."""

    core: Core
    database: Database
    lanes: AuditLanes
    keys: KeyRingFile


def open_installation(settings: Settings, world: World | None = None) -> Installation:
    """Return the installation that *settings* name, after checking that it can be worked on.

    Raises:
        UnavailableError: the database or the key ring does not answer, or the ring is another database's.
        ConflictError, NotFoundError: the schema is another version's, or there is none.
    """
    installation = assemble(settings, world or World(SystemClock()))
    try:
        with installation.database.read() as session:
            _admit(installation, session)
        installation.keys.current()
    finally:
        # Whoever opens is not always who works: threads have connections of their own.
        installation.database.close()
    return installation


def open_service(settings: Settings, world: World | None = None, *, or_newer: bool = False) -> Installation:
    """Return the installation for calls: what takes too long fails, and what fails is tried again with the next call.

    The database may be started after the service: it is checked when it first answers, before anything is done.

    Args:
        settings: The installation.
        world: What the outside gives.
        or_newer: Whether the schema may be newer: it was upgraded while this version served.

    Raises:
        UnavailableError: the key ring does not answer, or is another database's, or there is no SQLite database.
        ConflictError, NotFoundError: the schema is another version's, or there is none.
    """
    installation = assemble(settings, world or World(SystemClock()), punctual=True)
    database, admit = installation.database, partial(_admit_calls, installation, or_newer=or_newer)
    try:
        with database.read() as session:
            admit(session)
    except UnavailableError as error:
        if not database.is_a_server:
            raise
        log.warning("the database does not answer yet", error=str(error))
        database.admit = admit
    finally:
        database.close()
    installation.keys.current()
    return installation


def _admit(installation: Installation, session: Session, *, or_newer: bool = False) -> None:
    """Return if the database has this version's schema; from now on the key ring must be the database's."""
    schema.require_current(session, or_newer=or_newer)
    installation.keys.expected_fingerprint = schema.remembered_ring(session)


def _admit_calls(installation: Installation, session: Session, *, or_newer: bool) -> None:
    """Do the same for whoever serves calls, and say loudly if what they are answered may be forgotten."""
    _admit(installation, session, or_newer=or_newer)
    for setting in careless_settings(session, installation.database.kind):
        log.warning("the database may lose answered calls in a power cut", setting=setting)


def create_installation(settings: Settings, world: World | None = None) -> Installation:
    """Make the data folder, the key ring, and the schema, where they are missing; return the installation.

    A ring that is there is kept; a database that was written under another ring is refused.

    Raises:
        UnavailableError: the folder cannot be written, or the ring there is damaged or another database's.
    """
    world = world or World(SystemClock())
    installation = assemble(settings, world)
    try:
        _complete(installation, settings, world)
    finally:
        installation.database.close()
    return open_installation(settings, world)


def _complete(installation: Installation, settings: Settings, world: World) -> None:
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        schema.create_file(settings.database)
        if not installation.keys.path.exists():
            installation.keys.store(new_ring(world.randomness, world.clock.now()))
    except OSError as error:
        raise UnavailableError(f"cannot write {error.filename}: {error.strerror}") from error
    schema.upgrade(installation.database.engine)
    with installation.database.write() as transaction:
        if not schema.is_initialised(transaction):
            schema.remember_ring(transaction, installation.keys.current(), world.clock.now())


def assemble(settings: Settings, world: World, *, punctual: bool = False) -> Installation:
    """Return the wired parts, *punctual* ones for calls; nothing is read or checked yet."""
    keys = KeyRingFile(settings.data_dir / "keyring.json")
    lanes = AuditLanes(Path(settings.data_dir) / "audit-lanes", keys, world.randomness)
    # One more looks out for answers.
    database = Database(settings.database, lanes, threads=settings.threads + BACKGROUND_THREADS + 1, punctual=punctual)
    courier = world.courier or _courier(settings)
    core = _core(database, keys, world, courier, settings)
    return Installation(core, database, lanes, keys)


def _courier(settings: Settings) -> Courier:
    transports: dict[Channel, Transport] = {}
    if settings.smtp is not None:
        transports[Channel.EMAIL] = MailServer(settings.smtp)
    if settings.sms is not None:
        transports[Channel.SMS] = HttpGateway(settings.sms)
    if settings.voice is not None:
        transports[Channel.VOICE] = HttpGateway(settings.voice)
    # A quarter of the threads: however slow the gateways are, others are served.
    return NetworkCourier(transports, timeout_s=settings.delivery_timeout_s, places=max(1, settings.threads // 4))


def _phone_messages(
    database: Database,
    users: UserTable,
    authenticators: AuthenticatorTable,
    keys: KeyRingFile,
    world: World,
    settings: Settings,
) -> PhoneMessageDesk:
    push_service = world.push_service or WebPush(
        settings.push, contact=settings.push_contact, keys=keys, timeout_s=settings.delivery_timeout_s
    )
    return PhoneMessageDesk(
        database,
        users,
        authenticators,
        push_service,
        world.background or BackgroundThreads(),
        world.count,
        keys,
        world.clock,
        settings.public_url,
    )


def _origin_of(url: str) -> str:
    """Return the web origin of *url*; empty if that is."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if url else ""


def _core(database: Database, keys: KeyRingFile, world: World, courier: Courier, settings: Settings) -> Core:
    clock, randomness = world.clock, world.randomness
    tenants, api_keys, users, auth_sets = TenantTable(), ApiKeyTable(), UserTable(), AuthSetTable()
    devices, cards, questions, approvals = DeviceTable(), CardTable(), QuestionTable(), ApprovalTable()
    auth_codes, auth_tokens, enrolments = AuthCodeTable(), AuthTokenTable(), EnrolmentTable()
    seeds, slow_secrets = Seeds(keys, KeyRingLock(), randomness), SlowSecrets()
    gate = Gate(database, SubjectTable(), api_keys, tenants, keys, clock, settings.administration_networks)
    user_factors = UserFactors(database, users)
    message_text_register = MessageTextRegister(database, MessageTextTable(), clock)
    messenger = Messenger(database, users, message_text_register, courier, clock)
    fido_keys, fido_challenges = FidoKeyTable(), FidoChallengeTable()
    challenge_desk = ChallengeDesk(database, fido_challenges, clock, randomness)
    device_register = DeviceRegister(database, devices, users, seeds, clock, randomness)
    authenticators = AuthenticatorTable()
    phone_messages = _phone_messages(database, users, authenticators, keys, world, settings)
    question_register = QuestionRegister(database, questions, users, slow_secrets, clock)
    lookout = ApprovalLookout(database, approvals, clock, world.tell_waiting)
    holder_pins = HolderPins(users, slow_secrets)
    proofs = Proofs(authenticators, devices, _origin_of(settings.public_url))
    phone_sessions = PhoneSessionDesk(database, authenticators, PhoneSessionTable(), proofs, keys, clock, randomness)
    return Core(
        refusals=RefusalLog(database, clock),
        gate=gate,
        otp=OtpVerifier(gate, database, devices, seeds, clock),
        cards=CardVerifier(gate, database, cards, user_factors, slow_secrets, keys, clock),
        questions=QuestionVerifier(gate, database, questions, user_factors, slow_secrets, keys, clock),
        approvals=ApprovalVerifier(
            gate,
            database,
            approvals,
            TenantPace(approvals),
            clock,
            randomness,
            lookout,
            world.stopping,
            settings.waiting_pushes,
            phone_messages.announce,
        ),
        auth_codes=AuthCodeVerifier(gate, database, auth_codes, user_factors, keys, clock),
        auth_tokens=AuthTokenVerifier(gate, database, auth_tokens, user_factors, keys, clock),
        passwords=PasswordVerifier(gate, user_factors, slow_secrets, clock),
        fido=FidoVerifier(gate, database, fido_keys, fido_challenges, challenge_desk, user_factors, clock),
        values=ValueCipher(gate, database, keys, clock, randomness),
        tenant_register=TenantRegister(database, tenants, clock, randomness),
        api_key_register=ApiKeyRegister(database, api_keys, keys, clock, randomness),
        auth_set_register=AuthSetRegister(database, auth_sets, clock),
        user_register=UserRegister(database, users, devices, auth_sets, clock),
        device_register=device_register,
        provisioning_desk=ProvisioningDesk(database, devices, seeds, keys, clock),
        card_register=CardRegister(database, cards, users, keys, clock),
        question_register=question_register,
        pin_desk=PinDesk(database, users, slow_secrets, clock),
        password_desk=PasswordDesk(database, users, slow_secrets, clock),
        approval_desk=ApprovalDesk(database, approvals, clock),
        auth_code_desk=AuthCodeDesk(database, auth_codes, users, messenger, keys, clock, randomness),
        auth_token_desk=AuthTokenDesk(database, auth_tokens, users, keys, clock, randomness),
        enrolment_desk=EnrolmentDesk(
            database, users, enrolments, messenger, keys, clock, randomness, settings.public_url
        ),
        phone_messages=phone_messages,
        self_service=SelfServiceDesk(
            database,
            authenticators,
            devices,
            users,
            questions,
            question_register,
            slow_secrets,
            holder_pins,
            AuditTrail(),
            clock,
        ),
        fido_enrolment_desk=FidoEnrolmentDesk(
            database, users, fido_keys, fido_challenges, challenge_desk, device_register, keys, clock
        ),
        phone_enrolment=PhoneEnrolmentDesk(
            database, enrolments, devices, authenticators, phone_sessions, proofs, keys, clock
        ),
        phone_sessions=phone_sessions,
        phone_inbox=PhoneInbox(database, approvals, lookout, clock),
        phone_answers=PhoneAnswerDesk(
            database, approvals, users, proofs, holder_pins, phone_messages.announce, world.count, clock, randomness
        ),
        announcement_desk=AnnouncementDesk(database, users, messenger),
        branding_desk=BrandingDesk(database, tenants, BrandingTable(), clock),
        message_text_register=message_text_register,
        key_desk=KeyDesk(database, devices, seeds, keys, KeyRingLock(), clock, randomness),
        retention_desk=RetentionDesk(database, RetentionTable(), keys, clock),
    )
