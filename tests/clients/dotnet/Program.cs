// Calls a running server through one of the generated clients and prints a line for each check.
// Usage: Client.exe soap11|soap12|wcf URL FACTS.JSON.  The exit status is the number of failed checks.
using System;
using System.Text;

public static class Program
{
    public static int Main(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        string client = arguments[0], url = arguments[1];
        string faultCode = client == "soap12" ? "Sender" : "Client";
        var checks = new Checks(client, faultCode, Open(client, url), Facts.Read(arguments[2]));
        checks.Run();
        return checks.Failures;
    }

    static IValidateService Open(string client, string url)
    {
        switch (client)
        {
            case "soap11": return new Soap11Client { Url = url };
            case "soap12": return new Soap12Client { Url = url };
            case "wcf": return new WcfClient(url);
            default: throw new ArgumentException("no such client: " + client);
        }
    }
}
