// SPDX-License-Identifier: Apache-2.0
// Code that nobody compiles.
#if 0
int a;
#endif
