// The database by libpq, and a lane of the audit trail.
#pragma once

#include <fcntl.h>
#include <libpq-fe.h>
#include <openssl/rand.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "crypto.h"

using Values = std::map<std::string, std::string>;
using Rows = std::unique_ptr<PGresult, decltype(&PQclear)>;

constexpr Oid BYTEA = 17;

inline std::vector<std::string> words(const std::string &text) {
    std::istringstream stream(text);
    std::vector<std::string> found;
    for (std::string word; stream >> word;) found.push_back(word);
    return found;
}

inline std::string random_hex(size_t length) {
    std::string bytes(length, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char *>(bytes.data()), static_cast<int>(length)) != 1)
        throw std::runtime_error("no randomness");
    return to_hex(bytes);
}

// What the bench hands over: names and values.
struct Settings {
    Values values;

    const std::string &at(const std::string &name) const {
        const auto found = values.find(name);
        if (found == values.end()) throw std::runtime_error("no setting " + name);
        return found->second;
    }

    // The settings whose names begin with *prefix*, without it.
    Values under(const std::string &prefix) const {
        Values found;
        for (const auto &[name, value] : values)
            if (name.compare(0, prefix.size(), prefix) == 0) found[name.substr(prefix.size())] = value;
        return found;
    }
};

// One statement of the product's, prepared on one connection.
class Prepared {
  public:
    Prepared(PGconn *connection, const Settings &settings, const std::string &name)
        : connection_(connection), name_(name), parameters_(words(settings.at(name + ".parameters"))) {
        const std::vector<std::string> bytes = words(settings.at("bytes"));
        const std::set<std::string> are_bytes(bytes.begin(), bytes.end());
        std::vector<Oid> types;
        for (const std::string &parameter : parameters_) {
            is_bytes_.push_back(are_bytes.count(parameter));
            types.push_back(are_bytes.count(parameter) ? BYTEA : 0);
        }
        const std::string &text = settings.at(name + ".text");
        const Rows done(PQprepare(connection, name.c_str(), text.c_str(), static_cast<int>(types.size()), types.data()),
                        PQclear);
        if (PQresultStatus(done.get()) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(connection));
    }

    Rows run(const Values &values) const {
        std::vector<const char *> texts;
        std::vector<int> lengths;
        for (const std::string &parameter : parameters_) {
            const auto found = values.find(parameter);
            if (found == values.end()) throw std::runtime_error("no value for " + parameter);
            texts.push_back(found->second.data());
            lengths.push_back(static_cast<int>(found->second.size()));
        }
        Rows rows(PQexecPrepared(connection_, name_.c_str(), static_cast<int>(texts.size()), texts.data(),
                                 lengths.data(), is_bytes_.data(), 0),
                  PQclear);
        const ExecStatusType status = PQresultStatus(rows.get());
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
            throw std::runtime_error(PQerrorMessage(connection_));
        return rows;
    }

  private:
    PGconn *connection_;
    std::string name_;
    std::vector<std::string> parameters_;
    std::vector<int> is_bytes_;
};

// A lane of the audit trail that nobody else writes: its file is locked, and notes its end.
class Lane {
  public:
    explicit Lane(const Settings &settings)
        : name(random_hex(16)), key_(from_hex(settings.at("audit_key"))), mac_(32, '\0') {
        const std::string path = settings.at("lanes") + "/" + name;
        file_ = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file_ < 0 || flock(file_, LOCK_EX | LOCK_NB)) throw std::runtime_error("no lane");
    }
    Lane(const Lane &) = delete;
    Lane &operator=(const Lane &) = delete;
    ~Lane() { close(file_); }

    uint64_t next_seq() const { return seq_ + 1; }

    std::string next_mac(const std::string &message) const { return hmac(EVP_sha256(), key_, mac_ + message); }

    void advance(const std::string &mac) {
        mac_ = mac;
        const std::string end = big_endian(++seq_, 8) + mac_;
        if (pwrite(file_, end.data(), end.size(), 0) != static_cast<ssize_t>(end.size()))
            throw std::runtime_error("the lane's end cannot be noted");
    }

    const std::string name;

  private:
    std::string key_;
    std::string mac_;
    uint64_t seq_ = 0;
    int file_;
};

// *text* as JSON.  ASCII only: the bench's names hold nothing else.
inline std::string quoted(const std::string &text) {
    std::string json = "\"";
    for (char letter : text) {
        if (letter == '"' || letter == '\\') json += '\\';
        json += letter;
    }
    return json + '"';
}
