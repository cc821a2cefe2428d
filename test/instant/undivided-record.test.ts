/** The change in the record of an event about an added label, in an app that is built for a relay. */

import { expect, it } from '@jest/globals';

import { client } from '../../objects/client.ts';
import { areLabelAdditions } from '../../src/instant/decide.ts';
import { sampleRecord } from '../../src/instant/undivided-record.ts';
import { relayedView } from '../support/relayed-view.ts';
import type { JsonObject } from '../../wire/json.ts';

const FILTER = { actions: { actions: [] }, object: 'client' as const };
const ADDED = 'ADDED_A_LABEL_TO_A_USER';
const VIP = { id: 3, name: 'VIP' };
const WEEKEND = { id: 21, name: 'Weekend' };

it.each<[actions: readonly string[], expected: boolean]>([
  [[ADDED], true],
  [[ADDED, 'ADDED_A_LABEL_TO_A_SERVICE'], true],
  [[ADDED, 'EDITED_A_CLIENT'], false],
  [[], false],
])('the actions %j add a label: %j', (actions, expected) => {
  expect(areLabelAdditions(actions)).toBe(expected);
});

it.each<[earlier: JsonObject, isKnown: boolean, added: string | null]>([
  [{ labels: [WEEKEND] }, true, 'VIP'],
  [{ labels: [WEEKEND, VIP] }, false, null],
  [{ labels: [] }, false, null],
  [{}, false, null],
])('after an event with %j, an added label is known: %j', (earlier, changes_known, added_labels) => {
  const subject = { model: 'Client', id: 5, last_name: 'Raman' };
  const event = { ...client.sample, action: ADDED, subject: { ...subject, labels: [WEEKEND, VIP] } };
  const previous = {
    ...event,
    action: 'EDITED_A_CLIENT',
    timestamp: '2026-06-10T18:04:00Z',
    subject: { ...subject, ...earlier },
  };
  const record = sampleRecord({ event, previous, burst: [] }, FILTER, relayedView(client));
  expect(record).toMatchObject({ changes_known, added_labels });
});
