/** Zapier's publishing rules for searches, each test with the number of its rule. */

import { createRequire } from 'node:module';

import { describe, expect, it } from '@jest/globals';

import { dropdownTriggers } from '../src/dropdown-triggers.ts';
import { isEventKey } from '../src/record/event-keys.ts';
import { objectSearches } from '../searches/index.ts';
import { app } from './helpers.ts';

const searchKeys = objectSearches.map(({ definition }) => definition.key);

const SMALL_WORDS = [
  'a',
  'an',
  'and',
  'as',
  'at',
  'by',
  'for',
  'from',
  'in',
  'is',
  'of',
  'on',
  'or',
  'per',
  'the',
  'to',
];
const isTitleCase = (label: string) =>
  label.split(' ').every((word, index) => /^[A-Z0-9]/.test(word) || (index > 0 && SMALL_WORDS.includes(word)));

describe('the definition of the app', () => {
  it('meets the schema of zapier-platform-core', () => {
    const { validateAppDefinition } = createRequire(import.meta.url)('zapier-platform-schema') as {
      validateAppDefinition: (definition: unknown) => { errors: { stack: string }[] };
    };
    // As core prepares a definition for validation: functions become references.
    const definition: unknown = JSON.parse(
      JSON.stringify(app, (_key, value: unknown) => (typeof value === 'function' ? `$func$${value.length}$f$` : value)),
    );
    const { errors } = validateAppDefinition(definition);
    expect(errors.map(({ stack }) => stack)).toEqual([]);
  });

  it('R45: limits the runs per connection to what TutorCruncher accepts', () => {
    expect(app.throttle).toEqual({ window: 60, limit: 30, scope: ['auth'] });
  });
});

const steps = objectSearches.map((step) => [step.definition.key, step] as const);

describe.each(steps)('%s', (key, { definition, inputs, object }) => {
  const { display, operation } = definition;

  it('R11, R13: has a label in title case and a description that starts with a verb', () => {
    expect(isTitleCase(display.label)).toBe(true);
    expect(display.label).toMatch(/^Find /);
    expect(display.description).toMatch(/^Finds (?:an?|the) [^.]+\.$/);
    expect(display.description).not.toMatch(/zapier/i);
    expect(key).toMatch(/^find(_[a-z]+)+$/);
  });

  it('D009, D018: has inputs, with labels in title case', () => {
    expect(operation.inputFields.length).toBeGreaterThan(0);
    for (const { label } of operation.inputFields) expect([label, isTitleCase(label)]).toEqual([label, true]);
    const keys = operation.inputFields.map((field) => field.key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('D011: has help texts only where they say more than the label', () => {
    for (const { label, helpText } of operation.inputFields) {
      if (helpText === undefined) continue;
      expect(helpText.length).toBeGreaterThan(label.length + 10);
      expect(helpText.length).toBeLessThanOrEqual(1000);
      expect(helpText).toMatch(/[.)]$/);
    }
  });

  it('D004, D005, D013, D014: has no field labelled as an ID, and fills its dropdowns from existing steps', () => {
    for (const { label, dynamic, search } of operation.inputFields) {
      expect(label).not.toMatch(/\bid\b/i);
      if (dynamic !== undefined) {
        const [trigger = '', ...keys] = dynamic.split('.');
        expect(Object.keys(dropdownTriggers)).toContain(trigger);
        expect(keys).toEqual(['id', 'name']);
      }
      if (search !== undefined) {
        expect(searchKeys).toContain(search.replace(/\.id$/, ''));
        expect(dynamic).toBeDefined();
      }
    }
  });

  it('D012: has a sample with the keys that the object has in triggers, after its id', () => {
    const [id, ...keys] = Object.keys(operation.sample);
    expect(id).toBe('id');
    const fields = object.outputFields.filter((field) => !isEventKey(field.key));
    const triggerKeys = [...new Set(fields.map((field) => field.key.replace(/\[\].*/, '')))];
    // Lists without items in the sample have no output fields.
    expect(keys.filter((name) => triggerKeys.includes(name))).toEqual(triggerKeys);
    expect(keys.filter((name) => !triggerKeys.includes(name) && !Array.isArray(operation.sample[name]))).toEqual([]);
  });

  it('shows empty values to its own code', () => {
    expect(operation.cleanInputData).toBe(false);
  });

  it('uses each input once, with the API field that it becomes', () => {
    const becomes = inputs.map((input) => input.becomes).filter((name) => name !== null);
    expect(new Set(becomes).size).toBe(becomes.length);
    for (const name of becomes) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });
});
