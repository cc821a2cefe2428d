/** The actions that create and update clients, tutors, students and affiliates. */

import { affiliate } from '../objects/affiliate.ts';
import { client } from '../objects/client.ts';
import { student } from '../objects/student.ts';
import { tutor } from '../objects/tutor.ts';
import { OBJECT_NAMES } from '../wire/models.ts';
import { affiliateSearch, clientSearch, studentSearch, tutorSearch } from '../searches/person.ts';
import { objectAction, type Action } from '../src/action/action.ts';
import { academicYearInput } from '../src/inputs/academic-year.ts';
import { choiceInput, statusesOf } from '../src/inputs/choice.ts';
import type { ActionInput } from '../src/inputs/input.ts';
import { mappedRecordInput, objectInput, recordInput } from '../src/inputs/record-input.ts';
import { amountInput } from '../src/inputs/number.ts';
import { longTextInput, textInput, timeZoneNameInput, webAddressInput, wordInput } from '../src/inputs/text.ts';
import { booleanInput } from '../src/inputs/yes-or-no.ts';
import { listPath, nounOf } from '../src/object/object-record.ts';
import type { SearchForOne } from '../src/search/search.ts';
import type { TutorCruncherObject } from '../src/object/tutorcruncher-object.ts';
import { NEW_NOTIFICATIONS, NOTIFICATIONS, SINGLE_NOTIFICATIONS, withSingleNotifications } from './notifications.ts';
import { updateAction, type BodyOfCurrent } from './update.ts';

/** The properties of the actions that differ between the four kinds of people. */
interface PersonActions {
  readonly object: TutorCruncherObject;
  readonly createKey: string;
  readonly updateKey: string;
  /** The kind of person with its article, as it appears within a sentence. */
  readonly noun: string;
  /** The kind of person that is created; default: `noun`. */
  readonly newNoun?: string;
  /** The search that forms a Find or Create step with the create action. */
  readonly search: SearchForOne;
  /** Sentences at the end of the descriptions. */
  readonly onCreate?: string;
  readonly onUpdate?: string;
  /** The tasks for which no step exists, worded to follow "To" in the update's description. */
  readonly withoutStep: string;
  /** The fields that only this kind of person has. */
  readonly own: readonly ActionInput[];
  /** The fields that only a new person has. */
  readonly ofCreate?: readonly ActionInput[];
  /** The inputs that only the update has, and the function that adds their values to its body. */
  readonly ofUpdate?: { readonly inputs: readonly ActionInput[]; readonly toPost: BodyOfCurrent };
}

const PERSON = 'person';
const ADDRESS = 'address';

/** The fields of a new person. */
const NEW_PERSON: readonly ActionInput[] = [
  textInput('first_name', { ifMappedEmpty: 'omit', group: PERSON }),
  textInput('last_name', { group: PERSON, required: true }),
  wordInput('email', {
    ifMappedEmpty: 'omit',
    group: PERSON,
    helpText:
      'If someone in another role has this email address, such as a client who is also a tutor, both roles belong to the ' +
      'same person and share a name and postal address.',
  }),
  textInput('mobile', { ifMappedEmpty: 'omit', group: PERSON }),
  textInput('phone', { ifMappedEmpty: 'omit', group: PERSON }),
  textInput('title', { ifMappedEmpty: 'omit', group: PERSON, helpText: 'For example, Mrs.' }),
  longTextInput('street', { ifMappedEmpty: 'omit', group: ADDRESS }),
  textInput('town', { ifMappedEmpty: 'omit', group: ADDRESS }),
  textInput('state', {
    ifMappedEmpty: 'omit',
    group: ADDRESS,
    helpText: 'Two letters such as NY, for addresses in the United States only.',
  }),
  textInput('postcode', { ifMappedEmpty: 'omit', group: ADDRESS }),
  recordInput('country', 'country_list', { ifMappedEmpty: 'omit', group: ADDRESS }),
  timeZoneNameInput('timezone', {
    label: 'Time Zone',
    ifMappedEmpty: 'omit',
    group: ADDRESS,
    helpText: 'The name of a time zone such as Europe/London or America/New_York.',
  }),
];

/** The fields of a person that an update can change. Only a new person needs a last name. */
const CHANGED_PERSON = NEW_PERSON.with(1, textInput('last_name', { ifMappedEmpty: 'omit', group: PERSON }));

/** Rarely used fields, which follow all other fields of a person. */
const APPEARANCE = [
  webAddressInput('photo', {
    label: 'Photo URL',
    ifMappedEmpty: 'omit',
    helpText: 'The URL of an image, which TutorCruncher downloads.',
  }),
  textInput('calendar_colour', {
    ifMappedEmpty: 'omit',
    helpText: 'The name of a colour such as SteelBlue, or a code such as `#4682b4`.',
  }),
];

const WELCOME_EMAIL = booleanInput('send_welcome_email', {
  becomes: 'send_emails',
  ifMappedEmpty: 'omit',
  helpText: "Whether TutorCruncher emails the person the branch's welcome message. Leave empty to send no email.",
});

