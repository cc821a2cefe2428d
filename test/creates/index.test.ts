/** The list of all actions, and the pairs of a search and an action. */

import { globSync, readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { actions, creates, searchOrCreates } from '../../creates/index.ts';

describe('the actions', () => {
  const keys = actions.map(({ definition }) => definition.key);

  it('every other action is covered by the tests of people, labels, enquiries and API Request', () => {
    const others = /^(?:create|update)_(?:client|tutor|student|affiliate)$|_label$|^create_enquiry$|^api_request$/;
    const tests = globSync('test/creates/*.test.ts').map((path) => readFileSync(path, 'utf8'));
    const written = tests.flatMap((text) => /^testWrites\(.*?^\}\);$/ms.exec(text)?.[0] ?? []).join('\n');
    const covered = [...written.matchAll(/^ {2}(\w+): \{$/gm)].map(([, key]) => key);
    expect(covered.sort()).toEqual(keys.filter((key) => !others.test(key)).sort());
  });

  it('have the keys of their definitions', () => {
    expect(Object.entries(creates).map(([key, { key: own }]) => [key, own])).toEqual(keys.map((key) => [key, key]));
  });
});

it('a pair has the key of its search, and a description with the article of its noun', () => {
  expect(
    Object.values(searchOrCreates).map(({ key, search, create, display }) => [key, search, create, display]),
  ).toEqual(
    [
      ['client', 'a client', 'Client'],
      ['tutor', 'a tutor', 'Tutor'],
      ['student', 'a student', 'Student'],
      ['affiliate', 'an affiliate', 'Affiliate'],
      ['job', 'a job', 'Job'],
    ].map(([word, noun, name]) => [
      `find_${word}`,
      `find_${word}`,
      `create_${word}`,
      { label: `Find or Create ${name}`, description: `Finds ${noun}, or creates one.` },
    ]),
  );
});
