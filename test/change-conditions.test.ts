import { expect, it } from '@jest/globals';

import { checkConditions, type KnownChange } from '../src/change-conditions.ts';

const change: KnownChange = {
  comparison: {
    changes: [{ key: 'client_email', field: 'Client Email', before: '', after: 'a@example.com' }],
    addedLabels: null,
    removedLabels: null,
    earlier: new Map(),
  },
  earlier: { status: 'live', pipeline_stage: null },
  uncompared: () => new Set(['client_mobile']),
};

it.each([
  ['met', {}],
  ['met', { changedFields: ['client_mobile', 'client_email'], earlierStatuses: ['live'] }],
  ['unknown', { changedFields: ['client_mobile'] }],
  ['unknown', { addedLabel: '1', earlierStatuses: ['live'] }],
  ['violated', { changedFields: ['client_town'] }],
  ['violated', { changedFields: ['client_mobile'], earlierStatuses: ['dormant'] }],
  ['violated', { addedLabel: '1', earlierStages: ['3'] }],
])('conditions are %s: %j', (result, conditions) => {
  expect(checkConditions(conditions, change)).toBe(result);
});
