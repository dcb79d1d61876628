// SPDX-License-Identifier: Apache-2.0
// What every page shares: asking the device, making elements, the device clock, the way out.
"use strict";

const panel = {
  // Asks the device; gives {status, body}. A session that is over leads to the login page.
  async ask(method, path, body) {
    const headers = {Accept: "application/json"};
    const csrf = document.querySelector("meta[name=\"csrf\"]").content;
    if (csrf) headers["X-CSRF-Token"] = csrf;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const answer = await fetch(path, {
      method,
      headers,
      redirect: "manual",
      cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answer.type === "opaqueredirect") {
      location.assign("/login?next=" + encodeURIComponent(location.pathname));
      return new Promise(() => {});
    }
    const text = await answer.text();
    return {status: answer.status, body: text ? JSON.parse(text) : null};
  },

  // An element with attributes and children (texts or elements).
  make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === true)
        element.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined)
        element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  },

  say(id, text) {
    const element = document.getElementById(id);
    element.textContent = text;
    if (element.classList.contains("notice")) element.hidden = !text;
  },

  time(utc) { return utc.slice(0, 10) + " " + utc.slice(11, 19); },

  unreachable: "The Panel Server does not answer. It is asked again every few seconds.",
};

// The device clock goes on from what the page said when it was made.
(() => {
  const clock = document.getElementById("clock");
  const began = performance.now();
  const start = Date.parse(clock.dateTime);
  const tick = () => {
    const now = new Date(start + (performance.now() - began)).toISOString();
    clock.textContent = panel.time(now) + " UTC";
    panel.clock = now;
  };
  tick();
  setInterval(tick, 1000);
})();

for (const link of document.querySelectorAll("nav a"))
  if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");

const logOut = document.getElementById("log-out");
if (logOut)
  logOut.addEventListener("click", async () => {
    logOut.disabled = true;
    try {
      await panel.ask("DELETE", "/api/session");
    } finally {
      location.assign("/login");
    }
  });
