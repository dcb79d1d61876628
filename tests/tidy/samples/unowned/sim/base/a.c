// SPDX-License-Identifier: Apache-2.0
// TODO: whose?
// FIXME later
// XXX
