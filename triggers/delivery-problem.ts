import { noticeTrigger } from '../src/notice-trigger.ts';

/** Triggers about the delivery of events itself, which only apps that are built for a relay have. */
export const noticeTriggers = [
  noticeTrigger({
    key: 'delivery_problem',
    label: 'Delivery Problem',
    description: 'Triggers when events stop arriving, or cannot be delivered to one of your Zaps.',
  }),
];
