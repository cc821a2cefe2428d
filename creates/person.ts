/** The factory of the actions that create and update clients, tutors, students and affiliates. */

import { OBJECT_NAMES } from '../wire/models.ts';
import { objectAction, type Action } from '../src/create.ts';
import { booleanInput } from '../src/inputs/boolean.ts';
import { type Input, named } from '../src/inputs/input.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { textInput, timeZoneNameInput, webAddressInput, wordInput } from '../src/inputs/text.ts';
import { listPath, nounOf } from '../src/object-record.ts';
import type { Search } from '../src/search.ts';
import type { TutorCruncherObject } from '../src/tutorcruncher-object.ts';
import { chosenToUpdate, refuseNothing, unknownUpdate } from './update.ts';

/** The actions of one kind of person. */
interface PersonActions {
  readonly object: TutorCruncherObject;
  readonly createKey: string;
  readonly updateKey: string;
  /** The kind of person with its article, for use within a sentence. */
  readonly noun: string;
  /** The kind of person that is created, if it needs more words. */
  readonly newNoun?: string;
  /** The search that forms a pair with the creation. */
  readonly search: Search;
  /** The fields that only this kind of person has. */
  readonly own: readonly Input[];
}

const PERSON = 'person';
const ADDRESS = 'address';
const groups = [
  { key: PERSON, label: 'Person' },
  { key: ADDRESS, label: 'Address' },
];

/** The fields of a new person. */
const NEW_PERSON: readonly Input[] = [
  textInput(named('first_name', { group: PERSON })),
  textInput(named('last_name', { group: PERSON, required: true })),
  wordInput(
    named('email', {
      group: PERSON,
      helpText:
        'If someone in another role has this email address, such as a client who is also a tutor, both roles belong to the ' +
        'same person and share a name and postal address.',
    }),
  ),
  textInput(named('mobile', { group: PERSON })),
  textInput(named('phone', { group: PERSON })),
  textInput(named('title', { group: PERSON, helpText: 'For example, Mrs.' })),
  textInput(named('street', { group: ADDRESS }), 'text'),
  textInput(named('town', { group: ADDRESS })),
  textInput(
    named('state', { group: ADDRESS, helpText: 'Two letters such as NY, for addresses in the United States only.' }),
  ),
  textInput(named('postcode', { group: ADDRESS })),
  recordInput(named('country', { group: ADDRESS }), { list: 'country_list' }),
  timeZoneNameInput(
    named('timezone', {
      label: 'Time Zone',
      group: ADDRESS,
      helpText: 'The name of a time zone such as Europe/London or America/New_York.',
    }),
  ),
];

/** The fields of a person that an update may change. Only a new person needs a last name. */
const CHANGED_PERSON = NEW_PERSON.with(1, textInput(named('last_name', { group: PERSON })));

/** Fields that few people use. They follow all other fields of a person. */
const APPEARANCE = [
  webAddressInput({
    key: 'photo',
    label: 'Photo URL',
    becomes: 'photo',
    helpText: 'The URL of an image, which TutorCruncher downloads.',
  }),
  textInput(
    named('calendar_colour', { helpText: 'The name of a colour such as SteelBlue, or a code such as `#4682b4`.' }),
  ),
];

const WELCOME_EMAIL = booleanInput(
  named('send_welcome_email', {
    becomes: 'send_emails',
    helpText: "Whether TutorCruncher emails the person the branch's welcome message. Leave empty to send no email.",
  }),
);

/** Defines the actions that create and update a kind of person. TutorCruncher sends a welcome email only on request. */
export function personActions(person: PersonActions): { readonly create: Action; readonly update: Action } {
  const { object, createKey, updateKey, noun, newNoun = noun, search, own } = person;
  const [name, word] = [OBJECT_NAMES[object.word], nounOf(object)];
  const chosen = chosenToUpdate(object.word);
  const shared = { object, groups, hasCustomFields: true };
  return {
    create: objectAction({
      ...shared,
      key: createKey,
      label: `Create ${name}`,
      description: `Creates ${newNoun}. Emails them only if you choose to.`,
      inputs: [...NEW_PERSON, ...own, WELCOME_EMAIL, ...APPEARANCE],
      search,
      toWrite: (_values, body) => ({ method: 'POST', path: listPath(object), body: { send_emails: false, ...body } }),
      unknownOutcome:
        `The ${word} may still have been created. Look for the ${word} in TutorCruncher before you replay this ` +
        'run, because a replay may create it again.',
      duplicateEmail:
        `TutorCruncher already has ${noun} with this email address, so nothing was created. Use Find or Create ${name}, ` +
        `or update the existing ${word}.`,
    }),
    update: objectAction({
      ...shared,
      key: updateKey,
      label: `Update ${name}`,
      description: `Updates ${noun}. Fields left empty keep their values.`,
      inputs: [chosen, ...CHANGED_PERSON, ...own, ...APPEARANCE],
      chosen,
      toWrite: (values, body, run) => {
        refuseNothing(body, run);
        return { method: 'POST', path: `${listPath(object)}${values.required(chosen)}/`, body };
      },
      unknownOutcome: unknownUpdate(object),
      duplicateEmail: `Another ${word} in TutorCruncher already has this email address, so nothing was changed. Correct Email in this step.`,
    }),
  };
}
