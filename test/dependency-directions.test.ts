/** The lint rules that enforce the directions of dependencies. */

import { existsSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';

const RULES = ['no-restricted-imports', 'no-restricted-syntax'];
const eslint = new ESLint({
  overrideConfig: { languageOptions: { parserOptions: { projectService: false, project: null } } },
  ruleFilter: ({ ruleId }) => RULES.includes(ruleId),
});

/** Lints each form of an import, and returns the forms that no rule forbids. */
async function allowedForms(file: string, path: string): Promise<string[]> {
  const forms = [
    `import '${path}';`,
    `export * from '${path}';`,
    `await import('${path}');`,
    `import type { X } from '${path}';`,
    `export type Y = import('${path}').X;`,
  ];
  const isAllowed = await Promise.all(
    forms.map(async (code) => {
      const [result] = await eslint.lintText(`${code}\n`, { filePath: file });
      const messages = result?.messages ?? [];
      for (const { ruleId, message } of messages) if (ruleId === null) throw new Error(message);
      return !messages.some(({ ruleId }) => ruleId !== null && RULES.includes(ruleId));
    }),
  );
  return forms.filter((_, index) => isAllowed[index]);
}

/**
 * The rules, each with a file to which it applies, the path from there to the root, and the directories that it
 * forbids.
 */
const FORBIDDEN: [file: string, root: string, directories: string[]][] = [
  ['index.ts', './', ['relay', 'console', 'local', 'scripts', 'test']],
  ['triggers/lesson.ts', '../', ['relay', 'console', 'local', 'scripts', 'test']],
  ['searches/lesson.ts', '../', ['relay', 'console', 'local', 'scripts', 'test']],
  ['creates/lesson.ts', '../', ['relay', 'console', 'local', 'scripts', 'test']],
  ['objects/lesson.ts', '../', ['triggers', 'searches', 'creates', 'relay', 'console', 'local', 'scripts', 'test']],
  [
    'src/trigger.ts',
    '../',
    ['objects', 'triggers', 'searches', 'creates', 'relay', 'console', 'local', 'scripts', 'test'],
  ],
  ['src/api/client.ts', '../../', ['objects', 'triggers', 'relay', 'console', 'local']],
  ['src/record/subject.ts', '../../', ['src', 'objects', 'triggers', 'relay', 'console', 'local', 'test']],
  ['wire/signature.ts', '../', ['src', 'objects', 'triggers', 'relay', 'console', 'local', 'scripts', 'test']],
  [
    'relay/relay.ts',
    '../',
    ['src', 'objects', 'triggers', 'searches', 'creates', 'console', 'local', 'scripts', 'test'],
  ],
  ['relay/http/server.ts', '../../', ['src', 'objects', 'triggers', 'console', 'local', 'scripts', 'test']],
  ['relay/http/server.ts', '../', ['test', 'bench', 'chaos', 'harness', 'store/postgres']],
  ['relay/store/ingest.ts', './', ['postgres', 'sqlite']],
  [
    'console/main.tsx',
    '../',
    ['src', 'objects', 'triggers', 'searches', 'creates', 'relay', 'local', 'scripts', 'test'],
  ],
  ['console/views/app.tsx', '../../', ['src', 'objects', 'triggers', 'relay', 'local', 'scripts', 'test']],
  ['relay/test/http-server.test.ts', '../../', ['src', 'objects', 'triggers', 'console', 'local', 'scripts']],
];

describe('an import', () => {
  it.each(
    FORBIDDEN.flatMap(([file, root, directories]) =>
      directories.map((directory) => [file, `${root}${directory}/x.ts`]),
    ),
  )('in %s of %s is forbidden', async (file, path) => {
    expect(await allowedForms(file, path)).toEqual([]);
  });

  it.each([
    ['src/record/subject.ts', 'node:crypto'],
    ['src/record/subject.ts', 'crypto'],
    ['src/record/subject.ts', 'zapier-platform-core'],
    ['src/record/subject.ts', '../trigger.ts'],
    ['src/record/subject.ts', './../trigger.ts'],
    ['wire/signature.ts', './../src/once.ts'],
    ['wire/signature.ts', 'zapier-platform-core'],
    ['wire/signature.ts', 'hpke'],
    ['wire/sealing/key-wrap.ts', 'zapier-platform-core'],
    ['wire/sealing/key-wrap.ts', '../../src/once.ts'],
    ['wire/sealing/key-wrap.ts', '../../index.ts'],
    ['src/trigger.ts', '../index.ts'],
    ['relay/relay.ts', '../index.ts'],
    ['console/main.tsx', '../index.ts'],
    ['console/main.tsx', 'node:crypto'],
    ['console/main.tsx', 'hpke'],
    ['console/views/app.tsx', '../../index.ts'],
    ['console/views/app.tsx', 'hpke'],
  ])('in %s of %s is forbidden', async (file, path) => {
    expect(await allowedForms(file, path)).toEqual([]);
  });

  it('in src/ of a path that is computed is forbidden', async () => {
    const [result] = await eslint.lintText('await import(`../relay/config.ts`);\n', { filePath: 'src/trigger.ts' });
    expect(result?.messages).toMatchObject([{ ruleId: 'no-restricted-syntax' }]);
  });

  it.each([
    ['wire/signature.ts', 'node:crypto'],
    ['wire/sealing/key-wrap.ts', 'hpke'],
    ['wire/sealing/key-wrap.ts', '../json.ts'],
    ['src/trigger.ts', '../wire/models.ts'],
    ['src/hooks/relay-hook.ts', './relay-client.ts'],
    ['src/record/subject.ts', '../../wire/json.ts'],
    ['src/record/subject.ts', './values.ts'],
    ['objects/lesson.ts', '../src/tutorcruncher-object.ts'],
    ['triggers/lesson.ts', '../objects/lesson.ts'],
    ['triggers/index.ts', '../objects/index.ts'],
    ['relay/http/server.ts', '../../wire/capability.ts'],
    ['relay/test/http-server.test.ts', '../harness/until.ts'],
    ['console/main.tsx', 'preact/hooks'],
    ['console/main.tsx', '../wire/delivery.ts'],
    ['console/main.tsx', '../src/record/event.ts'],
    ['console/main.tsx', './object-layouts.ts'],
    ['console/views/app.tsx', '../session.ts'],
    ['console/views/app.tsx', '../../wire/console-api.ts'],
    ['local/zapier.ts', '../relay/relay.ts'],
  ])('in %s of %s is allowed', async (file, path) => {
    expect(await allowedForms(file, path)).toHaveLength(5);
  });

  it.each(['dist/index.js', 'relay/dist/main.js', 'relay/dist-123/main.js'])(
    'in the build %s is not checked',
    async (file) => {
      expect(await eslint.isPathIgnored(file)).toBe(true);
    },
  );

  it('is checked in existing directories, except planned ones', () => {
    const files = FORBIDDEN.map(([file]) => file).filter((file) => !/^(searches|creates)\//.test(file));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });
});
