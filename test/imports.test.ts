/** The imports of the product: the lint rules that enforce their directions, and cycles. */

import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import ts from 'typescript';

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

/** A file for each rule, a forbidden path, and an allowed path. */
const RULES_BY_FILE: readonly (readonly [file: string, forbidden: string, allowed: string])[] = [
  ['index.ts', './relay/x.ts', './src/x.ts'],
  ['triggers/lesson.ts', '../console/x.ts', '../objects/lesson.ts'],
  ['searches/lesson.ts', '../local/x.ts', '../src/x.ts'],
  ['objects/lesson.ts', '../account-check/x.ts', '../src/tutorcruncher-object.ts'],
  ['creates/lesson.ts', '../scripts/x.ts', '../wire/x.ts'],
  ['objects/lesson.ts', '../triggers/x.ts', '../src/tutorcruncher-object.ts'],
  ['src/trigger.ts', '../objects/x.ts', '../wire/models.ts'],
  ['src/trigger.ts', '../index.ts', './hooks/hook.ts'],
  ['src/api/client.ts', '../../creates/x.ts', './choices.ts'],
  ['src/record/subject.ts', '../trigger.ts', './values.ts'],
  ['src/record/subject.ts', './../trigger.ts', '../../wire/json.ts'],
  ['src/record/subject.ts', 'node:crypto', '../../wire/json.ts'],
  ['wire/signature.ts', './../src/once.ts', './json.ts'],
  ['wire/signature.ts', 'hpke', 'node:crypto'],
  ['wire/sealing/key-wrap.ts', '../../src/once.ts', '../json.ts'],
  ['wire/sealing/key-wrap.ts', 'zapier-platform-core', 'hpke'],
  ['relay/relay.ts', '../src/x.ts', './http/server.ts'],
  ['relay/relay.ts', '../index.ts', '../wire/x.ts'],
  ['relay/http/server.ts', '../harness/x.ts', '../../wire/capability.ts'],
  ['relay/http/server.ts', '../store/postgres/x.ts', '../store/x.ts'],
  ['relay/store/ingest.ts', './sqlite/x.ts', './x.ts'],
  ['relay/store/open.ts', '../test/x.ts', './sqlite/x.ts'],
  ['relay/config.ts', './http/x.ts', './store/open.ts'],
  ['relay/config.ts', './monitoring/x.ts', './clock.ts'],
  ['relay/target-url.ts', './http/problem.ts', './log.ts'],
  ['relay/store-clock.ts', './run.ts', './store/store.ts'],
  ['relay/store/channels.ts', '../intake/x.ts', '../webhook-url.ts'],
  ['relay/store/sqlite/open-file.ts', '../../monitoring/x.ts', '../../log.ts'],
  ['relay/sealing/sealer.ts', '../intake/x.ts', '../store/digest.ts'],
  ['relay/sealing/sealer.ts', '../relay.ts', '../free-memory.ts'],
  ['relay/monitoring/metrics.ts', '../delivery/policy.ts', '../failure-kind.ts'],
  ['relay/monitoring/notices.ts', '../http/problem.ts', '../sealing/data-keys.ts'],
  ['relay/intake/webhook-rates.ts', '../delivery/x.ts', '../token-bucket.ts'],
  ['relay/delivery/dispatcher.ts', '../events/x.ts', '../monitoring/metrics.ts'],
  ['relay/events/send-again.ts', '../http/x.ts', '../store/events.ts'],
  ['relay/http/server.ts', '../admin/x.ts', '../delivery/dispatcher.ts'],
  ['relay/admin/check.ts', '../main.ts', '../http/problem.ts'],
  ['relay/test/http-server.test.ts', '../../local/x.ts', '../harness/until.ts'],
  ['console/main.tsx', '../src/trigger.ts', '../src/record/event.ts'],
  ['console/main.tsx', 'node:crypto', 'preact/hooks'],
  ['console/views/app.tsx', '../../relay/x.ts', '../../wire/console-api.ts'],
  ['console/views/app.tsx', 'hpke', '../session.ts'],
];

describe('an import', () => {
  it.each(RULES_BY_FILE)('in %s of %s is forbidden, and of %s is allowed', async (file, forbidden, allowed) => {
    expect(await allowedForms(file, forbidden)).toEqual([]);
    expect(await allowedForms(file, allowed)).toHaveLength(5);
    expect(existsSync(file)).toBe(true);
  });

  it('in src/ of a path that is computed is forbidden', async () => {
    const [result] = await eslint.lintText('await import(`../relay/config.ts`);\n', { filePath: 'src/trigger.ts' });
    expect(result?.messages).toMatchObject([{ ruleId: 'no-restricted-syntax' }]);
  });

  it('in a directory of the relay of the files that start it is forbidden', async () => {
    const directories = globSync('relay/*/').map((path) => path.replaceAll('\\', '/').replace(/\/$/, ''));
    const product = directories.filter(
      (path) => !/^relay\/(?:test|bench|chaos|harness|dist.*|node_modules)$/.test(path),
    );
    expect(product.length).toBeGreaterThan(7);
    for (const directory of product) expect(await allowedForms(`${directory}/x.ts`, '../relay.ts')).toEqual([]);
  });

  it.each(['dist/index.js', 'relay/dist/main.js', 'relay/dist-123/main.js'])(
    'in the build %s is not checked',
    async (file) => {
      expect(await eslint.isPathIgnored(file)).toBe(true);
    },
  );
});

/** The modules that each module of the product imports, types included. */
const imports = new Map(
  globSync(
    '{index.ts,{src,wire,objects,triggers,searches,creates,relay,console,account-check,local,scripts}/**/*.{ts,tsx}}',
  )
    .filter((path) => !/^relay\/(?:test|dist[^/]*)\//.test(path))
    .map((path) => [
      path,
      ts
        .preProcessFile(readFileSync(path, 'utf8'))
        .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => join(dirname(path), fileName)),
    ]),
);

/** Returns the first cycle that a depth-first search finds; null if there is none. */
function firstCycle(): string[] | null {
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string[] | null => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return null;
    for (const imported of imports.get(path) ?? []) {
      const cycle = visit(imported, [...trail, path]);
      if (cycle) return cycle;
    }
    finished.add(path);
    return null;
  };
  return [...imports.keys()].reduce<string[] | null>((found, path) => found ?? visit(path, []), null);
}

it('imports form no cycle', () => {
  expect(imports.size).toBeGreaterThan(300);
  expect(imports.get('src/trigger.ts')).toContain('src/instant/event-source.ts');
  expect(firstCycle()).toBeNull();
});
