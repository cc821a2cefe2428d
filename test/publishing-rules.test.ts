/** Zapier's publishing rules, of which its offline validation checks almost none. Each test names its rule. */

import { describe, expect, it } from '@jest/globals';

import { dropdownTriggers } from '../src/dropdown-triggers.ts';
import { webhookTriggers } from '../triggers/index.ts';
import { app } from './helpers.ts';

const visible = webhookTriggers.map((trigger) => [trigger.definition.key, trigger] as const);
const hidden = Object.entries(dropdownTriggers);

const SMALL_WORDS = ['a', 'an', 'and', 'as', 'at', 'by', 'for', 'in', 'of', 'on', 'or', 'per', 'the', 'to'];
const isTitleCase = (label: string) =>
  label.split(' ').every((word, index) => /^[A-Z0-9]/.test(word) || (index > 0 && SMALL_WORDS.includes(word)));

/** All texts that a person reads, which may hold Markdown. */
const helpTexts = [
  ...(app.authentication?.fields ?? []).map((field) => field.helpText ?? ''),
  ...webhookTriggers.flatMap(({ definition, inputFields }) => [
    definition.display.directions ?? '',
    ...inputFields.map(({ helpText }) => helpText),
  ]),
];

describe.each(visible)('%s', (_key, { definition, inputFields, outputFields }) => {
  const { key, noun, display, operation } = definition;

  it('R11: has a label in title case, of 2 to 64 characters', () => {
    expect(isTitleCase(display.label)).toBe(true);
    expect(display.label.length).toBeGreaterThanOrEqual(2);
    expect(display.label.length).toBeLessThanOrEqual(64);
  });

  it('R12: has a short description that starts "Triggers when", ends with a full stop and names no app', () => {
    expect(display.description).toMatch(/^Triggers when [^.]+\.$/);
    expect(display.description).not.toMatch(/tutorcruncher|zapier/i);
    expect(display.description.split(' ').length).toBeLessThanOrEqual(16);
    // Nouns are not capitalised.
    expect(display.description.slice(1)).not.toMatch(/[A-Z]/);
  });

  it('R13: has a noun in the singular and a key in words', () => {
    expect(noun).toMatch(/^[A-Z][A-Za-z ]*[a-rt-z]$/);
    expect(key).toMatch(/^[a-z]+(_[a-z]+)+$/);
  });

  it('R15: has no input field called an ID, and dropdowns that are there', () => {
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

  it('R17: has input fields in title case, with help text that says more than the label', () => {
    for (const { label, helpText, key: fieldKey } of inputFields) {
      expect(isTitleCase(label)).toBe(true);
      expect(helpText.length).toBeGreaterThan(2 * label.length);
      expect(fieldKey).not.toMatch(/api_?key|token|password|secret|private/i);
    }
  });

  it('R20: has a sample with realistic values, of nobody, and only keys that every user has', () => {
    const { sample } = operation;
    const values = JSON.stringify(sample);
    expect(Object.keys(sample).length).toBeGreaterThan(10);
    expect(Object.keys(sample).filter((field) => field.startsWith('custom_'))).toEqual([]);
    for (const email of values.match(/[^\s"@]+@[^\s"]+/g) ?? []) expect(email).toMatch(/@example\.com$/);
    expect(values).not.toMatch(/\b(lorem|foo|asdf|test)\b/i);
    // Numbers that Ofcom keeps for fiction.
    for (const phone of values.match(/"0\d[\d ]{8,}"/g) ?? []) expect(phone).toMatch(/07700 900\d{3}|0117 496 0\d{3}/);
  });

  it('R21: has a performList', () => {
    expect(operation.performList).toBeInstanceOf(Function);
  });

  it('R23: has samples of the types that it declares', () => {
    for (const { key: field, type } of outputFields) {
      const [listKey = '', itemKey] = field.split('[]');
      const value = operation.sample[listKey];
      const sampled = Array.isArray(value) ? value.map((item) => item[itemKey ?? '']) : [value];
      for (const entry of sampled.filter((one) => one !== null && one !== undefined)) {
        expect([field, typeof entry]).toEqual([field, type === 'datetime' ? 'string' : type]);
      }
    }
  });

  it('R24: has ISO 8601 date-times with an offset, and ids with names', () => {
    for (const { key: field, type } of outputFields) {
      const value = operation.sample[field];
      if (type === 'datetime' && typeof value === 'string') expect(value).toMatch(/^\d{4}-.*T.*(Z|[+-]\d{2}:\d{2})$/);
      if (typeof value === 'string') expect(value).not.toMatch(/^\d{4}-\d{2}-\d{2}[T ][\d:.]+$/);
    }
    const keys = outputFields.map((field) => field.key);
    for (const person of ['client', 'tutor', 'student', 'affiliate', 'actor']) {
      if (keys.includes(`${person}_id`)) expect(keys).toContain(`${person}_name`);
    }
  });

  it('R25: has a label for every output field, in title case', () => {
    for (const { label } of outputFields) expect([label, isTitleCase(label)]).toEqual([label, true]);
  });

  it('R26: has output fields of known types, with keys as Zapier spells line items, and nothing else', () => {
    for (const field of outputFields) {
      expect(Object.keys(field)).toEqual(['key', 'label', 'type']);
      expect(['string', 'number', 'boolean', 'datetime', 'integer', 'file', 'password']).toContain(field.type);
      expect(field.key).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*(\[\][a-z0-9]+(_[a-z0-9]+)*)?$/);
    }
    const keys = outputFields.map((field) => field.key);
    expect(new Set(keys).size).toBe(keys.length);
    // A list and a field of the same name would be ignored, one of them.
    const lists = keys.filter((name) => name.includes('[]')).map((name) => name.split('[]')[0]);
    expect(keys.filter((name) => lists.includes(name))).toEqual([]);
  });

  it('R28: has a top-level id, and no fields that only polling knows', () => {
    expect(typeof operation.sample.id).toBe('string');
    expect(outputFields[0]?.key).toBe('id');
  });
});

describe('R16: hidden triggers', () => {
  it.each(hidden)('%s is hidden, and titled all the same', (key, { display, operation }) => {
    expect(display.hidden).toBe(true);
    expect(isTitleCase(display.label)).toBe(true);
    expect(display.description).toMatch(/^Triggers when .*\.$/);
    expect(key).toMatch(/_list$/);
    expect(operation.sample).not.toEqual({});
  });

  it('are pages where the list has pages', () => {
    expect(dropdownTriggers.label_list.operation.canPaginate).toBe(true);
  });

  it('are used, all of them', () => {
    const used = webhookTriggers.flatMap(({ inputFields }) => inputFields.map(({ dynamic }) => dynamic?.split('.')[0]));
    for (const [key] of hidden) expect(used).toContain(key);
  });
});

describe('R17: texts', () => {
  it.each(helpTexts.map((text, index) => [index, text] as const))('%d has links that work', (_index, text) => {
    expect(text).not.toMatch(/javascript:/i);
    const links = [...text.matchAll(/\[[^\]]+\]\(([^)]*)\)/g)].map(([, url]) => url ?? '');
    for (const url of links) expect(url).toMatch(/^https:\/\//);
    const rest = text.replace(/\[[^\]]+\]\([^)]*\)/g, '').replace(/`[^`]*`/g, '');
    expect(rest).not.toMatch(/https?:/);
    expect(rest).not.toMatch(/\]\(|\[\w/);
  });
});

describe('the connection', () => {
  const { authentication } = app;

  it('R47: has a type, a test, and help text with a link to the page of keys', () => {
    expect(authentication?.type).toBe('custom');
    expect(authentication?.test).toBeInstanceOf(Function);
    expect(authentication?.fields?.[0]?.helpText).toMatch(/\[[^\]]+\]\(https:\/\/app\.tutorcruncher\.com\/api\//);
  });

  it('R48: has a label made of the account', () => {
    expect(authentication?.connectionLabel).toBeInstanceOf(Function);
  });

  it('R49: keeps its key secret', () => {
    for (const field of authentication?.fields ?? []) {
      expect(field.type).toBe('password');
      expect(field).not.toHaveProperty('isNoSecret');
    }
  });
});

describe('R22: performList', () => {
  it.each(visible)('of %s is an async function that gives a list', (key, { definition }) => {
    // That it gives one is shown in recent-events.test.ts, of every trigger.
    expect(definition.operation.performList.constructor.name).toBe('AsyncFunction');
    expect(key).toBe(definition.key);
  });
});
