// SPDX-License-Identifier: Apache-2.0
// Too long.
int thing(void);
int thing(void);
int thing(void);
