// SPDX-License-Identifier: Apache-2.0
// What a tap on the sender's cable would have seen of a stream or a packet.
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/vnet/capture.h"
#include "sim/vnet/net_end.h"

// Locally administered; the number tells the ports of a network apart.
static void nic_mac(const struct nic *nic, uint8_t ret_mac[6])
{
    uint32_t number = nic ? nic->number : 0;

    ret_mac[0] = 0x02;
    ret_mac[1] = 0x00;
    bytes_store_u16(ret_mac + 2, (uint16_t)(number >> 16));
    bytes_store_u16(ret_mac + 4, (uint16_t)number);
}

static unsigned kind_flags(enum chunk_kind kind, const struct end *end)
{
    switch (kind) {
    case CHUNK_SYN:
        return CAPTURE_SYN;
    case CHUNK_SYN_ACK:
        return CAPTURE_SYN | CAPTURE_ACK;
    case CHUNK_FIN:
        return CAPTURE_FIN | CAPTURE_ACK;
    case CHUNK_RST:
        return CAPTURE_RST | (end->got_seq ? CAPTURE_ACK : 0);
    case CHUNK_ARP:
    case CHUNK_ACK:
    case CHUNK_DATA:
        break;
    }
    return CAPTURE_ACK;
}

void net_show(struct end *end, enum chunk_kind kind, uint32_t seq, const void *data, size_t length)
{
    struct vnet *vnet = end_vnet(end);
    struct capture_packet packet;
    uint32_t held = (uint32_t)(end->inbox.length - end->waiting);

    if (!vnet->capture || !nic_on(end->nic) || kind == CHUNK_ARP)
        return;
    nic_mac(end->nic, packet.from_mac);
    nic_mac(end->peer->nic, packet.to_mac);
    packet.from = end->conn.local;
    packet.to = end->conn.remote;
    end->ack_due = false;
    capture_tcp(vnet->capture, end->nic->segment->wire, &packet, kind_flags(kind, end), seq,
                end->got_seq, CONN_WINDOW_BYTES - held, data, length);
}

void net_show_packet(struct vnet *vnet, const struct nic *from, const struct nic *to,
                     const struct address *source, const struct address *target, const void *data,
                     size_t length)
{
    struct capture_packet packet = {.from = *source, .to = *target};

    if (!vnet->capture || !nic_on(from))
        return;
    nic_mac(from, packet.from_mac);
    nic_mac(to, packet.to_mac);
    capture_udp(vnet->capture, from->segment->wire, &packet, data, length);
}
