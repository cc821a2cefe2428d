/**
 * Zapier's publishing rules. Each test has the number of its rule. Zapier's offline validation checks hardly any of
 * these rules. `test/triggers/scenarios/test-data-of-triggers.test.ts` covers R21 and R22, the shape of test data.
 */

import { describe, expect, it } from '@jest/globals';

import app from '../../index.ts';
import { dropdownTriggers } from '../../src/app/dropdown-triggers.ts';
import { actions } from '../../creates/index.ts';
import { objectSearches } from '../../searches/index.ts';
import { polledTriggers, webhookTriggers } from '../../triggers/index.ts';

/** The fields and the sample of each trigger, without a relay and with a relay. */
const variants = [
  ...webhookTriggers.flatMap(({ definition: { key, operation }, inputFields, outputFields, relayed }) => [
    [key, { inputFields, outputFields, sample: operation.sample, isPolled: false }] as const,
    [`${key} with a relay`, { ...relayed, isPolled: false }] as const,
  ]),
  ...polledTriggers.map(({ definition: { key, operation }, inputFields, outputFields }) => {
    return [key, { inputFields, outputFields: outputFields(), sample: operation.sample, isPolled: true }] as const;
  }),
];
const hidden = Object.entries(dropdownTriggers);

const SMALL_WORDS = ['a', 'an', 'and', 'as', 'at', 'by', 'for', 'in', 'of', 'on', 'or', 'per', 'the', 'to'];
const isTitleCase = (label: string) =>
  label.split(' ').every((word, index) => /^\(?[A-Z0-9]/.test(word) || (index > 0 && SMALL_WORDS.includes(word)));

/** Texts that may contain Markdown. */
const helpTexts = [
  ...(app.authentication?.fields ?? []).map((field) => field.helpText ?? ''),
  ...webhookTriggers.flatMap(({ definition, inputFields, relayed }) => [
    definition.display.directions ?? '',
    ...[...inputFields, ...relayed.inputFields].map(({ helpText = '' }) => helpText),
  ]),
  ...[...objectSearches, ...actions].flatMap(({ inputs }) => inputs.map(({ field }) => field.helpText ?? '')),
  ...polledTriggers.flatMap(({ inputFields }) => inputFields.map(({ helpText }) => helpText ?? '')),
];

describe.each([...webhookTriggers, ...polledTriggers].map(({ definition }) => [definition.key, definition] as const))(
  '%s',
  (key, { noun, display }) => {
    it('R11: has a label in title case, of 2 to 64 characters', () => {
      expect(isTitleCase(display.label)).toBe(true);
      expect(display.label.length).toBeGreaterThanOrEqual(2);
      expect(display.label.length).toBeLessThanOrEqual(64);
    });

    it('R12: has a short description that starts "Triggers when", ends with a full stop and names no product', () => {
      expect(display.description).toMatch(/^Triggers when [^.]+\.$/);
      expect(display.description).not.toMatch(/tutorcruncher|zapier/i);
      expect(display.description.split(' ').length).toBeLessThanOrEqual(16);
      // The publishing rules forbid capitalised nouns.
      expect(display.description.slice(1)).not.toMatch(/[A-Z]/);
    });

    it('R13: has a noun in the singular and a key in words', () => {
      expect(noun).toMatch(/^[A-Z][A-Za-z ]*[a-rt-z]$/);
      expect(key).toMatch(/^[a-z]+(_[a-z]+)+$/);
    });
  },
);

describe.each(variants)('%s', (_name, { inputFields, outputFields, sample, isPolled }) => {
  it('R15: has no input field labelled as an ID, and fills its dropdowns from existing triggers', () => {
    for (const field of inputFields) {
      expect(field.label).not.toMatch(/\bid\b/i);
      if (field.dynamic === undefined) continue;
      const [triggerKey = '', idKey, nameKey] = field.dynamic.split('.');
      const { operation: list } = dropdownTriggers[triggerKey as keyof typeof dropdownTriggers];
      const keys = list.outputFields.map((output) => output.key);
      expect(keys).toEqual([idKey, nameKey]);
      expect(Object.keys(list.sample)).toEqual(keys);
    }
  });

  it('R17: has input fields with labels in title case and with help texts', () => {
    for (const { label, helpText = '', key: fieldKey } of inputFields) {
      expect(isTitleCase(label)).toBe(true);
      expect(helpText.length).toBeGreaterThan(2 * label.length);
      expect(fieldKey).not.toMatch(/api_?key|token|password|secret|private/i);
    }
  });

  it('R20: has a realistic sample of fictitious people, with only the keys that every user has', () => {
    const values = JSON.stringify(sample);
    expect(Object.keys(sample).length).toBeGreaterThan(10);
    expect(Object.keys(sample).filter((field) => field.startsWith('custom_'))).toEqual([]);
    for (const email of values.match(/[^\s"@]+@[a-z][^\s"]*/gi) ?? []) expect(email).toMatch(/@example\.com$/);
    expect(values).not.toMatch(/\b(lorem|foo|asdf|test)\b/i);
    // Ofcom reserves these numbers for fiction.
    for (const phone of values.match(/"0\d[\d ]{8,}"/g) ?? []) expect(phone).toMatch(/07700 900\d{3}|0117 496 0\d{3}/);
  });

  it('R23: has sample values of the declared types', () => {
    for (const { key: field, type } of outputFields) {
      const [listKey = '', itemKey] = field.split('[]');
      const value = sample[listKey];
      const sampled = Array.isArray(value) ? value.map((item) => item[itemKey ?? '']) : [value];
      for (const entry of sampled.filter((one) => one !== null && one !== undefined)) {
        expect([field, typeof entry]).toEqual([field, ['datetime', 'file'].includes(type) ? 'string' : type]);
      }
    }
  });

  it('R24: has ISO 8601 date-times with an offset, and a name next to the id of a person', () => {
    for (const { key: field, type } of outputFields) {
      const value = sample[field];
      if (type === 'datetime' && typeof value === 'string') expect(value).toMatch(/^\d{4}-.*T.*(Z|[+-]\d{2}:\d{2})$/);
      if (typeof value === 'string') expect(value).not.toMatch(/^\d{4}-\d{2}-\d{2}[T ][\d:.]+$/);
    }
    const keys = outputFields.map((field) => field.key);
    for (const person of ['client', 'tutor', 'student', 'affiliate', 'actor']) {
      if (keys.includes(`${person}_id`)) expect(keys).toContain(`${person}_name`);
    }
  });

  it('R25, R26: has output fields with a key, a type and a label in title case, in the spelling that Zapier expects', () => {
    for (const field of outputFields) {
      expect([field.label, isTitleCase(field.label)]).toEqual([field.label, true]);
      expect(Object.keys(field)).toEqual(['key', 'label', 'type']);
      expect(['string', 'number', 'boolean', 'datetime', 'integer', 'file', 'password']).toContain(field.type);
      expect(field.key).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*(\[\][a-z0-9]+(_[a-z0-9]+)*)?$/);
    }
    const keys = outputFields.map((field) => field.key);
    expect(new Set(keys).size).toBe(keys.length);
    // Zapier ignores a field that has the name of a list.
    const lists = keys.filter((name) => name.includes('[]')).map((name) => name.split('[]')[0]);
    expect(keys.filter((name) => lists.includes(name))).toEqual([]);
  });

  it('R28: has a text as top-level id, which is the last output field, or the first one of a polled trigger', () => {
    expect(typeof sample.id).toBe('string');
    expect(outputFields.at(isPolled ? 0 : -1)?.key).toBe('id');
  });
});

