# SPDX-License-Identifier: Apache-2.0
"""The Panel Server's pages in Chromium: pages.py GATEWAY SHUT PICTURES, the first two as
https://address:port. GATEWAY waits for its first password, SHUT has the one below. Each check is a
line `ok - WHAT` or `not ok - WHAT: WHY`."""
import os
import sys
import tempfile
import time

import webdriver

PASSWORD, NEXT_PASSWORD = "Workshop-2025", "Panel board 7"
GATEWAY, SHUT, PICTURES = sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "judge.js"), encoding="utf-8") as judge_file:
    JUDGE = judge_file.read()
SHIFTS = """
const done = arguments[arguments.length - 1];
let sum = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
}).observe({ type: "layout-shift", buffered: true });
setTimeout(() => done(sum), 200);"""
driver = webdriver.Driver()


def check(what, good, why="not so"):
    print(f"ok - {what}" if good else f"not ok - {what}: {why}", flush=True)
    return good


def same(what, got, wanted):
    return check(what, got == wanted, f"got {got!r}, wanted {wanted!r}")


def path_of(browser):
    return "/" + browser.url().split("/", 3)[3]


def look(browser, name):
    """A picture of the page, and what is wrong with it."""
    browser.picture(os.path.join(PICTURES, name + ".png"))
    same(f"{name}: nobody trips over it", browser.run(JUDGE), [])


def log_in(browser, password=PASSWORD):
    browser.fill("#password", password)
    browser.click("#login button")


# ---- The first connection ----

def check_first():
    browser = webdriver.Browser(driver)
    browser.go(GATEWAY + "/")
    same("first: every page leads to the login", path_of(browser), "/login")
    check("first: the page asks for the first password",
          browser.wait('document.activeElement.id === "new"'))
    check("first: the rule is told before anybody fails", "8" in browser.text("#rule"),
          browser.text("#rule"))
    look(browser, "first-connection")
    browser.fill("#new", "short")
    browser.fill("#again", "short")
    browser.click("#first button")
    check("first: a password against the rule is refused in words",
          browser.wait('document.getElementById("first-message").textContent.length > 10'))
    same("first: it is still the login page", path_of(browser), "/login")
    browser.console()  # The refusal stands there as the answer 422 that it is.
    browser.fill("#new", PASSWORD)
    browser.fill("#again", PASSWORD + "x")
    browser.click("#first button")
    check("first: two different ones are noticed",
          browser.wait('document.getElementById("first-message").textContent.includes("same")'))
    browser.fill("#again", PASSWORD)
    browser.click("#first button")
    check("first: the password is set and the overview opens",
          browser.wait('location.pathname === "/"'), path_of(browser))
    same("first: the console is silent", browser.console(), [])
    return browser


# ---- Behind the door ----

def check_home(browser):
    check("home: the devices are there",
          browser.wait('document.querySelectorAll(".device:not(.ghost)").length >= 4'))
    check("home: three answer, the one without supply does not",
          browser.wait('document.querySelector("[data-fact=connected]").textContent === "3 of 4"'),
          browser.text("#self"))
    text = browser.text("#devices")
    for word in ("Main", "Lighting", "Parking", "Spare", "Closed", "Open", "Not connected",
                 "40.0 kW"):
        check(f"home: it says {word}", word in text, text)
    check("home: and whose they are", "Workshop panel" in browser.text("header.top")
          and "EcoStruxure Panel Server" in browser.text("header.top"))
    look(browser, "home")
    shift = browser.run_async(SHIFTS)
    check("home: nothing jumps while it loads", shift < 0.1, f"layout shift {shift}")
    same("home: the console is silent", browser.console(), [])


