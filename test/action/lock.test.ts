import { expect, it } from '@jest/globals';

import { actions } from '../../creates/index.ts';

it('actions that could create duplicates at the same time have a lock per connection', () => {
  const locked = actions.filter(({ definition }) => definition.operation.lock?.scope.includes('auth'));
  const names = [
    'client',
    'enquiry',
    'tutor',
    'student',
    'affiliate',
    'job',
    'lesson',
    'credit_request',
    'ad_hoc_charge',
  ];
  const keys = [...names.map((name) => `create_${name}`), 'add_tutor_skill'];
  expect(locked.map(({ definition: { key } }) => key).sort()).toEqual(keys.sort());
  for (const { definition } of locked) {
    expect(definition.operation.lock).toEqual({ key: definition.key, scope: ['auth'], timeout: 30 });
  }
});

it('actions that write back what they read have a lock for each record of an account, without the private key', () => {
  const locked = actions.filter(({ definition }) => definition.operation.lock?.scope.includes('account'));
  expect(locked.map(({ definition }) => definition.operation.lock)).toEqual(
    ['client', 'job', 'lesson', 'ad_hoc_charge'].map((word) => ({
      key: `update_${word} {{bundle.inputData.${word}}}`,
      scope: ['account'],
      timeout: 30,
    })),
  );
  for (const { inputs, definition } of locked) {
    const [, key] = /\{\{bundle\.inputData\.(\w+)\}\}/.exec(String(definition.operation.lock?.key)) ?? [];
    expect(inputs.find(({ field }) => field.key === key)?.field.required).toBe(true);
  }
});
