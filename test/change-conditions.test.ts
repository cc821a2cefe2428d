import { expect, it } from '@jest/globals';

import { checkConditions } from '../src/change-conditions.ts';
import type { Comparison } from '../src/record/changes.ts';

const comparison: Comparison = {
  changes: [{ key: 'client_email', field: 'Client Email', before: '', after: 'a@example.com', line: '' }],
  changedKeys: new Set(['client_email', 'client_latitude']),
  addedLabels: null,
  removedLabels: null,
  earlier: {},
  uncomparedKeys: () => new Set(['client_mobile', 'job_name']),
};
const earlier = { status: 'live', pipeline_stage: null };

const fields = (...keys: string[]) => ({ fields: keys, identity: null });
const job = { fields: ['job_name', 'job_id'], identity: 'job_id' };

it.each([
  ['met', {}],
  ['met', { changedFields: [fields('client_mobile'), fields('client_email')], earlierStatuses: ['live'] }],
  ['met', { changedFields: [fields('client_longitude', 'client_latitude')] }],
  ['unknown', { changedFields: [fields('client_mobile')] }],
  ['unknown', { changedFields: [fields('client_town', 'client_mobile')] }],
  ['violated', { changedFields: [job] }],
  ['unknown', { changedFields: [{ ...job, identity: 'client_mobile' }] }],
  ['unknown', { addedLabel: '1', earlierStatuses: ['live'] }],
  ['violated', { changedFields: [fields('client_town')] }],
  ['violated', { changedFields: [fields('client_mobile')], earlierStatuses: ['dormant'] }],
  ['violated', { addedLabel: '1', earlierStages: ['3'] }],
])('conditions are %s: %j', (result, conditions) => {
  expect(checkConditions(conditions, comparison, earlier)).toBe(result);
});
