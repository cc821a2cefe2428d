import { creditRequest } from '../objects/credit-request.ts';
import { triggersAbout } from '../src/instant/object-trigger.ts';
import { overdueTrigger } from '../src/polled/overdue-trigger.ts';

export const creditRequestTriggers = triggersAbout({ object: creditRequest }, [
  {
    key: 'credit_request_raised',
    label: 'Credit Request Raised',
    description: 'Triggers when a credit request is raised.',
    actions: { RAISED_PROFORMA_INVOICE: 'Raised a Credit Request' },
    sample: { date_paid: null },
    earlier: creditRequest.earlier,
    requirement: { oneOf: { status: ['unpaid'] }, filled: ['date_sent'], time: 'date_sent' },
  },
  // No example of this trigger's event is known.
  {
    key: 'credit_request_reminder_sent',
    label: 'Credit Request Reminder Sent',
    description: 'Triggers when a reminder about a credit request is sent.',
    actions: { SENT_PROFORMA_INVOICE_REMINDER: 'Sent a Credit Request Reminder' },
    sample: { date_paid: null },
    requirement: { oneOf: { status: ['unpaid'] }, filled: ['date_sent'] },
  },
  {
    key: 'credit_request_paid',
    label: 'Credit Request Paid',
    description: 'Triggers when a credit request is paid.',
    actions: {
      MARKED_PROFORMA_INVOICE_AS_PAID: 'Marked Credit Request as paid',
      CLIENT_PAID_PROFORMA_INVOICE: 'Paid their Credit Request',
      ADMIN_PAID_PROFORMA_INVOICE: 'Paid a Credit Request',
      CLIENT_PAID_INVOICE: 'Paid their Invoice',
      ACCOUNTING_ITEM_AUTOCHARGED: 'Charged a client using Autocharge',
    },
    isPayment: true,
    sample: { still_to_pay: 0 },
    earlier: { status: 'unpaid', still_to_pay: 126, date_paid: null },
    requirement: { oneOf: { status: ['paid'] }, time: 'date_paid' },
  },
]);

export const creditRequestOverdue = overdueTrigger({
  key: 'credit_request_overdue',
  label: 'Credit Request Overdue',
  description: 'Triggers when a credit request stays unpaid for some days, checked every 1 to 15 minutes.',
  object: creditRequest,
  sample: { date_paid: null },
});
