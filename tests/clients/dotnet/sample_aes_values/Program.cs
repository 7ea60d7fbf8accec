// Sample program around AesValue.cs.  The secret is read from standard input, never from the arguments:
//
//   mcs -out:AesValue.exe AesValue.cs Program.cs          (or: csc, with the same arguments)
//   validate-service key export-aes-secret | mono AesValue.exe decrypt NAME HEX-DIGITS
//   validate-service key export-aes-secret | mono AesValue.exe encrypt NAME CLEAR-TEXT KEY-NUMBER
//
// The exit status is 0, or 1 when the value could not be decrypted.
using System;
using System.Security.Cryptography;
using System.Text;

public static class Program
{
    public static int Main(string[] arguments)
    {
        Console.InputEncoding = Console.OutputEncoding = new UTF8Encoding(false);
        if (arguments.Length < 3)
        {
            Console.Error.WriteLine("usage: decrypt NAME HEX-DIGITS | encrypt NAME CLEAR-TEXT KEY-NUMBER");
            return 2;
        }
        string secret = Console.ReadLine(), name = arguments[1], text = arguments[2];
        try
        {
            Console.WriteLine(
                arguments[0] == "encrypt"
                    ? AesValue.Encrypt(secret, name, text, int.Parse(arguments[3]))
                    : AesValue.Decrypt(secret, name, text));
            return 0;
        }
        catch (CryptographicException refusal)
        {
            Console.Error.WriteLine(refusal.Message);
            return 1;
        }
    }
}
