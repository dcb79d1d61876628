// SPDX-License-Identifier: Apache-2.0
// Private keys. A P-256 key (FIPS 186-4, D.1.2.3) is kept as its scalar and its point, 0.1 kB,
// since a fleet has thousands of them; libcrypto's object, twenty times that, is made for each use.
// An RSA key costs 150 ms to make and stays as libcrypto has it.
#include "sim/base/certificate_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "sim/base/crypto.h"
#include "sim/base/err.h"

#define SCALAR_BYTES 32
#define POINT_BYTES 65 // 04, x, y.
#define RSA_BITS 2048
#define DERIVE_TRIES_MAX 64 // One in 2^32 scalars is past the order of the curve.

struct key {
    unsigned holders;
    enum key_kind kind;
    uint8_t scalar[SCALAR_BYTES];
    uint8_t point[POINT_BYTES];
    EVP_PKEY *rsa; // KEY_RSA2048, else NULL.
};

static struct key *key_make(enum key_kind kind)
{
    struct key *key = mem_new(1, sizeof(*key));

    key->holders = 1;
    key->kind = kind;
    return key;
}

// The public point of the scalar, unless the scalar is not one of the curve's.
static bool set_point(struct key *key, const EC_GROUP *group)
{
    BIGNUM *scalar = BN_bin2bn(key->scalar, SCALAR_BYTES, NULL);
    EC_POINT *point = EC_POINT_new(group);
    bool fits;

    assert(scalar && point);
    BN_set_flags(scalar, BN_FLG_CONSTTIME);
    fits = !BN_is_zero(scalar) && BN_cmp(scalar, EC_GROUP_get0_order(group)) < 0;
    if (fits) {
        size_t length = 0;

        if (EC_POINT_mul(group, point, scalar, NULL, NULL, NULL))
            length = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, key->point,
                                        POINT_BYTES, NULL);
        assert(length == POINT_BYTES);
        (void)length;
    }
    EC_POINT_free(point);
    BN_clear_free(scalar);
    return fits;
}

struct key *key_derive(const uint8_t seed[KEY_SEED_BYTES])
{
    struct key *key = key_make(KEY_P256);
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    bool fits = false;

    assert(group);
    for (uint8_t turn = 0; turn < DERIVE_TRIES_MAX && !fits; turn++) {
        crypto_hmac(seed, KEY_SEED_BYTES, &turn, sizeof(turn), key->scalar);
        fits = set_point(key, group);
    }
    assert(fits);
    EC_GROUP_free(group);
    return key;
}

int key_new(enum key_kind kind, struct key **ret)
{
    uint8_t seed[KEY_SEED_BYTES];
    EVP_PKEY *rsa;

    if (kind == KEY_P256) {
        if (RAND_priv_bytes(seed, sizeof(seed)) != 1)
            return ERR_IO;
        *ret = key_derive(seed);
        crypto_wipe(seed, sizeof(seed));
        return 0;
    }
    rsa = EVP_RSA_gen(RSA_BITS);
    if (!rsa)
        return ERR_IO;
    *ret = key_make(kind);
    (*ret)->rsa = rsa;
    return 0;
}

// The scalar of a P-256 key of libcrypto's.
static int take_scalar(const EVP_PKEY *pkey, struct key *key)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    BIGNUM *scalar = NULL;
    int err = ERR_MALFORMED;

    assert(group);
    if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) == 1 &&
        BN_bn2binpad(scalar, key->scalar, SCALAR_BYTES) == SCALAR_BYTES && set_point(key, group))
        err = 0;
    BN_clear_free(scalar);
    EC_GROUP_free(group);
    return err;
}

static bool is_p256(const EVP_PKEY *pkey)
{
    char curve[32];

    return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(pkey, curve, sizeof(curve), NULL) == 1 &&
           OBJ_sn2nid(curve) == NID_X9_62_prime256v1;
}

