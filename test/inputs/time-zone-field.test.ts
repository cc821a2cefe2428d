import { describe, expect, it } from '@jest/globals';

import { PRIVATE_KEY, triggerOf } from '../../local/hook-calls.ts';
import { TIME_ZONE_FIELD } from '../../src/inputs/time-zone-field.ts';
import { webhookTriggers } from '../../triggers/index.ts';
import { appTester } from '../support/app-tester.ts';
import { tutorCruncherApi, withoutNetwork } from '../support/tutorcruncher-api.ts';

withoutNetwork();

const KEY = 'lesson_completed';
const bundle = { authData: { private_key: PRIVATE_KEY }, inputData: {} };

async function fieldShown(key = KEY): Promise<unknown> {
  const fields = (await appTester(triggerOf(key).definition.operation.inputFields, bundle, true)) as { key: string }[];
  return fields.find((field) => field.key === 'time_zone');
}

const withBranch = (branch: object) => tutorCruncherApi().get('/api/branch/').reply(200, branch);

describe('the field Time Zone', () => {
  it('belongs to every trigger, optional and without choices', () => {
    for (const {
      definition: { operation },
      inputFields,
    } of webhookTriggers) {
      expect(inputFields.at(-1)).toBe(TIME_ZONE_FIELD);
      expect(typeof operation.inputFields.at(-1)).toBe('function');
    }
    expect(TIME_ZONE_FIELD).toMatchObject({ required: false, type: 'string', label: 'Time Zone' });
    expect(TIME_ZONE_FIELD.helpText).toContain('`Europe/London`');
  });

  it('defaults to the time zone of the branch', async () => {
    withBranch({ id: 1, name: 'Sydney', timezone: 'Australia/Sydney' });
    expect(await fieldShown()).toEqual({ ...TIME_ZONE_FIELD, default: 'Australia/Sydney' });
  });

  it.each([{ timezone: null }, {}, { timezone: 'Middle/Earth' }, { timezone: 'GB' }, { timezone: 7 }])(
    'has no default for a branch with %j',
    async (branch) => {
      withBranch({ id: 1, name: 'Bristol', ...branch });
      expect(await fieldShown()).toEqual(TIME_ZONE_FIELD);
    },
  );

  it.each([[404], [500], [401]])('is shown without a default if the API responds with %d', async (status) => {
    tutorCruncherApi().get('/api/branch/').reply(status, {});
    expect(await fieldShown('any_event')).toEqual(TIME_ZONE_FIELD);
  });
});
