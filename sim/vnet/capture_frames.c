// SPDX-License-Identifier: Apache-2.0
// Ethernet, IPv4 (RFC 791), IPv6 (RFC 8200), TCP (RFC 9293) and UDP (RFC 768) around what the
// network carries, for the capture alone: nothing in a world is ever parsed from these bytes.
#include <assert.h>
#include <string.h>

#include "sim/base/bytes.h"
#include "sim/vnet/capture.h"

#define ETHERNET_BYTES 14
#define MTU_BYTES 1500
#define FRAME_BYTES_MAX (ETHERNET_BYTES + MTU_BYTES)
#define IPV4_BYTES 20
#define IPV6_BYTES 40
#define FRAGMENT_BYTES 8 // The extension header of IPv6.
#define TCP_BYTES 20
#define UDP_BYTES 8
#define HOPS 64

enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_FRAGMENT = 44 };

// Where a transport's bytes lie in the whole that IP cuts up.
struct fragment {
    bool cut;
    bool more;
    size_t offset;
    uint32_t id;
};

// RFC 1071; `sum` carries over from earlier pieces of even length.
static uint32_t sum_add(uint32_t sum, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i + 1 < length; i += 2)
        sum += bytes_load_u16(data + i);
    if (length % 2)
        sum += (uint32_t)data[length - 1] << 8;
    return sum;
}

