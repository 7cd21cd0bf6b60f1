// Open reports in Chromium: node browser.js CHROMIUM FILE...; a line for each complaint, and how many pages were looked at.
'use strict';

const { statSync } = require('fs');
const path = require('path');
const { pathToFileURL } = require('url');
const axe = require('axe-core');
const puppeteer = require('puppeteer-core');

const COLOURS = { runOnly: { type: 'rule', values: ['color-contrast'] }, resultTypes: ['violations'] };
const SCHEMES = ['light', 'dark'];
const WIDTHS = [360, 1000, 1600];
const LARGE = 500_000;
// What no rule of accessibility may find: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md#axe-core-tags
const RULES = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] };

async function looked(page, file, scheme, widths, rules, heard) {
  const url = pathToFileURL(file).href;
  const complaints = [];
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(url);
  for (const width of widths) {
    await page.setViewport({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) complaints.push(`is ${wide} pixels wide at ${width}`);
  }
  const asked = `${axe.source}; axe.run(document, ${JSON.stringify(rules)})`;
  const { violations } = rules ? await page.evaluate(asked) : { violations: [] };
  for (const each of violations) complaints.push(`axe ${each.id}: ${each.help}: ${each.nodes[0].html.slice(0, 200)}`);
  return [...complaints, ...heard.splice(0)].map((each) => `${path.basename(file)} (${scheme}): ${each}`);
}

async function main([chromium, ...files]) {
  const browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] });
  const page = await browser.newPage();
  const heard = [];
  page.on('console', (message) => heard.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => heard.push(`error: ${error}`));
  page.on('dialog', (dialog) => { heard.push(`dialog: ${dialog.message()}`); return dialog.dismiss(); });
  page.on('request', (request) => { if (!request.isNavigationRequest() || request.frame() !== page.mainFrame()) heard.push(`request: ${request.url()}`); });
  let complaints = [];
  for (const file of files) {
    for (const scheme of SCHEMES) {
      // The dark page differs in nothing but its colours, and those of a large one are those of the others.
      const [widths, rules] = scheme === 'light' ? [WIDTHS, RULES] : [[WIDTHS[0]], statSync(file).size < LARGE && COLOURS];
      complaints = complaints.concat(await looked(page, path.resolve(file), scheme, widths, rules, heard));
    }
  }
  await browser.close();
  complaints.forEach((each) => console.log(each));
  console.log(`${files.length} pages in Chromium, ${complaints.length} complaints`);
  return complaints.length || !files.length ? 1 : 0;
}

main(process.argv.slice(2)).then((code) => process.exit(code));
