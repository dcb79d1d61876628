// SPDX-License-Identifier: Apache-2.0
// The TCP side of a device's Modbus server: listeners on its ports and the clients that came.
// Modbus Messaging on TCP/IP V1.0b 4.2. A client past the limit is reset.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/err.h"
#include "sim/base/log.h"
#include "sim/base/str.h"
#include "sim/device/modbus_port.h"

#define SAY_NS SIM_NS_PER_S // Between two lines of the log about clients.

struct gate {
    struct modbus_service *service;
    struct device_port *port;
    struct listener *listener;
};

struct client {
    struct modbus_service *service;
    struct device_port *port;
    struct conn *conn;
    struct modbus_tcp_server session;
    struct client *next; // Among the clients, or among the free ones.
    struct client **link;
};

struct modbus_service {
    struct device *device;
    struct modbus_service_options options;
    modbus_service_route_fn *route;
    void *user;
    struct gate gates[DEVICE_PORTS_MAX];
    struct client *clients, *free;
    size_t clients_count;
    uint64_t requests;  // Of clients that are gone.
    sim_time_ns say_ns; // When the log may speak of a client again,
    unsigned unsaid;    // and of how many it did not since it last did.
    struct device_input input;
};

// A crowd of clients makes one line a second, not one each.
static void say(struct modbus_service *service, const struct conn *conn, const char *what)
{
    sim_time_ns now_ns = timers_now(service->device->world.timers);
    char client[ADDRESS_TEXT_ROOM];
    char others[40] = "";

    if (now_ns < service->say_ns) {
        service->unsaid++;
        return;
    }
    if (service->unsaid)
        snprintf(others, sizeof(others), "; %u others before it", service->unsaid);
    log_info(service->device->id, "client %s %s%s", address_text(&conn->remote, client), what,
             others);
    service->say_ns = now_ns + SAY_NS;
    service->unsaid = 0;
}

static void client_end(struct client *client)
{
    struct modbus_service *service = client->service;

    service->requests += client->session.requests;
    modbus_tcp_server_done(&client->session);
    *client->link = client->next;
    if (client->next)
        client->next->link = client->link;
    service->clients_count--;
    client->conn = NULL;
    client->next = service->free;
    service->free = client;
}

// ---- A client's conn ----

static struct modbus_route on_route(void *user, const struct modbus_mbap *request)
{
    struct client *client = user;

    return client->service->route(client->service->user, client->port, request);
}

// What a dying device says is lost, not kept.
static size_t on_send(void *user, const uint8_t *data, size_t length)
{
    struct client *client = user;

    return device_alive(client->service->device) ? conn_send(client->conn, data, length) : length;
}

static void on_want(void *user)
{
    conn_resume(((struct client *)user)->conn);
}

static const struct modbus_tcp_server_ops session_ops = {on_route, on_send, on_want};

static size_t on_data(struct conn *conn, const uint8_t *data, size_t length, void *user)
{
    struct client *client = user;
    struct device *device = client->service->device;
    size_t consumed = 0;

    if (device_paused(device) || !device_alive(device))
        return 0;
    if (modbus_tcp_server_feed(&client->session, timers_now(device->world.timers), data, length,
                               &consumed) < 0) {
        say(client->service, conn, "sent what is no Modbus; closed");
        client_end(client);
        conn_close(conn);
    }
    return consumed;
}

static void on_room(struct conn *conn, void *user)
{
    struct client *client = user;

    (void)conn;
    modbus_tcp_server_flush(&client->session);
}

static void on_end(struct conn *conn, int reason, void *user)
{
    (void)conn;
    (void)reason;
    client_end(user);
}

static const struct conn_events conn_events = {
    .on_data = on_data, .on_room = on_room, .on_end = on_end};

static struct client *client_new(struct modbus_service *service)
{
    struct client *client = service->free;

    if (client)
        service->free = client->next;
    else
        client = mem_new(1, sizeof(*client));
    client->service = service;
    client->next = service->clients;
    client->link = &service->clients;
    if (client->next)
        client->next->link = &client->next;
    service->clients = client;
    service->clients_count++;
    return client;
}

