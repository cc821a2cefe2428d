/** Descriptions of fields that contradict the assumptions about OPTIONS. */

import { changedBody, choices, described } from './checked-stand-in.ts';
import { testContradictions } from './contradictions.ts';

testContradictions([
  ['options.enquiry', 'nothing is described', described('enquiry', {})],
  [
    'options.enquiry',
    'names have underscores',
    described('enquiry', { attributes: { children: { first_year: { label: 'A' } } } }),
  ],
  ['options.custom-fields', 'they have no names', described('clients', { extra_attrs: { children: { school: {} } } })],
  ['options.academic-years', '10 is Year 10', described('recipients', { academic_year: choices([10, 'Year 10']) })],
  [
    'options.notifications',
    'most are missing',
    (behaviour) => (behaviour.describedNotifications = { broadcasts: 'All' }),
  ],
  ['options.notes', 'notes take no POST', changedBody(/^OPTIONS \/api\/notes/, () => ({}))],
  [
    'options.reminders',
    'there is no such path',
    (behaviour) => (behaviour.alter = ({ path }, response) => (path.includes('send_reminder') ? [404, {}] : response)),
  ],
  [
    'writes.charge-types',
    'there are two',
    described('services', { dft_charge_type: choices(['hourly', 'A'], ['one-off', 'B']) }),
  ],
]);
