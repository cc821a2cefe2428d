/** Enquiries from a form on the agency's website. Each creates a client and, optionally, a student. */

import { isJsonObject, type JsonObject } from '../../wire/json.ts';
import type { Behaviour } from './behaviour.ts';
import { choiceOf, ENQUIRY_LABEL_ID } from './choices.ts';
import { ATTRIBUTES } from './custom-fields.ts';
import { formOf, hasErrors, type Fields } from './fields.ts';
import { writePerson } from './people.ts';
import { refuse } from './response.ts';
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

const enquiryFields = ({ requiredOnEnquiryForm }: Behaviour): Fields =>
  Object.fromEntries(
    Object.entries(FIELDS).map(([name, field]) => [
      name,
      requiredOnEnquiryForm.includes(name) ? { ...field, required: true } : field,
    ]),
  );

const missingAttributes = ({ requiredOnEnquiryForm }: Behaviour, sent: unknown): JsonObject =>
  Object.fromEntries(
    requiredOnEnquiryForm
      .filter((name) => !(name in FIELDS) && !(isJsonObject(sent) && Boolean(sent[name])))
      .map((name) => [name, ['This field is required.']]),
  );

/** Splits a name into a first name and a last name. A single word is a last name. */
function splitName(name: string): JsonObject {
  const words = name.trim().split(/\s+/);
  const last_name = words.pop();
  return { last_name, ...(words.length > 0 && { first_name: words.join(' ') }) };
}

/** Creates a person like a write to a list of people, but with the event of an enquiry. */
function createPerson(write: Write, path: string, body: JsonObject, event: Partial<AccountEvent>): number {
  let id = 0;
  const announce = (created: AccountEvent) => {
    ({ id } = created);
    write.announce({ ...created, message: '', ...event });
  };
  writePerson({ ...write, body, announce }, path, null);
  return id;
}

/** Creates an enquiry. Returns the id of the enquiry, not of its client. */
export function createEnquiry(write: Write): JsonObject {
  const { account, behaviour, body } = write;
  const { values, errors } = formOf(enquiryFields(behaviour), write);
  const missing = missingAttributes(behaviour, body.attributes);
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
