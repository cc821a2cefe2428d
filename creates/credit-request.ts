import { creditRequest } from '../objects/credit-request.ts';
import { objectAction } from '../src/create.ts';
import { choiceInput } from '../src/inputs/choice.ts';
import { objectInput } from '../src/inputs/record-id.ts';
import { amountInput, longTextInput } from '../src/inputs/scalar.ts';
import { listPath } from '../src/object-record.ts';
import { loopHelp } from './update.ts';

/**
 * The API field that controls whether the credit request is raised. Its other values charge the client's card or use
 * credit.
 */
const RAISE_BEHAVIOUR = choiceInput(
  'when_created',
  {
    'dont-raise': 'Leave as Draft',
    'raise-no-autopayment': 'Raise',
    'raise-and-send-no-autopayment': 'Raise and Email',
  },
  {
    becomes: 'raise_behaviour',
    helpText:
      'Choose whether the credit request stays a draft, is raised, or is raised and emailed to the client. Leave empty for a ' +
      'draft. None of the choices takes a payment: the client pays, or you take the payment in TutorCruncher.',
  },
);

export const createCreditRequest = objectAction({
  key: 'create_credit_request',
  label: 'Create Credit Request',
  description:
    'Creates a credit request, which asks a client to pay in advance. It charges no card, and emails the client only if you ' +
    'choose to. If the client has an open draft, the amount is added to it and nothing is raised: Credit Request Is New ' +
    'is then false. Each run creates another credit request, or adds the amount again.',
  object: creditRequest,
  inputs: [
    objectInput('client', {
      becomes: 'client',
      required: true,
      helpText: `The client who is asked to pay. ${loopHelp('Credit Request Raised', 'creating a credit request')}`,
    }),
    amountInput('amount', { required: true, helpText: "The amount to pay, in the branch's currency." }),
    longTextInput('description', {
      required: true,
      helpText: 'The text that the credit request shows beside the amount.',
    }),
    RAISE_BEHAVIOUR,
  ],
  isExclusive: true,
  responseFlag: { name: 'created', key: 'credit_request_is_new', label: 'Credit Request Is New' },
  toWrite: (_values, body) => ({
    method: 'POST',
    path: listPath(creditRequest),
    body: { raise_behaviour: 'dont-raise', ...body },
  }),
  unknownOutcome:
    'The credit request may still have been created. Look for a credit request of this client with this amount in ' +
    'TutorCruncher before you replay this run, because a replay asks for the amount again.',
});
