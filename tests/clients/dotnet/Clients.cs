// The three generated clients behind one interface.
using System;
using System.ServiceModel;
using cm._2fa.com;

// ASP.NET web service proxy, SOAP 1.1: `wsdl URL`.
public class Soap11Client : Soap11.ValidateService, IValidateService { }

// ASP.NET web service proxy, SOAP 1.2: `wsdl -protocol:SOAP12 URL`.
public class Soap12Client : Soap12.ValidateService, IValidateService { }

// WCF client over BasicHttpBinding: `svcutil URL`.
public class WcfClient : ValidateServiceSoapClient, IValidateService
{
    public WcfClient(string url) : base(NewBinding(), new EndpointAddress(url)) { }

    static BasicHttpBinding NewBinding()
    {
        // A push approval waits for its user: longer than most clients do by default.
        return new BasicHttpBinding { SendTimeout = TimeSpan.FromSeconds(90), ReceiveTimeout = TimeSpan.FromSeconds(90) };
    }

    // Mono's svcutil forgets that GetQuestions has a second result, so `questions` stays as it was.
    string IValidateService.GetQuestions(string username, string domain, ref string[] questions, string apiKey)
    {
        return GetQuestions(username, domain, ListOf(questions), apiKey);
    }

    bool IValidateService.ValidateQuestions(
        string username, string domain, string[] questions, string[] answers, string apiKey)
    {
        return ValidateQuestions(username, domain, ListOf(questions), ListOf(answers), apiKey);
    }

    static ArrayOfString ListOf(string[] texts)
    {
        var list = new ArrayOfString();
        list.AddRange(texts ?? new string[0]);
        return list;
    }
}
