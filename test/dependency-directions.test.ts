/** The lint rules that enforce the directions of dependencies. Each prohibition is violated once. */

import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';

const RULES = ['no-restricted-imports', 'no-restricted-syntax'];
const eslint = new ESLint({
  overrideConfig: { languageOptions: { parserOptions: { projectService: false, project: null } } },
  ruleFilter: ({ ruleId }) => RULES.includes(ruleId),
});

/** Lints an import in its four forms, and returns for each form whether a rule forbids it. */
async function isForbidden(file: string, path: string): Promise<boolean[]> {
  const forms = [
    `import '${path}';`,
    `export * from '${path}';`,
    `await import('${path}');`,
    `import type { X } from '${path}';`,
  ];
  return Promise.all(
    forms.map(async (code) => {
      const [result] = await eslint.lintText(`${code}\n`, { filePath: file });
      const messages = result?.messages ?? [];
      for (const { ruleId, message } of messages) if (ruleId === null) throw new Error(message);
      return messages.some(({ ruleId }) => ruleId !== null && RULES.includes(ruleId));
    }),
  );
}

describe('an import', () => {
  it.each([
    ['wire/signature.ts', '../src/trigger.ts'],
    ['wire/signature.ts', '../relay/config.ts'],
    ['src/trigger.ts', '../triggers/index.ts'],
    ['src/trigger.ts', '../objects/index.ts'],
    ['src/trigger.ts', '../local/zapier.ts'],
    ['src/api/client.ts', '../../relay/config.ts'],
    ['src/hooks/hook.ts', '../../console/page.ts'],
    ['src/record/subject.ts', '../trigger.ts'],
    ['src/record/subject.ts', 'node:crypto'],
    ['src/record/subject.ts', 'zapier-platform-core'],
    ['objects/lesson.ts', '../triggers/lesson.ts'],
    ['triggers/lesson.ts', '../relay/relay.ts'],
    ['triggers/lesson.ts', '../test/helpers.ts'],
    ['index.ts', './local/zapier.ts'],
    ['relay/relay.ts', '../src/trigger.ts'],
    ['relay/http/server.ts', '../../objects/index.ts'],
    ['relay/test/http.test.ts', '../../local/zapier.ts'],
  ])('in %s of %s is forbidden', async (file, path) => {
    expect(await isForbidden(file, path)).toEqual([true, true, true, true]);
  });

  it.each([
    ['wire/signature.ts', 'node:crypto'],
    ['src/trigger.ts', '../wire/models.ts'],
    ['src/hooks/relay-hook.ts', './relay-client.ts'],
    ['src/record/subject.ts', '../../wire/json.ts'],
    ['src/record/subject.ts', './values.ts'],
    ['objects/lesson.ts', '../src/tutorcruncher-object.ts'],
    ['triggers/lesson.ts', '../objects/lesson.ts'],
    ['relay/http/server.ts', '../../wire/capability.ts'],
    ['local/zapier.ts', '../relay/relay.ts'],
  ])('in %s of %s is allowed', async (file, path) => {
    expect(await isForbidden(file, path)).toEqual([false, false, false, false]);
  });
});
