/** The parts of the app that a difference harms. */

import { expect, it } from '@jest/globals';

import { readAssumptions } from '../../account-check/fact-sheet.ts';
import { HARM, harmOf, type Harm } from '../../account-check/harm.ts';
import app from '../../index.ts';
import type { AppSteps } from '../../local/app-runner.ts';

it('the parts that are steps have the labels of steps', () => {
  const steps: readonly AppSteps[] = [app.triggers, app.searches, app.creates];
  const labels = new Set(steps.flatMap((kind) => Object.values(kind).map(({ display }) => display.label)));
  const parts = [...HARM.values()].flatMap((harm) =>
    harm === 'everything' || typeof harm === 'function' ? [] : [...harm],
  );
  const named = parts.filter((part) => /^(?:[A-Z]\w+ ?)+$/.test(part));
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((part) => !labels.has(part))).toEqual([]);
});

it('the assumptions whose differences do harm are rows of the fact sheet', () => {
  expect([...HARM.keys()].filter((name) => !readAssumptions().has(name))).toEqual([]);
});

it.each<[assumption: string, differences: string[], harm: Harm]>([
  ['api.branch', ['currency'], 'everything'],
  ['events.models', ['CREATED_A_TASK', 'subject.model'], 'everything'],
  ['events.actions', ['CREATED_A_TASK, NO_ACTION'], ['New Task']],
  ['events.actions', ['NO_ACTION'], []],
  ['lists.page-size', ['contractors', 'contractors?page_size'], ['steps that read Tutors']],
  ['lists.next-host', ['clients'], []],
])('a difference from %s in %j harms %j', (assumption, differences, harm) => {
  expect(harmOf(assumption, differences)).toEqual(harm);
});
