/** An event of the list as the console's API describes it. */

import type { ListedEvent } from '../../wire/console-api.ts';

/** Returns an event with a number and an outcome. */
export const listedEvent = (number: number, outcome: ListedEvent['outcome'] = 'delivered'): ListedEvent => ({
  number,
  is_repeat: false,
  outcome,
  zaps: [],
  envelope: {
    format: 'tutorcruncher-sealed/1',
    channel: 'channel',
    delivery_id: `delivery ${number}`,
    key_id: 'key',
    received_at: number,
    actions: ['A'],
    model: 'lesson',
    subject_id: '12',
    event_time: null,
    wrapped_key: '',
    sealed: null,
  },
});
