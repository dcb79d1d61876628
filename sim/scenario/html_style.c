// SPDX-License-Identifier: Apache-2.0
// The style sheet of the report: light and dark, screen, phone and paper. Verdicts are told by
// their word; colour only helps.
#include "sim/scenario/html.h"

#include <stddef.h>

const char *const html_style[] = {
    ":root{color-scheme:light dark;--ground:#fbfbf9;--card:#fff;--ink:#1c2024;--dim:#5c6670;"
    "--line:#dcdfe3;--accent:#0b5fa5;--pass:#17693a;--pass-ground:#e0f2e7;--bad:#a3161f;"
    "--bad-ground:#fbe4e5;--wait:#7a4b00;--wait-ground:#fdf0d9;--none:#4f5963;"
    "--none-ground:#eceef0;--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}",
    "@media(prefers-color-scheme:dark){:root{--ground:#14171a;--card:#1b1f23;--ink:#e8eaec;"
    "--dim:#a3adb7;--line:#343b42;--accent:#7cb8ee;--pass:#7fd6a1;--pass-ground:#12301f;"
    "--bad:#ff9a9f;--bad-ground:#3d1618;--wait:#f0c274;--wait-ground:#38290d;--none:#b4bdc6;"
    "--none-ground:#2a3036}}",
    "*{box-sizing:border-box}html{scroll-behavior:smooth}",
    "body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"
    "'Segoe UI',Roboto,'Helvetica "
    "Neue',Arial,sans-serif;overflow-wrap:break-word}code,.mono{overflow-wrap:anywhere}",
    "main,header.top,nav.top{max-width:72rem;margin:0 auto;padding:0 1.25rem}",
    "header.top{padding-top:2rem}h1{font-size:1.9rem;line-height:1.2;margin:0 0 .25rem}",
    "h2{font-size:1.35rem;margin:2.75rem 0 .75rem;padding-top:.5rem;border-top:2px solid "
    "var(--line)}h3{font-size:1.08rem;margin:1.5rem 0 .5rem}p{margin:.4rem 0 .8rem}",
    "a{color:var(--accent)}a:focus-visible,summary:focus-visible{outline:3px solid var(--accent);"
    "outline-offset:2px;border-radius:3px}",
    "h4{font-size:1rem;margin:1.25rem 0 "
    ".25rem}.dim{color:var(--dim)}.small{font-size:.86rem}code,.mono{font-family:var(--mono);"
    "font-size:.86em}",
    ".skip{position:absolute;left:-999rem}.skip:focus{left:1rem;top:1rem;background:var(--card);"
    "padding:.5rem 1rem;z-index:2}",
    "nav.top{position:sticky;top:0;background:var(--ground);z-index:1;border-bottom:1px solid "
    "var(--line);margin-top:1rem}nav.top ul{display:flex;gap:1.25rem;list-style:none;margin:0;"
    "padding:.6rem 0;overflow-x:auto;white-space:nowrap}nav.top a{text-decoration:none}",
    ".tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.75rem;"
    "margin:1.25rem 0;padding:0;list-style:none}.tiles li{background:var(--card);border:1px solid "
    "var(--line);border-radius:.6rem;padding:.7rem .9rem}.tiles strong{display:block;"
    "font-size:1.7rem;line-height:1.2;font-variant-numeric:tabular-nums}",
    ".note{border-left:4px solid var(--accent);background:var(--card);padding:.7rem 1rem;"
    "border-radius:0 .4rem .4rem 0;margin:1rem 0}",
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem;background:var(--card);"
    "font-size:.92rem}th,td{text-align:left;vertical-align:top;padding:.45rem .6rem;"
    "border-bottom:1px solid var(--line)}thead th{font-size:.8rem;color:var(--dim);"
    "font-weight:600;white-space:nowrap}tbody tr:hover{background:color-mix(in srgb,"
    "var(--accent) 5%,transparent)}caption{text-align:left;padding:.3rem 0;color:var(--dim)}",
    "td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}",
    "dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.25rem;margin:.5rem "
    "0}dl.facts dt{color:var(--dim)}dl.facts dd{margin:0}",
    ".verdict{display:inline-block;font-weight:600;font-size:.78rem;letter-spacing:.02em;"
    "padding:.1rem .5rem;border-radius:999px;white-space:nowrap;color:var(--none);"
    "background:var(--none-ground)}.verdict.pass{color:var(--pass);background:var(--pass-ground)}"
    ".verdict.fail,.verdict.error,.verdict.vacuous,.verdict.xpass,.verdict.interrupted{"
    "color:var(--bad);background:var(--bad-ground)}.verdict.blocked,.verdict.partial,"
    ".verdict.xfail{color:var(--wait);background:var(--wait-ground)}",
    "details{background:var(--card);border:1px solid var(--line);border-radius:.6rem;margin:.75rem "
    "0;padding:0 1rem}details[open]{padding-bottom:.75rem}summary{cursor:pointer;padding:.7rem "
    "0;font-weight:600}summary .verdict{margin-right:.5rem}",
    "tr.bad td{background:color-mix(in srgb,var(--bad-ground) 55%,transparent)}tr.chapter th{"
    "background:var(--ground);font-size:.86rem;padding-top:1rem;color:var(--ink)}",
    "svg.timeline{width:100%;height:auto;display:block;margin:.5rem 0}svg.timeline text{"
    "font:12px system-ui,sans-serif;fill:var(--dim)}svg .axis{stroke:var(--line);stroke-width:1}",
    "svg .bar{fill:var(--none);stroke:var(--card);stroke-width:1}"
    "svg .pass{fill:var(--pass)}svg .fail,svg .error,"
    "svg .vacuous,svg .xpass,svg .interrupted{fill:var(--bad)}svg .blocked,svg .partial,"
    "svg .xfail{fill:var(--wait)}",
    "footer{max-width:72rem;margin:3rem auto 2rem;padding:0 1.25rem;color:var(--dim);"
    "font-size:.86rem}",
    "@media(max-width:46rem){body{font-size:15px}table.cards thead{position:absolute;"
    "left:-999rem}table.cards tr{display:block;border-bottom:2px solid var(--line);padding:.4rem "
    "0}table.cards td,table.cards tr.chapter th{display:block;border:0;padding:.15rem .6rem}"
    "table.cards td[data-label]::before{content:attr(data-label) ': ';color:var(--dim);"
    "font-size:.8rem}table.cards td:empty{display:none}td.number{text-align:left}dl.facts{"
    "grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:.5rem}div.wide{overflow-x:auto}"
    "svg.timeline{min-width:40rem}}",
    "@media print{:root{--ground:#fff;--card:#fff;--ink:#000;--dim:#444;--line:#bbb;--accent:#000;"
    "--pass:#000;--bad:#000;--wait:#000;--none:#000;--pass-ground:#fff;--bad-ground:#fff;"
    "--wait-ground:#fff;--none-ground:#fff}body{font-size:10pt}nav.top,.skip{display:none}"
    "details{border:0;padding:0}.verdict{border:1px solid #000}tr.bad{font-weight:600}h2{"
    "break-after:avoid}tr,details,svg{break-inside:avoid}section.first{break-after:page}a{"
    "text-decoration:none;color:#000}@page{margin:16mm 14mm}}",
    "@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}",
    NULL,
};
