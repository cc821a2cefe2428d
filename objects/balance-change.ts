import { tutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import { client } from './client.ts';
import fall from './samples/balance-fall.json' with { type: 'json' };
import subject from './samples/balance-change.json' with { type: 'json' };

/** A change in a client's or a tutor's balance. TutorCruncher's API calls a balance change a balance update. */
export const balanceChange = tutorCruncherObject({
  word: 'balance_change',
  sample: { events: [{ action: '', subject }] },
  earlier: {},
  api: { path: 'balance-updates' },
});

const clientFields = Object.fromEntries(Object.entries(client.sample.subject).filter(([name]) => name !== 'model'));

/** A balance change that reduces a client's balance. The sample contains all fields of the client. */
export const balanceFall = tutorCruncherObject({
  word: balanceChange.word,
  sample: {
    events: [
      {
        action: '',
        subject: {
          ...subject,
          ...fall,
          client: { ...clientFields, previous_invoice_balance: '0.00', minimum_invoice_balance: '0.00' },
        },
      },
    ],
  },
  earlier: {},
  api: balanceChange.api,
});
