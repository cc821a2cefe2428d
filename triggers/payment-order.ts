import { paymentOrder } from '../objects/payment-order.ts';
import { objectTrigger } from '../src/object-trigger.ts';

export const paymentOrderTriggers = [
  objectTrigger({
    key: 'payment_order_raised',
    label: 'Payment Order Raised',
    description: 'Triggers when a payment order is raised.',
    object: paymentOrder,
    actions: { RAISED_PO: 'Raised a Payment Order' },
    sample: { date_paid: null },
    requirement: { oneOf: { status: ['unpaid'] }, filled: ['date_sent'], time: 'date_sent' },
  }),
  objectTrigger({
    key: 'payment_order_paid',
    label: 'Payment Order Paid',
    description: 'Triggers when a payment order is marked as paid.',
    object: paymentOrder,
    actions: { MARKED_PO_AS_PAID: 'Marked a Payment Order as paid' },
    sample: { status: 'paid', still_to_pay: 0 },
    earlier: { status: 'unpaid', still_to_pay: 45, date_paid: null },
    requirement: { oneOf: { status: ['paid'] }, time: 'date_paid' },
  }),
];