static uint16_t sum_end(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint32_t sum_pseudo_header(const struct capture_packet *packet, uint8_t protocol,
                                  size_t length)
{
    size_t ip_bytes = packet->from.family == 6 ? 16 : 4;
    uint32_t sum = sum_add(0, packet->from.ip, ip_bytes);

    sum = sum_add(sum, packet->to.ip, ip_bytes);
    return sum + protocol + (uint32_t)(length >> 16) + (uint32_t)(length & 0xFFFF);
}

// Groups have their own addresses: RFC 1112 6.4, RFC 2464 7; and the limited broadcast.
static void put_destination(struct bytes_out *out, const struct capture_packet *packet)
{
    static const uint8_t broadcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    const uint8_t *ip = packet->to.ip;
    uint8_t group4[6] = {0x01, 0x00, 0x5E, ip[1] & 0x7F, ip[2], ip[3]};
    uint8_t group6[6] = {0x33, 0x33, ip[12], ip[13], ip[14], ip[15]};

    if (packet->to.family == 4 && memcmp(ip, broadcast, 4) == 0)
        bytes_put_span(out, broadcast, 6);
    else if (!address_multicast(&packet->to))
        bytes_put_span(out, packet->to_mac, 6);
    else
        bytes_put_span(out, packet->to.family == 6 ? group6 : group4, 6);
}

static void put_ethernet(struct bytes_out *out, const struct capture_packet *packet)
{
    put_destination(out, packet);
    bytes_put_span(out, packet->from_mac, 6);
    bytes_put_u16(out, packet->to.family == 6 ? 0x86DD : 0x0800);
}

static void put_ipv4(struct bytes_out *out, const struct capture_packet *packet, uint8_t protocol,
                     const struct fragment *fragment, size_t length)
{
    uint8_t *begin = out->at;
    uint16_t place = (uint16_t)(fragment->offset / 8);

    bytes_put_u8(out, 0x45);
    bytes_put_u8(out, 0);
    bytes_put_u16(out, (uint16_t)(IPV4_BYTES + length));
    bytes_put_u16(out, (uint16_t)fragment->id);
    bytes_put_u16(out, fragment->cut ? place | (fragment->more ? 0x2000 : 0) : 0x4000);
    bytes_put_u8(out, HOPS);
    bytes_put_u8(out, protocol);
    bytes_put_u16(out, 0);
    bytes_put_span(out, packet->from.ip, 4);
    bytes_put_span(out, packet->to.ip, 4);
    bytes_store_u16(begin + 10, sum_end(sum_add(0, begin, IPV4_BYTES)));
}

static void put_ipv6(struct bytes_out *out, const struct capture_packet *packet, uint8_t protocol,
                     const struct fragment *fragment, size_t length)
{
    size_t extension = fragment->cut ? FRAGMENT_BYTES : 0;

    bytes_put_u32(out, 0x60000000);
    bytes_put_u16(out, (uint16_t)(extension + length));
    bytes_put_u8(out, fragment->cut ? PROTOCOL_FRAGMENT : protocol);
    bytes_put_u8(out, HOPS);
    bytes_put_span(out, packet->from.ip, 16);
    bytes_put_span(out, packet->to.ip, 16);
    if (!fragment->cut)
        return;
    bytes_put_u8(out, protocol);
    bytes_put_u8(out, 0);
    bytes_put_u16(out, (uint16_t)(fragment->offset | (fragment->more ? 1 : 0)));
    bytes_put_u32(out, fragment->id);
}

static void put_ip(struct bytes_out *out, const struct capture_packet *packet, uint8_t protocol,
                   const struct fragment *fragment, size_t length)
{
    put_ethernet(out, packet);
    if (packet->to.family == 6)
        put_ipv6(out, packet, protocol, fragment, length);
    else
        put_ipv4(out, packet, protocol, fragment, length);
}

static size_t ip_bytes(const struct capture_packet *packet)
{
    return packet->to.family == 6 ? IPV6_BYTES : IPV4_BYTES;
}

static void put_segment(struct capture *capture, int wire, const struct capture_packet *packet,
                        unsigned flags, uint32_t seq, uint32_t ack, uint16_t window,
                        const uint8_t *data, size_t length)
{
    uint8_t frame[FRAME_BYTES_MAX];
    struct bytes_out out = bytes_out(frame, sizeof(frame));
    struct fragment whole = {.id = (uint32_t)capture_frames(capture)};
    size_t options = flags & CAPTURE_SYN ? 4 : 0;
    size_t segment_bytes = TCP_BYTES + options + length;
    uint8_t *tcp;
    uint32_t sum;

    put_ip(&out, packet, PROTOCOL_TCP, &whole, segment_bytes);
    tcp = out.at;
    bytes_put_u16(&out, packet->from.port);
    bytes_put_u16(&out, packet->to.port);
    bytes_put_u32(&out, seq);
    bytes_put_u32(&out, flags & CAPTURE_ACK ? ack : 0);
    bytes_put_u8(&out, (uint8_t)((TCP_BYTES + options) / 4 << 4));
    bytes_put_u8(&out, (uint8_t)flags);
    bytes_put_u16(&out, window);
    bytes_put_u32(&out, 0);
    if (options) { // Maximum segment size.
        bytes_put_u16(&out, 0x0204);
        bytes_put_u16(&out, (uint16_t)(MTU_BYTES - ip_bytes(packet) - TCP_BYTES));
    }
    bytes_put_span(&out, data, length);
    sum = sum_add(sum_pseudo_header(packet, PROTOCOL_TCP, segment_bytes), tcp, segment_bytes);
    bytes_store_u16(tcp + 16, sum_end(sum));
    capture_frame(capture, wire, capture_utc_ns(capture), frame, bytes_written(&out), 0, NULL);
}

void capture_tcp(struct capture *capture, int wire, const struct capture_packet *packet,
                 unsigned flags, uint32_t seq, uint32_t ack, uint32_t window, const void *data,
                 size_t length)
{
    size_t segment = MTU_BYTES - ip_bytes(packet) - TCP_BYTES;
    const uint8_t *at = data;
    uint16_t field = (uint16_t)(window < 0xFFFF ? window : 0xFFFF);

    assert(packet->from.family == packet->to.family);
    while (length > segment) {
        put_segment(capture, wire, packet, flags, seq, ack, field, at, segment);
        at += segment;
        seq += (uint32_t)segment;
        length -= segment;
    }
    put_segment(capture, wire, packet, length ? flags | CAPTURE_PSH : flags, seq, ack, field, at,
                length);
}

// One piece of the datagram whose header is `udp`: bytes `fragment->offset` to + `length` of both
// together.
static void put_piece(struct capture *capture, int wire, const struct capture_packet *packet,
                      const struct fragment *fragment, const uint8_t udp[UDP_BYTES],
                      const uint8_t *data, size_t length)
{
    uint8_t frame[FRAME_BYTES_MAX];
    struct bytes_out out = bytes_out(frame, sizeof(frame));

    put_ip(&out, packet, PROTOCOL_UDP, fragment, length);
    if (fragment->offset == 0) {
        bytes_put_span(&out, udp, UDP_BYTES);
        bytes_put_span(&out, data, length - UDP_BYTES);
    } else
        bytes_put_span(&out, data + fragment->offset - UDP_BYTES, length);
    capture_frame(capture, wire, capture_utc_ns(capture), frame, bytes_written(&out), 0, NULL);
}

void capture_udp(struct capture *capture, int wire, const struct capture_packet *packet,
                 const void *data, size_t length)
{
    uint8_t udp[UDP_BYTES];
    struct bytes_out out = bytes_out(udp, sizeof(udp));
    size_t total = UDP_BYTES + length;
    size_t room = MTU_BYTES - ip_bytes(packet);
    struct fragment fragment = {.cut = total > room, .id = (uint32_t)capture_frames(capture)};
    uint32_t sum = sum_pseudo_header(packet, PROTOCOL_UDP, total);
    uint16_t checksum;

    assert(total <= 0xFFFF);
    bytes_put_u16(&out, packet->from.port);
    bytes_put_u16(&out, packet->to.port);
    bytes_put_u16(&out, (uint16_t)total);
    bytes_put_u16(&out, 0);
    checksum = sum_end(sum_add(sum_add(sum, udp, UDP_BYTES), data, length));
    bytes_store_u16(udp + 6, checksum ? checksum : 0xFFFF);
    if (fragment.cut)
        room = (room - (packet->to.family == 6 ? FRAGMENT_BYTES : 0)) & ~(size_t)7;
    for (; fragment.offset < total; fragment.offset += room) {
        size_t piece = total - fragment.offset < room ? total - fragment.offset : room;

        fragment.more = fragment.offset + piece < total;
        put_piece(capture, wire, packet, &fragment, udp, data, piece);
    }
}
