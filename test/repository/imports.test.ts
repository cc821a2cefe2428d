/** The imports of the product: the lint rules that enforce their directions, and the absence of cycles. */

import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import ts from 'typescript';

const RULE = 'project/imports';
const eslint = new ESLint({
  overrideConfig: { languageOptions: { parserOptions: { projectService: false, project: null } } },
  ruleFilter: ({ ruleId }) => ruleId === RULE,
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
      return !messages.some(({ ruleId }) => ruleId === RULE);
    }),
  );
  return forms.filter((_, index) => isAllowed[index]);
}

/** A file for each rule, an import that the rule forbids, and an import that it allows. */
const CASES: readonly (readonly [file: string, forbidden: string, allowed: string])[] = [
  ['index.ts', './relay/x.ts', './src/x.ts'],
  ['triggers/lesson.ts', '../searches/x.ts', '../objects/lesson.ts'],
  ['triggers/lesson.ts', '../index.ts', './x.ts'],
  ['searches/lesson.ts', '../creates/x.ts', '../src/x.ts'],
  ['searches/lesson.ts', '../local/x.ts', './x.ts'],
  ['creates/lesson.ts', '../scripts/x.ts', '../searches/x.ts'],
  ['creates/lesson.ts', '../snapshots/x.ts', '../wire/x.ts'],
  ['objects/lesson.ts', '../triggers/x.ts', '../src/object/tutorcruncher-object.ts'],
  ['objects/lesson.ts', '../account-check/x.ts', '../wire/x.ts'],
  ['scripts/docs.ts', '../local/x.ts', '../console/x.ts'],
  ['local/main.ts', '../account-check/x.ts', '../scripts/x.ts'],
  ['local/main.ts', '../test/x.ts', '../relay/harness/x.ts'],
  ['snapshots/snapshot.ts', '../account-check/x.ts', '../local/x.ts'],
  ['account-check/main.ts', '../test/x.ts', '../src/api/x.ts'],
  ['src/once.ts', './record/x.ts', './x.ts'],
  ['src/instant/trigger.ts', '../../objects/x.ts', '../../wire/models.ts'],
  ['src/instant/trigger.ts', '../../index.ts', '../hooks/x.ts'],
  ['src/instant/trigger.ts', '../polled/x.ts', '../lookups/x.ts'],
  ['src/api/client.ts', '../../creates/x.ts', './x.ts'],
  ['src/api/client.ts', '../choices/x.ts', '../record/x.ts'],
  ['src/choices/event-filter.ts', '../object/x.ts', '../api/x.ts'],
  ['src/object/samples.ts', '../inputs/x.ts', '../choices/x.ts'],
  ['src/hooks/relay-hook.ts', '../object/x.ts', '../choices/x.ts'],
  ['src/inputs/input.ts', '../lookups/x.ts', '../object/x.ts'],
  ['src/lookups/divide.ts', '../instant/x.ts', '../hooks/x.ts'],
  ['src/search/search.ts', '../action/x.ts', '../inputs/x.ts'],
  ['src/search/many/summary.ts', '../../polled/x.ts', '../search.ts'],
  ['src/polled/plan.ts', '../app/x.ts', '../lookups/x.ts'],
  ['src/action/write.ts', '../app/x.ts', '../search/x.ts'],
  ['src/app/authentication.ts', '../action/x.ts', '../polled/x.ts'],
  ['src/record/subject.ts', '../instant/trigger.ts', './values.ts'],
  ['src/record/subject.ts', './../once.ts', '../../wire/json.ts'],
  ['src/record/subject.ts', 'node:crypto', '../../wire/json.ts'],
  ['wire/signature.ts', './../src/once.ts', './json.ts'],
  ['wire/signature.ts', 'hpke', 'node:crypto'],
  ['wire/sealing/key-wrap.ts', '../../src/once.ts', '../json.ts'],
  ['wire/sealing/key-wrap.ts', 'zapier-platform-core', 'hpke'],
  ['relay/relay.ts', '../src/x.ts', './http/server.ts'],
  ['relay/relay.ts', '../index.ts', '../wire/x.ts'],
  ['relay/relay.ts', './main.ts', './admin/x.ts'],
  ['relay/http/server.ts', '../harness/x.ts', '../../wire/capability.ts'],
  ['relay/http/server.ts', '../store/postgres/x.ts', '../store/x.ts'],
  ['relay/http/server.ts', 'pg', 'fastify'],
  ['relay/config.ts', './http/x.ts', './store/open.ts'],
  ['relay/config.ts', './monitoring/x.ts', './clock.ts'],
  ['relay/target-url.ts', './http/problem.ts', './log.ts'],
  ['relay/store-clock.ts', './run.ts', './store/store.ts'],
  ['relay/store/store-options.ts', './rows/x.ts', './x.ts'],
  ['relay/store/database/tables.ts', '../rows/x.ts', './x.ts'],
  ['relay/store/rows/send.ts', '../outcomes/x.ts', '../database/x.ts'],
  ['relay/store/deliveries/stored-delivery.ts', '../outcomes/x.ts', '../rows/x.ts'],
  ['relay/store/problems/silence.ts', '../console/x.ts', '../deliveries/x.ts'],
  ['relay/store/ingest/ingest.ts', '../upkeep/x.ts', '../problems/x.ts'],
  ['relay/store/ingest/ingest.ts', '../store.ts', '../store-options.ts'],
  ['relay/store/ingest/ingest.ts', '../sqlite/x.ts', './x.ts'],
  ['relay/store/channels/channels.ts', '../../intake/x.ts', '../../webhook-url.ts'],
  ['relay/store/store.ts', './sqlite/x.ts', './ingest/x.ts'],
  ['relay/store/store.ts', 'better-sqlite3', 'node:path'],
  ['relay/store/migrations.ts', './open.ts', './store.ts'],
  ['relay/store/open.ts', '../test/x.ts', './sqlite/x.ts'],
  ['relay/store/sqlite/open-file.ts', '../../monitoring/x.ts', 'better-sqlite3'],
  ['relay/store/sqlite/open-file.ts', '../postgres/x.ts', '../store.ts'],
  ['relay/store/move/move.ts', '../open.ts', '../postgres/x.ts'],
  ['relay/sealing/sealer.ts', '../intake/x.ts', '../store/x.ts'],
  ['relay/sealing/sealer.ts', '../relay.ts', '../free-memory.ts'],
  ['relay/monitoring/metrics.ts', '../delivery/retry-policy.ts', '../failure-kind.ts'],
  ['relay/monitoring/notices.ts', '../http/problem.ts', '../sealing/data-keys.ts'],
  ['relay/intake/webhook-rates.ts', '../delivery/x.ts', '../token-bucket.ts'],
  ['relay/delivery/dispatcher.ts', '../events/x.ts', '../monitoring/metrics.ts'],
  ['relay/events/send-again-selection.ts', '../http/x.ts', '../store/x.ts'],
  ['relay/http/server.ts', '../admin/x.ts', '../delivery/dispatcher.ts'],
  ['relay/admin/check.ts', '../main.ts', '../http/problem.ts'],
  ['relay/chaos/main.ts', '../bench/x.ts', '../harness/x.ts'],
  ['relay/chaos/main.ts', '../store/postgres/x.ts', '../config.ts'],
  ['relay/harness/until.ts', '../test/x.ts', '../run.ts'],
  ['relay/bench/scale.ts', '../../local/x.ts', '../store/postgres/x.ts'],
  ['console/main.tsx', '../src/instant/trigger.ts', '../src/record/event.ts'],
  ['console/main.tsx', 'node:crypto', 'preact/hooks'],
  ['console/views/app.tsx', '../../relay/x.ts', '../../wire/console-api.ts'],
  ['console/views/app.tsx', 'hpke', '../session.ts'],
];

