// SPDX-License-Identifier: Apache-2.0
// The lists of requests that a master session keeps, linked through the requests themselves, and
// how a request ends. For this folder only.
#ifndef SIM_PROTO_MODBUS_REQUEST_LIST_H
#define SIM_PROTO_MODBUS_REQUEST_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/proto/modbus/master_session.h"

static inline void request_list_append(struct modbus_request_list *list,
                                       struct modbus_request *request)
{
    struct modbus_request **at = &list->first;

    while (*at)
        at = &(*at)->next;
    request->next = NULL;
    *at = request;
    list->count++;
}

// False when it was not in the list.
static inline bool request_list_remove(struct modbus_request_list *list,
                                       struct modbus_request *request)
{
    struct modbus_request **at = &list->first;

    while (*at && *at != request)
        at = &(*at)->next;
    if (!*at)
        return false;
    *at = request->next;
    request->next = NULL;
    list->count--;
    return true;
}

static inline struct modbus_request *request_list_pop(struct modbus_request_list *list)
{
    struct modbus_request *request = list->first;

    if (request)
        request_list_remove(list, request);
    return request;
}

// The request is in no list any more: its `fn` may submit it anew.
static inline void request_finish(struct modbus_request *request, int64_t now_ns, int err,
                                  const uint8_t *pdu, size_t length)
{
    request->done_ns = now_ns;
    request->fn(request, err, pdu, length, request->user);
}

// Keeps a request that cannot be sent for the next tick, since submit() calls nothing back.
static inline void request_doom(struct modbus_request_list *doomed, struct modbus_request *request,
                                int64_t now_ns, int err)
{
    request->outcome = err;
    request->deadline_ns = now_ns;
    request_list_append(doomed, request);
}

// Tells those that are doomed now; what their `fn` dooms again waits for the next tick.
static inline void request_tell_doomed(struct modbus_request_list *doomed, int64_t now_ns)
{
    struct modbus_request *request;

    for (size_t left = doomed->count; left > 0 && (request = request_list_pop(doomed)); left--)
        request_finish(request, now_ns, request->outcome, NULL, 0);
}

#endif
