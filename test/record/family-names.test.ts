import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { lesson } from '../../objects/lesson.ts';
import { mentions, spellingsOf } from '../../src/record/family-names.ts';
import { subjectFor } from '../../src/record/other-families.ts';
import type { JsonObject } from '../../wire/json.ts';

const BELLINI = spellingsOf(['Chiara Bellini', 'Marco Bellini']);
const NOBODY = new Set<string>();

describe('a text names a family', () => {
  it.each([
    'Beside Chiara Bellini.',
    'Bellini, Chiara',
    'CHIARA BELLINI',
    '<b>Chiara</b> <i>Bellini</i>',
    '<b>Chiara</b><i>Bellini</i>',
    '<p>Chi<b>ara</b> Bellini</p>',
    'Chiara&nbsp;Bellini',
    'Chi&agrave;ra Bell&iacute;ni',
    '&lt;b&gt;Chiara&lt;/b&gt; Bellini',
    'Chiara &amp;#66;ellini',
    'Chíara Bellìni',
    'Chi\u200bara\u00a0Bellini',
    "Chiara Bellini's mother",
    'Mrs Bellini',
    'Bellini, Mr.',
    'the Bellini family',
    'Chiara-Bellini',
    'Marco\nBellini',
  ])('if it is %j', (text) => {
    expect(mentions(text, BELLINI, NOBODY)).toBe(true);
  });

  it.each(['Bellini', 'Chiara', 'Chiara and Ama', 'Bellinis are sweet', 'Chiarabellini', 'a < b & c > d', ''])(
    'but not if it is %j',
    (text) => {
      expect(mentions(text, BELLINI, NOBODY)).toBe(false);
    },
  );

  it.each<[name: string, text: string, isNamed: boolean]>([
    ['Young', 'Young learners in Reading', false],
    ['Young', 'Ask Mrs Young', true],
    ['Miss Young', 'Young learners', false],
    ['Ana Maria da Silva', 'da Silva, Ana Maria', true],
    ['Ana Maria da Silva', 'Ana da Silva', true],
    ['Ana Maria da Silva', 'Mrs da Silva', true],
    ["Fergus O'Brien", 'OBrien, Fergus', true],
    ['Fergus O’Brien', 'Fergus O&#39;Brien', true],
    ['Søren Łukasz Straße', 'soren lukasz strasse', true],
    ['Mr', 'Mr Young', false],
  ])('%j in %j: %j', (name, text, isNamed) => {
    expect(mentions(text, spellingsOf([name]), NOBODY)).toBe(isNamed);
  });

  it('but not if the name equals, or is part of, a name of the reader', () => {
    const own = spellingsOf(['Mary Ann Lee']);
    const other = spellingsOf(['Ann Lee']);
    expect(mentions('Mary Ann Lee', other, own)).toBe(false);
    expect(mentions('Mary Ann Lee, and Ann Lee', other, spellingsOf(['Mary Ann Leeson']))).toBe(true);
    expect(mentions('Ask Mrs Lee', other, own)).toBe(false);
    expect(mentions('Ann Lee Smith', spellingsOf(['Ann Lee Smith']), spellingsOf(['Ann Lee']))).toBe(true);
  });
});

describe('the record of a run, for generated families', () => {
  const word = fc.stringMatching(/^[A-Z][a-zéüñ]{2,9}$/);
  const family = fc.record({ client: word, student: word, last: word });
  const twoFamilies = fc
    .tuple(family, family)
    .filter(([own, other]) => new Set([...Object.values(own), ...Object.values(other)]).size === 6);
  const rowOf = ({ client, student, last }: { client: string; student: string; last: string }, index: number) => ({
    recipient: 2 * index,
    recipient_name: `${student} ${last}`,
    paying_client: 2 * index + 1,
    paying_client_name: `${client} ${last}`,
  });
  const spelling = fc.constantFrom<(first: string, last: string) => string>(
    (first, last) => `${first} ${last}`,
    (first, last) => `${last}, ${first}`,
    (first, last) => `<b>${first}</b> <i>${last}</i>`,
    (first, last) => `${first.toUpperCase()}&nbsp;${last.toLowerCase()}`,
    (first, last) => `${first} ${last}`.normalize('NFD').replace(/\p{M}/gu, ''),
    (_first, last) => `Mr ${last}`,
  );

  it('contains no spelling of another name in any field, and keeps texts about its own family', () => {
    fc.assert(
      fc.property(twoFamilies, spelling, fc.boolean(), ([own, other], write, isClient) => {
        const subject: JsonObject = {
          ...lesson.sample.subject,
          rcras: [rowOf(own, 10), rowOf(other, 20)],
          remark: `Beside ${write(isClient ? other.client : other.student, other.last)}.`,
          own_remark: `Beside ${write(isClient ? own.client : own.student, own.last)}.`,
          guardian: { id: 41, first_name: 'Somebody', phone: '0117' },
          contact: { id: 7, name: write(other.client, other.last), phone: '0117' },
          room: { id: 41, name: 'Blue', floor: 2 },
        };
        const state = subjectFor({ kind: isClient ? 'client' : 'student', id: isClient ? '21' : '20' }, subject);
        expect(state).toMatchObject({ own_remark: subject.own_remark, room: subject.room });
        for (const field of ['remark', 'guardian', 'contact']) expect(state).not.toHaveProperty(field);
      }),
    );
  });
});
