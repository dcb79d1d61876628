// SPDX-License-Identifier: Apache-2.0
// Run within a page by pages.py: what a reader with bad eyes, a narrow screen or a screen reader
// would trip over. Gives a list of sentences, empty when all is well.
const findings = [];
const channel = (value) => {
  const c = value / 255;
  return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};
const numbers = (color) => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = numbers(getComputedStyle(at).backgroundColor);
    if (color[3] === 255) return color;
  }
  return [255, 255, 255, 255];
};
// WCAG 2.1 1.4.3: 4.5 to 1, large text 3 to 1.
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const style = getComputedStyle(element);
  if (!walker.currentNode.data.trim() || !element.checkVisibility({visibilityProperty: true}))
    continue;
  if (element.closest("script, style, noscript, .hide, :disabled")) continue;
  const pair = [luminance(numbers(style.color)), luminance(ground(element))].sort((a, b) => b - a);
  const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
  const size = parseFloat(style.fontSize);
  if (ratio < (size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5))
    findings.push(
        `contrast ${ratio.toFixed(2)} of "${walker.currentNode.data.trim().slice(0, 30)}"`);
}
for (const field of document.querySelectorAll("input, select"))
  if (!field.hidden && !field.labels?.length && !field.ariaLabel)
    findings.push(`no label at ${field.outerHTML}`);
for (const image of document.images)
  if (!image.hasAttribute("alt")) findings.push("an image without alt");
// 1.4.10: nothing to scroll sideways. 2.5.8: targets of 24 px.
if (document.documentElement.scrollWidth > innerWidth)
  findings.push(`it is ${document.documentElement.scrollWidth} px wide on ${innerWidth} px`);
for (const target of document.querySelectorAll(
         "a:not(.skip), button, select, input:not([type=checkbox])")) {
  const box = target.getBoundingClientRect();
  if (box.height && box.height < 24)
    findings.push(`a target of ${box.height} px: ${target.textContent.trim()}`);
}
const levels = [...document.querySelectorAll("h1, h2, h3")]
                   .filter((h) => h.checkVisibility())
                   .map((h) => +h.tagName[1]);
if (levels.filter((level) => level === 1).length !== 1) findings.push("not one h1");
if (levels.some((level, i) => i && level > levels[i - 1] + 1))
  findings.push(`heading levels ${levels}`);
if (!document.documentElement.lang || !document.title || !document.querySelector("main"))
  findings.push("no lang, title or main");
return findings;
