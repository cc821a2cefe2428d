import { expect, it } from '@jest/globals';

import { haveSameLabels, withSentLabels } from '../../src/record/sent-labels.ts';

const LABEL = { id: 3, name: 'VIP' };

it.each<readonly [action: string, subject: object, expected: object]>([
  ['EDITED_A_CLIENT', { id: 1, labels: [LABEL] }, { id: 1, labels: [LABEL] }],
  ['EDITED_A_CLIENT', { id: 1, labels: [] }, { id: 1 }],
  ['EDITED_A_CLIENT', { id: 1, labels: null }, { id: 1 }],
  ['EDITED_A_CLIENT', { id: 1 }, { id: 1 }],
  ['REMOVED_A_LABEL_FROM_A_USER', { id: 1, labels: [] }, { id: 1, labels: [] }],
  ['REMOVED_LABELS', { id: 1, labels: [] }, { id: 1, labels: [] }],
  ['RELABELLED_A_CLIENT', { id: 1, labels: [] }, { id: 1 }],
  ['REMOVED_A_LABEL_FROM_A_USER', { id: 1, labels: null }, { id: 1 }],
  ['EDITED_A_CLIENT', { id: 1, user: { labels: [] } }, { id: 1 }],
])('the subject of %s with %j is compared as %j', (action, subject, expected) => {
  expect(withSentLabels({ ...subject }, { action })).toEqual(expected);
});

it.each<readonly [labels: unknown, others: unknown, areSame: boolean]>([
  [[LABEL], [{ id: '3', name: 'Other' }], true],
  [[LABEL], [3], true],
  [[LABEL, 4], [4, LABEL], true],
  [[{ name: 'VIP' }], ['VIP'], true],
  [[LABEL], [LABEL, 4], false],
  [[LABEL], [{ id: 4, name: 'VIP' }], false],
  [[LABEL], [], false],
  [[], [], false],
  [null, null, false],
])('the labels %j and %j are the same: %s', (labels, others, areSame) => {
  const event = (own: unknown) => ({ action: 'A', subject: { labels: own } });
  expect(haveSameLabels(event(labels), event(others))).toBe(areSame);
});
