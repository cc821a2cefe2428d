import { describe, expect, it } from '@jest/globals';
import type { Bundle } from 'zapier-platform-core';

import { describeZap } from '../../src/hooks/zap-description.ts';
import { EARLIER_STAGES_FIELD, STAGES_FIELD } from '../../src/instant/change-inputs.ts';
import { ACTIONS_FIELD, LABEL_FIELD, statusesField, type FilterField } from '../../src/choices/filter-fields.ts';
import { MAX_LABEL_LENGTH, MAX_VALUE_LENGTH, MAX_ZAP_OPTIONS } from '../../wire/console-api.ts';

const FIELDS = [statusesField(['live', 'in-progress']), LABEL_FIELD];
const bundleOf = (inputData: object, meta?: object) => ({ inputData, meta }) as unknown as Bundle;

describe('the description of a Zap', () => {
  it('names the trigger and the choices that were made, in the words of the editor', () => {
    const inputData = { statuses: ['in-progress', 'live', 'gone'], label: 21, time_zone: 'UTC' };
    expect(describeZap('Client Status Changed', FIELDS, bundleOf(inputData))).toEqual({
      trigger: 'Client Status Changed',
      options: [
        { label: 'New Statuses', value: 'In Progress, Live, gone' },
        { label: 'Label', value: 'ID 21' },
      ],
      zap_id: null,
    });
  });

  it.each([LABEL_FIELD, STAGES_FIELD, EARLIER_STAGES_FIELD])(
    'does not contain a name that was typed instead of chosen: $field.label',
    (filterField) => {
      const inputData = { [filterField.field.key]: ['VIP', 'VIP 21', '21 VIP', 21] };
      expect(describeZap('Client Updated', [filterField], bundleOf(inputData)).options).toEqual([
        { label: filterField.field.label, value: 'custom value, custom value, custom value, ID 21' },
      ]);
    },
  );

  it('contains the events of New Event, which are the same in all accounts', () => {
    const inputData = { actions: ['CREATED_A_CLIENT'] };
    expect(describeZap('New Event', [ACTIONS_FIELD], bundleOf(inputData)).options).toEqual([
      { label: 'Events', value: 'CREATED_A_CLIENT' },
    ]);
  });

  it('has no options if nothing was chosen', () => {
    const inputData = { statuses: [], label: '', other: 'x' };
    expect(describeZap('New Client', FIELDS, bundleOf(inputData)).options).toEqual([]);
  });

  it.each([
    [{ zap: { id: '123456789' } }, '123456789'],
    [{ zap: { id: 42 } }, '42'],
    [{ zap: { id: 'subscription:12' } }, null],
    [{ zap: { id: '12/../x' } }, null],
    [{ zap: { id: '1'.repeat(21) } }, null],
    [{ zap: {} }, null],
    [{}, null],
    [undefined, null],
  ])('has the id of a Zap that Zapier describes as %j', (meta, id) => {
    expect(describeZap('New Client', [], bundleOf({}, meta)).zap_id).toBe(id);
  });

  it('shortens only a label that is longer than a relay accepts', () => {
    const triggerWith = (length: number) => describeZap('t'.repeat(length), [], bundleOf({})).trigger;
    expect(triggerWith(MAX_LABEL_LENGTH)).toBe('t'.repeat(MAX_LABEL_LENGTH));
    expect(triggerWith(MAX_LABEL_LENGTH + 1)).toBe(`${'t'.repeat(MAX_LABEL_LENGTH - 1)}…`);
  });

  it('is no longer than a relay accepts, regardless of the choices', () => {
    const field = (index: number): FilterField => ({
      field: { ...statusesField([]).field, key: `field${index}`, label: 'l'.repeat(200) },
      narrow: (filter) => filter,
    });
    const fields = Array.from({ length: 30 }, (_, index) => field(index));
    const inputData = Object.fromEntries(fields.map(({ field: { key } }) => [key, Array(50).fill('some choice')]));
    const { trigger, options } = describeZap('t'.repeat(200), fields, bundleOf(inputData));
    expect(trigger).toHaveLength(MAX_LABEL_LENGTH);
    expect(options).toHaveLength(MAX_ZAP_OPTIONS);
    for (const { label, value } of options) {
      expect(label).toHaveLength(MAX_LABEL_LENGTH);
      expect(value).toHaveLength(MAX_VALUE_LENGTH);
      expect(value).toMatch(/^some choice, .*…$/);
    }
  });
});
