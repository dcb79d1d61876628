// SPDX-License-Identifier: Apache-2.0
// A case along both clocks: the devices' time above, the host's below, a bar a step. On the jump
// clock an hour above is a hair below, and that is what the picture is for.
#include "sim/core/timer.h"
#include "sim/scenario/html.h"

#define WIDTH 1000
#define LEFT 90
#define BAR_LEAST 2.0
#define BARS_MAX 600 // Of a case with more steps only those that took time are drawn.

struct lane {
    const char *name;
    int64_t begin_ns;
    int64_t end_ns;
    int y;
    bool host;
};

static int64_t time_of(const struct lane *lane, const struct result_time *time)
{
    return lane->host ? time->host_utc_ns : time->world_ns;
}

static double place(const struct lane *lane, int64_t at_ns)
{
    double span_ns = (double)(lane->end_ns - lane->begin_ns);

    return LEFT + (span_ns > 0 ? (double)(at_ns - lane->begin_ns) / span_ns : 0) * (WIDTH - LEFT);
}

static void print_bar(const struct lane *lane, const struct result_step *step, struct str *out)
{
    double from = place(lane, time_of(lane, &step->started));
    double to = place(lane, time_of(lane, &step->ended));
    double width = to - from > BAR_LEAST ? to - from : BAR_LEAST;

    if (from + width > WIDTH)
        from = WIDTH - width;
    str_addf(out, "<rect class=\"bar %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"18\"><title>",
             verdict_word(step->verdict), from, lane->y, width);
    str_add_xml(out, step->number);
    str_adds(out, " ");
    str_add_xml(out, step->title);
    str_addf(out, ": %s</title></rect>", verdict_name(step->verdict));
}

// To the millisecond, or to the microsecond below one.
static int64_t rounded(int64_t span_ns)
{
    int64_t grain_ns = span_ns >= 100 * SIM_NS_PER_MS ? SIM_NS_PER_MS : SIM_NS_PER_US;

    return (span_ns + grain_ns / 2) / grain_ns * grain_ns;
}

static void print_lane(const struct result_case *row, const struct lane *lane, struct str *out)
{
    char room[UNITS_TEXT_ROOM];
    bool many = row->steps_count > BARS_MAX;

    str_addf(out,
             "<text x=\"0\" y=\"%d\">%s</text><line class=\"axis\" x1=\"%d\" y1=\"%d\" "
             "x2=\"%d\" y2=\"%d\"/>",
             lane->y + 14, lane->name, LEFT, lane->y + 22, WIDTH, lane->y + 22);
    for (size_t i = 0; i < row->steps_count; i++) {
        const struct result_step *step = row->steps[i];

        if (step->phase == RESULT_ALWAYS || step->phase == RESULT_SOMETIMES ||
            step->phase == RESULT_BACKGROUND)
            continue; // They lie under all the others.
        if (!many || verdict_bad(step->verdict) ||
            time_of(lane, &step->ended) > time_of(lane, &step->started))
            print_bar(lane, step, out);
    }
    str_addf(out,
             "<text x=\"%d\" y=\"%d\">0</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s"
             "</text>",
             LEFT, lane->y + 36, WIDTH, lane->y + 36,
             units_time_text(rounded(lane->end_ns - lane->begin_ns), room));
}

void html_timeline(const struct result_case *row, struct str *out)
{
    const struct lane world = {.name = "Device clock",
                               .begin_ns = row->started.world_ns,
                               .end_ns = row->ended.world_ns,
                               .y = 4};
    const struct lane host = {.name = "Here",
                              .begin_ns = row->started.host_utc_ns,
                              .end_ns = row->ended.host_utc_ns,
                              .y = 56,
                              .host = true};

    if (row->steps_count == 0)
        return;
    str_addf(out,
             "<div class=\"wide\"><svg class=\"timeline\" viewBox=\"0 0 %d %d\" role=\"img\" "
             "aria-label=\"The steps along the device clock and the clock here\">",
             WIDTH, row->started.host_utc_ns ? 98 : 46);
    print_lane(row, &world, out);
    if (row->started.host_utc_ns)
        print_lane(row, &host, out);
    str_adds(out, "</svg></div>\n");
}
