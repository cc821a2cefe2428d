import { paymentOrder } from '../objects/payment-order.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';

export const paymentOrderTriggers = triggersAbout({ object: paymentOrder }, [
  {
    key: 'payment_order_raised',
    label: 'Payment Order Raised',
    description: 'Triggers when a payment order is raised.',
    actions: { RAISED_PO: 'Raised a Payment Order' },
    sample: { date_paid: null },
    earlier: paymentOrder.earlier,
    requirement: { oneOf: { status: ['unpaid'] }, filled: ['date_sent'], time: 'date_sent' },
  },
  {
    key: 'payment_order_paid',
    label: 'Payment Order Paid',
    description: 'Triggers when a payment order is marked as paid.',
    actions: { MARKED_PO_AS_PAID: 'Marked a Payment Order as paid' },
    sample: { still_to_pay: 0 },
    earlier: { status: 'unpaid', still_to_pay: 45, date_paid: null },
    requirement: { oneOf: { status: ['paid'] }, time: 'date_paid' },
  },
  // No example of this trigger's event is known. According to TutorCruncher's list of actions, the event's subject is
  // the payment order that is paid out.
  {
    key: 'payout_created',
    label: 'New Payout',
    description: 'Triggers when a payout is created for a payment order.',
    actions: { CREATED_PAYOUT: 'Created a Payout' },
    sample: { date_paid: null },
  },
]);
