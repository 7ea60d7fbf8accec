// ValidateOTP by libpq behind the product's WSDL, and nothing else: what the same promises cost without Python.
//
// A node of the product: it reads the same tables by the same statements, opens the same seals, and continues the
// product's audit trail in lanes of its own.  One thread and one database connection for each client's connection.
// Settings come over standard input, a line "name=value" each, because keys must not stand in arguments.
//
// Left out is what costs nothing when all is well: counting wrong codes, locks, and noting once a minute that the API
// key was used.  Such calls are answered false, or by a fault, and nothing is changed.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <cctype>
#include <csignal>
#include <iostream>
#include <thread>

#include "ValidateServiceSoap.nsmap"
#include "soapValidateServiceSoapService.h"
#include "storage.h"

namespace {

std::string folded(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) { return std::tolower(letter); });
    return text;
}

int64_t now_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

PGconn *connected(const std::string &where) {
    PGconn *connection = PQconnectdb(where.c_str());
    if (PQstatus(connection) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection));
    return connection;
}

// What one client's thread needs to verify one-time passwords.
class Verifier {
  public:
    explicit Verifier(const Settings &settings)
        : connection_(connected(settings.at("database")), PQfinish), find_(connection_.get(), settings, "find"),
          spend_(connection_.get(), settings, "spend"), lane_(settings), lookup_key_(from_hex(settings.at("lookup_key"))),
          sealing_keys_(settings.under("sealing_key.")), columns_(settings.under("column.")),
          constants_(settings.under("constant.")), content_(words(settings.at("content"))) {
        for (const std::string &name : words(settings.at("texts"))) texts_.insert(name);
    }

    bool verify(const std::string &user, const std::string &domain, const std::string &otp, const std::string &api_key) {
        Values values = constants_;
        values["key_hash"] = keyed_hash(lookup_key_, {"api_key", api_key});
        values["domain_key"] = folded(domain);
        values["username_key"] = folded(user);
        const Rows rows = find_.run(values);
        if (PQntuples(rows.get()) == 0) throw std::runtime_error("the API key is not valid");
        if (value(rows, 0, "api_keys.scopes").find("validate") == std::string::npos) throw std::runtime_error("no scope");
        for (int row = 0; row < PQntuples(rows.get()); ++row) {
            const int64_t counter = matching(rows, row, otp);
            if (counter >= 0 && may(rows, row)) return spend(values, rows, row, counter);
        }
        return false;
    }

  private:
    std::string value(const Rows &rows, int row, const std::string &column) const {
        return PQgetvalue(rows.get(), row, std::stoi(columns_.at(column)));
    }

    int64_t number(const Rows &rows, int row, const std::string &column) const {
        return std::stoll(value(rows, row, column));
    }

    bool may(const Rows &rows, int row) const {
        return value(rows, row, "users.enabled") == "t" && value(rows, row, "devices.enabled") == "t" &&
               value(rows, row, "devices.activated") == "t";
    }

    std::string seed_of(const Rows &rows, int row) const {
        const std::string sealed = from_hex(value(rows, row, "devices.sealed_seed").substr(2));
        const int64_t key_id = std::stoll(to_hex(sealed.substr(0, KEY_ID_BYTES)), nullptr, 16);
        const std::string place =
            "devices|sealed_seed|" + value(rows, row, "tenants.id") + "|" + value(rows, row, "devices.serial");
        return unseal(from_hex(sealing_keys_.at(std::to_string(key_id))), sealed, place);
    }

    // The counter behind the last one that makes *otp*, or -1; every candidate is computed, whichever matches.
    int64_t matching(const Rows &rows, int row, const std::string &otp) const {
        const std::string seed = seed_of(rows, row);
        const int64_t last = number(rows, row, "devices.last_spent"), window = number(rows, row, "devices.window");
        const int digits = static_cast<int>(number(rows, row, "devices.digits"));
        int64_t matched = -1;
        for (int64_t counter = std::max<int64_t>(last, 0); counter <= last + window; ++counter)
            if (same(code_at(seed, static_cast<uint64_t>(counter), digits), otp) && matched < 0) matched = counter;
        return matched > last ? matched : -1;
    }

