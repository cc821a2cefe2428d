import { invoice } from '../objects/invoice.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';
import { overdueTrigger } from '../src/polled/overdue-trigger.ts';

const unpaid = { date_paid: null, still_to_pay: 63 };

export const invoiceTriggers = triggersAbout({ object: invoice }, [
  {
    key: 'invoice_raised',
    label: 'Invoice Raised',
    description: 'Triggers when an invoice is raised.',
    actions: { RAISED_INVOICE: 'Raised an Invoice' },
    sample: unpaid,
    earlier: { status: 'confirmed' },
    requirement: { oneOf: { status: ['unpaid'] }, filled: ['date_sent'], time: 'date_sent' },
  },
  // No example of this trigger's event is known.
  {
    key: 'invoice_reminder_sent',
    label: 'Invoice Reminder Sent',
    description: 'Triggers when a reminder about an invoice is sent.',
    actions: { SENT_INVOICE_REMINDER: 'Sent an Invoice Reminder' },
    sample: unpaid,
    requirement: { oneOf: { status: ['unpaid'] }, filled: ['date_sent'] },
  },
  {
    key: 'invoice_paid',
    label: 'Invoice Paid',
    description: 'Triggers when an invoice is paid in full.',
    actions: {
      MARKED_INVOICE_AS_PAID: 'Marked an Invoice as paid',
      CLIENT_PAID_INVOICE: 'Paid their Invoice',
      ADMIN_PAID_INVOICE: 'Paid an Invoice',
      ACCOUNTING_ITEM_AUTOCHARGED: 'Charged a client using Autocharge',
    },
    where: { status: ['paid'] },
    isPayment: true,
    earlier: { status: 'unpaid', still_to_pay: 63, date_paid: null },
    requirement: { oneOf: { status: ['paid'] }, time: 'date_paid' },
  },
  {
    key: 'invoice_payment_failed',
    label: 'Invoice Payment Failed',
    description: 'Triggers when a payment for an invoice fails.',
    actions: { PAYMENT_FAILED: 'A payment failed', DEFERRED_PAYMENT_FAILED: 'A deferred payment failed' },
    sample: unpaid,
    earlier: { status: 'payment-pending' },
    requirement: { oneOf: { status: ['failed'] } },
  },
  {
    key: 'invoice_voided',
    label: 'Invoice Voided',
    description: 'Triggers when an invoice is voided.',
    actions: { VOIDED_INVOICE: 'Voided an Invoice' },
    sample: { ...unpaid, date_void: '2026-06-10T18:05:00.000000Z' },
    earlier: { status: 'unpaid', date_void: null },
    requirement: { oneOf: { status: ['void'] }, time: 'date_void' },
  },
]);

export const invoiceOverdue = overdueTrigger({
  key: 'invoice_overdue',
  label: 'Invoice Overdue',
  description: 'Triggers when an invoice stays unpaid for some days, checked every 1 to 15 minutes.',
  object: invoice,
  sample: { ...unpaid, status: 'unpaid' },
});
