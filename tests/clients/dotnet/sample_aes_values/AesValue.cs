// Sample code: encrypt and decrypt the values of EncryptValueAES without calling the service.
//
// Copy this one file into your program.  It needs nothing but .NET Framework 4.7.2 or newer (or .NET, or Mono).
// The secret comes from the operator: `validate-service key export-aes-secret`.  Keep it as you keep a password:
// whoever has it can read and make every AES value of your account.
//
// A value is written as hex digits.  Its bytes:
//
//   offset  length  what
//        0       4  the letters MFA1
//        4       1  key derivation: 1 PBKDF2-HMAC-SHA-1, 2 PBKDF2-HMAC-SHA-256, 3 HKDF-SHA-256
//        5       4  number of the operator's key, big-endian
//        9       4  iterations of PBKDF2, big-endian; 1 for HKDF
//       13      16  salt, random
//       29      16  initialisation vector, random
//       45    16 n  the clear text as UTF-8, AES-256-CBC, PKCS #7 padding
//      -32      32  HMAC-SHA-256 over all bytes before it, the length of the name (4 bytes, big-endian), and the name
//
// The name is UTF-8 in Unicode normal form C.  Secret and salt give 64 bytes: the first 32 encrypt, the others
// authenticate.  The service itself makes and accepts key derivation 3 only; 1 and 2 are for secrets that people choose.
using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

public static class AesValue
{
    enum Derivation : byte
    {
        Pbkdf2Sha1 = 1,
        Pbkdf2Sha256 = 2,
        HkdfSha256 = 3,
    }

    const string Magic = "MFA1";
    const int DerivationAt = 4, IterationsAt = 9, SaltAt = 13, VectorAt = 29, CipherTextAt = 45;
    const int SaltLength = 16, BlockLength = 16, KeyLength = 32, TagLength = 32;
    const int ShortestLength = CipherTextAt + BlockLength + TagLength;
    const int FewestIterations = 1000, MostIterations = 2000000;

    static readonly byte[] HkdfInfo = Encoding.ASCII.GetBytes("mfa:EncryptValueAES:v1");

    /// <summary>Decrypts what EncryptValueAES returned.</summary>
    /// <param name="secret">The exported secret.</param>
    /// <param name="name">The name with which the value was encrypted.</param>
    /// <param name="value">The hex digits.</param>
    /// <exception cref="CryptographicException">
    /// The value was not encrypted under this secret and this name, or somebody changed it.
    /// </exception>
    public static string Decrypt(string secret, string name, string value)
    {
        byte[] bytes = FromHex(value);
        RequireLayout(bytes);
        int tagAt = bytes.Length - TagLength;
        byte[] authenticated = Slice(bytes, 0, tagAt);
        byte[] salt = Slice(bytes, SaltAt, SaltLength);
        var keys = new Keys((Derivation)bytes[DerivationAt], secret, salt, ReadNumber(bytes, IterationsAt));

        // First authenticate, then decrypt: nothing is learned from a value that somebody changed.
        if (!Same(Tag(keys, authenticated, name), Slice(bytes, tagAt, TagLength)))
            throw Refusal();
        using (Aes aes = NewCipher(keys, Slice(bytes, VectorAt, BlockLength)))
        using (ICryptoTransform decryptor = aes.CreateDecryptor())
            return Encoding.UTF8.GetString(
                decryptor.TransformFinalBlock(bytes, CipherTextAt, tagAt - CipherTextAt));
    }

    /// <summary>Encrypts a value that DecryptValueAES decrypts.</summary>
    /// <param name="secret">The exported secret.</param>
    /// <param name="name">A name of at most 256 characters; it is needed again to decrypt, and is not secret.</param>
    /// <param name="clearText">The value.</param>
    /// <param name="keyNumber">The number of the key that the secret was exported from.</param>
    public static string Encrypt(string secret, string name, string clearText, int keyNumber)
    {
        byte[] salt = RandomBytes(SaltLength), vector = RandomBytes(BlockLength);
        const int iterations = 1;
        var keys = new Keys(Derivation.HkdfSha256, secret, salt, iterations);
        byte[] cipherText;
        using (Aes aes = NewCipher(keys, vector))
        using (ICryptoTransform encryptor = aes.CreateEncryptor())
        {
            byte[] clear = Encoding.UTF8.GetBytes(clearText);
            cipherText = encryptor.TransformFinalBlock(clear, 0, clear.Length);
        }
        byte[] authenticated = Join(
            Encoding.ASCII.GetBytes(Magic), new[] { (byte)Derivation.HkdfSha256 },
            Number(keyNumber), Number(iterations), salt, vector, cipherText);
        return ToHex(Join(authenticated, Tag(keys, authenticated, name)));
    }