describe('R16: hidden triggers', () => {
  it.each(hidden)('%s is hidden, and has a label, a description and a sample', (key, { display, operation }) => {
    expect(display.hidden).toBe(true);
    expect(isTitleCase(display.label)).toBe(true);
    expect(display.description).toMatch(/^Triggers when .*\.$/);
    expect(key).toMatch(/_list$/);
    expect(operation.sample).not.toEqual({});
  });

  it('read a paginated list page by page', () => {
    expect(dropdownTriggers.label_list.operation.canPaginate).toBe(true);
  });

  it('are all used by an input field', () => {
    const fields = [
      ...webhookTriggers.flatMap(({ inputFields }) => inputFields),
      ...[...objectSearches, ...actions].flatMap(({ inputs }) => inputs.map(({ field }) => field)),
    ];
    const used = fields.map(({ dynamic }) => dynamic?.split('.')[0]);
    for (const [key] of hidden) expect(used).toContain(key);
  });
});

it('R17: help texts have only well-formed https links', () => {
  for (const text of helpTexts) {
    expect(text).not.toMatch(/javascript:/i);
    const links = [...text.matchAll(/\[[^\]]+\]\(([^)]*)\)/g)].map(([, url]) => url ?? '');
    for (const url of links) expect(url).toMatch(/^https:\/\//);
    const rest = text.replace(/\[[^\]]+\]\([^)]*\)/g, '').replace(/`[^`]*`/g, '');
    expect(rest).not.toMatch(/https?:|\]\(|\[\w/);
  }
});

describe('the connection', () => {
  const { authentication } = app;

  it('R47: has a type, a test, and a help text with a link to the page of private keys', () => {
    expect(authentication?.type).toBe('custom');
    expect(authentication?.test).toBeInstanceOf(Function);
    expect(authentication?.fields?.[0]?.helpText).toMatch(/\[[^\]]+\]\(https:\/\/app\.tutorcruncher\.com\/api\//);
  });

  it('R48: has a label that names the account', () => {
    expect(authentication?.connectionLabel).toBeInstanceOf(Function);
  });

  it('R49: has its private key in a password field, and no other secret', () => {
    const [key, ...others] = authentication?.fields ?? [];
    expect(key).toMatchObject({ key: 'private_key', type: 'password', required: true });
    expect(key).not.toHaveProperty('isNoSecret');
    for (const field of others) expect(field).toMatchObject({ type: 'string', isNoSecret: true, required: false });
  });
});
