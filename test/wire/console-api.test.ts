/** The console's paths, restated by hand because older apps and open pages call them. */

import { expect, it } from '@jest/globals';

import {
  CONSOLE_EVENTS_PATH,
  CONSOLE_LINK_PATH,
  CONSOLE_OVERVIEW_PATH,
  CONSOLE_PATH,
  CONSOLE_SEND_AGAIN_PATH,
  MAX_SENT_AGAIN,
  OUTCOMES,
} from '../../wire/console-api.ts';
import { DATA_KEYS_PATH, LINK_HOURS, LINKS_PATH, MAX_LINKS } from '../../wire/link-api.ts';

it("does not change the console's paths, limits and outcomes", () => {
  expect({
    CONSOLE_PATH,
    LINKS_PATH,
    DATA_KEYS_PATH,
    CONSOLE_LINK_PATH,
    CONSOLE_OVERVIEW_PATH,
    CONSOLE_EVENTS_PATH,
    CONSOLE_SEND_AGAIN_PATH,
    LINK_HOURS,
    MAX_LINKS,
    MAX_SENT_AGAIN,
    OUTCOMES,
  }).toEqual({
    CONSOLE_PATH: '/console',
    LINKS_PATH: '/channel/links',
    DATA_KEYS_PATH: '/channel/keys',
    CONSOLE_LINK_PATH: '/console/api/link',
    CONSOLE_OVERVIEW_PATH: '/console/api/overview',
    CONSOLE_EVENTS_PATH: '/console/api/events',
    CONSOLE_SEND_AGAIN_PATH: '/console/api/send-again',
    LINK_HOURS: 24,
    MAX_LINKS: 10,
    MAX_SENT_AGAIN: 500,
    OUTCOMES: ['failed', 'given_up', 'waiting', 'delivered', 'not_wanted'],
  });
});
