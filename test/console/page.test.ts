/**
 * The console's page in Chromium, with a real relay. `relay/test/http-console.test.ts` tests the relay's other responses.
 */

import { existsSync } from 'node:fs';

import { afterAll, afterEach, beforeAll, describe, jest } from '@jest/globals';
import type { Browser } from 'playwright-core';

import type { ConsolePage } from '../../relay/console-page.ts';
import { whereAvailable } from '../../relay/test/required-tool.ts';
import { describeWithDatabase } from '../../relay/test/test-database.ts';
import { bundledPage } from '../../scripts/console.ts';
import { CHROMIUM, ConsoleBed, launchBrowser } from './console-bed.ts';
import { clock } from './page/clock.ts';
import { branch } from './page/events.ts';
import { layout, pages } from './page/layout.ts';
import { oneZap } from './page/one-zap.ts';
import { sendAgainDialog } from './page/send-again-dialog.ts';
import { sendAgain, sendManyAgain, sendToSuccessor } from './page/send-again.ts';
import { shownStates } from './page/shown-states.ts';
import { access, emptyChannel, unavailable } from './page/status.ts';
import { tasks } from './page/tasks.ts';

// This is longer than the time limit of the browser's waits, which fail with better messages.
jest.setTimeout(90_000);

const describeWithBrowser = whereAvailable(
  describe,
  existsSync(CHROMIUM),
  'the tests of the console in a browser',
  'Install Chromium (Debian: apt-get install chromium), or set CHROMIUM_PATH.',
);

let browser: Browser;
let page: ConsolePage;

/** Defines tests that share a channel. @param newDatabase - creates a PostgreSQL database; default: a SQLite file */
function describeChannel(
  name: string,
  tests: readonly ((bed: () => ConsoleBed) => void)[],
  newDatabase?: () => Promise<string>,
): void {
  describe(name, () => {
    let bed: ConsoleBed;
    beforeAll(async () => {
      bed = await ConsoleBed.start(browser, page, await newDatabase?.());
    });
    // An open page keeps sending requests.
    afterEach(() => bed.closeWindows());
    afterAll(() => bed.stop());
    for (const define of tests) define(() => bed);
  });
}

describeWithBrowser('the console', () => {
  beforeAll(async () => {
    [browser, page] = await Promise.all([launchBrowser(), bundledPage()]);
  });
  afterAll(() => browser.close());

  describeChannel('in an empty channel', [emptyChannel, access]);
  describeChannel('in a channel with a failing Zap', [branch]);
  describeChannel('in a channel with dead letters', [sendAgain, sendToSuccessor]);
  describeChannel('in a channel with one Zap', [oneZap]);
  describeChannel('in a busy channel', [pages, sendManyAgain]);
  describeChannel('in a channel as time passes', [clock]);
  describeChannel('in a channel with many events', [layout, shownStates, sendAgainDialog, unavailable]);
  // The other channels are on SQLite.
  describeWithDatabase('with PostgreSQL', (database) => {
    describeChannel('on PostgreSQL', [tasks], () => database.newSchema());
  });
});
