/** The project's own lint rules about syntax. `test/repository/imports.test.ts` tests the rules about imports. */

import { expect, it } from '@jest/globals';
import { ESLint } from 'eslint';

const eslint = new ESLint({
  overrideConfig: { languageOptions: { parserOptions: { projectService: false, project: null } } },
  ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-syntax',
});

/** Files to which the different lists of rules apply. */
const FILES = [
  'src/instant/trigger.ts',
  'relay/store/ingest/ingest.ts',
  'console/views/app.tsx',
  'local/main.ts',
  'test/support/app-tester.ts',
  'relay/test/support/new-delivery.ts',
  'jest.config.js',
];

async function messagesOn(code: string, filePath: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath });
  return (result?.messages ?? []).map(({ ruleId, message }) => ruleId ?? message);
}

it.each(FILES)('an object literal that spreads another literal is forbidden in %s', async (file) => {
  expect(await messagesOn('export const x = { a: 1, ...{ b: 2, c: 3 } };', file)).toEqual(['no-restricted-syntax']);
  expect(await messagesOn('export const x = { ...y, ...(z && { b: 2 }), c: [...[{ d: 3 }]] };', file)).toEqual([]);
});
