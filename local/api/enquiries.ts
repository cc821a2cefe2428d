/** Enquiries from a form on the agency's website. An enquiry creates a client and, optionally, a student. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import { choiceOf, ENQUIRY_LABEL_ID } from './choices.ts';
import { ATTRIBUTES } from './custom-fields.ts';
import { formOf, hasErrors, type Fields } from './field-checks.ts';
import { writePerson } from './people.ts';
import { refuse } from './refusal.ts';
import type { AccountEvent, Write } from './write.ts';

const FIELDS: Fields = {
  client_name: { type: 'string', required: true },
  client_email: { type: 'email' },
  client_phone: { type: 'string' },
  service_recipient_name: { type: 'string' },
  contractor: { type: 'field', list: 'contractors' },
  subject: { type: 'field', list: 'subjects' },
  qual_level: { type: 'field', list: 'qual_levels' },
  terms_and_conditions: { type: 'boolean' },
  user_agent: { type: 'string' },
  ip_address: { type: 'string' },
  http_referrer: { type: 'string' },
  attributes: ATTRIBUTES,
};

/** Splits a name into a first name and a last name. A single word is a last name. */
function splitName(name: string): JsonObject {
  const words = name.trim().split(/\s+/);
  const last_name = words.pop();
  return { last_name, ...(words.length > 0 && { first_name: words.join(' ') }) };
}

/**
 * Creates a person as a write to a list of people does, but announces the event of an enquiry. Returns the person's id.
 */
function createPerson(write: Write, path: string, body: JsonObject, event: Partial<AccountEvent>): number {
  const announce = (created: AccountEvent) => {
    write.announce({ ...created, message: '', ...event });
  };
  return writePerson({ ...write, body, announce }, path, null).id;
}

/** Creates an enquiry. Returns the id of the enquiry, not of the new client. */
export function createEnquiry(write: Write): JsonObject {
  const { account, behaviour, body } = write;
  const { values, errors } = formOf(FIELDS, write);
  const attributes = isJsonObject(body.attributes) ? body.attributes : {};
  const missing: JsonObject = {};
  for (const name of behaviour.requiredOnEnquiryForm) {
    const isAttribute = !(name in FIELDS);
    const isSent = Boolean((isAttribute ? attributes : body)[name]);
    if (!isSent) (isAttribute ? missing : errors)[name] = ['This field is required.'];
  }
  if (hasErrors(missing)) errors.attributes = missing;
  if (hasErrors(errors)) return refuse(errors);

  const email = typeof body.client_email === 'string' ? body.client_email.trim().toLowerCase() : '';
  const known = email === '' ? undefined : account.list('clients').find((client) => client.email === email);
  const event = { action: 'CLIENT_ENQUIRY', verb: 'Made an Enquiry', message: '' };
  if (known) write.announce({ ...event, path: 'clients', id: known.id });
  const person = { ...splitName(String(body.client_name)), phone: body.client_phone ?? null, status: 'prospect' };
  const clientId = known?.id ?? createPerson(write, 'clients', { ...person, ...(email !== '' && { email }) }, event);
  account.change('clients', clientId, {
    labels: [choiceOf('labels', ENQUIRY_LABEL_ID)],
    ...(values.attributes !== undefined && { extra_attrs: values.attributes }),
  });
  if (typeof body.service_recipient_name === 'string' && body.service_recipient_name.trim() !== '') {
    createPerson(write, 'recipients', { ...splitName(body.service_recipient_name), paying_client: clientId }, {});
  }
  return { id: account.nextEnquiryId++ };
}
