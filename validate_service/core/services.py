"""The core as facades and operators see it: one service for each operation family, wired by ``bootstrap``."""

from dataclasses import dataclass

from validate_service.core.announcements import AnnouncementDesk
from validate_service.core.api_keys import ApiKeyRegister
from validate_service.core.approvals import ApprovalDesk, ApprovalVerifier
from validate_service.core.auth_codes import AuthCodeDesk, AuthCodeVerifier
from validate_service.core.auth_sets import AuthSetRegister
from validate_service.core.auth_tokens import AuthTokenDesk, AuthTokenVerifier
from validate_service.core.authenticators.answers import PhoneAnswerDesk
from validate_service.core.authenticators.enrolment import PhoneEnrolmentDesk
from validate_service.core.authenticators.inbox import PhoneInbox
from validate_service.core.authenticators.messages import PhoneMessageDesk
from validate_service.core.authenticators.self_service import SelfServiceDesk
from validate_service.core.authenticators.sessions import PhoneSessionDesk
from validate_service.core.branding import BrandingDesk
from validate_service.core.callers import Gate
from validate_service.core.cards import CardRegister, CardVerifier
from validate_service.core.devices import DeviceRegister
from validate_service.core.encryption import ValueCipher
from validate_service.core.enrolments import EnrolmentDesk
from validate_service.core.fido.enrolment import FidoEnrolmentDesk
from validate_service.core.fido.verification import FidoVerifier
from validate_service.core.keys import KeyDesk
from validate_service.core.message_texts import MessageTextRegister
from validate_service.core.otp import OtpVerifier
from validate_service.core.passwords import PasswordDesk, PasswordVerifier
from validate_service.core.pins import PinDesk
from validate_service.core.provisioning import ProvisioningDesk
from validate_service.core.questions import QuestionRegister, QuestionVerifier
from validate_service.core.refusals import RefusalLog
from validate_service.core.retention import RetentionDesk
from validate_service.core.tenants import TenantRegister
from validate_service.core.users import UserRegister


@dataclass(frozen=True, slots=True)
class Core:
    """Verifiers answer callers; registers and desks serve operators, and administrators whom the gate let in."""

    refusals: RefusalLog
    gate: Gate
    otp: OtpVerifier
    cards: CardVerifier
    questions: QuestionVerifier
    approvals: ApprovalVerifier
    auth_codes: AuthCodeVerifier
    auth_tokens: AuthTokenVerifier
    fido: FidoVerifier
    passwords: PasswordVerifier
    values: ValueCipher
    tenant_register: TenantRegister
    api_key_register: ApiKeyRegister
    auth_set_register: AuthSetRegister
    user_register: UserRegister
    device_register: DeviceRegister
    provisioning_desk: ProvisioningDesk
    card_register: CardRegister
    question_register: QuestionRegister
    pin_desk: PinDesk
    password_desk: PasswordDesk
    approval_desk: ApprovalDesk
    auth_code_desk: AuthCodeDesk
    auth_token_desk: AuthTokenDesk
    enrolment_desk: EnrolmentDesk
    phone_enrolment: PhoneEnrolmentDesk
    phone_sessions: PhoneSessionDesk
    phone_inbox: PhoneInbox
    phone_answers: PhoneAnswerDesk
    phone_messages: PhoneMessageDesk
    self_service: SelfServiceDesk
    announcement_desk: AnnouncementDesk
    fido_enrolment_desk: FidoEnrolmentDesk
    branding_desk: BrandingDesk
    message_text_register: MessageTextRegister
    key_desk: KeyDesk
    retention_desk: RetentionDesk
