// SPDX-License-Identifier: Apache-2.0
// Table only: the shape of a link of a bench file, and what each kind of link must have.
#include "bench/bench_schema_parts.h"

#include <string.h>

#include "sim/base/address.h"
#include "sim/proto/ocpp/csms.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SCHEMA_OF(fields_) .fields = fields_, .fields_count = COUNT_OF(fields_)

static const char *const link_kinds[] = {"ip", "tty", "control", "ieee802154", "ocpp", NULL};
static const char *const services[] = {"modbus", "web", NULL};
static const char *const parities[] = {"none", "even", "odd", NULL};

static const struct schema_field tag_item = {
    .type = SCHEMA_CHOICE, .choices = csms_tag_statuses, .doc = "What is said of the tag."};

static const struct schema_field station_fields[] = {
    {.name = "password",
     .type = SCHEMA_TEXT,
     .doc = "What it shows by HTTP Basic, or `$secret.NAME`: profiles 1 and 2.",
     .example = "password: $secret.bay1"},
    {.name = "common_name",
     .type = SCHEMA_TEXT,
     .otherwise = "its identity",
     .doc = "The CN of its certificate: profile 3.",
     .example = "common_name: BAY1"},
};
static const struct schema station_schema = {.name = "bench station",
                                             .doc = "What a charging station shows at the door.",
                                             SCHEMA_OF(station_fields)};
static const struct schema_field station_item = {.type = SCHEMA_OBJECT, .object = &station_schema};

