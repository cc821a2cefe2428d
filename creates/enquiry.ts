import { enquiryAction, type EnquiryField } from '../src/enquiry-action.ts';
import { booleanInput } from '../src/inputs/boolean.ts';
import { named } from '../src/inputs/input.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { textInput, wordInput } from '../src/inputs/text.ts';

const FIELDS: readonly EnquiryField[] = [
  {
    input: textInput(
      named('client_name', { required: true, helpText: 'First name and last name of the person who enquires.' }),
    ),
    recordKey: 'client_name',
    example: 'Priya Raman',
  },
  {
    input: wordInput(
      named('client_email', {
        helpText: 'With an email address, Find Client can find the client of the enquiry in a later step.',
      }),
    ),
    recordKey: 'client_email',
    example: 'priya.raman@example.com',
  },
  {
    input: textInput(named('client_phone')),
    recordKey: 'client_phone',
    example: '07700 900456',
  },
  {
    input: textInput(
      named('student_name', {
        becomes: 'service_recipient_name',
        helpText: 'First name and last name of the person who will have the lessons.',
      }),
    ),
    recordKey: 'student_name',
    example: 'Leo Raman',
  },
  {
    input: recordInput(named('subject'), { list: 'subject_list' }),
    recordKey: 'enquiry_subject_id',
    example: 31,
  },
  {
    input: recordInput(named('level', { becomes: 'qual_level' }), { list: 'level_list' }),
    recordKey: 'enquiry_level_id',
    example: 6,
  },
  {
    input: recordInput(
      named('tutor', { becomes: 'contractor', helpText: 'The tutor whom the enquiry is about, if any.' }),
      { list: 'tutor_list', search: 'find_tutor' },
    ),
    recordKey: 'tutor_id',
    example: 402,
  },
  {
    input: booleanInput({
      key: 'terms_and_conditions',
      label: 'Terms and Conditions',
      becomes: 'terms_and_conditions',
      helpText: 'True if the client has accepted your terms and conditions, which your enquiry form may require.',
    }),
    recordKey: 'enquiry_accepts_terms',
    example: true,
  },
];

export const createEnquiry = enquiryAction({
  key: 'create_enquiry',
  label: 'Create Enquiry',
  description:
    'Creates an enquiry with its client and student, as the form on your website does. The result has no Client ID: use ' +
    'Find Client with the email address in a later step. Depending on the settings of your branch, ' +
    'TutorCruncher may send emails about it. Each run creates another enquiry.',
  fields: FIELDS,
  isExclusive: true,
  unknownOutcome:
    'The enquiry may still have been created. Look for a client with this name in TutorCruncher before you replay ' +
    'this run, because a replay may create it again.',
});
