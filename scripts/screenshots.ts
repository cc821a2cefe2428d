/**
 * `npx node scripts/screenshots.ts LINK`: takes the screenshots of the console in `docs/` with Chromium. LINK is the link that
 * `npm start -- tour` prints.
 */

import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url));

/** Takes screenshots of the page that a link opens. */
async function takeScreenshots(link: string): Promise<void> {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium' });
  try {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 900 },
      locale: 'en-GB',
      timezoneId: 'Europe/London',
    });
    await page.goto(link);
    await page.locator('.list').waitFor();
    await page.screenshot({ path: `${DOCS}console.png` });
    await page.getByRole('button', { name: /^Stopped/ }).click();
    await page.getByRole('link', { name: 'Invoice paid' }).click();
    await page.getByRole('heading', { name: 'Record' }).waitFor();
    await page.screenshot({ path: `${DOCS}console-event.png` });
  } finally {
    await browser.close();
  }
}

const [link] = process.argv.slice(2);
if (link === undefined) {
  console.error('Pass the link that npm start -- tour prints: npx node scripts/screenshots.ts LINK');
  process.exit(1);
}
await takeScreenshots(link);
