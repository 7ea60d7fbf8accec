"""The fields that several types have, and the return codes of those that hold what they may not."""

from collections.abc import Mapping

from validate_service.core.devices import LONGEST_SERIAL
from validate_service.core.fields import LONGEST_NAME
from validate_service.core.messages import Channel
from validate_service.facades.connector.kinds import Code, OneOf
from validate_service.facades.connector.return_codes import APIReturnCode
from validate_service.facades.declarations.fields import Field
from validate_service.facades.declarations.kinds import Text

NAME = Text(LONGEST_NAME)

USERNAME = Field(
    "username",
    NAME,
    r"Name of the user, in any case. `CORP\alice` and `alice@corp.example` name the domain too.",
    r"CORP\alice",
    default="",
)
ACCOUNT_NAME = Field("spAccountLoginName", NAME, "Login name of the account.", "default-account", default="")
ACCOUNT_KEY = Field("spAccountLoginKey", NAME, "Login key of the account.", "YOUR-ACCOUNT-KEY", default="")
COMMON = (USERNAME, ACCOUNT_NAME, ACCOUNT_KEY)

_SERIAL_NAMES = ("printedSerialNumber",)
ANY_DEVICE = Field(
    "psn", Text(LONGEST_SERIAL), "Serial of the device; empty for any.", "TOKEN-1", default="", aliases=_SERIAL_NAMES
)
DEVICE = Field("psn", Text(LONGEST_SERIAL), "Serial of the device.", "TOKEN-1", required=True, aliases=_SERIAL_NAMES)
DEVICE_ID = Field(
    "deviceId", Text(LONGEST_SERIAL, ".+", "must not be empty"), "Serial of the device.", "TOKEN-1", required=True
)
OTP = Field("otp", Code(), "The one-time password.", "287082", required=True, aliases=("code",))
FIRST_OTP = Field("otp1", Code(), "A one-time password.", "287082", required=True)
SECOND_OTP = Field("otp2", Code(), "The one after it.", "359152", required=True)
DELIVERY_METHOD = Field(
    "deliveryMethod",
    OneOf({channel.value: channel for channel in (Channel.SMS, Channel.VOICE, Channel.EMAIL)}),
    "`sms`, `voice` or `email`.",
    "sms",
    required=True,
)
FIRST_NAME = Field("firstName", NAME, "First name; empty for none.", "Alice")
LAST_NAME = Field("lastName", NAME, "Last name; empty for none.", "Adams")
EMAIL = Field("email", NAME, "Mail address; empty for none.", "alice@corp.example")
MOBILE = Field("mobile", NAME, "Phone number with country code; empty for none.", "+1 212 555 0100")

FIELD_CODES: Mapping[str, APIReturnCode] = {
    "username": APIReturnCode.InvalidPartnerUserLogin,
    "spAccountLoginName": APIReturnCode.PartnerLoginFailed,
    "spAccountLoginKey": APIReturnCode.PartnerLoginFailed,
    "psn": APIReturnCode.BogusSerialNumber,
    "deviceId": APIReturnCode.BogusUniqueDeviceId,
    "physicalDeviceId": APIReturnCode.BogusPhysicalDeviceId,
    "otp": APIReturnCode.BogusOTP,
    "otp1": APIReturnCode.BogusOTP,
    "otp2": APIReturnCode.BogusOTP,
    "deviceType": APIReturnCode.DeviceTypeInvalid,
    "OtpType": APIReturnCode.OTPTypeInvalid,
    "OtpLength": APIReturnCode.InvalidDeviceConfig,
    "windowSize": APIReturnCode.InvalidDeviceConfig,
    "OtpPin": APIReturnCode.InvalidDeviceConfig,
    "timeDrift": APIReturnCode.TimeDriftInvalid,
    "secretKeyHex": APIReturnCode.InvalidDeviceConfig,
    "secretKeyHexBase64": APIReturnCode.InvalidDeviceConfig,
    "deliveryMethod": APIReturnCode.SendOTPInvalidDeliveryMethod,
    "appId": APIReturnCode.BogusFIDOAppId,
    "version": APIReturnCode.PartnerUserFIDOU2FInvalidVersion,
    "sessionId": APIReturnCode.PartnerUserFIDOU2FInvalidSessionIdData,
    "registrationData": APIReturnCode.PartnerUserFIDOU2FInvalidRegData,
    "clientData": APIReturnCode.PartnerUserFIDOU2FInvalidChallenge,
    "signatureData": APIReturnCode.PartnerUserFIDOU2FInvalidSignData,
    "securityKeyName": APIReturnCode.PartnerUserFIDOU2FDeleteSecurityKeyFailed,
    "securityKeyType": APIReturnCode.PartnerUserFIDOU2FDeleteSecurityKeyFailed,
    "authnUserReqId": APIReturnCode.UpdateTransactionReferenceCodeNotSpecified,
    "response": APIReturnCode.UpdateTransactionStatusInvalid,
    "sessionTokenId": APIReturnCode.SessionTokenInvalid,
    "sessionTokenDurationMinutes": APIReturnCode.SessionTokenCreationFailed,
    "sessionTokenType": APIReturnCode.SessionTokenCreationFailed,
}
"""What a request gets whose field holds what it may not; of other fields ``CreateTransactionFailed``."""

MISSING_CODES: Mapping[str, APIReturnCode] = {
    "psn": APIReturnCode.SerialNumberNotSpecified,
    "appId": APIReturnCode.PartnerUserFIDOU2FInvalidAppID,
    "deviceId": APIReturnCode.DeviceNotSpecified,
}
"""The same of fields that are missing, where that is another code."""
