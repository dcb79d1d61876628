// SPDX-License-Identifier: Apache-2.0
// A flat buffer that slides: simpler than a ring, and its reader always sees one span.
#include "sim/base/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/str.h"

#define QUEUE_ROOM_FIRST 256

void queue_init(struct queue *queue, size_t bytes_max)
{
    assert(bytes_max > 0);
    *queue = (struct queue){.bytes_max = bytes_max};
}

void queue_done(struct queue *queue)
{
    free(queue->data);
    *queue = (struct queue){.bytes_max = queue->bytes_max};
}

static void queue_make_room(struct queue *queue, size_t length)
{
    size_t room = queue->room ? queue->room : QUEUE_ROOM_FIRST;

    if (queue->head + queue->length + length <= queue->room)
        return;
    if (queue->head)
        memmove(queue->data, queue->data + queue->head, queue->length);
    queue->head = 0;
    while (room < queue->length + length)
        room *= 2;
    if (room > queue->bytes_max)
        room = queue->bytes_max;
    if (room != queue->room) {
        queue->data = mem_grow(queue->data, room, 1);
        queue->room = room;
    }
}

size_t queue_put(struct queue *queue, const void *data, size_t length)
{
    size_t taken = length < queue_free_bytes(queue) ? length : queue_free_bytes(queue);

    if (taken == 0)
        return 0;
    queue_make_room(queue, taken);
    memcpy(queue->data + queue->head + queue->length, data, taken);
    queue->length += taken;
    return taken;
}

const uint8_t *queue_peek(const struct queue *queue)
{
    return queue->data ? queue->data + queue->head : NULL;
}

void queue_drop(struct queue *queue, size_t length)
{
    assert(length <= queue->length);
    queue->head += length;
    queue->length -= length;
    if (queue->length == 0)
        queue_done(queue);
}
