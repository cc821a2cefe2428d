/** Zapier's publishing rules for searches and actions. Each test has the number of its rule. */

import { createRequire } from 'node:module';

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { dropdownTriggers } from '../../src/app/dropdown-triggers.ts';
import { isEventKey } from '../../src/record/event.ts';
import { actions, searchOrCreates } from '../../creates/index.ts';
import { objectSearches } from '../../searches/index.ts';
import { DETAILS } from '../../src/search/many/search-for-many.ts';
import { isBranchKey } from '../../src/record/branch-fields.ts';

const searchKeys = objectSearches.map(({ definition }) => definition.key);

const SMALL_WORDS = 'a an and as at by for from if in is of on or per the to'.split(' ');
const isTitleCase = (label: string) =>
  label.split(' ').every((word, index) => /^[A-Z0-9]/.test(word) || (index > 0 && SMALL_WORDS.includes(word)));

describe('the definition of the app', () => {
  it('meets the schema of zapier-platform-core', () => {
    const { validateAppDefinition } = createRequire(import.meta.url)('zapier-platform-schema') as {
      validateAppDefinition: (definition: unknown) => { errors: { stack: string }[] };
    };
    // The definition that core prepares for validation, in which functions are references.
    const definition: unknown = JSON.parse(
      JSON.stringify(app, (_key, value: unknown) => (typeof value === 'function' ? `$func$${value.length}$f$` : value)),
    );
    const { errors } = validateAppDefinition(definition);
    expect(errors.map(({ stack }) => stack)).toEqual([]);
  });

  it('R45: limits the runs of all searches and actions of a connection together, and no other runs', () => {
    const limit = { window: 60, limit: 16, key: 'searches_and_actions', scope: ['auth'] };
    const definitions = [...objectSearches, ...actions].map(({ definition }) => definition);
    const throttles = definitions.map(({ operation: { throttle } }) => ({ ...throttle }));
    expect(throttles).toEqual(throttles.map(() => limit));
    expect(app).not.toHaveProperty('throttle');
    for (const { operation } of Object.values(dropdownTriggers)) expect(operation).not.toHaveProperty('throttle');
  });
});

/** Keys that a search shares with the action of its pair, unless they share only the email address. */
const SHARED_KEYS: Record<string, string[]> = { find_student: ['client', 'email'], find_job: [] };

describe.each(Object.values(searchOrCreates).map((pair) => [pair.key, pair] as const))('the pair %s', (key, pair) => {
  it('R15 (D013, D015): joins an existing search and an existing action under the key of the search', () => {
    expect(pair.search).toBe(key);
    expect(searchKeys).toContain(pair.search);
    expect(actions.map(({ definition }) => definition.key)).toContain(pair.create);
    expect(pair.display.label).toMatch(/^Find or Create [A-Z]/);
    expect(pair.display.description).toMatch(/^Finds an? .*, or creates one\.$/);
  });

  it('D018: shows both halves in one form without two fields of the same label', () => {
    const halves = [...objectSearches, ...actions].filter(({ definition }) =>
      [pair.search, pair.create].includes(definition.key),
    );
    const fields = halves.flatMap(({ inputs }) => inputs.map(({ field }) => field));
    const labels = new Map(fields.map(({ key: name, label }) => [name, label]));
    expect(halves).toHaveLength(2);
    expect(new Set(labels.values()).size).toBe(labels.size);
  });

  it('shares with both halves only fields that mean the same and are required in neither', () => {
    const search = objectSearches.find(({ definition }) => definition.key === pair.search);
    const create = actions.find(({ definition }) => definition.key === pair.create);
    const keysIn = (step?: { inputs: readonly { field: { key: string } }[] }) =>
      step?.inputs.map(({ field }) => field.key) ?? [];
    const shared = keysIn(search).filter((name) => keysIn(create).includes(name));
    expect(shared).toEqual(SHARED_KEYS[key] ?? ['email']);
    for (const { field } of [...(search?.inputs ?? []), ...(create?.inputs ?? [])]) {
      if (shared.includes(field.key)) expect(field.required ?? false).toBe(false);
    }
  });
});

/**
 * The first verb of a description, by the step's key, if the key starts with another word. Zapier itself uses the name
 * API Request for steps.
 */
const OTHER_VERBS: Record<string, string> = { update_lesson: 'Reschedule', api_request: 'Send' };

const steps = [...objectSearches, ...actions].map((step) => [step.definition.key, step] as const);

describe.each(actions.map((action) => [action.definition.key, action] as const))('%s', (key, { definition }) => {
  it('R13: has a label and a description that start with the same verb', () => {
    const [firstWord = ''] = definition.display.label.split(' ');
    const verb = OTHER_VERBS[key] ?? firstWord;
    expect(isTitleCase(definition.display.label)).toBe(true);
    expect(definition.display.description).toMatch(new RegExp(`^${verb}s an? .*\\.$`));
    expect(definition.display.description).not.toMatch(/zapier/i);
    expect(definition.display.label).toMatch(key === 'api_request' ? /^API Request$/ : new RegExp(`^${verb} `));
    if (OTHER_VERBS[key] === undefined) expect(key.startsWith(`${verb.toLowerCase()}_`)).toBe(true);
  });

  it('R17 (D022): has fields that do not depend on the account', () => {
    expect(definition.operation.inputFields.filter((field) => typeof field === 'object').length).toBeGreaterThan(0);
  });
});

