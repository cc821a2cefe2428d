/** Responses to OPTIONS, which describe the fields of a write in the format of Django REST framework. */

import type { JsonObject } from '../../wire/json.ts';
import type { Account } from './account.ts';
import type { Behaviour } from './behaviour.ts';
import { CHARGE_FIELDS } from './charges.ts';
import { choiceLists } from './choices.ts';
import { attributesMetadata } from './custom-fields.ts';
import { enquiryFields } from './enquiries.ts';
import type { Field, Fields } from './fields.ts';
import { JOB_FIELDS } from './jobs.ts';
import { LESSON_FIELDS } from './lessons.ts';
import { personFields } from './people.ts';
import { PEOPLE_PATHS } from './account.ts';

const labelOf = (name: string): string => {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const displayNameOf = ({ name, first_name, last_name }: JsonObject): string =>
  typeof name === 'string' ? name : [first_name, last_name].filter(Boolean).join(' ');

function fieldMetadata(name: string, field: Field, account: Account): JsonObject {
  const { type, required = false, maxLength, choices, list } = field;
  const rows = list === undefined ? null : (choiceLists.get(list) ?? account.list(list));
  const options = choices
    ? choices.map((value) => ({ value, display_name: labelOf(value) }))
    : rows?.map((row) => ({ value: row.id, display_name: displayNameOf(row) }));
  return {
    type,
    required,
    read_only: false,
    label: labelOf(name),
    ...(maxLength !== undefined && { max_length: maxLength }),
    ...(options && { choices: options }),
  };
}

const nested = (label: string, children: JsonObject): JsonObject => ({
  type: 'nested object',
  required: false,
  read_only: false,
  label,
  children,
});

/** Returns the fields that a POST to a list accepts, or null if the list is not writable. */
function fieldsAt(path: string, behaviour: Behaviour): Fields | null {
  if (PEOPLE_PATHS.includes(path)) return personFields(path);
  return (
    {
      services: JOB_FIELDS,
      appointments: LESSON_FIELDS,
      adhoccharges: CHARGE_FIELDS,
      enquiry: enquiryFields(behaviour),
    }[path] ?? null
  );
}

/** Returns the body of the response to OPTIONS for a list. */
export function metadataOf(path: string, account: Account, behaviour: Behaviour): JsonObject {
  const fields = fieldsAt(path, behaviour);
  const described = Object.entries(fields ?? {}).map(([name, field]) => [name, fieldMetadata(name, field, account)]);
  const hasCustomFields = PEOPLE_PATHS.includes(path) || path === 'services' || path === 'appointments';
  const post = {
    ...(Object.fromEntries(described) as JsonObject),
    ...(path === 'enquiry' && {
      attributes: nested('Attributes', attributesMetadata('-', behaviour.requiredOnEnquiryForm)),
    }),
    ...(hasCustomFields &&
      behaviour.describesCustomFields && { extra_attrs: nested('Extra attrs', attributesMetadata('_')) }),
  };
  return {
    name: labelOf(path),
    ...(fields && { actions: { POST: post } }),
  };
}
