/**
 * Labels in `docs/guide.md`, `docs/examples.md` and `docs/branches.md`. The other test files of this folder run the
 * examples, one file for each topic.
 */

import { expect, it, jest } from '@jest/globals';

import { UNUSED_RELAY } from '../support/sealed-envelope.ts';

jest.unstable_mockModule('../../src/hooks/relay-url.ts', () => ({ RELAY_URL: UNUSED_RELAY }));
jest.resetModules();
const { actions, searchOrCreates } = await import('../../creates/index.ts');
const { objectSearches } = await import('../../searches/index.ts');
const { polledTriggers, webhookTriggers } = await import('../../triggers/index.ts');
const { allSampleFields } = await import('../../src/lookups/lookup.ts');
const { outputFieldsOf } = await import('../../src/record/output-fields.ts');
const { GUIDE, sectionUnder } = await import('./examples.ts');

/** Bold names that do not belong to the app: Zapier's terms, steps of other apps, and the first words of paragraphs. */
const OTHER_NAMES = [
  "Create TutorCruncher Client if it doesn't exist yet?",
  'Custom',
  'Find',
  'Find or Create',
  'Filter by Zapier',
  'Formatter by Zapier: Date / Time',
  'Zap history',
  'Looping by Zapier: Create Loop From Line Items',
  'Paths by Zapier',
  'Fields for a record',
  'Searches',
  'Mapped values that are empty.',
  'Lists.',
  'Updates',
  'Emails and money.',
  'Custom fields.',
  'Errors',
  'Loops.',
  'Several people.',
  'Slack: Send Channel Message',
  'Test the Zap.',
  'Test both Zaps.',
  'Test trigger',
  'instant',
  'polled',
];

/** The labels of the app: of steps, of inputs and of the fields of records. */
const LABELS = new Set([
  ...[...webhookTriggers, ...polledTriggers, ...objectSearches, ...actions].map(
    ({ definition }) => definition.display.label,
  ),
  ...Object.values(searchOrCreates).map(({ display }) => display.label),
  ...[...objectSearches, ...actions].flatMap(({ inputs }) => inputs.map(({ field }) => field.label)),
  ...actions.flatMap(({ ownFields }) => ownFields?.().map(({ label }) => label) ?? []),
  ...objectSearches.flatMap(({ ownFields }) => ownFields().map(({ label }) => label)),
  ...webhookTriggers.flatMap(({ inputFields, outputFields, lookups }) =>
    [...inputFields, ...outputFields, ...outputFieldsOf(allSampleFields(lookups))].map(({ label }) => label),
  ),
  ...polledTriggers.flatMap(({ inputFields, outputFields }) =>
    [...inputFields, ...outputFields()].map(({ label }) => label),
  ),
]);

const SECTIONS = GUIDE.match(/(?<=^## )(?:Example: |Steps that |Instant or |Tasks without ).+/gm) ?? [];

it.each(SECTIONS)('the guide contains only labels of the app under "%s"', (heading) => {
  const bold = [...sectionUnder(heading).matchAll(/\*\*([^*]+)\*\*/g)].map(([, text = '']) =>
    text.replace(/\s+/g, ' '),
  );
  const names = bold.filter((text) => !text.startsWith('Step ') && !OTHER_NAMES.includes(text));
  expect(names.filter((name) => !LABELS.has(name))).toEqual([]);
  expect(bold.length).toBeGreaterThan(0);
});

it('the messages in the guide contain only fields of the app', () => {
  // Backticks enclose inline code, so every second part is code.
  const messages = GUIDE.split('`').filter((text, index) => index % 2 === 1 && /\[[A-Z]/.test(text));
  const fields = messages.flatMap((message) => [...message.matchAll(/\[([^\]]+)\]/g)].map(([, label = '']) => label));
  expect(fields).toHaveLength(5);
  expect(fields.filter((label) => !LABELS.has(label) && !label.startsWith('2. '))).toEqual([]);
});
