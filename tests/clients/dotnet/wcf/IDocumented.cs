// What the vendor's documentation says of the service, as far as it does.
//
// The proxy is generated from the published WSDL.  That it implements this interface as it comes, parameter for
// parameter, is the first check: a wrong WSDL shows itself as a compiler's error.
using AuthServerWCFService;

public interface IDocumented
{
    AuthServerResponseEnrollUser EnrollUser(
        string authServerPartnerLoginName, string authServerPartnerLoginPassword, string firstName, string lastName,
        string loginName, string loginPassword, string email, string mobilePhone, short deviceType, short otpType,
        short otpLength, short otpWindow, string otpPin, string deviceId, bool addDeviceOnly,
        short notificationMethod);
    AuthServerResponseValidateUser ValidateUser(string account, string key, string user, string pw, bool noAuth);
    AuthServerResponseUserInfo FindUser(string account, string key, string user);
    AuthServerResponseDeviceInfo FindDevice(string account, string key, string user, string printedSerialNumber);
    AuthServerResponse AssginDevice(string account, string key, string user, string psn, bool force);
    AuthServerResponse ActiveDevice(string account, string key, string user, string otp1, string otp2, string psn);
    AuthServerResponse SynchronizeDevice(
        string account, string key, string user, string otp1, string otp2, string psn);
    AuthServerResponseProvisionQRCode ProvisionQRCode(
        string account, string key, string user, string deviceID, string accountName);
    AuthServerResponse ValidateOTP(
        string account, string key, string user, string authOtp, string printedSerialNumber);
    AuthServerU2FResponse SendOTP(string account, string key, string user, string psn, short deliveryMethod);
    AuthServerU2FResponseSendPush SendPushMessage(
        string account, string key, string user, short deliveryMethod, string appName, string accountName,
        string reason, string relyingParty);
    AuthServerU2FResponseSignInit SignAppU2FInit(string account, string key, string appId, string user, string psn);
    AuthServerSessionTokensResponseCreate CreateSessionToken(
        string account, string key, string user, string pw, short durationMinutes, int tokenType);
    AuthServerSessionTokensResponse IsSessionTokenValid(
        string account, string key, string user, string sessionTokenId);
}
