// SPDX-License-Identifier: Apache-2.0
// A room that nobody gave a row.
int a(void);
