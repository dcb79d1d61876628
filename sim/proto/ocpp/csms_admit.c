// SPDX-License-Identifier: Apache-2.0
// Who may come in: HTTP Basic (RFC 7617) with the station's identity as user, and the name of a
// client certificate. Stations differ in what they send as the password, the hexadecimal text of
// AuthorizationKey or the bytes it stands for; both are understood (OCPP-J 1.6 section 6.2;
// security white paper edition 3, profiles 1 to 3). Every comparison takes the same time.
#include <string.h>
#include <strings.h>

#include "sim/proto/ocpp/csms_parts.h"

#define HEADER_BYTES_MAX 512
#define STATUS_UNAUTHORIZED 401
#define STATUS_NOT_FOUND 404

static int base64_value(char digit)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = digit ? strchr(digits, digit) : NULL;

    return at ? (int)(at - digits) : -1;
}

// Padded base64 (RFC 4648 4). Returns the bytes, -1 when it is none or does not fit.
static int base64_decode(const char *text, uint8_t *ret, size_t room)
{
    size_t length = strlen(text);
    size_t used = 0;
    uint32_t bits = 0;

    if (length % 4)
        return -1;
    while (length && text[length - 1] == '=' && length % 4 != 2)
        length--;
    for (size_t i = 0; i < length; i++) {
        int value = base64_value(text[i]);

        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 == 0)
            continue;
        if (used == room)
            return -1;
        ret[used++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    return (int)used;
}

// Bytes that are hexadecimal digits, as the bytes those stand for.
static size_t undigit(const uint8_t *text, size_t length, uint8_t *ret)
{
    for (size_t i = 0; i < length; i++) {
        uint8_t c = text[i];
        int nibble = c >= '0' && c <= '9'   ? c - '0'
                     : c >= 'a' && c <= 'f' ? c - 'a' + 10
                     : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                            : -1;

        if (nibble < 0)
            return 0;
        ret[i / 2] = (uint8_t)(i % 2 ? ret[i / 2] | nibble : nibble << 4);
    }
    return length % 2 ? 0 : length / 2;
}

static bool password_fits(const struct csms_station *station, const uint8_t *given, size_t length)
{
    uint8_t bytes[HEADER_BYTES_MAX];
    uint8_t as_text[CRYPTO_SHA256_BYTES];
    uint8_t as_bytes[CRYPTO_SHA256_BYTES];
    size_t bytes_length = undigit(given, length, bytes);
    bool text_fits;
    bool bytes_fit;
    bool digits_fit;

    crypto_sha256(given, length, as_text);
    crypto_sha256(bytes, bytes_length, as_bytes);
    text_fits = crypto_equal(as_text, station->password_text, sizeof(as_text));
    bytes_fit = crypto_equal(as_text, station->password_bytes, sizeof(as_text));
    digits_fit = crypto_equal(as_bytes, station->password_bytes, sizeof(as_bytes));
    crypto_wipe(bytes, sizeof(bytes));
    return text_fits | (station->has_password_bytes & (bytes_fit | (digits_fit & !!bytes_length)));
}

static bool basic_fits(const struct csms_station *station, const char *authorization)
{
    uint8_t clear[HEADER_BYTES_MAX];
    size_t user_length = strlen(station->identity);
    bool fits = false;
    int length;

    if (!authorization || strncasecmp(authorization, "Basic ", 6) != 0 ||
        strlen(authorization) > HEADER_BYTES_MAX)
        return false;
    authorization += 6;
    while (*authorization == ' ')
        authorization++;
    length = base64_decode(authorization, clear, sizeof(clear));
    // The user ends at the first colon, and an identity has none (RFC 7617 2).
    if (length > 0 && (size_t)length > user_length && clear[user_length] == ':' &&
        memcmp(clear, station->identity, user_length) == 0)
        fits = password_fits(station, clear + user_length + 1, (size_t)length - user_length - 1);
    crypto_wipe(clear, sizeof(clear));
    return fits;
}

struct csms_station *csms_admit(struct csms *csms, const char *identity, const char *authorization,
                                const char *common_name, uint16_t *ret_status)
{
    struct csms_station *station = csms_station(csms, identity);

    if (!station && csms->options.accept_unknown_stations && *identity &&
        csms_add_station(csms, identity, NULL, NULL) == 0)
        station = csms_station(csms, identity);
    if (!station) {
        *ret_status = STATUS_NOT_FOUND;
        return NULL;
    }
    if ((station->has_password && !basic_fits(station, authorization)) ||
        (station->common_name &&
         (!common_name || strcmp(common_name, station->common_name) != 0))) {
        *ret_status = STATUS_UNAUTHORIZED;
        return NULL;
    }
    return station;
}
