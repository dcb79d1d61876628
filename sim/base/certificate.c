// SPDX-License-Identifier: Apache-2.0
// X.509v3 certificates, RFC 5280: made, read, shown. Kept as DER with the key that signed them,
// since the TLS faults need a twin of the same issuer with one thing wrong. Extensions are those
// that a device's certificate needs (4.2.1.1 to 4.2.1.3, 4.2.1.6, 4.2.1.9); no policies, no
// revocation.
#include "sim/base/certificate.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "sim/base/certificate_parts.h"
#include "sim/base/crypto.h"
#include "sim/base/err.h"

#define NS_PER_S INT64_C(1000000000)
#define SECONDS_PER_DAY 86400
#define DNS_NAME_BYTES_MAX 253 // RFC 1035 2.3.4, as text.

struct certificate {
    unsigned holders;
    struct certificate *issuer; // NULL: itself, or nobody here.
    struct key *issuer_key;     // NULL: its own, or nobody here.
    size_t length;
    uint8_t der[];
};

// ---- Keeping --------------------------------------------------------------------------

struct certificate *certificate_of_x509(const X509 *x509)
{
    int length = i2d_X509(x509, NULL);
    struct certificate *certificate;
    unsigned char *at;

    assert(length > 0);
    certificate = mem_new(1, sizeof(*certificate) + (size_t)length);
    certificate->holders = 1;
    certificate->length = (size_t)length;
    at = certificate->der;
    i2d_X509(x509, &at);
    return certificate;
}

X509 *certificate_x509(const struct certificate *certificate)
{
    const unsigned char *at = certificate->der;
    X509 *x509 = d2i_X509(NULL, &at, (long)certificate->length);

    assert(x509);
    return x509;
}

struct certificate *certificate_share(struct certificate *certificate)
{
    certificate->holders++;
    return certificate;
}

void certificate_free(struct certificate **certificate)
{
    struct certificate *gone = *certificate;

    *certificate = NULL;
    if (!gone || --gone->holders > 0)
        return;
    certificate_free(&gone->issuer);
    key_free(&gone->issuer_key);
    free(gone);
}

// ---- Making ---------------------------------------------------------------------------

static bool set_time(ASN1_TIME *time, int64_t utc_ns)
{
    int64_t seconds = utc_ns / NS_PER_S - (utc_ns % NS_PER_S < 0);

    return ASN1_TIME_set(time, (time_t)seconds) != NULL;
}

static bool add_entry(X509_NAME *name, int nid, const char *text)
{
    size_t length = strlen(text);

    return length > 0 && length < CERTIFICATE_NAME_ROOM &&
           X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, (const unsigned char *)text,
                                      (int)length, -1, 0) == 1;
}

static bool add_subject(X509 *x509, const struct certificate_wish *wish)
{
    X509_NAME *name = X509_get_subject_name(x509);

    return (!wish->organization || add_entry(name, NID_organizationName, wish->organization)) &&
           add_entry(name, NID_commonName, wish->common_name);
}

static bool is_dns_name(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && length <= DNS_NAME_BYTES_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.*") ==
               length;
}

// An address is one by its form; everything else is a DNS name.
static GENERAL_NAME *general_name(const char *text)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);

    assert(name);
    if (address) {
        GENERAL_NAME_set0_value(name, GEN_IPADD, address);
    } else if (is_dns_name(text)) {
        ASN1_IA5STRING *dns = ASN1_IA5STRING_new();

        assert(dns);
        ASN1_STRING_set(dns, text, -1);
        GENERAL_NAME_set0_value(name, GEN_DNS, dns);
    } else {
        GENERAL_NAME_free(name);
        name = NULL;
    }
    ERR_clear_error(); // What is no address left a note.
    return name;
}

static bool add_names(X509 *x509, const struct certificate_wish *wish)
{
    GENERAL_NAMES *names;
    bool ok = true;

    if (wish->names_count == 0)
        return true;
    names = sk_GENERAL_NAME_new_null();
    assert(names);
    for (size_t i = 0; i < wish->names_count && ok; i++) {
        GENERAL_NAME *name = general_name(wish->names[i]);

        ok = name && sk_GENERAL_NAME_push(names, name) > 0;
    }
    ok = ok && X509_add1_ext_i2d(x509, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;
    GENERAL_NAMES_free(names);
    return ok;
}

static bool add_usage(X509 *x509, bool authority, enum key_kind kind)
{
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
    bool ok = usage && constraints;

    // RFC 5280 4.2.1.3: digitalSignature 0, keyEncipherment 2, keyCertSign 5, cRLSign 6.
    if (ok && authority) {
        constraints->ca = 0xFF;
        ok = ASN1_BIT_STRING_set_bit(usage, 5, 1) && ASN1_BIT_STRING_set_bit(usage, 6, 1);
    } else if (ok) {
        ok = ASN1_BIT_STRING_set_bit(usage, 0, 1) &&
             (kind == KEY_P256 || ASN1_BIT_STRING_set_bit(usage, 2, 1));
    }
    ok = ok &&
         X509_add1_ext_i2d(x509, NID_basic_constraints, constraints, 1, X509V3_ADD_DEFAULT) == 1 &&
         X509_add1_ext_i2d(x509, NID_key_usage, usage, 1, X509V3_ADD_DEFAULT) == 1;
    BASIC_CONSTRAINTS_free(constraints);
    ASN1_BIT_STRING_free(usage);
    return ok;
}

// RFC 5280 4.2.1.2, method (1): SHA-1 of the public key, a name and no protection.
static bool add_key_id(X509 *x509)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    bool ok = id && X509_pubkey_digest(x509, EVP_sha1(), digest, &length) == 1 &&
              ASN1_OCTET_STRING_set(id, digest, (int)length) == 1 &&
              X509_add1_ext_i2d(x509, NID_subject_key_identifier, id, 0, X509V3_ADD_DEFAULT) == 1;

    ASN1_OCTET_STRING_free(id);
    return ok;
}

