// SPDX-License-Identifier: Apache-2.0
// The overview: the Panel Server and the devices below it, read anew every few seconds.
"use strict";

(() => {
  const period = 5000;
  const get = (id) => document.getElementById(id);
  const {make} = panel;

  // 15283 W as "15.3 kW": three digits that count, and the unit apart.
  function scaled(value, unit) {
    if (value === null || value === undefined) return ["–", unit];
    const steps = [[1e9, "G"], [1e6, "M"], [1e3, "k"]];
    for (const [factor, prefix] of steps)
      if (Math.abs(value) >= factor) return [digits(value / factor), prefix + unit];
    return [digits(value), unit];
  }

  function digits(value) {
    const size = Math.abs(value);
    return value.toFixed(size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : 2);
  }

  function chip(device) {
    const values = device.values;
    if (device.state === "unknown") return ["Being read…", "off"];
    if (device.state === "not-connected") return ["Not connected", "off"];
    if (values["breaker.tripped"] === 1) return ["Tripped", "bad"];
    if (values["breaker.position"] === 1) return ["Closed", "good"];
    if (values["breaker.position"] === 0) return ["Open", "open"];
    return ["Connected", "good"];
  }

  function heard(device) {
    if (device.state === "unknown") return "Waiting for its first answer.";
    if (device.heard_s === undefined) return "It has not answered since this Panel Server started.";
    const seconds = device.heard_s;
    const words = seconds < 120 ? seconds + " s" :
        seconds < 7200          ? Math.round(seconds / 60) + " min" :
                                  Math.round(seconds / 3600) + " h";
    return "It does not answer. Last heard " + words + " ago.";
  }

  function phase(name, value) {
    const [number, unit] = scaled(value, "A");
    return make("div", {}, make("dt", {}, name), make("dd", {}, number + " " + unit));
  }

  function live(device) {
    const values = device.values;
    const [power, powerUnit] = scaled(values.power_active_total_W, "W");
    const [energy, energyUnit] = scaled(values["energy.active_delivered_Wh"], "Wh");
    const [voltage, voltageUnit] = scaled(values.voltage_l12_V, "V");
    return [
      make(
          "p", {class: "power"}, power + " ", make("small", {}, powerUnit),
          make("span", {class: "hide"}, " active power")),
      make(
          "dl", {class: "phases"}, phase("Phase 1", values.current_l1_A),
          phase("Phase 2", values.current_l2_A), phase("Phase 3", values.current_l3_A)),
      make(
          "p", {class: "more"}, make("span", {}, "Energy " + energy + " " + energyUnit),
          make("span", {}, "U12 " + voltage + " " + voltageUnit)),
    ];
  }

  function card(device) {
    const away = device.state !== "connected";
    const [word, kind] = chip(device);
    const wire = device.wire === "modbus-sl" ? "Serial line" : "Ethernet";
    const name = device.label || device.id || "Unit " + device.unit;
    return make(
        "li", {class: "card device" + (away ? " away" : "")},
        make(
            "header", {},
            make(
                "div", {}, make("h3", {}, name),
                make(
                    "p", {class: "quiet"},
                    [device.model, wire + ", unit " + device.unit].filter(Boolean).join(" · "))),
            make("span", {class: "chip " + kind}, word)),
        ...(away ? [make("p", {class: "quiet"}, heard(device))] : live(device)));
  }

  function input(item) {
    return make(
        "li", {class: "card device"},
        make(
            "header", {}, make("h3", {}, "Input " + item.input),
            make(
                "span", {class: "chip " + (item.high ? "good" : "open")},
                item.high ? "High" : "Low")),
        make(
            "p", {class: "quiet"},
            item.pulses + (item.pulses === 1 ? " pulse" : " pulses") + " counted"));
  }

  function draw(state) {
    const healths = {nominal: "Nominal", degraded: "Degraded", "out-of-order": "Out of order"};
    const connected = state.devices.filter((device) => device.state === "connected").length;
    const facts = {
      ...state.self,
      model: [state.self.model, state.self.hardware === "any" ? "" : state.self.hardware]
                 .filter(Boolean)
                 .join(" · "),
      health: healths[state.self.health],
      connected: connected + " of " + state.devices.length,
    };
    for (const cell of get("self").querySelectorAll("[data-fact]"))
      cell.textContent = facts[cell.dataset.fact] || "–";
    get("devices").replaceChildren(...state.devices.map(card));
    if (state.devices.length === 0)
      get("devices").append(
          make("li", {class: "quiet"}, "No device has been commissioned below this Panel Server."));
    get("devices").setAttribute("aria-busy", "false");
    get("inputs").replaceChildren(...state.inputs.map(input));
    get("inputs-part").hidden = state.inputs.length === 0;
  }

  let told = "";
  async function look() {
    try {
      const {status, body} = await panel.ask("GET", "/api/devices");
      if (status !== 200) throw new Error();
      draw(body);
      panel.say("trouble", "");
      const away = body.devices.filter((device) => device.state === "not-connected").length;
      const words = "Live values" + (away ? ", " + away + " not connected" : "");
      if (words !== told) panel.say("freshness", told = words);
    } catch {
      panel.say("trouble", panel.unreachable);
      panel.say("freshness", told = "The values below are old.");
    }
    setTimeout(look, document.hidden ? period * 6 : period);
  }
  look();
})();
