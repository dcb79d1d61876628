// SPDX-License-Identifier: Apache-2.0
// A guard that says nothing of the room.
#ifndef A_H
#define A_H
#endif
