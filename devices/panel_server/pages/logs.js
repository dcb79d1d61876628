// SPDX-License-Identifier: Apache-2.0
// The audit log as a table, newest first, filtered in the browser.
"use strict";

(() => {
  const get = (id) => document.getElementById(id);
  const {make} = panel;
  const rowsMax = 1000;
  const words = {
    "login-ok": "Login",
    "login-failed": "Login refused",
    "login-locked": "Login attempt while locked",
    "account-locked": "Account locked",
    "password-set": "First password set",
    "password-changed": "Password changed",
    logout: "Log-out",
    "access-refused": "Request refused",
    "setting-changed": "Setting changed",
    startup: "Device started",
    restart: "Device restarted",
    "restart-after-crash": "Device restarted after a fault",
    "firmware-update": "Firmware updated",
    "firmware-refused": "Firmware refused",
  };
  let entries = [];

  const eventText = (event) =>
      words[event] || event.charAt(0).toUpperCase() + event.slice(1).replaceAll("-", " ");
  const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);

  function row(entry) {
    const cell = (kind, content) => make("td", {class: kind}, content);
    return make(
        "tr", {}, cell("time", make("time", {datetime: entry.time}, panel.time(entry.time))),
        cell("event", eventText(entry.event)),
        cell(
            "result",
            make(
                "span", {class: "chip " + (entry.result === "success" ? "off" : "bad")},
                capital(entry.result))),
        cell("category", capital(entry.category)), cell("source", entry.source),
        cell("number", String(entry.number)));
  }

  function draw() {
    const search = get("search").value.trim().toLowerCase();
    const category = get("category").value;
    const result = get("result").value;
    const found = entries.filter(
        (entry) => (!category || entry.category === category) &&
            (!result || entry.result === result) &&
            (!search ||
             (eventText(entry.event) + " " + entry.event + " " + entry.source)
                 .toLowerCase()
                 .includes(search)));
    get("entries").replaceChildren(...found.slice(0, rowsMax).map(row));
    get("empty").hidden = found.length > 0;
    panel.say(
        "count",
        found.length + " of " + entries.length + (entries.length === 1 ? " entry" : " entries"));
  }

  async function load() {
    try {
      const {status, body} = await panel.ask("GET", "/api/logs");
      if (status !== 200) throw new Error();
      entries = body.entries.reverse();
      draw();
    } catch {
      panel.say("trouble", "The Panel Server does not answer. Load the page again.");
    }
  }

  get("filters").addEventListener("input", draw);
  get("filters").addEventListener("submit", (event) => event.preventDefault());
  load();
})();
