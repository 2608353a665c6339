// Looks at a page as it stands: light and dark, on a phone and on a desktop, with axe-core.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The rules that the theme can make a difference to: the rest of a page is the same in both. */
const ofTheme = ['color-contrast', 'link-in-text-block'];
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const grave = ['serious', 'critical'];
const sizes = { 320: { width: 320, height: 640 }, 360: { width: 360, height: 800 }, 1280: { width: 1280, height: 800 } };

/** What the looks at all pages have found. */
export class Findings {
  constructor(pictures) {
    this.pictures = pictures;
    this.faults = new Set();
    this.notes = new Set();
    this.pages = new Set();
    this.looks = 0;
  }

  /**
   * Looks at a page. In English it is checked by axe-core, and again with texts that are longer by half; in other languages only
   * its width is checked, on a phone.
   */
  async look(page, name, language) {
    this.pages.add(name);
    const isFirst = language === 'en';
    if (isFirst && (await page.evaluate(() => document.styleSheets.length)) !== 1) this.faults.add(`${name}: no stylesheet`);
    for (const width of isFirst ? [360, 1280] : [360]) {
      await page.setViewportSize(sizes[width]);
      for (const colorScheme of isFirst ? ['light', 'dark'] : ['light']) {
        this.looks += 1;
        await page.emulateMedia({ colorScheme });
        const place = `${name}, ${language}, ${colorScheme}, ${width} px`;
        await this.#measure(page, place);
        if (this.pictures) {
          const path = join(this.pictures, `${name}-${language}-${colorScheme}-${width}.png`);
          await page.screenshot({ path, fullPage: true });
        }
        if (isFirst) await this.#check(page, place, colorScheme);
      }
    }
    if (isFirst) {
      // What 1280 pixels are at 400 %.
      await page.setViewportSize(sizes[320]);
      await this.#measure(page, `${name}, 320 px`);
      await page.evaluate(lengthen);
      for (const width of [1280, 360]) {
        await page.setViewportSize(sizes[width]);
        await this.#measure(page, `${name}, longer texts, ${width} px`);
      }
    }
    await page.setViewportSize(sizes[1280]);
    await page.emulateMedia({ colorScheme: 'light' });
  }

  async #measure(page, place) {
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (wider > 0) this.faults.add(`${place}: ${wider} px wider than the screen`);
  }

  async #check(page, place, colorScheme) {
    // This runs in the debugger's own context: the page's policy stays in force.
    if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
    const runOnly = colorScheme === 'light' ? { type: 'tag', values: tags } : { type: 'rule', values: ofTheme };
    const options = { runOnly, resultTypes: ['violations'], selectors: false, preload: false };
    const found = await page.evaluate((wanted) => window.axe.run(document, wanted), options);
    for (const { id, impact, nodes } of found.violations) {
      const to = grave.includes(impact) ? this.faults : this.notes;
      to.add(`${place}: ${id} (${impact}) ${nodes[0].html} ${nodes[0].failureSummary}`);
    }
  }
}

/** Makes each text of the page longer by half, as other languages may be. Names and codes stay. */
function lengthen() {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest('script, code, bdi, textarea, time, svg')) continue;
    const words = node.nodeValue.trim().split(/\s+/).filter(Boolean);
    const more = words.filter((_, index) => index % 2 === 0).map((word) => word.replace(/[a-z]/g, 'ŵ'));
    if (more.length > 0) node.nodeValue = `${node.nodeValue.trimEnd()} ${more.join(' ')}`;
  }
}
