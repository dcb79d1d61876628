// SPDX-License-Identifier: Apache-2.0
// The arguments of a verb as they come over the control socket.
#ifndef SIM_CLI_CONTROL_ARGUMENTS_H
#define SIM_CLI_CONTROL_ARGUMENTS_H

struct json;
struct op;

// Adds the members of `with` (NULL for none) to the op, each as the verb's table wants it; an op
// without a verb takes them as they are. The keys are borrowed from `with`. Returns the reason why
// they do not fit, to be freed, or NULL.
char *control_arguments_add(struct op *op, const struct json *with);

#endif
