import { balanceChange } from '../objects/balance-change.ts';
import { choicesInput } from '../src/inputs/choice.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { balancePoll } from '../src/polled/balance-poll.ts';
import { HOW_OFTEN, polledTrigger } from '../src/polled/polled-trigger.ts';

/** The kinds of balance changes (TutorCruncher's API docs, "balance update object"), in the product's words. */
const UPDATE_TYPES = choicesInput(
  'update_types',
  {
    proforma_invoice_paid: 'Credit Request Paid',
    invoice_creation: 'Invoice Creation',
    invoice_payment: 'Invoice Payment',
    po_creation: 'Payment Order Creation',
    po_payment: 'Payment Order Payment',
    adjustment: 'Adjustment',
    refund: 'Refund',
    stripe_bank_transfer_refund: 'Stripe Bank Transfer Refund',
    voucher: 'Voucher',
    credit_note: 'Credit Note',
    debit_note: 'Debit Note',
    via_api: 'Added via API',
    top_up: 'Top-Up',
    app_fee: 'App Fee',
  },
  {
    label: 'Types',
    becomes: null,
    helpText: `Only trigger for balance changes of these types. Leave empty to trigger for all types. ${HOW_OFTEN}`,
  },
);
const personInput = (person: 'client' | 'tutor', label: string, becomes: string) =>
  recordInput(person, `${person}_list`, {
    label,
    becomes,
    helpText: `Only trigger for the balance of this ${person}. Leave empty to trigger for all balances.`,
  });
const CLIENT = personInput('client', 'Client', 'client');
const TUTOR = personInput('tutor', 'Tutor', 'contractor');

/** The triggers about balances. */
export const polledBalanceTriggers = [
  polledTrigger({
    key: 'balance_change_created',
    label: 'New Balance Change',
    description: "Triggers when a client's or a tutor's balance changes, checked every 1 to 15 minutes.",
    object: balanceChange,
    inputs: [UPDATE_TYPES, CLIENT, TUTOR],
    sample: { id: '182' },
    poll: (values, run, now) =>
      balancePoll(
        balanceChange,
        { updateTypes: values.of(UPDATE_TYPES), client: values.of(CLIENT), tutor: values.of(TUTOR) },
        run,
        now,
      ),
  }),
];