/** Defines the actions that create and update a kind of person. TutorCruncher sends a welcome email only on request. */
function personActions({ object, createKey, updateKey, noun, newNoun = noun, ...parts }: PersonActions): Action[] {
  const { search, own, ofCreate = [], ofUpdate, onCreate = '', onUpdate = '', withoutStep } = parts;
  const [name, word] = [OBJECT_NAMES[object.word], nounOf(object)];
  const shared = { object, hasCustomFields: true };
  return [
    objectAction({
      ...shared,
      key: createKey,
      label: `Create ${name}`,
      description: `Creates ${newNoun}. Sends a welcome email only if you choose to.${onCreate}`,
      inputs: [...NEW_PERSON, ...own, ...ofCreate, WELCOME_EMAIL, ...APPEARANCE],
      search,
      toWrite: (_values, body) => ({ method: 'POST', path: listPath(object), body: { send_emails: false, ...body } }),
      unknownOutcome: {
        advice: `The ${word} may still have been created. Look for the ${word} in TutorCruncher.`,
        replay: 'may create it again',
      },
      duplicateEmail:
        `TutorCruncher already has ${noun} with this email address, so nothing was created. Use Find or Create ${name}, ` +
        `or update the existing ${word}.`,
    }),
    updateAction({
      ...shared,
      key: updateKey,
      description: `Updates ${noun}. Fields left empty keep their values.${onUpdate} To ${withoutStep}, open the ${word} in TutorCruncher.`,
      inputs: [...CHANGED_PERSON, ...own, ...(ofUpdate?.inputs ?? []), ...APPEARANCE],
      ...(ofUpdate && { toPost: ofUpdate.toPost }),
      duplicateEmail: `Another ${word} in TutorCruncher already has this email address, so nothing was changed. Correct Email in this step.`,
    }),
  ];
}

export const clientActions = personActions({
  object: client,
  createKey: 'create_client',
  updateKey: 'update_client',
  noun: 'a client',
  onCreate: ' Later, TutorCruncher emails the client according to Notifications.',
  onUpdate: " Students have addresses of their own, unless they share the client's email address.",
  withoutStep: 'add a note, record a payment, change the balance or delete the client',
  search: clientSearch,
  own: [
    choiceInput('status', statusesOf(client), { ifMappedEmpty: 'fail' }),
    recordInput('pipeline_stage', 'pipeline_stage_list', {
      ifMappedEmpty: 'omit',
      helpText: 'Only clients with the status Prospect have a pipeline stage.',
    }),
    objectInput('affiliate', { becomes: 'associated_agent', ifMappedEmpty: 'fail' }),
    mappedRecordInput('manager', {
      becomes: 'associated_admin',
      ifMappedEmpty: 'fail',
      helpText:
        'The administrator who looks after the client. TutorCruncher does not list its administrators, so map the Client ' +
        "Manager ID of another client's record into this field.",
    }),
    booleanInput('taxable', { becomes: 'is_taxable', ifMappedEmpty: 'fail' }),
  ],
  ofCreate: [NEW_NOTIFICATIONS],
  ofUpdate: { inputs: [NOTIFICATIONS, ...SINGLE_NOTIFICATIONS], toPost: withSingleNotifications },
});

export const tutorActions = personActions({
  object: tutor,
  createKey: 'create_tutor',
  updateKey: 'update_tutor',
  noun: 'a tutor',
  withoutStep: 'add a note or delete the tutor',
  search: tutorSearch,
  own: [
    choiceInput('status', statusesOf(tutor), { ifMappedEmpty: 'fail' }),
    amountInput('default_rate', {
      ifMappedEmpty: 'fail',
      helpText: 'The hourly rate that the tutor is paid unless a job has its own rate.',
    }),
    booleanInput('job_notifications', {
      becomes: 'receive_service_notifications',
      ifMappedEmpty: 'fail',
      helpText: 'Whether TutorCruncher emails the tutor about available jobs.',
    }),
  ],
});

export const studentActions = personActions({
  object: student,
  createKey: 'create_student',
  updateKey: 'update_student',
  noun: 'a student',
  withoutStep: 'add a note or delete the student',
  newNoun: 'a student of a client',
  search: studentSearch,
  own: [
    // The client of a student. In Find or Create, the search and the action share this field.
    objectInput('client', {
      becomes: 'paying_client',
      ifMappedEmpty: 'fail',
      helpText: 'The client who pays for the student.',
    }),
    amountInput('default_rate', {
      ifMappedEmpty: 'fail',
      helpText: 'The hourly rate that is charged for the student unless a job has its own rate.',
    }),
    academicYearInput('academic_year', listPath(student), { ifMappedEmpty: 'omit' }),
  ],
});

export const affiliateActions = personActions({
  object: affiliate,
  createKey: 'create_affiliate',
  updateKey: 'update_affiliate',
  noun: 'an affiliate',
  withoutStep: 'add a note or delete the affiliate',
  search: affiliateSearch,
  own: [
    amountInput('commission_rate', {
      ifMappedEmpty: 'fail',
      helpText: 'The share of payments that the affiliate receives, in percent.',
    }),
  ],
});
