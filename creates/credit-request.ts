import { client } from '../objects/client.ts';
import { creditRequest } from '../objects/credit-request.ts';
import type { JsonObject } from '../wire/json.ts';
import { objectAction } from '../src/action/action.ts';
import { choiceInput } from '../src/inputs/choice.ts';
import { NO_EMPTY_VALUE } from '../src/inputs/mapped-empty.ts';
import { objectInput } from '../src/inputs/record-input.ts';
import { amountInput } from '../src/inputs/number.ts';
import { longTextInput } from '../src/inputs/text.ts';
import { booleanInput } from '../src/inputs/yes-or-no.ts';
import { listPath, readChosen } from '../src/object/object-record.ts';
import type { StepRun } from '../src/api/step-run.ts';
import { loopHelp } from './update.ts';

const CLIENT = objectInput('client', {
  becomes: 'client',
  required: true,
  helpText: `The client who is asked to pay. ${loopHelp('Credit Request Raised', 'creating a credit request')}`,
});
const DRAFT = 'dont-raise';

/**
 * The API field that controls whether the credit request is raised. All other values of the field charge the client's
 * card or use credit.
 */
const RAISE_BEHAVIOUR = choiceInput(
  'when_created',
  {
    [DRAFT]: 'Leave as Draft',
    'raise-no-autopayment': 'Raise',
    'raise-and-send-no-autopayment': 'Raise and Email',
  },
  {
    becomes: 'raise_behaviour',
    ifMappedEmpty: 'fail',
    helpText:
      'Choose whether the credit request stays a draft, is raised, or is raised and emailed to the client. Leave empty for a ' +
      `draft. ${NO_EMPTY_VALUE} None of the choices asks TutorCruncher to take a payment, but TutorCruncher may charge a client with ` +
      'Autocharge when the credit request is raised. The email may not be sent if Credit Requests is missing from the Client ' +
      'Notification Preferences. The result does not show whether the email was sent: check in TutorCruncher afterwards.',
  },
);

const ACCEPTS_CHARGE = booleanInput('accept_automatic_charge', {
  label: 'Accept Automatic Charge',
  becomes: null,
  ifMappedEmpty: 'omit',
  helpText:
    'Choose true to raise the credit request even if the client has Autocharge, or if this step cannot tell. ' +
    'TutorCruncher may then charge the client at once. Without this option, the step creates nothing in that case.',
});

const ADVICE =
  'Nothing was created. Choose "Leave as Draft" in "When Created", or, if TutorCruncher may charge the client, ' +
  'choose true in "Accept Automatic Charge".';

/**
 * Returns true if Autocharge is on for a client, and false if Autocharge is off; null if the client's value does not
 * determine this. With the value 0, the branch's setting applies.
 */
function hasAutocharge({ auto_charge: value }: JsonObject): boolean | null {
  if (value === true || String(value) === '10') return true;
  return value === false || String(value) === '20' ? false : null;
}

/**
 * Refuses to raise a credit request for a client whom TutorCruncher charges automatically. Production integrations saw
 * such credit requests become Pending although they were raised without a payment. The developers of these integrations
 * suspected a second charge.
 *
 * @throws {Error} if the client has Autocharge, or if TutorCruncher's response does not show whether the client has
 *   Autocharge
 */
async function refuseAutocharge(run: StepRun, id: string): Promise<void> {
  const found = await readChosen(run, client, id, `This step reads first whether the client has Autocharge. ${ADVICE}`);
  const answer = hasAutocharge(found);
  if (answer === false) return;
  throw run.refusal(
    answer === null
      ? `TutorCruncher does not say whether this client has Autocharge, so it may charge the client. ${ADVICE}`
      : 'This client has Autocharge, so TutorCruncher may charge the client as soon as the credit request is raised, in ' +
          `addition to a payment that you take. ${ADVICE}`,
  );
}

export const createCreditRequest = objectAction({
  key: 'create_credit_request',
  label: 'Create Credit Request',
  description:
    'Creates a credit request, which asks a client to pay in advance. It emails the client only if you choose to, and asks ' +
    'TutorCruncher for no payment. TutorCruncher may charge a client with Autocharge, so the step raises no credit request ' +
    'for such a client unless you accept that. If the client has an open draft, the amount is added to it and nothing is raised: Credit Request Is New ' +
    'is then false. Each run creates another credit request, or adds the amount again.',
  object: creditRequest,
  inputs: [
    CLIENT,
    amountInput('amount', { required: true, helpText: "The amount to pay, in the branch's currency." }),
    longTextInput('description', {
      required: true,
      helpText: 'The text that the credit request shows beside the amount.',
    }),
    RAISE_BEHAVIOUR,
    ACCEPTS_CHARGE,
  ],
  isExclusive: true,
  isNewField: { key: 'credit_request_is_new', label: 'Credit Request Is New', inResponse: 'created' },
  toWrite: async (values, body, run) => {
    const behaviour = values.of(RAISE_BEHAVIOUR) ?? DRAFT;
    if (behaviour !== DRAFT && values.of(ACCEPTS_CHARGE) !== true) await refuseAutocharge(run, values.required(CLIENT));
    return {
      method: 'POST',
      path: listPath(creditRequest),
      body: { ...body, raise_behaviour: behaviour },
    };
  },
  unknownOutcome: {
    advice:
      'The credit request may still have been created. Look for a credit request of this client with this amount in ' +
      'TutorCruncher.',
    replay: 'asks for the amount again',
  },
});
