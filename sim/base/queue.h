// SPDX-License-Identifier: Apache-2.0
// A bounded byte queue: what a conn holds between two ends that are not equally fast.
#ifndef SIM_BASE_QUEUE_H
#define SIM_BASE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

// Grows to `bytes_max` and no further; gives its memory back when it runs empty.
struct queue {
    uint8_t *data;
    size_t head;   // Offset of the first byte.
    size_t length; // Bytes held.
    size_t room;
    size_t bytes_max;
};

void queue_init(struct queue *queue, size_t bytes_max);
void queue_done(struct queue *queue);

// Appends as much of `data` as fits; returns how many bytes that was.
size_t queue_put(struct queue *queue, const void *data, size_t length);

// The bytes held, contiguous and borrowed; queue->length of them.
const uint8_t *queue_peek(const struct queue *queue);

// Takes `length` bytes off the front; at most queue->length.
void queue_drop(struct queue *queue, size_t length);

static inline size_t queue_free_bytes(const struct queue *queue)
{
    return queue->bytes_max - queue->length;
}

#endif
