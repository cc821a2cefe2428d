import sample from '../objects/samples/payment-order.json' with { type: 'json' };
import { tutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { webhookTrigger } from '../src/trigger.ts';

export const paymentOrder = tutorCruncherObject({ word: 'payment_order', sample, api: { path: 'payment-orders' } });

export const paymentOrderTriggers = [
  webhookTrigger({
    key: 'payment_order_raised',
    label: 'Payment Order Raised',
    description: 'Triggers when a payment order is raised.',
    object: paymentOrder,
    actions: { RAISED_PO: 'Raised a Payment Order' },
    sample: { date_paid: null },
  }),
  webhookTrigger({
    key: 'payment_order_paid',
    label: 'Payment Order Paid',
    description: 'Triggers when a payment order is marked as paid.',
    object: paymentOrder,
    actions: { MARKED_PO_AS_PAID: 'Marked a Payment Order as paid' },
    sample: { status: 'paid', still_to_pay: 0 },
  }),
];