static bool add_authority_key_id(X509 *x509, X509 *issuer)
{
    const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(issuer);
    AUTHORITY_KEYID *authority;
    bool ok;

    if (!id)
        return true;
    authority = AUTHORITY_KEYID_new();
    ok = authority && (authority->keyid = ASN1_OCTET_STRING_dup(id)) &&
         X509_add1_ext_i2d(x509, NID_authority_key_identifier, authority, 0, X509V3_ADD_DEFAULT) ==
             1;
    AUTHORITY_KEYID_free(authority);
    return ok;
}

// All but the issuer's part.
static bool fill(X509 *x509, const struct certificate_wish *wish, const struct key *key)
{
    return X509_set_version(x509, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), wish->serial) == 1 &&
           set_time(X509_getm_notBefore(x509), wish->not_before_ns) &&
           set_time(X509_getm_notAfter(x509), wish->not_after_ns) && add_subject(x509, wish) &&
           key_set_public(key, x509) && add_usage(x509, wish->authority, key_kind(key)) &&
           add_names(x509, wish) && (!wish->authority || add_key_id(x509));
}

static bool sign(X509 *x509, const struct key *signer, bool sha1)
{
    EVP_PKEY *pkey = key_pkey(signer);
    bool ok = X509_sign(x509, pkey, sha1 ? EVP_sha1() : EVP_sha256()) > 0;

    EVP_PKEY_free(pkey);
    return ok;
}

static bool set_issuer(X509 *x509, const struct certificate *issuer)
{
    X509 *above = issuer ? certificate_x509(issuer) : NULL;
    bool ok = X509_set_issuer_name(x509, X509_get_subject_name(above ? above : x509)) == 1 &&
              (!above || add_authority_key_id(x509, above));

    X509_free(above);
    return ok;
}

// Notes who signed; the caller has constant objects, and a holder more changes nothing they mean.
static void note_issuer(struct certificate *certificate, const struct certificate *issuer,
                        const struct key *issuer_key)
{
    if (issuer)
        certificate->issuer = certificate_share((struct certificate *)issuer);
    if (issuer_key)
        certificate->issuer_key = key_share((struct key *)issuer_key);
}

int certificate_make(const struct certificate_wish *wish, const struct key *key,
                     const struct certificate *issuer, const struct key *issuer_key,
                     struct certificate **ret)
{
    X509 *x509 = X509_new();
    bool ok;

    assert(x509 && wish->common_name && wish->serial > 0 && !issuer == !issuer_key);
    ok = fill(x509, wish, key) && set_issuer(x509, issuer) &&
         sign(x509, issuer_key ? issuer_key : key, wish->digest == CERTIFICATE_SHA1);
    if (ok) {
        *ret = certificate_of_x509(x509);
        note_issuer(*ret, issuer, issuer_key);
    }
    ERR_clear_error();
    X509_free(x509);
    return ok ? 0 : ERR_RANGE;
}

// ---- Twins ----------------------------------------------------------------------------

static bool rename_subject(X509 *x509, const char *common_name)
{
    X509_NAME *name = X509_NAME_new();
    int names = X509_get_ext_by_NID(x509, NID_subject_alt_name, -1);
    bool ok = name && add_entry(name, NID_commonName, common_name) &&
              X509_set_subject_name(x509, name) == 1;

    if (names >= 0)
        X509_EXTENSION_free(X509_delete_ext(x509, names));
    X509_NAME_free(name);
    return ok;
}

static bool name_foreigner(X509 *x509)
{
    X509_NAME *name = X509_NAME_new();
    int id = X509_get_ext_by_NID(x509, NID_authority_key_identifier, -1);
    bool ok = name && add_entry(name, NID_commonName, "Foreign Authority") &&
              X509_set_issuer_name(x509, name) == 1;

    if (id >= 0)
        X509_EXTENSION_free(X509_delete_ext(x509, id));
    X509_NAME_free(name);
    return ok;
}

