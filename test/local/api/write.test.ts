import { expect, it } from '@jest/globals';

import { Account, type AccountRecord } from '../../../local/api/account.ts';
import { Behaviour } from '../../../local/api/behaviour.ts';
import { announced, EDITED, saved, type AccountEvent, type Write } from '../../../local/api/write.ts';

const urlOf = (path: string, id: number): string => `https://app.tutorcruncher.com/api/${path}/${id}/`;
const LEO: AccountRecord = { id: 501, first_name: 'Leo', last_name: 'Raman', url: urlOf('recipients', 501) };
const LESSON: AccountRecord = {
  id: 9106,
  topic: 'Ratios',
  status: 'complete',
  rcras: [{ recipient: 501, recipient_name: 'Before' }],
  url: urlOf('appointments', 9106),
};
const KIND = { path: 'appointments', object: 'AN_APPOINTMENT', noun: 'a Lesson' };

/** Returns a write to an account with a student and a lesson, and the events that it announces. */
function newWrite() {
  const account = new Account();
  account.addList('recipients', [LEO]);
  account.addList('appointments', [LESSON]);
  const events: AccountEvent[] = [];
  /** The topics of the account's lessons when each event was announced. */
  const topics: unknown[] = [];
  const write: Write = {
    account,
    behaviour: new Behaviour(),
    body: {},
    announce: (event) => {
      events.push(event);
      topics.push(account.list('appointments').map(({ topic }) => topic));
    },
  };
  return { account, write, events, topics };
}

it('a new record has the written values, the initial values, and null or an empty list in all other fields', () => {
  const { account, write, events, topics } = newWrite();
  const record = saved(write, KIND, null, { topic: 'Scales' }, { topic: 'No topic', status: 'planned' });
  expect(record).toEqual({ id: 9107, topic: 'Scales', status: 'planned', rcras: [], url: urlOf('appointments', 9107) });
  expect(account.list('appointments')).toEqual([record, LESSON]);
  expect(events).toEqual([
    {
      action: 'CREATED_AN_APPOINTMENT',
      verb: 'Created a Lesson',
      message: 'Created via the API.',
      path: 'appointments',
      id: 9107,
    },
  ]);
  expect(topics).toEqual([['Scales', 'Ratios']]);
});

it('an existing record keeps the fields that a write lacks, and gets no initial values', () => {
  const { account, write, events, topics } = newWrite();
  const record = saved(write, KIND, LESSON, { topic: 'Scales' }, { status: 'planned' });
  const changed = { ...LESSON, topic: 'Scales' };
  expect(account.list('appointments')).toEqual([changed]);
  expect(record).toEqual({ ...changed, rcras: [{ recipient: 501, recipient_name: 'Leo Raman' }] });
  expect(events).toEqual([
    {
      action: 'EDITED_AN_APPOINTMENT',
      verb: 'Edited a Lesson',
      message: 'Edited via the API.',
      path: 'appointments',
      id: 9106,
    },
  ]);
  expect(topics).toEqual([['Scales']]);
});

it('a new record shows the current names of the people that it refers to', () => {
  const { account, write } = newWrite();
  const rcras = [{ recipient: 501, recipient_name: '' }];
  expect(saved(write, KIND, null, { rcras }, {}).rcras).toEqual([{ recipient: 501, recipient_name: 'Leo Raman' }]);
  expect(account.list('appointments')[0]?.rcras).toEqual(rcras);
});

it.each([
  [undefined, EDITED],
  ['Added via the API.', 'Added via the API.'],
  ['', ''],
])('an event with the message %j is announced with the message %j', (message, expected) => {
  const { write, events } = newWrite();
  const event = { action: 'ADDED_A_LABEL_TO_A_SERVICE', verb: 'Added a Label to a Job' };
  const record = announced(write, 'appointments', LESSON, message === undefined ? event : { ...event, message });
  expect(events).toEqual([{ ...event, message: expected, path: 'appointments', id: 9106 }]);
  expect(record.rcras).toEqual([{ recipient: 501, recipient_name: 'Leo Raman' }]);
});
