// SPDX-License-Identifier: Apache-2.0
// What flows at a place, and what has flowed: currents from powers, the neutral from the phases,
// energy integrated when somebody asks or something changes.
#include "sim/plant/node.h"

#include <math.h>

double plant_phase_V(const struct plant_node *node)
{
    const struct plant_spec *source = &node->source->spec;

    return source->system == PLANT_1PH2W ? source->voltage_V : source->voltage_V / sqrt(3);
}

// What passes a place now, a phase; what it would draw is `sum`.
static bool flows(const struct plant_node *node)
{
    return node->live && node->closed;
}

static double apparent_uVA(const struct plant_node *node, int phase)
{
    return hypot((double)node->sum_uW[phase], (double)node->sum_uvar[phase]);
}

void plant_settle(struct plant_node *node)
{
    sim_time_ns now_ns = timers_now(node->plant->timers);
    int64_t for_ns = now_ns - node->settled_ns;
    int64_t power_uW = 0;

    node->settled_ns = now_ns;
    if (!for_ns || !flows(node))
        return;
    for (int k = 0; k < 3; k++) {
        power_uW += node->sum_uW[k];
        node->reactive += (plant_energy)node->sum_uvar[k] * for_ns;
        node->apparent += apparent_uVA(node, k) * (double)for_ns;
    }
    if (power_uW > 0)
        node->energy += (plant_energy)power_uW * for_ns;
    else
        node->energy_received -= (plant_energy)power_uW * for_ns;
}

double plant_highest_A(const struct plant_node *node)
{
    double most = 0;

    for (int k = 0; k < 3 && flows(node); k++)
        most = fmax(most, apparent_uVA(node, k));
    return most / 1e6 / plant_phase_V(node);
}

// The return path: the phasor sum of the phase currents, phases 120 degrees apart.
static double neutral_A(const struct plant_node *node, double volts)
{
    const double turn_sin[3] = {0, -sqrt(3) / 2, sqrt(3) / 2}, turn_cos[3] = {1, -0.5, -0.5};
    double re = 0, im = 0;

    if (node->source->spec.system == PLANT_3PH3W)
        return 0;
    for (int k = 0; k < 3; k++) {
        double active = (double)node->sum_uW[k], reactive = -(double)node->sum_uvar[k];

        re += active * turn_cos[k] - reactive * turn_sin[k];
        im += active * turn_sin[k] + reactive * turn_cos[k];
    }
    return hypot(re, im) / 1e6 / volts;
}

void plant_read(struct plant_node *node, struct plant_flow *ret_flow)
{
    const double micro_ns_per_h = 1e6 * 3600e9;
    const struct plant_spec *source = &node->source->spec;
    double volts = plant_phase_V(node);

    plant_settle(node);
    *ret_flow = (struct plant_flow){
        .live = node->live,
        .energy_Wh = (double)node->energy / micro_ns_per_h,
        .energy_received_Wh = (double)node->energy_received / micro_ns_per_h,
        .reactive_varh = (double)node->reactive / micro_ns_per_h,
        .apparent_VAh = node->apparent / micro_ns_per_h,
    };
    if (!node->live)
        return;
    ret_flow->frequency_Hz = source->frequency_Hz;
    for (int k = 0; k < 3; k++) {
        bool there = source->system != PLANT_1PH2W || k == 0;

        ret_flow->voltage_pn_V[k] = there && source->system != PLANT_3PH3W ? volts : 0;
        ret_flow->voltage_pp_V[k] = source->system == PLANT_1PH2W ? 0 : source->voltage_V;
        if (!node->closed)
            continue;
        ret_flow->power_W[k] = (double)node->sum_uW[k] / 1e6;
        ret_flow->reactive_var[k] = (double)node->sum_uvar[k] / 1e6;
        ret_flow->apparent_VA[k] = apparent_uVA(node, k) / 1e6;
        ret_flow->current_A[k] = ret_flow->apparent_VA[k] / volts;
    }
    if (node->closed)
        ret_flow->neutral_A = neutral_A(node, volts);
}