    bool spend(Values &values, const Rows &rows, int row, int64_t counter) {
        values["device_id"] = value(rows, row, "devices.id");
        values["spent"] = std::to_string(counter);
        values["at"] = values["audit_at"] = std::to_string(now_us());
        values["audit_tenant_id"] = value(rows, row, "tenants.id");
        values["audit_caller"] = value(rows, row, "api_keys.name");
        values["audit_user_id"] = value(rows, row, "users.id");
        values["audit_user_name"] = value(rows, row, "users.username");
        values["audit_device"] = value(rows, row, "devices.serial");
        values["audit_request_id"] = random_hex(16);
        values["audit_lane"] = lane_.name;
        values["audit_seq"] = std::to_string(lane_.next_seq());
        const std::string mac = values["audit_mac"] = lane_.next_mac(message(values));
        const Rows done = spend_.run(values);
        if (std::string(PQcmdTuples(done.get())) != "1") return false;
        lane_.advance(mac);
        return true;
    }

    // What the MAC covers: a JSON list of lane, number and content.
    std::string message(const Values &values) const {
        std::string json = "[" + quoted(values.at("audit_lane")) + ", " + values.at("audit_seq");
        for (const std::string &name : content_)
            json += ", " + (texts_.count(name) ? quoted(values.at(name)) : values.at(name));
        return json + "]";
    }

    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
    Prepared find_, spend_;
    Lane lane_;
    std::string lookup_key_;
    Values sealing_keys_, columns_, constants_;
    std::vector<std::string> content_;
    std::set<std::string> texts_;
};

class Service : public ValidateServiceSoapService {
  public:
    Service(const Settings &settings, int client)
        : ValidateServiceSoapService(SOAP_IO_KEEPALIVE | SOAP_C_UTFSTRING), verifier_(settings) {
        soap->socket = client;
        soap->max_keep_alive = 1 << 30;
    }

    int ValidateOTP(_ns1__ValidateOTP *call, _ns1__ValidateOTPResponse &answer) override {
        try {
            answer.ValidateOTPResult = verifier_.verify(text(call->username), text(call->domain), text(call->OTP),
                                                        text(call->apiKey));
            return SOAP_OK;
        } catch (const std::exception &error) {
            std::cerr << error.what() << std::endl;
            return soap_receiverfault("The service is unavailable.", nullptr);
        }
    }

  private:
    static std::string text(const std::string *given) { return given ? *given : std::string(); }

    Verifier verifier_;
};

void serve(const Settings &settings, int client) {
    try {
        Service service(settings, client);
        service.serve();
        service.destroy();
    } catch (const std::exception &error) {
        std::cerr << error.what() << std::endl;
        close(client);
    }
}

Settings read_settings(std::istream &input) {
    Settings settings;
    for (std::string line; std::getline(input, line);) {
        const size_t place = line.find('=');
        if (place == std::string::npos) throw std::runtime_error("a setting has no value");
        settings.values[line.substr(0, place)] = line.substr(place + 1);
    }
    return settings;
}

int listening(int port) {
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, reinterpret_cast<sockaddr *>(&address), sizeof address) || listen(server, SOMAXCONN))
        throw std::runtime_error("cannot listen");
    return server;
}

}  // namespace

int main() {
    std::signal(SIGPIPE, SIG_IGN);
    try {
        const Settings settings = read_settings(std::cin);
        const int server = listening(std::stoi(settings.at("port"))), on = 1;
        while (true) {
            const int client = accept(server, nullptr, nullptr);
            if (client < 0) continue;
            setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            std::thread(serve, std::cref(settings), client).detach();
        }
    } catch (const std::exception &error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
}
