// SPDX-License-Identifier: Apache-2.0
// The host timer is at home here, the rest is not.
void thing(void *timer)
{
    ev_timer_start(timer);
    (void)rand();
}
