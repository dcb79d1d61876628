// SPDX-License-Identifier: Apache-2.0
// Table only.
int table(void);
int table(void);
int table(void);