def check_logs(browser):
    browser.click('nav a[href="/logs"]')
    check("logs: the entries are there",
          browser.wait('document.querySelectorAll("#entries tr").length >= 3'))
    check("logs: they tell of the first password", "First password set" in browser.text("#entries"))
    look(browser, "logs")
    browser.fill("#search", "password")
    same("logs: the filter",
         browser.run('return document.querySelectorAll("#entries tr").length'), 1)
    with tempfile.TemporaryDirectory() as folder:
        browser.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
        browser.click("#download")
        for _ in range(100):
            files = [name for name in os.listdir(folder) if name.endswith(".csv")]
            if files:
                break
            time.sleep(0.05)
        if check("logs: the file is downloaded", len(files) == 1, str(os.listdir(folder))):
            with open(os.path.join(folder, files[0]), encoding="utf-8") as file:
                lines = file.read().splitlines()
            same("logs: its first line names the fields", lines[0],
                 "number,time,source,category,type,event,result")
            check("logs: its name carries the device and the date",
                  files[0].startswith("audit-PS"), files[0])
            check("logs: nothing in it names a person",
                  not any("SecurityAdmin" in line or PASSWORD in line for line in lines))
    same("logs: the console is silent", browser.console(), [])


def check_settings(browser):
    browser.click('nav a[href="/settings"]')
    check("settings: the switches are there",
          browser.wait('document.getElementById("modbus-eth1")'))
    look(browser, "settings")
    browser.click("#modbus-eth1")
    check("settings: switching off asks first",
          browser.wait('document.getElementById("confirm").open'))
    check("settings: and says what it cuts off", "Modbus client" in browser.text("#confirm-text"))
    look(browser, "settings-confirm")
    browser.press("Escape")
    check("settings: Escape keeps it on",
          browser.wait('document.getElementById("modbus-eth1").checked'))
    browser.click("#modbus-eth1")
    browser.click('#confirm button[value="yes"]')
    saved = 'document.getElementById("saved").textContent.includes("%s on Ethernet 1")'
    check("settings: it is off", browser.wait(saved % "off"))
    browser.go(GATEWAY + "/settings")
    check("settings: and stays so",
          browser.wait('document.querySelector("#modbus-eth1:not(:checked)") !== null'))
    browser.click("#modbus-eth1")
    check("settings: on again without a question", browser.wait(saved % "is on"))
    same("settings: the console is silent", browser.console(), [])


def check_bookmark():
    browser = webdriver.Browser(driver)
    browser.go(GATEWAY + "/settings")
    same("bookmark: a fresh browser is led to the login", path_of(browser), "/login?next=/settings")
    check("bookmark: nothing of the page is shown", "Modbus" not in browser.text("body"))
    look(browser, "login")
    log_in(browser)
    check("bookmark: after the login it opens", browser.wait('location.pathname === "/settings"'))
    browser.go(GATEWAY + "/login?next=//example.com/")
    same("bookmark: nobody is led elsewhere", path_of(browser), "/")
    browser.click("#log-out")
    check("log-out: leads to the login", browser.wait('location.pathname === "/login"'))
    browser.go(GATEWAY + "/logs")
    same("log-out: the pages are closed", path_of(browser), "/login?next=/logs")
    same("log-out: the console is silent", browser.console(), [])
    browser.close()


def check_keyboard():
    browser = webdriver.Browser(driver)
    browser.go(GATEWAY + "/login?next=/settings")
    check("keyboard: the password is where one types",
          browser.wait('document.activeElement.id === "password"'))
    browser.press(PASSWORD, "Enter")
    check("keyboard: it is enough to log in",
          browser.wait('document.getElementById("modbus-eth1")'))
    browser.press("Tab")
    same("keyboard: the first stop skips to the content",
         browser.run("return document.activeElement.className"), "skip")
    browser.press("Enter", "Tab")
    same("keyboard: the next is the first switch",
         browser.run("return document.activeElement.id"), "modbus-eth1")
    check("keyboard: one sees where one is", browser.run(
        'return getComputedStyle(document.activeElement).outlineStyle === "solid"'))
    browser.press("Space")
    check("keyboard: a switch asks", browser.wait('document.getElementById("confirm").open'))
    same("keyboard: harmless is what Enter does",
         browser.run("return document.activeElement.value"), "no")
    browser.press("Enter")
    check("keyboard: and it stays on", browser.wait(
        '!document.querySelector("dialog[open]")'
        ' && document.querySelector("#modbus-eth1:checked") !== null'))
    browser.close()


