"""Every return code of the original, spelled as the original spells it, and what we say with those that we answer."""

from collections.abc import Mapping
from enum import IntEnum


class APIReturnCode(IntEnum):
    """What became of a request; 0 is success.  Misspelled names are the vendor's: clients were built with them."""

    Success = 0
    PartnerLoginFailed = 9000
    PartnerUserLoginFailed = 9001
    OTPAlreadyUsed = 9002
    OTPInvalid = 9003
    DeviceInvalid = 9004
    UpdateDeviceCounterFailed = 9005
    MaximumCardUsesExceeded = 9006
    PartnerUserLoginDisabled = 9007
    DeviceTypeInvalid = 9008
    DeviceNotSpecified = 9009
    DatabaseError = 9010
    OTPTypeInvalid = 9011
    SMSSendError = 9012
    InvalidDeviceConfig = 9013
    NoAdminDeviceDefined = 9014
    MaximumFailedOTPRequestsExceeded = 9015
    CreateTransactionFailed = 9016
    PartnerUserSendPasswordEmailFailed = 9017
    DeviceAssignedToDifferentPartner = 9018
    DeviceInUse = 9019
    SerialNumberNotSpecified = 9020
    DeviceNotFound = 9021
    UpdateTransactionStatusFailed = 9022
    UpdateTransactionStatusInvalid = 9023
    UpdateTransactionReferenceCodeNotSpecified = 9025
    UpdateTransactionReferenceCodeNotFound = 9026
    UpdateTransactionApprovalCodeMissmatch = 9027
    DeviceDiabled = 9028
    BogusSerialNumber = 9029
    BogusOTP = 9030
    EmailSendError = 9031
    AccountExpired = 9032
    PartnerUserLoginFailedNotAdmin = 9033
    PartnerUserLoginFailedInvalidOTP = 9034
    TimeDriftInvalid = 9035
    NoDevicesDefined = 9036
    NoChallengeDevicesDefined = 9037
    PartnerUserLoginFailedInvalidDomain = 9038
    DeviceIsNotAChallengeDevice = 9039
    SystemKeyProviderEnpointNotSet = 9040
    SystemTwoFactorNotSet = 9041
    GetRadiusServerClientList = 9042
    SendOTPExpired = 9043
    SendOTPInvalidDeliveryMethod = 9044
    Provisioned = 9045
    Reprovisioned = 9046
    DeviceAlreadyProvisioned = 9047
    SyncUserFailed = 9048
    SyncEventLogFailed = 9049
    SyncEventLogNothingToSync = 9050
    PartnerUserLoginAttepmtedOTPByPass = 9051
    PartnerUserForgetPasswordFailed = 9052
    PartnerUserChangedPassword = 9053
    EnrollPartnerFailed = 9054
    EnrollPartnerUserFailed = 9055
    EnrollPartnerSendNotoficationFailed = 9056
    EnrollUserFailed = 9057
    EnrollUserSendNotoficationFailed = 9058
    SSOInternalError = 9059
    SSOCertificateError = 9060
    SSOPolicyNoDailyAccess = 9061
    SSOPolicyNoDailyAccessIgnored = 9062
    SSOPolicyNoDailyAccessLogged = 9063
    SSOPolicyNoDailyAccessRestriction = 9064
    SSOPolicyTimeRestriction = 9065
    SSOPolicyTimeRestrictionIgnored = 9066
    SSOPolicyExceptionIgnored = 9067
    SSOPolicyException = 9068
    SSOPolicyClientIPInvalid = 9069
    SSOPolicyClientIPInvalidIgnored = 9070
    PartnerUserLoginFailedInvalidToken = 9071
    SSOActivationAccountDisabled = 9072
    SSOAccountActivationAccountAlreadyProvisioned = 9073
    SSOActivationAccountAssignedToDifferentPartner = 9074
    SSOAccountActivationIdInvalid = 9075
    SSOAccountProvisionApps = 9076
    SSOAccountActivationIdNotSpecified = 9077
    PartnerUserFIDOU2FInvalidAppID = 9078
    PartnerUserFIDOU2FInvalidChallenge = 9079
    PartnerUserFIDOU2FInvalidRegData = 9080
    PartnerUserFIDOU2FInvalidSessionIdData = 9081
    PartnerUserFIDOU2FInvalidPubKey = 9082
    NoDevicesAvailable = 9083
    PartnerUserFIDOU2FPrepareSignDataError = 9084
    PartnerUserFIDOU2FInvalidSignData = 9085
    PartnerUserFIDOU2FInvalidSignDataInvalid = 9086
    BogusFIDOAppId = 9087
    PartnerUserFIDOU2FInvalidAttestationSig = 9088
    PartnerUserFIDOU2FInvalidAttestationError = 9089
    InvalidPartnerUserLogin = 9090
    PartnerUserFIDOU2FNoEnrolledDevices = 9091
    BogusPhysicalDeviceId = 9092
    BogusUniqueDeviceId = 9093
    PartnerUserFIDOU2FInvalidVersion = 9094
    MaximumLoginPartnerAttempsExceeded = 9095
    MaximumLoginPartnerUserAttempsExceeded = 9096
    PartnerUserFIDOU2FNoUserPresence = 9097
    PartnerUserFIDOU2FDeleteSecurityKeyFailed = 9098
    SystemTrace = 9099
    PartnerUserPasswordChangedEmailFailed = 9100
    PartnerUserPasswordRecoveryInvalidorMissingRid = 9101
    PartnerUserPasswordRecoveryExpiredToken = 9102
    PartnerUserPasswordRecoveryInvalidorMissingMid = 9103
    PartnerUserPasswordRecoveryTokenNotFound = 9104
    PartnerUserLoginFailedPasswordExpired = 9105
    SessionTokenInvalid = 9106
    SessionTokenCreationFailed = 9107
    SessionTokenDeleteFailed = 9108