int key_read(const void *pem, size_t length, struct key **ret)
{
    BIO *in = BIO_new_mem_buf(pem, (int)length);
    // The empty passphrase keeps libcrypto from asking at the terminal.
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(in, NULL, NULL, (void *)"");
    struct key *key = NULL;
    int err = pkey ? ERR_UNSUPPORTED : ERR_MALFORMED;

    BIO_free(in);
    if (pkey && is_p256(pkey)) {
        key = key_make(KEY_P256);
        err = take_scalar(pkey, key);
    } else if (pkey && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA &&
               EVP_PKEY_get_bits(pkey) == RSA_BITS) {
        key = key_make(KEY_RSA2048);
        key->rsa = pkey;
        EVP_PKEY_up_ref(pkey);
        err = 0;
    }
    EVP_PKEY_free(pkey);
    if (err < 0)
        key_free(&key);
    else
        *ret = key;
    return err;
}

struct key *key_share(struct key *key)
{
    key->holders++;
    return key;
}

void key_free(struct key **key)
{
    struct key *gone = *key;

    *key = NULL;
    if (!gone || --gone->holders > 0)
        return;
    EVP_PKEY_free(gone->rsa);
    crypto_wipe(gone, sizeof(*gone));
    free(gone);
}

enum key_kind key_kind(const struct key *key)
{
    return key->kind;
}

static EVP_PKEY *p256_pkey(const struct key *key, bool private)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *scalar = BN_bin2bn(key->scalar, SCALAR_BYTES, NULL);
    OSSL_PARAM *params;
    EVP_PKEY *pkey = NULL;
    bool ok = context && build && scalar;

    ok = ok && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    ok = ok &&
         OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, key->point, POINT_BYTES);
    ok = ok && (!private ||
                OSSL_PARAM_BLD_push_BN_pad(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar, SCALAR_BYTES));
    params = OSSL_PARAM_BLD_to_param(build);
    ok = ok && params && EVP_PKEY_fromdata_init(context) == 1 &&
         EVP_PKEY_fromdata(context, &pkey, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                           params) == 1;
    assert(ok && pkey);
    (void)ok;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(scalar);
    EVP_PKEY_CTX_free(context);
    return pkey;
}

EVP_PKEY *key_pkey(const struct key *key)
{
    if (key->kind == KEY_P256)
        return p256_pkey(key, true);
    EVP_PKEY_up_ref(key->rsa);
    return key->rsa;
}

bool key_set_public(const struct key *key, X509 *x509)
{
    unsigned char *point; // Taken.

    if (key->kind == KEY_RSA2048)
        return X509_set_pubkey(x509, key->rsa) == 1;
    point = OPENSSL_memdup(key->point, POINT_BYTES);
    assert(point);
    // RFC 5480 2: the curve by name, the point as a bit string.
    return X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x509), OBJ_nid2obj(NID_X9_62_id_ecPublicKey),
                                  V_ASN1_OBJECT, OBJ_nid2obj(NID_X9_62_prime256v1), point,
                                  POINT_BYTES) == 1;
}

int key_sign(const struct key *key, const void *data, size_t length,
             uint8_t ret_signature[KEY_SIGNATURE_BYTES_MAX], size_t *ret_length)
{
    EVP_PKEY *pkey = key_pkey(key);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how = NULL; // The signing context's.
    uint8_t signature[KEY_SIGNATURE_BYTES_MAX];
    size_t room = sizeof(signature);
    bool ok;

    ok = context && EVP_DigestSignInit(context, &how, EVP_sha256(), NULL, pkey) == 1;
    if (ok && key->kind == KEY_RSA2048)
        ok = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1;
    ok = ok && EVP_DigestSign(context, signature, &room, data, length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    if (!ok)
        return ERR_IO;
    memcpy(ret_signature, signature, room);
    *ret_length = room;
    return 0;
}

void key_add_public_pem(const struct key *key, struct str *out)
{
    EVP_PKEY *pkey = key->kind == KEY_P256 ? p256_pkey(key, false) : key_pkey(key);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long length;
    int ok = bio ? PEM_write_bio_PUBKEY(bio, pkey) : 0;

    assert(ok == 1);
    (void)ok;
    length = BIO_get_mem_data(bio, &text);
    str_add(out, text, (size_t)length);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
}
