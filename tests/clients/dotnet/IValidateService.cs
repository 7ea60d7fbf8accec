// What a .NET program sees of the service.
//
// The proxies are generated from the published WSDL.  That they implement this interface as they come,
// member for member, is the first check: a wrong WSDL shows itself as a compiler's error.
public interface IValidateService
{
    bool ValidateOTP(string username, string domain, string OTP, string apiKey);
    bool ValidatePush(string username, string domain, string loginTo, string ipAddress, string apiKey);
    bool ValidatePushCustom(
        string username, string domain, string customMessage, string customTimeout, string apiKey);
    bool ValidateCard(string username, string domain, string cardInformation, string pin, string apiKey);
    bool ValidateAuthCode(string username, string domain, string authCode, string apiKey);
    bool ValidateAuthToken(string username, string domain, string authToken, string apiKey);
    string EncryptValue(string name, string cleartextValue, string apiKey);
    string DecryptValue(string name, string encryptedValue, string apiKey);
    string EncryptValueAES(string name, string cleartextValue, string apiKey);
    string DecryptValueAES(string name, string encryptedValue, string apiKey);
    string GetQuestions(string username, string domain, ref string[] questions, string apiKey);
    bool ValidateQuestions(
        string username, string domain, string[] questions, string[] answers, string apiKey);
}