MESSAGES: Mapping[APIReturnCode, str] = {
    APIReturnCode.Success: "OK",
    APIReturnCode.PartnerLoginFailed: "The account name or key is not valid.",
    APIReturnCode.PartnerUserLoginFailed: "The user did not approve.",
    APIReturnCode.OTPAlreadyUsed: "The one-time password was used before.",
    APIReturnCode.OTPInvalid: "The one-time password is not valid.",
    APIReturnCode.DeviceInvalid: "The user may not be verified in this way.",
    APIReturnCode.MaximumCardUsesExceeded: "The PIN is blocked.",
    APIReturnCode.DatabaseError: "The service is temporarily unavailable.",
    APIReturnCode.SMSSendError: "The message could not be delivered.",
    APIReturnCode.MaximumFailedOTPRequestsExceeded: "The user is locked after too many failures.",
    APIReturnCode.CreateTransactionFailed: "The request cannot be served.",
    APIReturnCode.DeviceInUse: "There is a device with this serial already.",
    APIReturnCode.DeviceNotFound: "There is no such device.",
    APIReturnCode.UpdateTransactionStatusFailed: "The push was answered before, or has expired.",
    APIReturnCode.UpdateTransactionStatusInvalid: "The user has not answered yet.",
    APIReturnCode.UpdateTransactionReferenceCodeNotFound: "There is no such push.",
    APIReturnCode.DeviceDiabled: "The user or the device is disabled.",
    APIReturnCode.EmailSendError: "The message could not be delivered.",
    APIReturnCode.PartnerUserLoginFailedNotAdmin: "The account may not be used for this type.",
    APIReturnCode.NoDevicesDefined: "The user has no such device.",
    APIReturnCode.SendOTPExpired: "It has expired.",
    APIReturnCode.EnrollUserFailed: "The user or the device exists already.",
    APIReturnCode.InvalidPartnerUserLogin: "There is no such user.",
    APIReturnCode.MaximumLoginPartnerUserAttempsExceeded: "Too many requests. Try again later.",
    APIReturnCode.SystemTrace: "Internal error.",
    APIReturnCode.SessionTokenInvalid: "The session token is not valid.",
    APIReturnCode.SessionTokenDeleteFailed: "There is no such session token.",
}
"""Our text for each code that comes without a text of its own.  None names a user, a device or a code."""
