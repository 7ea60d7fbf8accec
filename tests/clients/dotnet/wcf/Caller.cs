// Calls a running service through the generated proxy, as often as it is told to.
// Usage: Caller.exe basic|ws URL.  Each line of the input is a call, {"operation": ..., "arguments": {...}}; each line of
// the output is what it answered, {"members": {...}} or {"fault": "code: text"}.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Text;
using System.Web.Script.Serialization;

public class Proxy : SurePassAuthServerWCFServiceClient, IDocumented
{
    public Proxy(Binding binding, string url) : base(binding, new EndpointAddress(url)) { }
}

public static class Caller
{
    static readonly JavaScriptSerializer Json = new JavaScriptSerializer();

    public static void Main(string[] arguments)
    {
        Console.InputEncoding = Console.OutputEncoding = new UTF8Encoding(false);
        var proxy = new Proxy(NewBinding(arguments[0]), arguments[1]);
        for (string line = Console.ReadLine(); line != null; line = Console.ReadLine())
        {
            Console.WriteLine(Json.Serialize(AnswerTo(Json.Deserialize<Call>(line), proxy)));
            Console.Out.Flush();
        }
    }

    static Binding NewBinding(string name)
    {
        switch (name)
        {
            case "basic": return new BasicHttpBinding();
            case "ws": return new WSHttpBinding(SecurityMode.None);
            default: throw new ArgumentException("no such binding: " + name);
        }
    }

    static object AnswerTo(Call call, Proxy proxy)
    {
        MethodInfo method = typeof(ISurePassAuthServerWCFService).GetMethod(call.operation);
        object[] values = method.GetParameters().Select(parameter => ValueOf(parameter, call.arguments)).ToArray();
        try
        {
            return new { members = MembersOf(method.Invoke(proxy, values)) };
        }
        catch (TargetInvocationException error)
        {
            var fault = error.InnerException as FaultException;
            if (fault == null) throw;
            return new { fault = fault.Code.Name + ": " + fault.Message };
        }
    }

    // What is not told is what a variable of the type is that nobody set.
    static object ValueOf(ParameterInfo parameter, Dictionary<string, object> told)
    {
        Type type = parameter.ParameterType;
        object value;
        if (told.TryGetValue(parameter.Name, out value)) return Convert.ChangeType(value, type);
        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }

    static object MembersOf(object answer)
    {
        if (answer == null || answer is string || answer.GetType().IsPrimitive) return answer;
        var items = answer as Array;
        if (items != null) return items.Cast<object>().Select(MembersOf).ToArray();
        return answer.GetType().GetProperties()
            .Where(property => property.Name != "ExtensionData")
            .ToDictionary(property => property.Name, property => MembersOf(property.GetValue(answer, null)));
    }
}

public class Call
{
    public string operation { get; set; }
    public Dictionary<string, object> arguments { get; set; }
}