/** Returns the names of the directories that contain code. */
const directoriesOfCode = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(?:node_modules|build|coverage|dist.*)$/.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => globSync('**/*.{ts,tsx}', { cwd: join(folder, name) }).length > 0);

describe('an import', () => {
  it.each(CASES)('in %s of %s is forbidden, and of %s is allowed', async (file, forbidden, allowed) => {
    expect(await allowedForms(file, forbidden)).toEqual([]);
    expect(await allowedForms(file, allowed)).toHaveLength(5);
    expect(existsSync(file)).toBe(true);
  });

  it('in src/ of a path that is computed is forbidden', async () => {
    const [result] = await eslint.lintText('await import(`../relay/config.ts`);\n', {
      filePath: 'src/instant/trigger.ts',
    });
    expect(result?.messages).toMatchObject([{ ruleId: RULE }]);
  });

  it.each([
    ['x.ts', '.'],
    ['src/once.ts', 'src'],
    ['relay/store/store-options.ts', 'relay/store'],
  ])('in %s of a directory of %s is forbidden, because each directory of code is in an order', async (file, folder) => {
    const directories = directoriesOfCode(folder);
    expect(directories.length).toBeGreaterThan(10);
    for (const directory of directories) expect(await allowedForms(file, `./${directory}/x.ts`)).toEqual([]);
  });

  it('in a directory of the relay of the files that start it is forbidden', async () => {
    const directories = directoriesOfCode('relay').filter((name) => !/^(?:test|bench|chaos|harness)$/.test(name));
    expect(directories.length).toBeGreaterThan(7);
    for (const directory of directories)
      expect(await allowedForms(`relay/${directory}/x.ts`, '../relay.ts')).toEqual([]);
  });

  it.each(['dist/index.js', 'relay/dist/main.js', 'relay/dist-123/main.js'])(
    'in the build %s is not checked',
    async (file) => {
      expect(await eslint.isPathIgnored(file)).toBe(true);
    },
  );
});

/** The modules that each module of the product imports, including imports of types. */
const imports = new Map(
  globSync(
    '{index.ts,{src,wire,objects,triggers,searches,creates,relay,console,account-check,local,scripts,snapshots}/**/*.{ts,tsx}}',
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
  expect(imports.get('src/instant/trigger.ts')).toContain('src/instant/event-source.ts');
  expect(firstCycle()).toBeNull();
});
