import { globSync, readFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import { Behaviour } from '../../../local/api/behaviour.ts';

it('the stand-in has no switch that no test uses', () => {
  const tests = globSync('test/**/*.ts').map((path) => readFileSync(path, 'utf8'));
  const unused = Object.keys(new Behaviour()).filter((name) => !tests.some((text) => text.includes(name)));
  expect(unused).toEqual([]);
});
