// All checks of one client: every operation with a right answer, a wrong one, and a fault.
using System;
using System.ServiceModel;
using System.Web.Services.Protocols;

public class Checks
{
    const string ClearText = "Grüße & <Küsse> für 5 € ✓ 😀";
    const string PleaseDeny = "please deny";
    const string True = "true", False = "false";

    static readonly string LongName = new string('n', 257);

    readonly string client;
    readonly string faultCode;
    readonly IValidateService service;
    readonly Facts facts;

    public int Failures { get; private set; }

    // faultCode: what the client's SOAP version calls the caller's own mistake, Client or Sender.
    public Checks(string client, string faultCode, IValidateService service, Facts facts)
    {
        this.client = client;
        this.faultCode = faultCode;
        this.service = service;
        this.facts = facts;
    }

    public void Run()
    {
        OneTimePasswords();
        Pushes();
        CustomPushes();
        Cards();
        AuthCodes();
        AuthTokens();
        Values();
        AesValues();
        Questions();
    }

    void OneTimePasswords()
    {
        Func<string, string, bool> validate =
            (code, key) => service.ValidateOTP(facts.username, facts.domain, code, key);
        Expect("ValidateOTP, right", True, () => validate(facts.code, facts.apiKey));
        Expect("ValidateOTP, used before", False, () => validate(facts.code, facts.apiKey));
        Expect("ValidateOTP, wrong", False, () => validate(facts.wrongCode, facts.apiKey));
        ExpectBadKey("ValidateOTP", key => validate(facts.code, key));
    }

    void Pushes()
    {
        Func<string, string, string, bool> ask =
            (user, loginTo, key) => service.ValidatePush(user, facts.domain, loginTo, "192.0.2.7", key);
        Expect("ValidatePush, approved", True, () => ask(facts.username, "Portal", facts.apiKey));
        Expect("ValidatePush, denied", False, () => ask(facts.username, PleaseDeny, facts.apiKey));
        Expect("ValidatePush, no authenticator", False,
            () => ask(facts.userWithoutAuthenticator, "Portal", facts.apiKey));
        ExpectBadKey("ValidatePush", key => ask(facts.username, "Portal", key));
    }

    void CustomPushes()
    {
        Func<string, string, string, string, bool> ask = (user, message, seconds, key) =>
            service.ValidatePushCustom(user, facts.domain, message, seconds, key);
        Expect("ValidatePushCustom, approved", True, () => ask(facts.username, "Pay 5 €?", "60", facts.apiKey));
        Expect("ValidatePushCustom, denied", False, () => ask(facts.username, PleaseDeny, "60", facts.apiKey));
        Expect("ValidatePushCustom, no authenticator", False,
            () => ask(facts.userWithoutAuthenticator, "Pay 5 €?", "60", facts.apiKey));
        ExpectFault("ValidatePushCustom, bad time-out",
            "customTimeout must be a whole number of seconds from 5 to 300.",
            () => ask(facts.username, "Pay 5 €?", "soon", facts.apiKey));
        ExpectBadKey("ValidatePushCustom", key => ask(facts.username, "Pay 5 €?", "60", key));
    }

    void Cards()
    {
        Func<string, string, string, bool> validate =
            (card, pin, key) => service.ValidateCard(facts.username, facts.domain, card, pin, key);
        Expect("ValidateCard, right", True, () => validate(facts.card, facts.pin, facts.apiKey));
        Expect("ValidateCard, wrong card", False, () => validate("another card", facts.pin, facts.apiKey));
        Expect("ValidateCard, wrong PIN", False, () => validate(facts.card, "9731", facts.apiKey));
        ExpectBadKey("ValidateCard", key => validate(facts.card, facts.pin, key));
    }

    void AuthCodes()
    {
        Func<string, string, bool> validate =
            (code, key) => service.ValidateAuthCode(facts.username, facts.domain, code, key);
        Expect("ValidateAuthCode, wrong", False, () => validate(facts.wrongAuthCode, facts.apiKey));
        Expect("ValidateAuthCode, right", True, () => validate(facts.authCode, facts.apiKey));
        Expect("ValidateAuthCode, used before", False, () => validate(facts.authCode, facts.apiKey));
        ExpectBadKey("ValidateAuthCode", key => validate(facts.authCode, key));
    }

