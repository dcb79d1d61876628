// SPDX-License-Identifier: Apache-2.0
// Changing the password of who is logged in.
"use strict";

(() => {
  const get = (id) => document.getElementById(id);

  function fail(words, field) {
    get("message").textContent = words;
    get(field).setAttribute("aria-invalid", "true");
    get(field).focus();
    get(field).select();
  }

  async function send() {
    const {status, body} = await panel.ask(
        "POST", "/api/password",
        {user: get("form").dataset.account, password: get("old").value, new: get("new").value});
    if (status === 204)
      location.assign("/login");
    else if (status === 401)
      fail("The current password is wrong.", "old");
    else if (status === 423)
      location.assign("/login");
    else
      fail(body.error || "The password could not be changed.", "new");
  }

  get("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    get("message").textContent = "";
    for (const id of ["old", "new", "again"]) get(id).removeAttribute("aria-invalid");
    if (get("new").value !== get("again").value) {
      fail("The two new passwords are not the same.", "again");
      return;
    }
    get("send").disabled = true;
    try {
      await send();
    } catch {
      get("message").textContent = "The Panel Server does not answer. Try again.";
    }
    get("send").disabled = false;
  });
  get("show").addEventListener("change", () => {
    for (const id of ["old", "new", "again"])
      get(id).type = get("show").checked ? "text" : "password";
  });
})();