static void on_conn(struct listener *listener, struct conn *conn, void *user)
{
    struct gate *gate = user;
    struct modbus_service *service = gate->service;
    struct modbus_tcp_server_options options = {.transactions_max =
                                                    service->options.transactions_max,
                                                .bytes_per_turn = service->options.bytes_per_turn};
    struct client *client;

    (void)listener;
    if (!device_alive(service->device)) {
        conn_reset(conn);
        return;
    }
    if (service->clients_count >= service->options.clients_max) {
        say(service, conn, "is one too many; reset");
        conn_reset(conn);
        return;
    }
    client = client_new(service);
    client->port = gate->port;
    client->conn = conn;
    modbus_tcp_server_init(&client->session, &session_ops, client, &options);
    conn_set_events(conn, &conn_events, client);
}

// ---- The service ----

static void on_resume(void *user)
{
    struct modbus_service *service = user;

    for (struct client *client = service->clients, *next; client; client = next) {
        next = client->next;
        conn_resume(client->conn);
    }
}

struct modbus_service_options modbus_service_options(const struct profile *profile)
{
    int64_t clients =
        profile_fact_integer(profile, "modbus.clients_max", MODBUS_SERVICE_CLIENTS_MAX);
    int64_t transactions = profile_fact_integer(profile, "modbus.transactions_max", 0);

    return (struct modbus_service_options){
        .clients_max = (uint16_t)(clients < 1 || clients > MODBUS_SERVICE_CLIENTS_MAX
                                      ? MODBUS_SERVICE_CLIENTS_MAX
                                      : clients),
        .transactions_max =
            (uint16_t)(transactions < 0 || transactions > MODBUS_TCP_TRANSACTIONS_MAX
                           ? 0
                           : transactions),
    };
}

struct modbus_service *modbus_service_new(struct device *device,
                                          const struct modbus_service_options *options,
                                          modbus_service_route_fn *route, void *user)
{
    struct modbus_service *service = mem_new(1, sizeof(*service));

    assert(options->clients_max >= 1 && options->clients_max <= MODBUS_SERVICE_CLIENTS_MAX);
    *service = (struct modbus_service){
        .device = device,
        .options = *options,
        .route = route,
        .user = user,
        .input = {.on_resume = on_resume, .user = service},
    };
    device_add_input(device, &service->input);
    return service;
}

void modbus_service_free(struct modbus_service **service)
{
    if (!*service)
        return;
    modbus_service_close_all(*service);
    device_remove_input((*service)->device, &(*service)->input);
    for (struct client *client = (*service)->free, *next; client; client = next) {
        next = client->next;
        free(client);
    }
    free(*service);
    *service = NULL;
}

// The gate of a port: one of the device's, by its place among them.
static struct gate *gate_of(const struct modbus_service *service, const struct device_port *port)
{
    size_t index = (size_t)(port - service->device->ports);

    assert(index < service->device->ports_count);
    return (struct gate *)&service->gates[index];
}

int modbus_service_open(struct modbus_service *service, struct device_port *port, uint16_t tcp_port)
{
    struct gate *gate = gate_of(service, port);
    struct address at = port->address;

    if (gate->listener)
        return 0;
    if (!port->host)
        return ERR_NOT_FOUND;
    at.port = tcp_port;
    gate->service = service;
    gate->port = port;
    return host_listen(port->host, &at, on_conn, gate, &gate->listener);
}

void modbus_service_close(struct modbus_service *service, struct device_port *port)
{
    struct gate *gate = gate_of(service, port);

    host_unlisten(&gate->listener);
    for (struct client *client = service->clients, *next; client; client = next) {
        struct conn *conn = client->conn;

        next = client->next;
        if (client->port != port)
            continue;
        client_end(client);
        conn_reset(conn);
    }
}

bool modbus_service_is_open(const struct modbus_service *service, const struct device_port *port)
{
    return gate_of(service, port)->listener != NULL;
}

void modbus_service_close_all(struct modbus_service *service)
{
    for (size_t i = 0; i < service->device->ports_count; i++)
        modbus_service_close(service, &service->device->ports[i]);
}

size_t modbus_service_clients(const struct modbus_service *service)
{
    return service->clients_count;
}

uint64_t modbus_service_requests(const struct modbus_service *service)
{
    uint64_t requests = service->requests;

    for (const struct client *client = service->clients; client; client = client->next)
        requests += client->session.requests;
    return requests;
}

void modbus_service_path_gone(struct modbus_service *service, const struct modbus_path *path,
                              uint8_t exception)
{
    for (struct client *client = service->clients, *next; client; client = next) {
        next = client->next;
        modbus_tcp_server_path_gone(&client->session, path, exception);
    }
}
