// SPDX-License-Identifier: Apache-2.0
// The login page: log in, wait while it is locked, or set the first password.
"use strict";

(() => {
  const door = document.body;
  const get = (id) => document.getElementById(id);
  let ends = 0;
  let said = "";

  function show(state) {
    door.dataset.state = state;
    if (state === "locked")
      get("locked").focus();
    else if (state === "first")
      get("new").focus();
    else
      (get("user").value ? get("password") : get("user")).focus();
  }

  // ---- The lock ----

  function text(seconds) {
    const two = (number) => String(number).padStart(2, "0");
    return two(Math.floor(seconds / 60)) + ":" + two(seconds % 60);
  }

  // A screen reader hears the time once a minute, not every second.
  function tick() {
    if (door.dataset.state !== "locked") return;
    const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
    const minutes = Math.ceil(left / 60);
    const words = minutes > 1 ? minutes + " minutes left" : "Less than a minute left";
    get("left").textContent = text(left);
    if (words !== said) get("left-said").textContent = said = words;
    if (left === 0) look();
  }

  function lock(seconds) {
    ends = performance.now() + seconds * 1000;
    said = "";
    show("locked");
    tick();
  }

  // The device decides: its clock may go otherwise than the browser's.
  let looking = false;
  async function look() {
    if (looking) return;
    looking = true;
    try {
      const {body} = await panel.ask("GET", "/api/login-state");
      if (body.state === "locked")
        lock(body.remaining_s);
      else
        show(body.first_connection ? "first" : "open");
    } catch {
      ends = performance.now() + 5000;
    }
    looking = false;
  }

  // ---- Logging in ----

  function fail(id, words, ...fields) {
    get(id).textContent = words;
    for (const field of fields) get(field).setAttribute("aria-invalid", "true");
    get(fields[0]).focus();
    get(fields[0]).select();
  }

  function clear(form) {
    for (const field of form.querySelectorAll("[aria-invalid]"))
      field.removeAttribute("aria-invalid");
    form.querySelector(".message").textContent = "";
  }

  async function logIn(user, password) {
    const {status, body} = await panel.ask("POST", "/api/session", {user, password});
    if (status === 200)
      location.replace(door.dataset.next);
    else if (status === 423)
      lock(body.remaining_s);
    else if (status === 409)
      show("first");
    else if (status === 401) {
      fail("message", "User name or password is wrong.", "password");
      const state = await panel.ask("GET", "/api/login-state?user=" + encodeURIComponent(user));
      if (state.body.state === "locked") lock(state.body.remaining_s);
    } else
      fail("message", body.error || "The Panel Server refused the login.", "password");
  }

  async function setFirst(user, password) {
    const {status, body} = await panel.ask("POST", "/api/password", {user, new: password});
    if (status === 204)
      await logIn(user, password);
    else if (status === 401)
      await look();
    else
      fail("first-message", body.error || "The password could not be set.", "new");
  }

  function handle(id, message, work) {
    const form = get(id);
    form.addEventListener("submit", async (event) => {
      const button = form.querySelector("button");
      event.preventDefault();
      clear(form);
      button.disabled = true;
      try {
        await work();
      } catch {
        get(message).textContent = "The Panel Server does not answer. Try again.";
      }
      button.disabled = false;
    });
  }

  handle("login", "message", () => logIn(get("user").value, get("password").value));
  handle("first", "first-message", () => {
    if (get("new").value !== get("again").value)
      return fail("first-message", "The two passwords are not the same.", "again");
    return setFirst(door.dataset.account, get("new").value);
  });
  for (const box of document.querySelectorAll(".show"))
    box.addEventListener("change", () => {
      for (const id of box.dataset.shows.split(" "))
        get(id).type = box.checked ? "text" : "password";
    });

  if (door.dataset.state === "locked")
    lock(Number(door.dataset.remaining));
  else
    show(door.dataset.state);
  setInterval(tick, 250);
})();
