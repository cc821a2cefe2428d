/** Names and texts that look equal to a reader, in searches, pairs, Skip if It Exists and lookups by name. */

import { describe, expect, it } from '@jest/globals';

import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';
import { act, find, findOrCreate } from '../../support/steps.ts';

const tutorCruncher = useTutorCruncher();

type Spellings = readonly (readonly [difference: string, known: string, wanted: string])[];

const bothWays = (spellings: Spellings): Spellings =>
  spellings.flatMap(([difference, one, other]) => [
    [difference, one, other] as const,
    [difference, other, one] as const,
  ]);

/** Pairs of spellings. A search for either spelling must find the other. */
const LIKELY = bothWays([
  ["a phone's apostrophe", "Siobhan O'Neill", 'Siobhan O’Neill'],
  ['separate accents', 'Zoë Núñez', 'Zoë Núñez'.normalize('NFD')],
  ['a hyphen that does not end a line', 'Anne-Marie Lee', 'Anne\u2011Marie Lee'],
  ['a space that does not end a line', 'Mary Ann Lee', 'Mary\u00a0Ann Lee'],
  ['two blanks', 'Mary Ann Lee', 'Mary  Ann Lee'],
]);
/** Pairs of spellings. A search for the second spelling must find a record with the first spelling. */
const WANTED: Spellings = [
  ...LIKELY,
  ['another apostrophe', "Siobhan O'Neill", 'Siobhan Oʼneill'],
  ['a dash', 'Anne-Marie Lee', 'Anne–Marie Lee'],
  ['letter case and a zero-width character', 'Mary Ann Lee', 'mary ann\u200b LEE\u2060'],
  ['letter case and apostrophe', "Siobhan O'Neill", 'siobhan o’neill'],
];
/** The same pairs in both directions, for steps that read all names and compare them. */
const ALL = bothWays(WANTED);

/** Texts that a reader can distinguish. */
const DIFFERENT = [
  ['José Lee', 'Jose Lee'],
  ['Anne-Marie Lee', 'Anne Marie Lee'],
  ["Ann O'Neill", 'Ann ONeill'],
] as const;

/** Returns the first name and the last name. The last blank separates the two names. */
function partsOf(name: string): [first: string, last: string] {
  const index = name.lastIndexOf(' ');
  return [name.slice(0, index), name.slice(index + 1)];
}

const person = (name: string) => {
  const [first_name, last_name] = partsOf(name);
  return { first_name, last_name, find_first_name: first_name, find_last_name: last_name };
};
const job = (name: string) => ({ name, find_name: name, find_whole_name: true, charge_rate: '42', pay_rate: '30' });
/** The pairs, with the inputs for a name and the spellings for which the action must not create a second record. */
const PAIRS = [
  ['find_client', person, WANTED],
  ['find_tutor', person, WANTED],
  ['find_affiliate', person, WANTED],
  ['find_student', person, WANTED],
  ['find_student', (name: string) => ({ ...person(name), client: '302' }), ALL],
  ['find_job', job, ALL],
] as const;

describe.each(PAIRS)('the pair %s', (key, inputsOf, spellings) => {
  it.each(spellings)('does not create a second record for a name that differs in %s', async (_, known, wanted) => {
    const { id } = await findOrCreate(key, inputsOf(known));
    expect((await findOrCreate(key, inputsOf(wanted))).id).toBe(id);
    expect(tutorCruncher.writes()).toHaveLength(1);
  });

  it.each(DIFFERENT)('distinguishes %s from %s', async (one, other) => {
    const { id } = await findOrCreate(key, inputsOf(one));
    expect((await findOrCreate(key, inputsOf(other))).id).not.toBe(id);
  });
});

it('an email address finds a client even if it contains invisible characters', async () => {
  expect(await find('find_client', { email: '\u200bpriya.raman@example.com\u2060' })).toMatchObject([{ id: 301 }]);
  expect(await find('find_client', { email: 'PRIYA.raman\u00ad@example.com' })).toMatchObject([{ id: 301 }]);
});

it.each(ALL)('Find Jobs finds a part of a name that differs in %s', async (_, known, wanted) => {
  const { id } = await act('create_job', { ...job(`Maths for ${known}`) });
  expect((await find('find_jobs', { find_name: wanted })).map((found) => found.id)).toEqual([id]);
});

it.each(ALL)('Skip if It Exists skips a charge whose description differs in %s', async (_, known, wanted) => {
  const charge = { category: '7', date: '2027-06-10', client: '301', charge_client: '10', skip_if_exists: true };
  const { id } = await act('create_ad_hoc_charge', { ...charge, description: `Books for ${known}` });
  expect((await act('create_ad_hoc_charge', { ...charge, description: `Books for ${wanted}` })).id).toBe(id);
  expect(tutorCruncher.writes()).toHaveLength(1);
});
