// What the checks know of the installation that they call: one JSON file.
using System.IO;
using System.Web.Script.Serialization;

public class Facts
{
    public string apiKey { get; set; }
    public string username { get; set; }
    public string domain { get; set; }
    public string userWithoutAuthenticator { get; set; }
    public string code { get; set; }
    public string wrongCode { get; set; }
    public string card { get; set; }
    public string pin { get; set; }
    public string[] questions { get; set; }
    public string[] answers { get; set; }
    public string authCode { get; set; }
    public string wrongAuthCode { get; set; }
    public string authToken { get; set; }

    public static Facts Read(string path)
    {
        return new JavaScriptSerializer().Deserialize<Facts>(File.ReadAllText(path));
    }
}