static const struct schema_field link_fields[] = {
    {.name = "kind",
     .type = SCHEMA_CHOICE,
     .choices = link_kinds,
     .otherwise = "control with a `socket`",
     .doc = "A network address, a serial port, the control socket of a second testbay that plays "
            "the board, a radio dongle, or OCPP: a charger calls the bench.",
     .example = "kind: ip"},
    {.name = "host",
     .type = SCHEMA_TEXT,
     .doc = "ip: the board's address. Names are not looked up.",
     .example = "host: 192.0.2.10"},
    {.name = "port",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = 65535,
     .otherwise = "502, 443 for web",
     .doc = "ip: the port of the service there.",
     .example = "port: 1502"},
    {.name = "service",
     .type = SCHEMA_CHOICE,
     .choices = services,
     .otherwise = "web for a link of that name, else modbus",
     .doc = "ip: what is there, its Modbus server or its HTTPS pages.",
     .example = "service: web"},
    {.name = "by_id",
     .type = SCHEMA_TEXT,
     .doc = "tty, ieee802154: the adapter's name below /dev/serial/by-id.",
     .example = "by_id: usb-bench-rs485-2"},
    {.name = "path",
     .type = SCHEMA_TEXT,
     .doc = "tty: a path instead of `by_id`, for ports that have no such name.",
     .example = "path: /dev/ttyS1"},
    {.name = "baud",
     .type = SCHEMA_INTEGER,
     .low = 300,
     .high = 1000000,
     .otherwise = "19200",
     .doc = "tty: speed.",
     .example = "baud: 19200"},
    {.name = "parity",
     .type = SCHEMA_CHOICE,
     .choices = parities,
     .otherwise = "even",
     .doc = "tty: parity. A pseudo terminal keeps none.",
     .example = "parity: even"},
    {.name = "stop_bits",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = 2,
     .otherwise = "1 with parity, 2 without",
     .doc = "tty: stop bits.",
     .example = "stop_bits: 1"},
    {.name = "rs485",
     .type = SCHEMA_BOOL,
     .otherwise = "no",
     .doc = "tty: ask the driver to switch the transmitter.",
     .example = "rs485: yes"},
    {.name = "unit",
     .type = SCHEMA_INTEGER,
     .low = 1,
     .high = 255,
     .otherwise = "255 on ip",
     .doc = "Modbus unit id of the board on this link.",
     .example = "unit: 1"},
    {.name = "socket",
     .type = SCHEMA_TEXT,
     .doc = "control: path of the socket (`testbay serve --control`).",
     .example = "socket: /run/testbay/control"},
    {.name = "entry",
     .type = SCHEMA_NAME,
     .otherwise = "the target's device",
     .doc = "Which device of the served site this link means.",
     .example = "entry: gw"},
    {.name = "from",
     .type = SCHEMA_NAME,
     .doc = "Instead of an address: `process`, or the line whose terminal the process gives out.",
     .example = "from: process"},
    {.name = "channel",
     .type = SCHEMA_INTEGER,
     .low = 11,
     .high = 26,
     .doc = "ieee802154: radio channel.",
     .example = "channel: 15"},
    {.name = "listen",
     .type = SCHEMA_TEXT,
     .doc = "ocpp, of a central system: where the bench listens for charging stations.",
     .example = "listen: 192.0.2.5:8443"},
    {.name = "security",
     .type = SCHEMA_INTEGER,
     .low = 0,
     .high = 3,
     .otherwise = "0",
     .doc = "ocpp, with `listen`: security profile of this door. 0 nothing, 1 Basic, 2 TLS and "
            "Basic, 3 TLS and client certificates.",
     .example = "security: 2"},
    {.name = "stations",
     .type = SCHEMA_MAP,
     .item = &station_item,
     .doc = "ocpp, with `listen`: the stations of this door, by identity.",
     .example = "stations: {BAY1: {password: $secret.bay1}}"},
    {.name = "tags",
     .type = SCHEMA_MAP,
     .item = &tag_item,
     .otherwise = "every tag is accepted",
     .doc = "ocpp, with `listen`: the idTags it knows; others are invalid then.",
     .example = "tags: {GUEST: Accepted, LOST: Blocked}"},
    {.name = "heartbeat_interval",
     .type = SCHEMA_QUANTITY,
     .unit = UNIT_TIME_NS,
     .otherwise = "the profile's",
     .doc = "ocpp, with `listen`: the interval told to accepted stations.",
     .example = "heartbeat_interval: 5m"},
    {.name = "certificate",
     .type = SCHEMA_TEXT,
     .otherwise = "made at the start",
     .doc = "ocpp, with `listen`: PEM file of the certificate it shows, beside the bench file.",
     .example = "certificate: csms.pem"},
    {.name = "key",
     .type = SCHEMA_TEXT,
     .doc = "ocpp, with `certificate`: PEM file of its key.",
     .example = "key: csms.key"},
    {.name = "authority",
     .type = SCHEMA_TEXT,
     .otherwise = "made at the start",
     .doc = "ocpp, with `listen`: PEM file of the authority that signed the stations' certificates "
            "and, with its key there, signs the central system's. One that was made is left in the "
            "report as captures/authority.pem, for chargers to trust.",
     .example = "authority: authority.pem"},
    {.name = "host_name",
     .type = SCHEMA_TEXT,
     .otherwise = "csms.test",
     .doc = "ocpp, with `listen`: the name its own certificate carries, besides the address.",
     .example = "host_name: csms.example.test"},
    {.name = "central",
     .type = SCHEMA_NAME,
     .doc = "ocpp, of a charger: the role of this bench that is its central system.",
     .example = "central: csms"},
    {.name = "identity",
     .type = SCHEMA_TEXT,
     .otherwise = "the target's device",
     .doc = "ocpp, with `central`: what the charger is called there.",
     .example = "identity: BAY1"},
};

static bool one_of(const struct yaml_node *node, const char *const *keys)
{
    size_t named = 0;

    for (size_t i = 0; keys[i]; i++)
        named += yaml_get(node, keys[i]) != NULL;
    return named == 1;
}

static void check_ip(const struct yaml_document *document, const struct yaml_node *node,
                     struct diag *diag)
{
    static const char *const ways[] = {"host", "from", NULL};
    const char *host = yaml_get_text(node, "host", NULL);
    struct address address;

    if (!one_of(node, ways))
        yaml_error(diag, document, node, "write `host: ADDRESS`, or `from: process`",
                   "an ip link says where the board is, once");
    else if (host && (address_parse(host, &address) < 0 || address.port))
        yaml_error(diag, document, yaml_get(node, "host"),
                   "write it like 192.0.2.10 or 2001:db8::10, the port under `port:`",
                   "'%s' is no address", host);
}

