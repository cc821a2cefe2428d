import { expect, it } from '@jest/globals';

import { changeTexts, textsOfChange } from '../../src/record/change-texts.ts';
import { NEUTRAL_LOCALE } from '../../src/record/locale.ts';
import type { FieldValue } from '../../src/record/record.ts';

it.each([
  ['x', 'y', [null, null], 'Town: x → y'],
  ['', 'y', [null, null], 'Town: (empty) → y'],
  ['x', '', [null, null], 'Town: x → (empty)'],
  ['1', '2', ['one', 'two'], 'Town: one → two'],
  ['1', '2', ['one', null], 'Town: one → 2'],
] as const)('the change from %j to %j with the texts %j is described', (before, after, written, line) => {
  const shown = [written[0] ?? before, written[1] ?? after];
  expect(textsOfChange('Town', [before, after], written)).toEqual({ before, after, written: shown, line });
});

it.each([
  ['x', 'x', [null, null]],
  ['x', 'x', ['one', 'two']],
  ['1', '2', ['same', 'same']],
] as const)('there is no change that anybody would see from %j to %j with the texts %j', (before, after, written) => {
  expect(textsOfChange('Town', [before, after], written)).toBeNull();
});

it.each<readonly [name: string, earlier: FieldValue, later: FieldValue, before: string, after: string]>([
  ['names', [{ name: 'A' }], [{ name: 'A' }, { name: 'B' }], 'A', 'A, B'],
  ['subjects', [{ subject: 'Maths', id: 1 }], [], 'Maths', ''],
  ['other values', [{ photo: '/a?expires=1', town: 'Bath' }], [], 'Bath', ''],
  ['levels', [{ name: 'A', level: 'GCSE', id: 1 }], [{ name: 'A', level: 'KS3', id: 1 }], 'A (GCSE)', 'A (KS3)'],
  ['ids', [{ name: 'A', id: 1 }], [{ name: 'A', id: 2 }], 'A (1)', 'A (2)'],
  ['amounts', [{ name: 'A', amount: 1 }], [{ name: 'A', amount: 2 }], 'A (1)', 'A (2)'],
])('a list whose entries have other %s is described by them', (_name, earlier, later, before, after) => {
  const states = [{ list: earlier }, { list: later }] as const;
  expect(changeTexts('List', 'list', states, NEUTRAL_LOCALE)).toMatchObject({ before, after });
});

it('a list whose entries look the same has no visible change', () => {
  const list: FieldValue = [{ name: 'A' }];
  expect(changeTexts('List', 'list', [{ list }, { list: [...list] }], NEUTRAL_LOCALE)).toBeNull();
});

it('a list whose entries have no names is described by their other values', () => {
  const states = [
    { list: [{ town: 'Bath', id: 1 }], lis_names: '' },
    { list: [], lis_names: '' },
  ] as const;
  const [earlier, later] = states.map(({ list, lis_names }) => ({ list: [...list], lis_names }));
  expect(changeTexts('List', 'list', [earlier ?? {}, later ?? {}], NEUTRAL_LOCALE)).toMatchObject({ before: 'Bath' });
});
