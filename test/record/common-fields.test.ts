import { expect, it } from '@jest/globals';

import { commonFields } from '../../src/record/common-fields.ts';

const PERSON = { id: 7, first_name: 'Priya', last_name: 'Raman' };

it.each<readonly [name: string, earlier: object, later: object, common: readonly [object, object]]>([
  ['fields of one state', { town: 'Bath', id: 1 }, { id: 1, street: 'x' }, [{ id: 1 }, { id: 1 }]],
  [
    'empty values',
    { town: null, id: 1 },
    { town: 'Bath', id: '' },
    [
      { town: null, id: 1 },
      { town: 'Bath', id: '' },
    ],
  ],
  ['an empty value and a record', { client: null }, { client: PERSON }, [{ client: null }, { client: PERSON }]],
  ['fields of nested records', { a: { b: 1, c: 2 } }, { a: { c: 3, d: 4 } }, [{ a: { c: 2 } }, { a: { c: 3 } }]],
  ['a record and its id', { client: PERSON }, { client: 8 }, [{ client: 7 }, { client: 8 }]],
  ['an id and a record', { client: '8' }, { client: PERSON }, [{ client: '8' }, { client: 7 }]],
  [
    'a record and its name',
    { client: PERSON },
    { client: 'Ruth Raman' },
    [{ client: 'Priya Raman' }, { client: 'Ruth Raman' }],
  ],
  ['an id and a name', { client: 7 }, { client: 'Priya Raman' }, [{}, {}]],
  ['a record without an id', { client: { town: 'Bath' } }, { client: 8 }, [{}, {}]],
  ['texts', { town: 'Bath' }, { town: 'Wells' }, [{ town: 'Bath' }, { town: 'Wells' }]],
  ['a text and a list', { town: 'Bath' }, { town: ['Bath'] }, [{}, {}]],
  ['a record that cannot be an id', { town: { a: 1 } }, { town: 'Bath' }, [{}, {}]],
  ['equal lists', { ids: [2, '1'] }, { ids: ['1', '2'] }, [{ ids: ['1', '2'] }, { ids: ['1', '2'] }]],
  ['different lists', { ids: [1, 2] }, { ids: [1, 3] }, [{ ids: [1, 2] }, { ids: [1, 3] }]],
  ['lists of records', { ids: [{ a: 1 }] }, { ids: [{ b: 1 }] }, [{ ids: [{ a: 1 }] }, { ids: [{ b: 1 }] }]],
])(
  'two states with %s have in common the fields that both contain in the same shape',
  (_name, earlier, later, common) => {
    expect(commonFields({ ...earlier }, { ...later })).toEqual(common);
  },
);

it('eight levels of records are compared by field, and deeper records as a whole', () => {
  const nested = (levels: number, innermost: object): object =>
    levels === 0 ? innermost : { record: nested(levels - 1, innermost) };
  const [earlier, later] = [{ a: 1, b: 2 }, { b: 3 }];
  expect(commonFields({ ...nested(7, earlier) }, { ...nested(7, later) })).toEqual([
    nested(7, { b: 2 }),
    nested(7, later),
  ]);
  expect(commonFields({ ...nested(8, earlier) }, { ...nested(8, later) })).toEqual([
    nested(8, earlier),
    nested(8, later),
  ]);
});