    // The two keys of one value.
    sealed class Keys
    {
        public readonly byte[] Encryption, Authentication;

        public Keys(Derivation derivation, string secret, byte[] salt, int iterations)
        {
            byte[] both = Derive(derivation, Encoding.UTF8.GetBytes(secret), salt, iterations);
            Encryption = Slice(both, 0, KeyLength);
            Authentication = Slice(both, KeyLength, KeyLength);
        }
    }

    static byte[] Derive(Derivation derivation, byte[] secret, byte[] salt, int iterations)
    {
        switch (derivation)
        {
            case Derivation.Pbkdf2Sha1:
                return Pbkdf2(secret, salt, iterations, HashAlgorithmName.SHA1);
            case Derivation.Pbkdf2Sha256:
                return Pbkdf2(secret, salt, iterations, HashAlgorithmName.SHA256);
            case Derivation.HkdfSha256:
                if (iterations != 1)
                    throw Refusal();
                return Hkdf(secret, salt);
            default:
                throw Refusal();
        }
    }

    static byte[] Pbkdf2(byte[] secret, byte[] salt, int iterations, HashAlgorithmName hash)
    {
        // Nothing has vouched for this number yet, and it decides how long the next line works.
        if (iterations < FewestIterations || iterations > MostIterations)
            throw Refusal();
        using (var derivation = new Rfc2898DeriveBytes(secret, salt, iterations, hash))
            return derivation.GetBytes(2 * KeyLength);
    }

    // RFC 5869 for two blocks: .NET Framework has no HKDF of its own.
    static byte[] Hkdf(byte[] secret, byte[] salt)
    {
        byte[] extracted = Hmac(salt, secret);
        byte[] first = Hmac(extracted, Join(HkdfInfo, new byte[] { 1 }));
        byte[] second = Hmac(extracted, Join(first, HkdfInfo, new byte[] { 2 }));
        return Join(first, second);
    }

    static byte[] Tag(Keys keys, byte[] authenticated, string name)
    {
        byte[] nameBytes = Encoding.UTF8.GetBytes(name.Normalize(NormalizationForm.FormC));
        return Hmac(keys.Authentication, Join(authenticated, Number(nameBytes.Length), nameBytes));
    }

    static Aes NewCipher(Keys keys, byte[] vector)
    {
        Aes aes = Aes.Create();
        aes.Mode = CipherMode.CBC;
        aes.Padding = PaddingMode.PKCS7;
        aes.Key = keys.Encryption;
        aes.IV = vector;
        return aes;
    }

    static void RequireLayout(byte[] bytes)
    {
        bool wholeBlocks = (bytes.Length - ShortestLength) % BlockLength == 0;
        if (bytes.Length < ShortestLength || !wholeBlocks || Encoding.ASCII.GetString(bytes, 0, 4) != Magic)
            throw Refusal();
    }

    // One text for every cause: a caller who tries out values must not learn why one was refused.
    static CryptographicException Refusal()
    {
        return new CryptographicException("The value could not be decrypted.");
    }

    // Takes the same time wherever the difference is.
    static bool Same(byte[] left, byte[] right)
    {
        int difference = left.Length ^ right.Length;
        for (int i = 0; i < left.Length && i < right.Length; i++)
            difference |= left[i] ^ right[i];
        return difference == 0;
    }

    static byte[] Hmac(byte[] key, byte[] data)
    {
        using (var hmac = new HMACSHA256(key))
            return hmac.ComputeHash(data);
    }

    static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        using (RandomNumberGenerator generator = RandomNumberGenerator.Create())
            generator.GetBytes(bytes);
        return bytes;
    }

    static byte[] Number(int number)
    {
        return new[] { (byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number };
    }

    static int ReadNumber(byte[] bytes, int at)
    {
        return bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
    }

    static byte[] Slice(byte[] bytes, int at, int length)
    {
        var slice = new byte[length];
        Buffer.BlockCopy(bytes, at, slice, 0, length);
        return slice;
    }

    static byte[] Join(params byte[][] parts)
    {
        return parts.SelectMany(part => part).ToArray();
    }

    static string ToHex(byte[] bytes)
    {
        return BitConverter.ToString(bytes).Replace("-", "");
    }

    static byte[] FromHex(string digits)
    {
        digits = digits.Replace("-", "");
        if (digits.Length % 2 != 0 || !digits.All(Uri.IsHexDigit))
            throw Refusal();
        return Enumerable.Range(0, digits.Length / 2)
            .Select(i => Convert.ToByte(digits.Substring(2 * i, 2), 16)).ToArray();
    }
}
