/**
 * The relay's paths, restated by hand. Users have pasted the path of a channel into TutorCruncher, and Zaps subscribe at
 * the other paths, so none may change.
 */

import { expect, it } from '@jest/globals';

import {
  CHANNEL_PATH,
  DELIVERY_ID_HEADER,
  EVENTS_PATH,
  HOOKS_PATH,
  isRegistrationSecret,
  REGISTRATION_SECRET_HEADER,
  SUBSCRIPTIONS_PATH,
} from '../../wire/relay-api.ts';

it("does not change the relay's paths and headers", () => {
  expect({
    HOOKS_PATH,
    CHANNEL_PATH,
    EVENTS_PATH,
    SUBSCRIPTIONS_PATH,
    DELIVERY_ID_HEADER,
    REGISTRATION_SECRET_HEADER,
  }).toEqual({
    HOOKS_PATH: '/hooks',
    CHANNEL_PATH: '/channel',
    EVENTS_PATH: '/channel/events',
    SUBSCRIPTIONS_PATH: '/channel/subscriptions',
    DELIVERY_ID_HEADER: 'relay-delivery-id',
    REGISTRATION_SECRET_HEADER: 'relay-registration-secret',
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
  expect(isRegistrationSecret(text)).toBe(isSecret);
});
