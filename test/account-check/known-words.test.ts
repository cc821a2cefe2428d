/** The words that a report about an account may contain. Each list is compared with another source of its words. */

import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import {
  CHOICE_PATHS,
  ENUMERATIONS,
  KNOWN_ACTIONS,
  KNOWN_FIELDS,
  LIST_PATHS,
  OBJECT_LISTS,
} from '../../account-check/known-words.ts';
import { recordObjects } from '../../objects/index.ts';
import { wellbeingConcernActions } from '../../objects/wellbeing-concern.ts';

/** The subjects of all samples as text. */
const SUBJECTS = recordObjects.map(({ sample }) => JSON.stringify(sample.subject));

/** Returns the names of all fields in JSON text, at any depth. */
const namesInText = (text: string): string[] => [...text.matchAll(/"(\w+)":/g)].map(([, name = '']) => name);

describe('the known fields', () => {
  it('contain the fields of records, of lists in records and of objects in lists', () => {
    const { subject } = recordObjects.find(({ word }) => word === 'lesson')?.sample ?? {};
    expect(subject).toMatchObject({
      topic: {},
      location: { can_conflict: false },
      rcras: [{ paying_client_name: {} }],
    });
    expect([...KNOWN_FIELDS]).toEqual(expect.arrayContaining(['topic', 'can_conflict', 'paying_client_name']));
  });

  it('are the fields of all samples, and a few fields that no sample has', () => {
    const inSamples = new Set(SUBJECTS.flatMap(namesInText));
    expect([...inSamples].filter((name) => !KNOWN_FIELDS.has(name))).toEqual([]);
    const others = [...KNOWN_FIELDS].filter((name) => !inSamples.has(name));
    expect(others.sort()).toEqual(['agency', 'code', 'contractor_name', 'extra_attrs', 'user', 'user_id']);
  });
});

describe('the known lists', () => {
  it('of objects have a path and an object each, and belong to all objects except packages', () => {
    const [first] = OBJECT_LISTS;
    expect([first?.object.word, first?.api.path]).toEqual(['client', 'clients']);
    for (const { object, api } of OBJECT_LISTS) expect(object.api).toBe(api);
    const words = new Set<string>(OBJECT_LISTS.map(({ object }) => object.word));
    expect(recordObjects.map(({ word }) => word).filter((word) => !words.has(word))).toEqual(['package']);
  });

  it('of choices have a path without slashes, and are not the lists of objects', () => {
    expect([...CHOICE_PATHS].sort()).toEqual([
      'ahc-categories',
      'countries',
      'labels',
      'pipeline-stages',
      'qual_levels',
      'subjects',
    ]);
  });

  it('are the lists of objects, and then the lists of choices', () => {
    expect(LIST_PATHS).toEqual([...OBJECT_LISTS.map(({ api }) => api.path), ...CHOICE_PATHS]);
    expect(new Set(LIST_PATHS).size).toBe(LIST_PATHS.length);
  });
});

it('the known actions are the actions of all triggers, and the actions about wellbeing concerns', () => {
  const contract = readFileSync('docs/contract.txt', 'utf8');
  const actions = [...contract.matchAll(/^trigger \w+: action ([A-Z_]+)$/gm)].map(([, action = '']) => action);
  expect(wellbeingConcernActions).not.toEqual([]);
  expect([...KNOWN_ACTIONS].sort()).toEqual([...new Set([...actions, ...wellbeingConcernActions])].sort());
});

describe('the known values of a field', () => {
  it('are the values of one field each', () => {
    expect(Object.keys(ENUMERATIONS)).toEqual(['status', 'role_type', 'dft_charge_type', 'update_type']);
  });

  it('are the statuses of all objects', () => {
    const all = new Set(recordObjects.flatMap(({ statuses = [] }) => statuses));
    expect(ENUMERATIONS.status).toEqual(all);
    for (const status of ['prospect', 'gone-cold', 'cancelled-chargeable', 'void']) expect(all).toContain(status);
  });

  it('are the types of people', () => {
    expect(ENUMERATIONS.role_type).toEqual(new Set(['Administrator', 'Client', 'Tutor', 'Student', 'Affiliate']));
  });

  it("are TutorCruncher's spellings of the charge types of jobs and of the types of balance changes", () => {
    expect(ENUMERATIONS.dft_charge_type).toEqual(new Set(['hourly', 'one-off', 'hourly-split', 'one-off-split']));
    expect([...(ENUMERATIONS.update_type ?? [])]).toEqual(expect.arrayContaining(['proforma_invoice_paid', 'top_up']));
  });

  it('contain the value of each sample whose object has known statuses', () => {
    for (const { sample } of recordObjects.filter(({ statuses }) => statuses)) {
      for (const [field, values] of Object.entries(ENUMERATIONS)) {
        const value = sample.subject[field];
        if (typeof value === 'string') expect([field, value, values.has(value)]).toEqual([field, value, true]);
      }
    }
  });
});
