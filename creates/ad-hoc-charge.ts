import { adHocCharge } from '../objects/ad-hoc-charge.ts';
import { objectAction } from '../src/create.ts';
import { amountInput } from '../src/inputs/amount.ts';
import type { InputValues } from '../src/inputs/input.ts';
import { dayOrTimeInput } from '../src/inputs/moment.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { textInput } from '../src/inputs/text.ts';
import { listPath } from '../src/object-record.ts';
import type { Run } from '../src/run.ts';

const CLIENT = recordInput(
  { key: 'client', label: 'Client', becomes: 'client', helpText: 'The client to charge.' },
  { list: 'client_list', search: 'find_client' },
);
const CHARGE_CLIENT = amountInput({
  key: 'charge_client',
  label: 'Charge Client',
  becomes: 'charge_client',
  helpText: "The amount for the client, in the branch's currency. The category decides whether it includes tax.",
});
const TUTOR = recordInput(
  { key: 'tutor', label: 'Tutor', becomes: 'contractor', helpText: 'The tutor to pay, for example for travel.' },
  { list: 'tutor_list', search: 'find_tutor' },
);
const PAY_TUTOR = amountInput({
  key: 'pay_tutor',
  label: 'Pay Tutor',
  becomes: 'pay_contractor',
  helpText: "The amount for the tutor, in the branch's currency.",
});

/** People of a charge, each with the amount that TutorCruncher requires beside the person. */
const PEOPLE = [
  { person: CLIENT, amount: CHARGE_CLIENT },
  { person: TUTOR, amount: PAY_TUTOR },
] as const;

/**
 * @throws {Error} with a message for the Zap's owner, if only one of a person and the person's amount is filled in, or
 *   if no person is filled in
 */
function refuseIncomplete(run: Run, values: InputValues): void {
  for (const { person, amount } of PEOPLE) {
    const [hasPerson, hasAmount] = [values.of(person) !== null, values.of(amount) !== null];
    if (hasPerson === hasAmount) continue;
    const [filled, empty] = hasPerson ? [person, amount] : [amount, person];
    throw run.refusal(
      `The field ${empty.field.label} of this step is empty, but ${filled.field.label} is not. Fill in both or neither ` +
        'of them. Nothing was changed.',
    );
  }
  if (PEOPLE.some(({ person }) => values.of(person) !== null)) return;
  throw run.refusal(
    'This step does not say whom the charge is for. Fill in Client and Charge Client, or Tutor and Pay Tutor, or all ' +
      'four. Nothing was changed.',
  );
}

export const createAdHocCharge = objectAction({
  key: 'create_ad_hoc_charge',
  label: 'Create Ad Hoc Charge',
  description:
    'Creates an ad hoc charge for a client, a tutor or both. It invoices and pays nobody by itself: TutorCruncher adds it ' +
    'to the next invoice or payment order. Each run creates another charge.',
  object: adHocCharge,
  inputs: [
    recordInput(
      { key: 'category', label: 'Category', becomes: 'category', required: true },
      { list: 'charge_category_list' },
    ),
    dayOrTimeInput({
      key: 'date',
      label: 'Date',
      becomes: 'date_occurred',
      required: true,
      helpText:
        'The day of the charge, such as 2026-06-10. A time without an offset from UTC is in the time zone of the Zap.',
    }),
    textInput(
      {
        key: 'description',
        label: 'Description',
        becomes: 'description',
        required: true,
        helpText: 'The text that the invoice or payment order shows.',
      },
      'text',
    ),
    ...PEOPLE.flatMap(({ person, amount }) => [person, amount]),
    recordInput(
      { key: 'job', label: 'Job', becomes: 'service', helpText: 'The job that the charge belongs to, if any.' },
      { list: 'job_list', search: 'find_job' },
    ),
    recordInput(
      {
        key: 'lesson',
        label: 'Lesson',
        becomes: 'appointment',
        helpText:
          'The lesson that the charge belongs to, if any. The dropdown contains planned lessons. For another lesson, map ' +
          'its ID from an earlier step.',
      },
      { list: 'lesson_list', search: 'find_lesson' },
    ),
  ],
  toWrite: (values, body, run) => {
    refuseIncomplete(run, values);
    return { method: 'POST', path: listPath(adHocCharge), body };
  },
  unknownOutcome:
    'The charge may have been created all the same. Look for a charge with this description in TutorCruncher before you ' +
    'replay this run, because a replay may create it again.',
});
