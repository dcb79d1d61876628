// SPDX-License-Identifier: Apache-2.0
// What the two halves of the fake share: the member's own life.
#ifndef TESTS_SCENARIO_STAGE_FAKE_VERBS_H
#define TESTS_SCENARIO_STAGE_FAKE_VERBS_H

#include "tests/scenario_stage/fake_stage.h"

void fake_member_init(struct fake_member *member);
void fake_member_stop(struct fake_member *member);

// Something a probe could see has changed.
void fake_changed(struct fake_member *member);

// A charger that is no longer cut off sends what it has queued.
void fake_flush(struct fake_member *member);

#endif
