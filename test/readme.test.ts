import { readFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import { stepCounts, stepsPage } from '../scripts/steps-page.ts';

const ADVICE = 'Run "npm run docs" and commit docs/ and README.md with the change.';

it('docs/steps.md lists exactly the triggers, searches and actions of the app', async () => {
  expect([ADVICE, readFileSync('docs/steps.md', 'utf8')]).toEqual([ADVICE, await stepsPage()]);
});

it('the README states the numbers of triggers, searches and actions', () => {
  expect([ADVICE, readFileSync('README.md', 'utf8')]).toEqual([ADVICE, expect.stringContaining(stepCounts())]);
});
