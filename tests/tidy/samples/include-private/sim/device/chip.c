// SPDX-License-Identifier: Apache-2.0
// A device sees keys and certificates, never what they are made of.
#include "sim/base/certificate.h"
#include "sim/base/certificate_parts.h"