    void AuthTokens()
    {
        Func<string, string, bool> validate =
            (token, key) => service.ValidateAuthToken(facts.username, facts.domain, token, key);
        Expect("ValidateAuthToken, right", True, () => validate(facts.authToken, facts.apiKey));
        Expect("ValidateAuthToken, right again", True, () => validate(facts.authToken, facts.apiKey));
        Expect("ValidateAuthToken, wrong", False, () => validate(facts.authToken + "x", facts.apiKey));
        ExpectBadKey("ValidateAuthToken", key => validate(facts.authToken, key));
    }

    void Values()
    {
        Expect("EncryptValue, begins with", "4D464531",
            () => service.EncryptValue("db", ClearText, facts.apiKey).Substring(0, 8));
        ExpectFault("EncryptValue, long name", "name is longer than 256 characters.",
            () => service.EncryptValue(LongName, ClearText, facts.apiKey));
        ExpectBadKey("EncryptValue", key => service.EncryptValue("db", ClearText, key));
        Decryption("DecryptValue", service.DecryptValue, service.EncryptValue("db", ClearText, facts.apiKey));
    }

    void AesValues()
    {
        Expect("EncryptValueAES, begins with", "4D464131",
            () => service.EncryptValueAES("db", ClearText, facts.apiKey).Substring(0, 8));
        ExpectFault("EncryptValueAES, long name", "name is longer than 256 characters.",
            () => service.EncryptValueAES(LongName, ClearText, facts.apiKey));
        ExpectBadKey("EncryptValueAES", key => service.EncryptValueAES("db", ClearText, key));
        Decryption("DecryptValueAES", service.DecryptValueAES, service.EncryptValueAES("db", ClearText, facts.apiKey));
    }

    void Decryption(string operation, Func<string, string, string, string> decrypt, string value)
    {
        const string refusal = "The value could not be decrypted.";
        Expect(operation + ", right", ClearText, () => decrypt("db", value, facts.apiKey));
        ExpectFault(operation + ", wrong name", refusal, () => decrypt("other", value, facts.apiKey));
        ExpectFault(operation + ", not encrypted", refusal, () => decrypt("db", "0123456789ABCDEF", facts.apiKey));
        ExpectBadKey(operation, key => decrypt("db", value, key));
    }

    void Questions()
    {
        Func<string, string, string[], string> list = (user, key, questions) =>
        {
            string result = service.GetQuestions(user, facts.domain, ref questions, key);
            // A client that cannot see the questions leaves them empty.
            return questions.Length == 0 ? result
                : user == facts.username ? result + ": " + string.Join(" | ", questions)
                : result + ": " + questions.Length + " questions";
        };
        bool blind = service is WcfClient;
        Expect("GetQuestions, enrolled", blind ? "success" : "success: " + string.Join(" | ", facts.questions),
            () => list(facts.username, facts.apiKey, new string[0]));
        Expect("GetQuestions, unknown user", blind ? "success" : "success: 3 questions",
            () => list("nobody", facts.apiKey, new string[0]));
        ExpectBadKey("GetQuestions", key => list(facts.username, key, new string[0]));

        Func<string[], string, bool> validate = (answers, key) =>
            service.ValidateQuestions(facts.username, facts.domain, facts.questions, answers, key);
        Expect("ValidateQuestions, right", True, () => validate(facts.answers, facts.apiKey));
        Expect("ValidateQuestions, wrong", False, () => validate(new[] { facts.answers[0], "Tom" }, facts.apiKey));
        ExpectBadKey("ValidateQuestions", key => validate(facts.answers, key));
    }

    void ExpectBadKey<T>(string operation, Func<string, T> call)
    {
        ExpectFault(operation + ", bad key", "The API key is not valid.", () => call("not a key"));
    }

    void ExpectFault<T>(string check, string text, Func<T> call)
    {
        Expect(check, faultCode + ": " + text, call);
    }

    void Expect<T>(string check, string expected, Func<T> call)
    {
        string result = ResultOf(call);
        if (result == expected)
        {
            Console.WriteLine("ok {0} {1}: {2}", client, check, result);
            return;
        }
        Failures++;
        Console.WriteLine("FAILED {0} {1}: {2} instead of {3}", client, check, result, expected);
    }

    static string ResultOf<T>(Func<T> call)
    {
        try
        {
            object result = call();
            return result is bool ? ((bool)result ? True : False) : Convert.ToString(result);
        }
        catch (SoapException fault)
        {
            return fault.Code.Name + ": " + fault.Message;
        }
        catch (FaultException fault)
        {
            return fault.Code.Name + ": " + fault.Message;
        }
        catch (Exception error)
        {
            return error.GetType().Name + ": " + error.Message;
        }
    }
}
