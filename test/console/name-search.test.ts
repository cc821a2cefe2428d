import { expect, it } from '@jest/globals';

import { eventsWithWords, searchedText, searchWords } from '../../console/name-search.ts';
import { listedEvent } from './listed-event.ts';

const NAMES = [
  { name: 'Fractions', people: 'Ben Oakley' },
  { name: 'Verb tenses', people: '' },
];
const NAMED = { ...listedEvent(2), opened: { kind: 'opened', events: NAMES } as const };

it('the search is for words in lower case, between any white space', () => {
  expect(searchWords('  Priya\t RAMAN ')).toEqual(['priya', 'raman']);
  expect(searchWords(' ')).toEqual([]);
});

it('the names in all events of a delivery are searched, in lower case', () => {
  expect(searchedText(NAMED.opened)).toBe('fractions ben oakley verb tenses ');
  expect(searchedText(listedEvent(1).opened)).toBe('');
});

it.each([
  ['all of them, in any order', 'oak FRACT', [2]],
  ['all of them, of which only some are in its names', 'oakley novak', []],
  ['none, because there are none', '', [2, 1]],
])('an event is found if its names contain the words: %s', (_, search, numbers) => {
  const found = eventsWithWords([NAMED, listedEvent(1)], searchWords(search));
  expect(found.map(({ number }) => number)).toEqual(numbers);
});
