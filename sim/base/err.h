// SPDX-License-Identifier: Apache-2.0
// Errors: 0 is success, a negative int says what went wrong. Codes of err.def lie below -1000;
// anything above that is a negated errno of the host.
#ifndef SIM_BASE_ERR_H
#define SIM_BASE_ERR_H

enum err_class { ERR_CLASS_SYSTEM, ERR_CLASS_PEER, ERR_CLASS_AUTHOR, ERR_CLASS_LIMIT };

enum err {
    ERR_LAST_ERRNO = -1000,
#define ERR(name, class, text) ERR_PLACE_##name,
#include "sim/base/err.def"
#undef ERR
    ERR_PLACE_END
};

// ERR_TIMEOUT and its like, each a negative number of its own.
enum err_code {
#define ERR(name, class, text)                                                                     \
    ERR_##name = ERR_LAST_ERRNO - 1 - (ERR_PLACE_##name - (ERR_LAST_ERRNO + 1)),
#include "sim/base/err.def"
#undef ERR
};

// The text of an error, without a full stop: a row of err.def, the host's word for an errno, or
// "success" for 0. Static storage. `err` is never positive.
const char *err_text(int err);

// The name of an error as a log shows it: "TIMEOUT", "errno 111", "OK". The name of an
// errno lives until this thread's next call.
const char *err_name(int err);

// Whose fault an error is. An errno is the system's.
enum err_class err_class(int err);

#endif
