"""Every return code of the original, spelled as the original spells it: what we say with it, or why we never do."""

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
    APIReturnCode.PartnerUserLoginFailed: "The user was not verified.",
    APIReturnCode.OTPAlreadyUsed: "The one-time password was used before.",
    APIReturnCode.OTPInvalid: "The one-time password is not valid.",
    APIReturnCode.DeviceInvalid: "The user may not be verified in this way, or not before the device is activated.",
    APIReturnCode.UpdateDeviceCounterFailed: "The counter of the security key did not move on.",
    APIReturnCode.PartnerUserLoginDisabled: "The user is disabled.",
    APIReturnCode.DeviceTypeInvalid: "There is no such kind of device.",
    APIReturnCode.DeviceNotSpecified: "The device must be named.",
    APIReturnCode.DatabaseError: "The service is temporarily unavailable.",
    APIReturnCode.OTPTypeInvalid: "There is no such kind of one-time password.",
    APIReturnCode.SMSSendError: "The message could not be delivered.",
    APIReturnCode.InvalidDeviceConfig: "The device cannot be of this kind.",
    APIReturnCode.MaximumFailedOTPRequestsExceeded: "The user is locked after too many failures.",
    APIReturnCode.CreateTransactionFailed: "The request cannot be served.",
    APIReturnCode.DeviceInUse: "There is such a device already, or it is somebody else's.",
    APIReturnCode.SerialNumberNotSpecified: "The serial is missing.",
    APIReturnCode.DeviceNotFound: "There is no such device.",
    APIReturnCode.UpdateTransactionStatusFailed: "The push was answered before, or has expired.",
    APIReturnCode.UpdateTransactionStatusInvalid: "The user has not answered yet.",
    APIReturnCode.UpdateTransactionReferenceCodeNotSpecified: "The id of the push is missing.",
    APIReturnCode.UpdateTransactionReferenceCodeNotFound: "There is no such push.",
    APIReturnCode.UpdateTransactionApprovalCodeMissmatch: "The number that the user must type is another.",
    APIReturnCode.DeviceDiabled: "The device is disabled.",
    APIReturnCode.BogusSerialNumber: "The serial cannot be any.",
    APIReturnCode.BogusOTP: "The one-time password is missing, or cannot be any.",
    APIReturnCode.EmailSendError: "The message could not be delivered.",
    APIReturnCode.PartnerUserLoginFailedNotAdmin: "The account may not be used for this type.",
    APIReturnCode.TimeDriftInvalid: "The drift must be 0.",
    APIReturnCode.NoDevicesDefined: "The user has no such device.",
    APIReturnCode.SendOTPExpired: "It has expired.",
    APIReturnCode.SendOTPInvalidDeliveryMethod: "There is no such way of delivery.",
    APIReturnCode.DeviceAlreadyProvisioned: "The device was handed out already.",
    APIReturnCode.EnrollUserFailed: "The user or the device exists already.",
    APIReturnCode.EnrollUserSendNotoficationFailed: "It was enrolled, but the user could not be told.",
    APIReturnCode.PartnerUserFIDOU2FInvalidAppID: "The page that asked is none of the application's.",
    APIReturnCode.PartnerUserFIDOU2FInvalidChallenge: "The answer is to another challenge.",
    APIReturnCode.PartnerUserFIDOU2FInvalidRegData: "The registration data cannot be read.",
    APIReturnCode.PartnerUserFIDOU2FInvalidSessionIdData: "The session is another's, was used before, or has expired.",
    APIReturnCode.PartnerUserFIDOU2FInvalidPubKey: "The public key is not valid.",
    APIReturnCode.NoDevicesAvailable: "There is no device that may hold the security key.",
    APIReturnCode.PartnerUserFIDOU2FPrepareSignDataError: "The answer is to another step.",
    APIReturnCode.PartnerUserFIDOU2FInvalidSignData: "The signature data cannot be read.",
    APIReturnCode.PartnerUserFIDOU2FInvalidSignDataInvalid: "The signature is not valid.",
    APIReturnCode.BogusFIDOAppId: "The security key answered for another application.",
    APIReturnCode.PartnerUserFIDOU2FInvalidAttestationSig: "The attestation is not valid.",
    APIReturnCode.PartnerUserFIDOU2FInvalidAttestationError: "The certificate of the attestation is not valid.",
    APIReturnCode.InvalidPartnerUserLogin: "There is no such user.",
    APIReturnCode.PartnerUserFIDOU2FNoEnrolledDevices: "The user has no security key.",
    APIReturnCode.BogusPhysicalDeviceId: "The id of the phone is missing, or cannot be any.",
    APIReturnCode.BogusUniqueDeviceId: "The id of the device is missing, or cannot be any.",
    APIReturnCode.PartnerUserFIDOU2FInvalidVersion: "There is no such version.",
    APIReturnCode.MaximumLoginPartnerUserAttempsExceeded: "Too many requests. Try again later.",
    APIReturnCode.PartnerUserFIDOU2FNoUserPresence: "The user did not touch the security key.",
    APIReturnCode.PartnerUserFIDOU2FDeleteSecurityKeyFailed: "There is no such security key.",
    APIReturnCode.SystemTrace: "Internal error.",
    APIReturnCode.SessionTokenInvalid: "The session token is not valid.",
    APIReturnCode.SessionTokenCreationFailed: "The session token cannot be made.",
    APIReturnCode.SessionTokenDeleteFailed: "There is no such session token.",
}
"""Our text for each code that we answer; a request that breaks a rule gets the rule instead.

None names a user, a device or a code.
"""

