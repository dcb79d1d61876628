// SPDX-License-Identifier: Apache-2.0
// THE seam: where bytes, packets and characters enter and leave. A device, a session or a driver
// holds a host (a place with addresses), a conn (byte stream), a udp port (packets) or a line port
// (RS-485) and cannot tell who is behind it: the virtual network, a socket of the host, or a tty.
// One thread; callbacks come from the turn. A callback may close, reset or send on the very object
// it is about, and on others; it must not free its own owner (style 24).
#ifndef SIM_VNET_PORT_H
#define SIM_VNET_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/address.h"
#include "sim/core/timer.h"

struct host;
struct conn;
struct listener;
struct udp;
struct line_port;

// ---- Byte streams ---------------------------------------------------------------------

// What a conn holds for one direction before conn_send() takes less.
#define CONN_WINDOW_BYTES 65536

struct conn_events {
    // The connection stands. On a conn that was accepted it is never called.
    void (*on_open)(struct conn *conn, void *user);
    // `length` > 0 bytes came, borrowed; returns how many were taken, 0 to `length`. What is not
    // taken is offered again with the next bytes, after conn_resume(), and, unless conn_pause()
    // asked to wait, a last time when the peer has ended, before on_end.
    size_t (*on_data)(struct conn *conn, const uint8_t *data, size_t length, void *user);
    // After conn_send() took less than it was given: there is room again.
    void (*on_room)(struct conn *conn, void *user);
    // The last callback: 0 when the peer ended in good order (all bytes were offered before), else
    // ERR_RESET, ERR_REFUSED, ERR_UNREACHABLE, ERR_TIMEOUT. The conn is gone when it returns.
    void (*on_end)(struct conn *conn, int reason, void *user);
};

struct conn_ops {
    size_t (*send)(struct conn *conn, const void *data, size_t length);
    void (*close)(struct conn *conn);
    void (*reset)(struct conn *conn);
    void (*resume)(struct conn *conn);
};

// Embedded first in every implementation's own struct. What each message needs comes first.
struct conn {
    const struct conn_ops *ops;
    const struct conn_events *events; // Borrowed; set by the holder.
    void *user;
    bool paused; // conn_pause() was called and conn_resume() was not.
    struct address local;
    struct address remote;
};

// Hands `length` bytes over; returns how many were taken. Less than `length` means that the window
// is full, or that on_open is still to come: keep the rest and wait for on_room.
static inline size_t conn_send(struct conn *conn, const void *data, size_t length)
{
    return conn->ops->send(conn, data, length);
}

// Ends in good order after what was sent (FIN). No callback follows; the conn is gone.
static inline void conn_close(struct conn *conn)
{
    conn->ops->close(conn);
}

// Ends at once (RST). No callback follows; the conn is gone.
static inline void conn_reset(struct conn *conn)
{
    conn->ops->reset(conn);
}

// Called from on_data by a holder that leaves bytes for want of room, not for want of more: neither
// on_data nor an on_end of good order comes before conn_resume().
static inline void conn_pause(struct conn *conn)
{
    conn->paused = true;
}

// Asks for the bytes that on_data left, later in this turn.
static inline void conn_resume(struct conn *conn)
{
    conn->paused = false;
    conn->ops->resume(conn);
}

// Who is told from now on; `events` and `user` are borrowed.
static inline void conn_set_events(struct conn *conn, const struct conn_events *events, void *user)
{
    conn->events = events;
    conn->user = user;
}

// ---- Hosts: listening, connecting, packets --------------------------------------------

// A new conn stands; set its events before returning, or reset it. From here on it is the callee's.
typedef void listener_fn(struct listener *listener, struct conn *conn, void *user);

// A packet came. `data` is borrowed. `to` is the address it was sent to (a group, perhaps).
typedef void udp_fn(struct udp *udp, const struct address *from, const struct address *to,
                    const uint8_t *data, size_t length, void *user);

struct listener {
    const struct host_ops *ops;
};

struct udp {
    const struct host_ops *ops;
};

struct host_ops {
    int (*listen)(struct host *host, const struct address *at, listener_fn *fn, void *user,
                  struct listener **ret);
    void (*unlisten)(struct listener *listener);
    int (*connect)(struct host *host, const struct address *to, const struct conn_events *events,
                   void *user, struct conn **ret);
    int (*udp_open)(struct host *host, const struct address *at, udp_fn *fn, void *user,
                    struct udp **ret);
    int (*udp_join)(struct udp *udp, const struct address *group);
    int (*udp_send)(struct udp *udp, const struct address *to, const void *data, size_t length);
    void (*udp_close)(struct udp *udp);
};