def check_phone(width, dark):
    name = f"phone-{'dark' if dark else 'light'}"
    browser = webdriver.Browser(driver, width=width, height=780, dark=dark)
    browser.go(GATEWAY + "/login")
    browser.wait('document.activeElement.id === "password"')
    look(browser, name + "-login")
    log_in(browser)
    browser.wait('document.querySelectorAll(".device:not(.ghost)").length >= 4')
    browser.wait('document.querySelector("[data-fact=connected]").textContent === "3 of 4"')
    look(browser, name + "-home")
    for page, ready in (("logs", "#entries tr"), ("settings", "#modbus-eth1"),
                        ("password", "#old")):
        browser.go(GATEWAY + "/" + page)
        browser.wait(f"document.querySelector('{ready}')")
        look(browser, f"{name}-{page}")
    same(f"{name}: the console is silent", browser.console(), [])
    browser.close()


def check_dark():
    browser = webdriver.Browser(driver, dark=True)
    browser.go(GATEWAY + "/login")
    browser.wait('document.activeElement.id === "password"')
    look(browser, "dark-login")
    log_in(browser)
    browser.wait('document.querySelectorAll(".device:not(.ghost)").length >= 4')
    look(browser, "dark-home")
    browser.close()


def check_password(browser):
    browser.go(GATEWAY + "/password")
    look(browser, "password")
    for field, value in (("#old", PASSWORD), ("#new", NEXT_PASSWORD), ("#again", NEXT_PASSWORD)):
        browser.fill(field, value)
    browser.click("#send")
    check("password: after the change one logs in again",
          browser.wait('location.pathname === "/login"'))
    log_in(browser, NEXT_PASSWORD)
    check("password: with the new one", browser.wait('location.pathname === "/"'))
    same("password: the console is silent", browser.console(), [])
    browser.close()


# ---- The lock ----

def check_lock():
    browser = webdriver.Browser(driver)
    browser.go(SHUT + "/login")
    for _ in range(9):
        log_in(browser, "Entry-hall-2026")
        browser.wait('document.getElementById("message").textContent.length > 0'
                     ' && !document.querySelector("#login button").disabled')
    check("lock: nine wrong ones only say so", "wrong" in browser.text("#message")
          and browser.run("return document.body.dataset.state") == "open")
    look(browser, "login-refused")
    log_in(browser, "Entry-hall-2026")
    check("lock: the tenth locks", browser.wait('document.body.dataset.state === "locked"'))
    left = browser.text("#left")
    check("lock: for ten minutes", left == "10:00" or left.startswith("09:5"), left)
    check("lock: the countdown runs", browser.wait(
        f'document.getElementById("left").textContent !== "{left}"', 3))
    look(browser, "locked")
    fresh = webdriver.Browser(driver)
    fresh.go(SHUT + "/login")
    same("lock: whoever comes meets it", fresh.run("return document.body.dataset.state"), "locked")
    same("lock: there is no form",
         fresh.run('return document.getElementById("login").checkVisibility()'), False)
    same("lock: the console is silent", fresh.console(), [])
    fresh.run("document.body.style.color = '#eee';"
              "document.getElementById('main').style.width = '3000px'")
    check("lock: the judge notices a spoilt page", len(fresh.run(JUDGE)) >= 2)
    fresh.close()
    browser.close()


try:
    first = check_first()
    check_home(first)
    check_logs(first)
    check_settings(first)
    check_bookmark()
    check_keyboard()
    check_phone(360, False)
    check_phone(360, True)
    check_dark()
    check_password(first)
    check_lock()
finally:
    driver.close()
