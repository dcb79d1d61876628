// SPDX-License-Identifier: Apache-2.0
// One function at the limit, one beyond.
int fits(int a);
int fits(int a)
{
    a++;
    return a;
}

int thing(int a);
int thing(int a)
{
    a++;
    a++;
    return a;
}
