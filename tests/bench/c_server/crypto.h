// Seals, hashes and one-time passwords as the product makes them; bytes are std::string.
#pragma once

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

inline std::string big_endian(uint64_t number, size_t length) {
    std::string bytes(length, '\0');
    for (size_t place = length; place-- > 0; number >>= 8) bytes[place] = static_cast<char>(number & 0xff);
    return bytes;
}

inline std::string from_hex(const std::string &digits) {
    std::string bytes;
    bytes.reserve(digits.size() / 2);
    for (size_t place = 0; place + 1 < digits.size(); place += 2)
        bytes += static_cast<char>(std::stoi(digits.substr(place, 2), nullptr, 16));
    return bytes;
}

inline std::string to_hex(const std::string &bytes) {
    static const char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (unsigned char byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

inline std::string hmac(const EVP_MD *hash, const std::string &key, const std::string &message) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    const auto *data = reinterpret_cast<const unsigned char *>(message.data());
    if (!HMAC(hash, key.data(), static_cast<int>(key.size()), data, message.size(), digest, &length))
        throw std::runtime_error("HMAC failed");
    return std::string(reinterpret_cast<char *>(digest), length);
}

// The keyed hash of several parts, each with its length.
inline std::string keyed_hash(const std::string &key, const std::vector<std::string> &parts) {
    std::string message;
    for (const std::string &part : parts) message += big_endian(part.size(), 4) + part;
    return hmac(EVP_sha256(), key, message);
}

// A code that the user may have typed: the same time is taken wherever it differs.
inline bool same(const std::string &left, const std::string &right) {
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

inline std::string code_at(const std::string &seed, uint64_t counter, int digits) {
    const std::string digest = hmac(EVP_sha1(), seed, big_endian(counter, 8));
    const size_t offset = digest.back() & 15;
    uint32_t value = 0;
    for (size_t place = offset; place < offset + 4; ++place) value = value << 8 | static_cast<unsigned char>(digest[place]);
    uint32_t limit = 1;
    for (int digit = 0; digit < digits; ++digit) limit *= 10;
    char text[16];
    std::snprintf(text, sizeof text, "%0*u", digits, (value & 0x7fffffff) % limit);
    return text;
}

constexpr size_t KEY_ID_BYTES = 4, NONCE_BYTES = 12, TAG_BYTES = 16;

// Opens what AES-256-GCM sealed for one place: key id, nonce, ciphertext, tag.
inline std::string unseal(const std::string &key, const std::string &sealed, const std::string &place) {
    if (sealed.size() < KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES) throw std::runtime_error("a seal is too short");
    const std::string bound = sealed.substr(0, KEY_ID_BYTES) + place;
    const size_t begin = KEY_ID_BYTES + NONCE_BYTES, length = sealed.size() - begin - TAG_BYTES;
    std::string clear(length, '\0'), tag = sealed.substr(sealed.size() - TAG_BYTES);
    const auto *bytes = reinterpret_cast<const unsigned char *>(sealed.data());
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    auto *into = reinterpret_cast<unsigned char *>(clear.data());
    int written = 0;
    const bool opened =
        EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr,
                           reinterpret_cast<const unsigned char *>(key.data()), bytes + KEY_ID_BYTES) &&
        EVP_DecryptUpdate(context.get(), nullptr, &written, reinterpret_cast<const unsigned char *>(bound.data()),
                          static_cast<int>(bound.size())) &&
        EVP_DecryptUpdate(context.get(), into, &written, bytes + begin, static_cast<int>(length)) &&
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag.data()) &&
        EVP_DecryptFinal_ex(context.get(), into + written, &written) > 0;
    if (!opened) throw std::runtime_error("a seal is broken");
    return clear;
}