struct host {
    const struct host_ops *ops;
};

// Accepts on `at` (family 0: every address of the host; port 1 to 65535). Returns 0, ERR_EXISTS
// (taken), ERR_NOT_FOUND (not the host's address), ERR_TOO_MANY or -errno. Until host_unlisten() a
// connection attempt is accepted; afterwards it is refused with RST, and conns accepted live on.
static inline int host_listen(struct host *host, const struct address *at, listener_fn *fn,
                              void *user, struct listener **ret)
{
    return host->ops->listen(host, at, fn, user, ret);
}

// Stops accepting; sets the caller's pointer to NULL; accepts NULL in it.
static inline void host_unlisten(struct listener **listener)
{
    if (*listener)
        (*listener)->ops->unlisten(*listener);
    *listener = NULL;
}

// Begins a connection; on_open or on_end tells how it went, never before this returns. Returns 0,
// ERR_UNREACHABLE (no route at all), ERR_TOO_MANY or -errno.
static inline int host_connect(struct host *host, const struct address *to,
                               const struct conn_events *events, void *user, struct conn **ret)
{
    return host->ops->connect(host, to, events, user, ret);
}

// Opens a packet port; port 0 draws one. Errors as host_listen().
static inline int host_udp_open(struct host *host, const struct address *at, udp_fn *fn, void *user,
                                struct udp **ret)
{
    return host->ops->udp_open(host, at, fn, user, ret);
}

// Receives what is sent to `group` too. Returns 0, ERR_RANGE (no group address) or ERR_TOO_MANY.
static inline int udp_join(struct udp *udp, const struct address *group)
{
    return udp->ops->udp_join(udp, group);
}

// Sends one packet, best effort. Returns 0, ERR_TOO_LONG (more than 65507 bytes) or -errno.
static inline int udp_send(struct udp *udp, const struct address *to, const void *data,
                           size_t length)
{
    return udp->ops->udp_send(udp, to, data, length);
}

static inline void udp_close(struct udp **udp)
{
    if (*udp)
        (*udp)->ops->udp_close(*udp);
    *udp = NULL;
}

// ---- RS-485 lines ---------------------------------------------------------------------

enum line_parity { LINE_PARITY_NONE, LINE_PARITY_EVEN, LINE_PARITY_ODD };

// The characters arrived damaged: two talkers at once, noise, a framing or parity error.
enum { LINE_DAMAGED = 1 };

struct line_timing {
    uint32_t baud;
    enum line_parity parity;
    int64_t char_ns; // One character of 11 bits (10 on a line set to 8N1).
    int64_t t15_ns;  // Longest gap inside a frame.
    int64_t t35_ns;  // Shortest silence between frames.
};

// Fills the times by Modbus over Serial Line V1.02 2.5.1.1: from the character up to 19200 baud,
// fixed at 750 us and 1.75 ms above. `baud` is 300 to 1000000.
struct line_timing line_timing(uint32_t baud, enum line_parity parity);

struct line_events {
    // Characters another talker sent; the last of them ended now. Never what this port sent itself.
    void (*on_chars)(struct line_port *port, const uint8_t *data, size_t length, unsigned flags,
                     void *user);
    // The line has been silent for t3.5 since the last character, whoever sent it.
    void (*on_silence)(struct line_port *port, void *user);
    // The last character of line_send() has left.
    void (*on_sent)(struct line_port *port, void *user);
};

#define LINE_SEND_BYTES_MAX 512

struct line_port_ops {
    int (*send)(struct line_port *port, const void *data, size_t length);
    void (*detach)(struct line_port *port);
};

struct line_port {
    const struct line_port_ops *ops;
    const struct line_events *events; // Borrowed; all three set.
    void *user;
    struct line_timing timing;
};

// Starts talking now, whoever else talks. Returns 0, ERR_FULL while an earlier send is still
// leaving, or ERR_TOO_LONG past LINE_SEND_BYTES_MAX. The data are copied.
static inline int line_send(struct line_port *port, const void *data, size_t length)
{
    return port->ops->send(port, data, length);
}

// Leaves the line; no callback follows.
static inline void line_detach(struct line_port **port)
{
    if (*port)
        (*port)->ops->detach(*port);
    *port = NULL;
}

static inline void line_set_events(struct line_port *port, const struct line_events *events,
                                   void *user)
{
    port->events = events;
    port->user = user;
}

#endif