int certificate_twin(const struct certificate *of, const struct key *key,
                     const struct certificate_change *change, struct certificate **ret)
{
    static const uint8_t foreign_seed[KEY_SEED_BYTES] = "an authority that nobody knows";
    struct key *foreign = change->foreign ? key_derive(foreign_seed) : NULL;
    const struct key *here = of->issuer_key ? of->issuer_key : key;
    X509 *x509 = certificate_x509(of);
    bool alone = X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
    bool ok =
        (!change->not_before_ns || set_time(X509_getm_notBefore(x509), *change->not_before_ns)) &&
        (!change->not_after_ns || set_time(X509_getm_notAfter(x509), *change->not_after_ns)) &&
        (!change->common_name || rename_subject(x509, change->common_name));

    if (ok && change->foreign)
        ok = name_foreigner(x509);
    else if (ok && alone)
        ok = X509_set_issuer_name(x509, X509_get_subject_name(x509)) == 1;
    ok = ok && sign(x509, foreign ? foreign : here, change->sha1);
    if (ok)
        *ret = certificate_of_x509(x509);
    ERR_clear_error();
    X509_free(x509);
    key_free(&foreign);
    return ok ? 0 : ERR_RANGE;
}

// ---- Reading and showing --------------------------------------------------------------

static X509 *read_pem(const void *data, size_t length)
{
    BIO *bio = BIO_new_mem_buf(data, (int)length);
    X509 *x509;

    assert(bio);
    x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return x509;
}

static X509 *read_der(const void *data, size_t length)
{
    const unsigned char *at = data;
    X509 *x509 = d2i_X509(NULL, &at, (long)length);

    if (x509 && at != (const unsigned char *)data + length) {
        X509_free(x509);
        x509 = NULL;
    }
    return x509;
}

int certificate_read(const void *data, size_t length, struct certificate **ret)
{
    X509 *x509 = NULL;

    // A DER certificate begins with a SEQUENCE.
    if (length > 0 && length < INT_MAX)
        x509 = *(const uint8_t *)data == 0x30 ? read_der(data, length) : read_pem(data, length);
    ERR_clear_error();
    if (!x509)
        return ERR_MALFORMED;
    *ret = certificate_of_x509(x509);
    X509_free(x509);
    return 0;
}

void certificate_add_pem(const struct certificate *certificate, struct str *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long length;
    int ok =
        bio ? PEM_write_bio(bio, PEM_STRING_X509, "", certificate->der, (long)certificate->length)
            : 0;

    assert(ok > 0);
    (void)ok;
    length = BIO_get_mem_data(bio, &text);
    str_add(out, text, (size_t)length);
    BIO_free(bio);
}

static const char *subject_entry(const struct certificate *certificate, int nid,
                                 char ret[CERTIFICATE_NAME_ROOM])
{
    X509 *x509 = certificate_x509(certificate);
    X509_NAME *name = X509_get_subject_name(x509);
    int place = X509_NAME_get_index_by_NID(name, nid, -1);
    unsigned char *text = NULL;
    int length = -1;

    if (place >= 0)
        length =
            ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, place)));
    // A NUL inside a name is an old trick: nobody is shown the half before it.
    if (length < 0 || length >= CERTIFICATE_NAME_ROOM || memchr(text, '\0', (size_t)length))
        length = 0;
    if (length > 0)
        memcpy(ret, text, (size_t)length);
    ret[length] = '\0';
    OPENSSL_free(text);
    X509_free(x509);
    ERR_clear_error();
    return ret;
}

const char *certificate_common_name(const struct certificate *certificate,
                                    char ret[CERTIFICATE_NAME_ROOM])
{
    return subject_entry(certificate, NID_commonName, ret);
}

const char *certificate_organization(const struct certificate *certificate,
                                     char ret[CERTIFICATE_NAME_ROOM])
{
    return subject_entry(certificate, NID_organizationName, ret);
}

// The year 9999 of RFC 5280 4.1.2.5 lies past what 64 bits of nanoseconds can show.
static int64_t time_ns(const ASN1_TIME *time)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0;
    int seconds = 0;
    int ok = epoch ? ASN1_TIME_diff(&days, &seconds, epoch, time) : 0;
    int64_t total = (int64_t)days * SECONDS_PER_DAY + seconds;

    ASN1_TIME_free(epoch);
    if (!ok)
        return INT64_MIN;
    if (total > INT64_MAX / NS_PER_S || total < INT64_MIN / NS_PER_S)
        return total > 0 ? INT64_MAX : INT64_MIN;
    return total * NS_PER_S;
}

int64_t certificate_not_before_ns(const struct certificate *certificate)
{
    X509 *x509 = certificate_x509(certificate);
    int64_t ns = time_ns(X509_get0_notBefore(x509));

    X509_free(x509);
    return ns;
}

int64_t certificate_not_after_ns(const struct certificate *certificate)
{
    X509 *x509 = certificate_x509(certificate);
    int64_t ns = time_ns(X509_get0_notAfter(x509));

    X509_free(x509);
    return ns;
}

const char *certificate_fingerprint(const struct certificate *certificate, char ret[65])
{
    uint8_t digest[CRYPTO_SHA256_BYTES];

    crypto_sha256(certificate->der, certificate->length, digest);
    crypto_hex(digest, ret);
    return ret;
}
