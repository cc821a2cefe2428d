/**
 * `npm run pictures`: takes the screenshots of README.md and docs/guide.md in Chromium, with the relay of `npm start`.
 * It takes two minutes, because the relay attempts the refused event three times.
 */

import { chromium, type Page } from 'playwright-core';

import { consoleLinkOf, sendEvent, turnOnAll } from './relayed-zaps.ts';
import { invoicePaid } from './sample-delivery.ts';
import { startDemonstration } from './start.ts';

/** Maximum time until the relay gives up an event, in milliseconds. The relay retries after 10 and 60 seconds. */
const GIVE_UP_MS = 180_000;

const demonstration = await startDemonstration(false);
const { setUp } = demonstration;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium' });

async function openConsole(): Promise<Page> {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/London',
  });
  await page.goto(await consoleLinkOf(setUp.zapier, 'lesson_completed'));
  return page;
}

// The screenshot of the list that `npm start` opens.
await demonstration.show();
const list = await openConsole();
await list.getByText('3 events', { exact: true }).waitFor();
await list.screenshot({ path: 'docs/console.png' });

// The screenshot of an event that its Zap refuses.
const { trigger, deliveries } = invoicePaid();
setUp.runs.refusing.add(trigger);
await turnOnAll(setUp, trigger);
for (const delivery of deliveries) await sendEvent(setUp, delivery);
const event = await openConsole();
await event.getByText('Invoice paid', { exact: true }).click();
await event.getByRole('button', { name: 'Send again' }).waitFor({ timeout: GIVE_UP_MS });
await event.screenshot({ path: 'docs/console-event.png' });

console.log('Wrote docs/console.png and docs/console-event.png.');
await browser.close();
// The relay and the stand-ins would keep the process running.
process.exit(0);
