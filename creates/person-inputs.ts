import { booleanInput } from '../src/inputs/boolean.ts';
import type { Input } from '../src/inputs/input.ts';
import { recordInput } from '../src/inputs/record-id.ts';
import { textInput, timeZoneNameInput, webAddressInput, wordInput } from '../src/inputs/text.ts';

const PERSON = 'person';
const ADDRESS = 'address';

/** The groups of these inputs in the editor. */
export const PERSON_GROUPS = [
  { key: PERSON, label: 'Person' },
  { key: ADDRESS, label: 'Address' },
];

const lastName = (required: boolean): Input =>
  textInput({
    key: 'last_name',
    label: 'Last Name',
    becomes: 'last_name',
    group: PERSON,
    ...(required && { required }),
  });

const OTHERS: readonly Input[] = [
  wordInput({
    key: 'email',
    label: 'Email',
    becomes: 'email',
    group: PERSON,
    helpText:
      'If someone in another role has this email address, such as a client who is also a tutor, both roles belong to the ' +
      'same person and share a name and postal address.',
  }),
  textInput({ key: 'mobile', label: 'Mobile', becomes: 'mobile', group: PERSON }),
  textInput({ key: 'phone', label: 'Phone', becomes: 'phone', group: PERSON }),
  textInput({ key: 'title', label: 'Title', becomes: 'title', group: PERSON, helpText: 'For example, Mrs.' }),
  textInput({ key: 'street', label: 'Street', becomes: 'street', group: ADDRESS }, 'text'),
  textInput({ key: 'town', label: 'Town', becomes: 'town', group: ADDRESS }),
  textInput({
    key: 'state',
    label: 'State',
    becomes: 'state',
    group: ADDRESS,
    helpText: 'Two letters such as NY, for addresses in the United States only.',
  }),
  textInput({ key: 'postcode', label: 'Postcode', becomes: 'postcode', group: ADDRESS }),
  recordInput({ key: 'country', label: 'Country', becomes: 'country', group: ADDRESS }, { list: 'country_list' }),
  timeZoneNameInput({
    key: 'timezone',
    label: 'Time Zone',
    becomes: 'timezone',
    group: ADDRESS,
    helpText: 'The name of a time zone such as Europe/London or America/New_York.',
  }),
];

/** Fields that few people use. They follow all other fields of a person. */
export const APPEARANCE: readonly Input[] = [
  webAddressInput({
    key: 'photo',
    label: 'Photo URL',
    becomes: 'photo',
    helpText: 'The URL of an image, which TutorCruncher downloads.',
  }),
  textInput({
    key: 'calendar_colour',
    label: 'Calendar Colour',
    becomes: 'calendar_colour',
    helpText: 'The name of a colour such as SteelBlue, or a code such as `#4682b4`.',
  }),
];

const FIRST_NAME = textInput({ key: 'first_name', label: 'First Name', becomes: 'first_name', group: PERSON });

/** The fields of a new person. */
export const NEW_PERSON: readonly Input[] = [FIRST_NAME, lastName(true), ...OTHERS];

/** The fields of a person that an update may change. */
export const CHANGED_PERSON: readonly Input[] = [FIRST_NAME, lastName(false), ...OTHERS];

/** The option to send TutorCruncher's welcome email to a new person. */
export const WELCOME_EMAIL = booleanInput({
  key: 'send_welcome_email',
  label: 'Send Welcome Email',
  becomes: 'send_emails',
  helpText: "Whether TutorCruncher emails the person the branch's welcome message. Leave empty to send no email.",
});
