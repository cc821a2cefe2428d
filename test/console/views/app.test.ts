/**
 * The console's page in Chromium, with a real relay. The other modules in this directory contain the tests. Each module
 * is named after a file in `console/views/`. The tests of `relay/http/console-event-routes.ts` and its neighbours check
 * the relay's responses that this page does not show.
 */

import { existsSync } from 'node:fs';

import { afterAll, afterEach, beforeAll, describe, expect, jest } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';

import type { ConsolePage } from '../../../relay/console-page.ts';
import { whereAvailable } from '../../../relay/test/support/required-tool.ts';
import { describeWithDatabase } from '../../../relay/test/support/test-database.ts';
import { bundledPage } from '../../../scripts/console.ts';
import { brokenWordsIn, VIEWER_ZONE, WINDOWS } from '../browser-page.ts';
import { startConsoleBed, type ConsoleBed } from '../console-bed.ts';
import { completedLesson, deliveredNote, failingZap } from './channels.ts';
import { chartBars, chartHours } from './chart.ts';
import { changes, eventRecord } from './event-detail.ts';
import { eventOutcomes } from './event-outcomes.ts';
import { changedRows, eventTable } from './event-table.ts';
import { manyEvents, nameSearch } from './events-view.ts';
import { filterBar } from './filter-bar.ts';
import { emptyChannel, failure, oneZap, silence } from './health-banner.ts';
import { access, expiry } from './no-access.ts';
import { unavailable } from './outdated.ts';
import { keyboardOnly, keyboardTasks } from './scenarios/keyboard.ts';
import { layout } from './scenarios/layout.ts';
import { wrongSignature } from './scenarios/wrong-signature.ts';
import { sendAgain, sendAgainDialog, sendManyAgain, sendToSuccessor } from './send-again.ts';
import { sendAllAgain } from './send-all-again.ts';
import { tryNow } from './try-now.ts';
import { zapList, zapWaits } from './zap-list.ts';

// This time limit is longer than the browser's own time limits for waits, whose errors have better messages.
jest.setTimeout(90_000);

/** Path of the browser: `chromium` in Debian, unless the environment names another browser. */
const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

const describeWithBrowser = whereAvailable(
  describe,
  existsSync(CHROMIUM),
  'the tests of the console in a browser',
  'Install Chromium (Debian: apt-get install chromium), or set CHROMIUM_PATH.',
);

let browser: Browser;
let window: Page;
let page: ConsolePage;
/** The errors in the window, except failed responses, which the page itself reports. */
const errors: string[] = [];

async function openWindow(): Promise<Page> {
  const context = await browser.newContext({
    viewport: WINDOWS.wide,
    locale: 'en-GB',
    timezoneId: VIEWER_ZONE,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const opened = await context.newPage();
  opened.on('pageerror', ({ message }) => errors.push(message));
  opened.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      errors.push(message.text());
  });
  return opened;
}

/**
 * Defines tests that share a channel.
 *
 * @param newDatabase - creates a PostgreSQL database and returns its URL; default: a SQLite file
 */
function describeChannel(
  name: string,
  tests: readonly ((bed: () => ConsoleBed) => void)[],
  newDatabase?: () => Promise<string>,
): void {
  describe(name, () => {
    let bed: ConsoleBed;
    beforeAll(async () => {
      bed = await startConsoleBed(window, page, await newDatabase?.());
    });
    afterAll(() => bed.stop());
    for (const define of tests) define(() => bed);
  });
}

describeWithBrowser('the console', () => {
  beforeAll(async () => {
    // The option keeps Chromium from starting a process that emulates a graphics card. This process would take a fifth
    // of the browser's CPU time.
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--disable-gpu'] });
    [window, page] = await Promise.all([openWindow(), bundledPage()]);
  });
  // The words on the page must stay whole on a narrow screen. Each test ends on a different view of the page.
  afterEach(async () => {
    await window.setViewportSize(WINDOWS.narrow);
    const brokenWords = await brokenWordsIn(window);
    await window.setViewportSize(WINDOWS.wide);
    await window.unrouteAll({ behavior: 'wait' });
    expect(errors.splice(0)).toEqual([]);
    expect(brokenWords).toEqual([]);
  });
  afterAll(() => browser.close());

  describeChannel('in an empty channel', [emptyChannel, access]);
  describeChannel('in a channel with a failing Zap', [
    failingZap,
    failure,
    eventTable,
    filterBar,
    nameSearch,
    sendAllAgain,
    chartHours,
    eventRecord,
    eventOutcomes,
    zapList,
    keyboardOnly,
    // `tryNow` comes last, because the failing Zap accepts its events from then on.
    tryNow,
  ]);
  describeChannel('in a channel with dead letters', [sendAgain, sendToSuccessor]);
  describeChannel('in a channel with one Zap', [oneZap]);
  describeChannel('in a channel with an invoice', [changes]);
  describeChannel('in a busy channel', [manyEvents, sendManyAgain]);
  describeChannel('in a channel as time passes', [completedLesson, expiry, silence]);
  describeChannel('in a channel with other events', [
    deliveredNote,
    layout,
    zapWaits,
    chartBars,
    changedRows,
    wrongSignature,
    sendAgainDialog,
    unavailable,
  ]);
  // The channels above use SQLite.
  describeWithDatabase('with PostgreSQL', (database) => {
    describeChannel('on PostgreSQL', [keyboardTasks], () => database.newSchema());
  });
});
