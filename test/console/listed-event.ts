import type { NamedEvent } from '../../console/event-list.ts';

/** Returns an event with a number and an outcome. The contents of the event are not opened. */
export const listedEvent = (number: number, outcome: NamedEvent['outcome'] = 'delivered'): NamedEvent => ({
  number,
  is_repeat: false,
  outcome,
  zaps: [],
  opened: { kind: 'newer-key', events: [] },
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
