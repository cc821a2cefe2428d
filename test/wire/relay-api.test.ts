/**
 * The relay's paths, restated by hand. Users have pasted the path of a channel into TutorCruncher, and Zaps subscribe at
 * the other paths, so none may change.
 */

import { expect, it } from '@jest/globals';

import { CHANNEL_PATH, DELIVERY_ID_HEADER, EVENTS_PATH, HOOKS_PATH, SUBSCRIPTIONS_PATH } from '../../wire/relay-api.ts';

it("does not change the relay's paths and headers", () => {
  expect({ HOOKS_PATH, CHANNEL_PATH, EVENTS_PATH, SUBSCRIPTIONS_PATH, DELIVERY_ID_HEADER }).toEqual({
    HOOKS_PATH: '/hooks',
    CHANNEL_PATH: '/channel',
    EVENTS_PATH: '/channel/events',
    SUBSCRIPTIONS_PATH: '/channel/subscriptions',
    DELIVERY_ID_HEADER: 'relay-delivery-id',
  });
});