_NO_SSO = "There is no single sign-on portal."
_NO_PARTNERS = "Tenants are enrolled by the operator, not over the connector."
_NO_RECOVERY = "Passwords are not recovered here: an administrator sets a new one."
_NO_REPLICAS = "No other server is kept in step with this one."
_NO_CHALLENGE_DEVICES = "No device of this server answers challenges that are typed into it."
_SUCCESS_IS_0 = "What was done is told with errorCode 0, and nothing else is."

NEVER_ANSWERED: Mapping[APIReturnCode, str] = {
    APIReturnCode.MaximumCardUsesExceeded: "Cards are verified over SOAP only.",
    APIReturnCode.NoAdminDeviceDefined: "An administrator calls with the account's key, not with a device.",
    APIReturnCode.PartnerUserSendPasswordEmailFailed: "Passwords are never sent.",
    APIReturnCode.DeviceAssignedToDifferentPartner: "A device of another tenant looks like one that nobody has.",
    APIReturnCode.AccountExpired: "Accounts do not expire: the operator revokes them.",
    APIReturnCode.PartnerUserLoginFailedInvalidOTP: "Nobody signs in to an account with a one-time password.",
    APIReturnCode.NoChallengeDevicesDefined: _NO_CHALLENGE_DEVICES,
    APIReturnCode.PartnerUserLoginFailedInvalidDomain: "A domain that nobody has looks like a user who is not there.",
    APIReturnCode.DeviceIsNotAChallengeDevice: _NO_CHALLENGE_DEVICES,
    APIReturnCode.SystemKeyProviderEnpointNotSet: "The server keeps its keys itself.",
    APIReturnCode.SystemTwoFactorNotSet: "There is nothing to switch on: every verification is of a factor.",
    APIReturnCode.GetRadiusServerClientList: "There is no RADIUS server.",
    APIReturnCode.Provisioned: _SUCCESS_IS_0,
    APIReturnCode.Reprovisioned: _SUCCESS_IS_0,
    APIReturnCode.SyncUserFailed: _NO_REPLICAS,
    APIReturnCode.SyncEventLogFailed: _NO_REPLICAS,
    APIReturnCode.SyncEventLogNothingToSync: _NO_REPLICAS,
    APIReturnCode.PartnerUserLoginAttepmtedOTPByPass: "There is no way around a one-time password.",
    APIReturnCode.PartnerUserForgetPasswordFailed: _NO_RECOVERY,
    APIReturnCode.PartnerUserChangedPassword: _SUCCESS_IS_0,
    APIReturnCode.EnrollPartnerFailed: _NO_PARTNERS,
    APIReturnCode.EnrollPartnerUserFailed: _NO_PARTNERS,
    APIReturnCode.EnrollPartnerSendNotoficationFailed: _NO_PARTNERS,
    **{code: _NO_SSO for code in APIReturnCode if code.name.startswith("SSO")},
    APIReturnCode.PartnerUserLoginFailedInvalidToken: "No account has tokens; users have them.",
    APIReturnCode.MaximumLoginPartnerAttempsExceeded: "Wrong keys are not counted: none can be guessed.",
    APIReturnCode.PartnerUserPasswordChangedEmailFailed: _NO_RECOVERY,
    APIReturnCode.PartnerUserPasswordRecoveryInvalidorMissingRid: _NO_RECOVERY,
    APIReturnCode.PartnerUserPasswordRecoveryExpiredToken: _NO_RECOVERY,
    APIReturnCode.PartnerUserPasswordRecoveryInvalidorMissingMid: _NO_RECOVERY,
    APIReturnCode.PartnerUserPasswordRecoveryTokenNotFound: _NO_RECOVERY,
    APIReturnCode.PartnerUserLoginFailedPasswordExpired: "Passwords do not expire.",
}
"""Why this server never answers the other codes."""
