// SPDX-License-Identifier: Apache-2.0
// A ring of sockets. The kernel chooses their addresses: one bound to 127.x could not send abroad.
#include "sim/edge/outside_guest.h"

#include "sim/vnet/outside_service.h"

static void on_answer(struct udp *udp, const struct address *from, const struct address *to,
                      const uint8_t *data, size_t length, void *user)
{
    struct guest *guest = user;

    (void)udp;
    (void)to;
    if (from->family == guest->from.family)
        vnet_send_from(guest->guests->gate, from, &guest->from, data, length);
}

static struct guest *guest_find(struct guests *guests, const struct address *from)
{
    for (size_t i = 0; i < GUESTS_MAX; i++) {
        struct guest *guest = &guests->rows[i];

        if (guest->udp && guest->from.port == from->port && address_same_ip(&guest->from, from))
            return guest;
    }
    return NULL;
}

static struct guest *guest_new(struct guests *guests, const struct address *from)
{
    struct guest *guest = &guests->rows[guests->next];
    struct address anywhere = {0};

    guests->next = (guests->next + 1) % GUESTS_MAX;
    udp_close(&guest->udp);
    guest->guests = guests;
    guest->from = *from;
    if (host_udp_open(guests->sockets, &anywhere, on_answer, guest, &guest->udp) < 0)
        return NULL;
    return guest;
}

void guests_send(struct guests *guests, const struct address *from, const struct address *to,
                 const uint8_t *data, size_t length)
{
    struct guest *guest = guest_find(guests, from);

    if (!guest)
        guest = guest_new(guests, from);
    if (guest)
        udp_send(guest->udp, to, data, length);
}

void guests_close(struct guests *guests)
{
    for (size_t i = 0; i < GUESTS_MAX; i++)
        udp_close(&guests->rows[i].udp);
}
