/** The parts of the release rehearsal that RELEASING.md repeats. `npm run release:rehearse` runs the rehearsal. */

import { readFileSync } from 'node:fs';

import { expect, it } from '@jest/globals';

import { REGISTRATION } from '../scripts/rehearsal/release.ts';

const releasing = readFileSync('RELEASING.md', 'utf8');

it('registers the integration with the flags in RELEASING.md', () => {
  const [, shown = ''] = /zapier-platform register ("TutorCruncher" [^`]+)/.exec(releasing) ?? [];
  const words = [...shown.replaceAll('\\\n', '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, word]) => quoted ?? word,
  );
  expect(words).toEqual(REGISTRATION);
});