static void check_tty(const struct yaml_document *document, const struct yaml_node *node,
                      struct diag *diag)
{
    static const char *const ways[] = {"by_id", "path", "from", NULL};
    int64_t unit = schema_integer(yaml_get(node, "unit"), 0);

    if (!one_of(node, ways))
        yaml_error(diag, document, node, "write one of `by_id:`, `path:` and `from:`",
                   "a tty link says which port it is, once");
    else if (unit < 1 || unit > 247)
        yaml_error(diag, document, node, "write `unit:` and 1 to 247",
                   "a board on a line has a unit id");
}

static void check_control(const struct yaml_document *document, const struct yaml_node *node,
                          struct diag *diag)
{
    static const char *const ways[] = {"socket", "from", NULL};

    if (!one_of(node, ways))
        yaml_error(diag, document, node, "write `socket: PATH`, or `from: process`",
                   "a control link says where its socket is, once");
}

static void check_door(const struct yaml_document *document, const struct yaml_node *node,
                       struct diag *diag)
{
    const struct yaml_node *stations = yaml_get(node, "stations");
    int64_t security = schema_integer(yaml_get(node, "security"), 0);
    struct address at;

    if (address_parse(yaml_get_text(node, "listen", ""), &at) < 0 || !at.port)
        yaml_error(diag, document, yaml_get(node, "listen"), "write it like 192.0.2.5:8443",
                   "'%s' is no address with a port", yaml_get_text(node, "listen", ""));
    if (!yaml_get(node, "certificate") != !yaml_get(node, "key"))
        yaml_error(diag, document, node, "write both, or neither",
                   "`certificate` and `key` go together");
    if (!stations || stations->count == 0)
        yaml_error(diag, document, node, "write `stations: {IDENTITY: {}}`",
                   "nobody may come to this door");
    yaml_for_each(i, stations) {
        bool password = yaml_get(stations->items[i], "password") != NULL;

        if (password != (security == 1 || security == 2))
            yaml_error(diag, document, stations->keys[i], "profiles 1 and 2 have one, 0 and 3 none",
                       password ? "security profile %lld asks '%s' for no password"
                                : "security profile %lld asks '%s' for a password",
                       (long long)security, stations->keys[i]->text);
    }
}

static void check_ocpp(const struct yaml_document *document, const struct yaml_node *node,
                       struct diag *diag)
{
    static const char *const ways[] = {"listen", "central", NULL};

    if (!one_of(node, ways))
        yaml_error(diag, document, node,
                   "write `listen: ADDRESS:PORT` for a central system, `central: ROLE` for a "
                   "charger",
                   "an ocpp link is a door of the bench or leads to one");
    else if (yaml_get(node, "listen"))
        check_door(document, node, diag);
}

static void check_link(const struct yaml_document *document, const struct yaml_node *node,
                       struct diag *diag)
{
    const char *kind = yaml_get_text(node, "kind", NULL);

    if (!kind && !yaml_get(node, "socket"))
        yaml_error(diag, document, node,
                   "write `kind: ip`, `tty`, `control`, `ieee802154` or `ocpp`",
                   "a link has a kind");
    else if (!kind || strcmp(kind, "control") == 0)
        check_control(document, node, diag);
    else if (strcmp(kind, "ip") == 0)
        check_ip(document, node, diag);
    else if (strcmp(kind, "tty") == 0)
        check_tty(document, node, diag);
    else if (strcmp(kind, "ocpp") == 0)
        check_ocpp(document, node, diag);
    else if (!yaml_get(node, "by_id"))
        yaml_error(diag, document, node, "write `by_id:` and its name below /dev/serial/by-id",
                   "a dongle has a name");
}

const struct schema bench_link_schema = {
    .name = "bench link",
    .doc =
        "One way to reach a board. The first one of kind ip or tty carries Modbus; one of kind ip "
        "called `web`, or with `service: web`, leads to its HTTPS pages. Those of kind ocpp that "
        "listen are the doors of a central system of the bench's own, which real chargers call.",
    SCHEMA_OF(link_fields),
    .rule = check_link,
};
