// SPDX-License-Identifier: Apache-2.0
// The switches of the services. What cuts somebody off is asked for first.
"use strict";

(() => {
  const get = (id) => document.getElementById(id);
  const {make} = panel;
  const names = {
    eth: "Ethernet (both ports)",
    eth1: "Ethernet 1",
    eth2: "Ethernet 2",
    wifi: "Wi-Fi",
    ap: "Wi-Fi access point",
  };
  const services = {modbus: "Modbus", https: "The web pages"};

  function losses(service, item) {
    const where = names[item.interface];
    if (service === "modbus")
      return "Every Modbus client on " + where +
          " is disconnected at once: supervision systems lose this Panel Server " +
          "and all devices below it.";
    return "These pages can no longer be opened on " + where + "." +
        (item.in_use ? " You are connected through it yourself: this page stops working." : "");
  }

  // Resolves to true when the owner means it.
  function confirmed(service, item) {
    const dialog = get("confirm");
    get("confirm-title").textContent =
        "Switch off " + (service === "modbus" ? "Modbus" : "the web pages") + "?";
    get("confirm-text").textContent = losses(service, item);
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((done) => {
      dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), {once: true});
    });
  }

  async function change(service, item, box) {
    const on = box.checked;
    if (!on && !(await confirmed(service, item))) {
      box.checked = true;
      return;
    }
    box.disabled = true;
    try {
      const {status, body} =
          await panel.ask("PUT", "/api/settings", {[service]: {[item.interface]: on}});
      if (status !== 200) throw new Error(body.error);
      draw(body, service + "-" + item.interface);
      panel.say("trouble", "");
      panel.say(
          "saved",
          services[service] + (service === "modbus" ? " is" : " are") + (on ? " on" : " off") +
              " on " + names[item.interface] + ".");
    } catch (error) {
      box.disabled = false;
      box.checked = !on;
      panel.say("trouble", error.message || "The Panel Server does not answer.");
    }
  }

  function line(service, item) {
    const id = service + "-" + item.interface;
    const box = make("input", {
      type: "checkbox",
      role: "switch",
      id,
      checked: item.on,
      disabled: !item.settable,
      "aria-describedby": id + "-note"
    });
    const note = !item.settable ?
        (item.on ? "The last interface keeps the pages" : "Not available on this interface") :
        item.in_use && service === "https" ? "You are connected through this interface" :
                                             "";
    box.addEventListener("change", () => change(service, item, box));
    return make(
        "li", {},
        make(
            "label",
            { for: id
            },
            make("span", {class: "name"}, names[item.interface]),
            make("span", {class: "quiet", id: id + "-note"}, note)),
        make(
            "span", {class: "switch"},
            make("span", {"aria-hidden": "true"}, item.on ? "On" : "Off"), box));
  }

  function draw(settings, focus) {
    for (const service of Object.keys(services))
      get(service).replaceChildren(...settings[service].map((item) => line(service, item)));
    get("clock-lost").hidden = !settings.clock.lost;
    if (focus) get(focus).focus();
  }

  function tick() {
    const now = new Date().toISOString();
    const apart = Math.round((Date.parse(panel.clock) - Date.parse(now)) / 1000);
    get("device-clock").textContent = panel.time(panel.clock);
    get("browser-clock").textContent = panel.time(now);
    get("clock-difference").textContent =
        Math.abs(apart) < 2 ? "None" : Math.abs(apart) + " s " + (apart > 0 ? "ahead" : "behind");
  }

  async function load() {
    try {
      const {status, body} = await panel.ask("GET", "/api/settings");
      if (status !== 200) throw new Error();
      draw(body);
    } catch {
      panel.say("trouble", "The Panel Server does not answer. Load the page again.");
    }
  }

  tick();
  setInterval(tick, 1000);
  load();
})();
