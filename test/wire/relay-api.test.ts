/**
 * The paths, headers and limits of the relay, restated by hand. Users have pasted the path of a channel into
 * TutorCruncher. Zaps, older apps and open pages use the other values. None of these values may change.
 */

import { expect, it } from '@jest/globals';

import * as consoleApi from '../../wire/console-api.ts';
import * as linkApi from '../../wire/link-api.ts';
import { NOTICE_MS } from '../../wire/notice.ts';
import * as relayApi from '../../wire/relay-api.ts';

it("does not change the relay's paths, headers and limits", () => {
  expect({ ...consoleApi, ...linkApi, ...relayApi, NOTICE_MS }).toMatchObject({
    HOOKS_PATH: '/hooks',
    CHANNEL_PATH: '/channel',
    EVENTS_PATH: '/channel/events',
    SUBSCRIPTIONS_PATH: '/channel/subscriptions',
    LINKS_PATH: '/channel/links',
    DATA_KEYS_PATH: '/channel/keys',
    CONSOLE_PATH: '/console',
    CONSOLE_LINK_PATH: '/console/api/link',
    CONSOLE_OVERVIEW_PATH: '/console/api/overview',
    CONSOLE_EVENTS_PATH: '/console/api/events',
    CONSOLE_SEND_AGAIN_PATH: '/console/api/send-again',
    CONSOLE_RETRY_PATH: '/console/api/retry',
    DELIVERY_ID_HEADER: 'relay-delivery-id',
    REGISTRATION_SECRET_HEADER: 'relay-registration-secret',
    RELAY_ORIGIN_HEADER: 'relay-origin',
    LINK_HOURS: 24,
    MAX_LINKS: 10,
    MAX_LINK_KEYS: 256,
    MAX_VERDICTS: 50,
    RETRIES_PER_MINUTE: 10,
    MAX_LISTED_EVENTS: 500,
    DEFAULT_LISTED_EVENTS: 50,
    MAX_LISTED_CONTENT_BYTES: 20_480,
    MAX_PAGE_BYTES: 2_000_000,
    MAX_SENT_AGAIN: 500,
    MAX_FILTERED_ACTIONS: 100,
    MAX_ZAP_OPTIONS: 20,
    NOTICE_MS: 86_400_000,
    OUTCOMES: ['failed', 'given_up', 'waiting', 'delivered', 'not_wanted'],
  });
});

it.each([
  ['0123456789abcdefghij', true],
  ['!"#$%&\'()*+-./:;<=>?@[]^_`{|}~', true],
  ['0123456789abcdefghi', false],
  ['0123456789abcdefghij,', false],
  ['0123456789 abcdefghij', false],
  ['0123456789abcdefghij\n', false],
  ['0123456789abcdefghij\u00e9', false],
])('accepts only visible ASCII without commas as a registration secret: %j, %s', (text, isSecret) => {
  expect(relayApi.isRegistrationSecret(text)).toBe(isSecret);
});
