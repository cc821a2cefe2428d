/**
 * Sequences of more events within seconds than an envelope carries, or in which several triggers select the events of a
 * burst, and the changes that they must report.
 */

import { HOUR } from './sequence.ts';
import type { JsonObject } from '../../../wire/json.ts';
import { changed, none, type Expected, type ExpectedSequence, type Step } from '../expected-change.ts';
import { aboutClient, clientEdited, EDITED, STATUS, statusChanged, TOWN_OR_MOBILE } from './events.ts';

const numbers = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
const number = (n: number): string => `07700 9005${String(n).padStart(2, '0')}`;
const mobile = (n: number): JsonObject => ({ mobile: number(n) });
const changedMobile = (from: number, to: number): Expected => changed(`Client Mobile: ${number(from)} → ${number(to)}`);

/** Returns one of twenty edits of a client within four seconds. */
const edit = (n: number) => clientEdited(HOUR + (n - 1) * 0.2, `Edit ${n}.`, mobile(n));

export const longBursts: readonly ExpectedSequence[] = [
  aboutClient(
    'a client is edited twenty times within four seconds',
    3106,
    mobile(0),
    ...numbers(1, 20).map((n): Step => [edit(n), [TOWN_OR_MOBILE, changedMobile(n - 1, n)]]),
  ),
  aboutClient(
    'twenty edits of a client arrive in reverse order',
    3107,
    mobile(0),
    [edit(20), [TOWN_OR_MOBILE, changedMobile(0, 20)]],
    ...numbers(1, 19)
      .reverse()
      .map((n): Step => [edit(n), [EDITED, none]]),
  ),
  // The envelope of the edit contains the first change of status and the newest seven.
  aboutClient(
    'an edit of a client arrives after the ten changes of status that followed it',
    3108,
    { status: 'prospect', ...mobile(0) },
    ...numbers(1, 10).map((n): Step => {
      const [before, after] = n % 2 ? ['prospect', 'live'] : ['live', 'prospect'];
      const first = n === 1 ? [`Client Mobile: ${number(0)} → ${number(1)}`] : [];
      return [
        statusChanged(HOUR + n * 0.2, `Status ${n}.`, { status: after, ...mobile(1) }),
        [
          `${STATUS}${before === 'live' ? ' from_live from_live_known' : ''}`,
          changed(`Client Status: ${before} → ${after}`, ...first),
        ],
      ];
    }),
    [
      clientEdited(HOUR, 'Edit.', { status: 'prospect', ...mobile(1) }),
      ['any_event', none],
      ['client_updated town town_known', changedMobile(0, 1)],
    ],
  ),
  // The event of the status already shows the move, and the event of the move shows the new mobile number. To Client
  // Updated, the move looks like a change that only another trigger reports, so none of its records contains the move.
  aboutClient(
    'a change of a client is first shown by an event of another trigger, and then with the next change',
    3111,
    { status: 'prospect', ...mobile(0) },
    [
      statusChanged(HOUR, 'Status.', { status: 'live', town: 'Bath', ...mobile(0) }),
      [STATUS, changed('Client Status: prospect → live', 'Client Town: Bristol → Bath')],
    ],
    [
      clientEdited(HOUR + 0.3, 'Move.', { status: 'live', town: 'Bath', ...mobile(1) }),
      [TOWN_OR_MOBILE, changedMobile(0, 1)],
    ],
    [clientEdited(HOUR + 0.6, 'Mobile.', { status: 'live', town: 'Bath', ...mobile(1) }), [EDITED, none]],
  ),
];
