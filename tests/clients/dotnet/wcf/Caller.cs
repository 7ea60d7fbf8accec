// Calls a running service through one of the generated proxies, as often as it is told to.
// Usage: Caller.exe basic|ws|reference URL.  Each line of the input is a call, {"operation": ..., "arguments": {...}}; each
// line of the output is what it answered, {"members": {...}} or {"fault": text}.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Text;
using System.Web.Script.Serialization;
using System.Web.Services.Protocols;

// WCF client: `svcutil URL`.
public class WcfProxy : SurePassAuthServerWCFServiceClient, IDocumented
{
    public WcfProxy(Binding binding, string url) : base(binding, new EndpointAddress(url)) { }
}

// ASP.NET web reference, which older programs and PowerShell use: `wsdl URL`.
public class ReferenceProxy : WebReference.SurePassAuthServerWCFService { }

public static class Caller
{
    const string Specified = "Specified";

    static readonly JavaScriptSerializer Json = new JavaScriptSerializer();

    public static void Main(string[] arguments)
    {
        Console.InputEncoding = Console.OutputEncoding = new UTF8Encoding(false);
        object proxy = Open(arguments[0], arguments[1]);
        for (string line = Console.ReadLine(); line != null; line = Console.ReadLine())
        {
            Console.WriteLine(Json.Serialize(AnswerTo(Json.Deserialize<Call>(line), proxy)));
            Console.Out.Flush();
        }
    }

    static object Open(string client, string url)
    {
        switch (client)
        {
            case "basic": return new WcfProxy(new BasicHttpBinding(), url);
            case "ws": return new WcfProxy(new WSHttpBinding(SecurityMode.None), url);
            case "reference": return new ReferenceProxy { Url = url };
            default: throw new ArgumentException("no such client: " + client);
        }
    }

    static object AnswerTo(Call call, object proxy)
    {
        MethodInfo method = proxy.GetType().GetMethod(call.operation);
        object[] values = method.GetParameters().Select(parameter => ValueOf(parameter, call.arguments)).ToArray();
        try
        {
            return new { members = MembersOf(method.Invoke(proxy, values)) };
        }
        catch (TargetInvocationException error)
        {
            if (!(error.InnerException is FaultException || error.InnerException is SoapException)) throw;
            return new { fault = error.InnerException.Message };
        }
    }

    // What is not told is what a variable of the type is that nobody set.
    static object ValueOf(ParameterInfo parameter, Dictionary<string, object> told)
    {
        Type type = parameter.ParameterType;
        object value;
        if (told.TryGetValue(parameter.Name, out value)) return Convert.ChangeType(value, type);
        // A web reference wants to know of each number whether it is there at all.
        if (IsSpecified(parameter.Name)) return told.ContainsKey(parameter.Name.Replace(Specified, ""));
        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }

    static bool IsSpecified(string name)
    {
        return name.EndsWith(Specified);
    }

    static object MembersOf(object answer)
    {
        if (answer == null || answer is string || answer.GetType().IsPrimitive) return answer;
        var items = answer as Array;
        if (items != null) return items.Cast<object>().Select(MembersOf).ToArray();
        return answer.GetType().GetProperties()
            .Where(property => property.Name != "ExtensionData" && !IsSpecified(property.Name))
            .ToDictionary(property => property.Name, property => MembersOf(property.GetValue(answer, null)));
    }
}

public class Call
{
    public string operation { get; set; }
    public Dictionary<string, object> arguments { get; set; }
}