describe.each(objectSearches.map((search) => [search.definition.key, search] as const))('%s', (key, { definition }) => {
  it('R11, R13: has a label in title case and a description that starts with a verb', () => {
    expect(isTitleCase(definition.display.label)).toBe(true);
    expect(definition.display.label).toMatch(/^Find /);
    expect(definition.display.description).toMatch(/^Finds (?:an?|the|up to 100) [^.]+\.$/);
    expect(definition.display.description).not.toMatch(/zapier/i);
    expect(key).toMatch(/^find(_[a-z]+)+$/);
  });
});

/** Keys that a step adds to an object's record: the summary of a search, and values in the response to a write. */
const ownKeys = new Set([
  ...objectSearches.flatMap(({ ownFields }) => ownFields().map(({ key }) => key)),
  ...actions.flatMap(({ object, ownFields }) => (object && ownFields ? ownFields().map(({ key }) => key) : [])),
]);

describe.each(steps)('%s', (key, { definition, inputs, object }) => {
  const { operation } = definition;
  const fields = inputs.map(({ field }) => field);

  it('R17 (D009), R11 (D018): has inputs, with labels in title case', () => {
    expect(fields.length).toBeGreaterThan(0);
    for (const { label } of fields) expect([label, isTitleCase(label)]).toEqual([label, true]);
    const keys = fields.map((field) => field.key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('R17 (D011): has help texts only if they say more than the label', () => {
    for (const { label, helpText } of fields) {
      if (helpText === undefined) continue;
      expect(helpText.length).toBeGreaterThan(label.length + 10);
      expect(helpText.length).toBeLessThanOrEqual(1000);
      expect(helpText).toMatch(/[.)]$/);
    }
  });

  it('R15 (D004, D005, D014): has no field labelled as an ID, and a dropdown with its search for every record', () => {
    for (const { label, dynamic, search } of fields) {
      expect(label).not.toMatch(/\bid\b/i);
      if (dynamic === undefined) {
        expect(search).toBeUndefined();
        continue;
      }
      const [trigger = '', ...keys] = dynamic.split('.');
      expect(Object.keys(dropdownTriggers)).toContain(trigger);
      expect(keys).toEqual(['id', 'name']);
      const found = trigger.replace(/^(.+)_list$/, 'find_$1');
      // A search that offers itself beside its own dropdown would cause an infinite loop.
      const isOffered = searchKeys.includes(found) && found !== key;
      expect([label, search]).toEqual([label, isOffered ? `${found}.id` : undefined]);
    }
  });

  it('R17 (D001, D007, D008, D025): has texts without secrets, scripts and bare web addresses', () => {
    for (const name of fields.map((field) => field.key)) expect(name).not.toMatch(/api_?key|token|password|secret/);
    for (const { helpText = '' } of [...fields, { helpText: definition.display.description }]) {
      expect(helpText).not.toMatch(/javascript:|http:/i);
      expect(helpText.replace(/`[^`]*`/g, '')).not.toMatch(/https:|\]\(/);
    }
  });

  it('R19: neither updates or creates by chance nor deletes', () => {
    expect(definition.display.label).not.toMatch(/create or update|upsert|delete|trash/i);
  });

  it('D012: has a sample with the keys that the object has in triggers, after its id', () => {
    if (!object) return;
    const [id, ...keys] = Object.keys(operation.sample).filter((name) => !ownKeys.has(name));
    expect(id).toBe('id');
    const outputs = object.outputFields.filter(({ key: name }) => isBranchKey(name) || !isEventKey(name));
    const triggerKeys = [...new Set(outputs.map((field) => field.key.replace(/\[\].*/, '')))];
    // Lists without items in the sample have no output fields.
    // The results of a search for many have the fields of rows.
    const isForMany = fields.some(({ key: name }) => name === DETAILS.field.key);
    const expected = isForMany ? triggerKeys.filter((name) => keys.includes(name)) : triggerKeys;
    expect(keys.filter((name) => triggerKeys.includes(name))).toEqual(expected);
    expect(expected.length).toBeGreaterThan(3);
    expect(keys.filter((name) => !triggerKeys.includes(name) && !Array.isArray(operation.sample[name]))).toEqual([]);
  });

  it('uses each input once, with the API field that it becomes', () => {
    const becomes = inputs.map((input) => input.becomes).filter((name) => name !== null);
    expect(new Set(becomes).size).toBe(becomes.length);
    for (const name of becomes) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });
});

it.each([...objectSearches, ...actions].map((step) => [step.definition.key, step] as const))(
  'help texts of %s that mention an empty field say if a mapped value must not be empty',
  (_key, { inputs }) => {
    const optional = inputs.filter(({ field }) => /\b(?:leave|left|if) empty\b/i.test(field.helpText ?? ''));
    for (const { field, ifMappedEmpty } of optional) {
      const isRefused = field.helpText?.includes('A mapped value must not be empty.');
      expect([field.label, isRefused]).toEqual([field.label, ifMappedEmpty === 'fail']);
    }
  },
);

const RATES = actions.flatMap(({ definition: { key }, inputs }) =>
  inputs.flatMap(({ field }) =>
    /^(?:charge|pay|default)_rate$/.test(field.key) ? [[key, field.label, field.helpText] as const] : [],
  ),
);

it('there are inputs for rates of jobs, lessons, their people, and tutors', () => {
  expect(RATES.length).toBeGreaterThanOrEqual(10);
});

it.each(RATES)('%s says the unit of %s', (_key, _label, helpText) => {
  expect(helpText).toMatch(/\b(?:per hour|hourly)\b/);
});
