import { expect, it } from '@jest/globals';

import { CommandError } from '../../local/command-error.ts';
import { invoicePaid, lessonMoved, sampleDelivery } from '../../local/sample-delivery.ts';

it.each([
  ['nothing', /^There is no trigger "nothing"\. docs\/steps\.md lists the trigger keys\.$/],
  ['invoice_payed', /^There is no trigger "invoice_payed"\. Did you mean "invoice_paid"\? /],
  ['Invoice Paid', /^There is no trigger "Invoice Paid"\. Did you mean "invoice_paid"\? /],
  [
    'lesson_starting',
    /^No webhook starts the trigger "lesson_starting": Zapier polls it\. Run it once: npm start -- poll lesson_starting$/,
  ],
])('explains that there is no delivery of %s', (trigger, message) => {
  const sample = () => sampleDelivery(trigger);
  expect(sample).toThrow(CommandError);
  expect(sample).toThrow(message);
});

it.each([
  ['a moved lesson', lessonMoved, 'lesson_updated', 8001, { start: '2026-06-11T17:00:00Z' }],
  ['a paid invoice', invoicePaid, 'invoice_paid', 148, { status: 'paid' }],
])('has the deliveries of %s: its creation, and the change an hour later', (_record, deliveriesOf, key, id, fields) => {
  const { trigger, deliveries } = deliveriesOf();
  const times = ['2026-06-01T09:00:00', '2026-06-01T10:00:00'];
  expect(trigger).toBe(key);
  expect(deliveries).toMatchObject(
    times.map((time) => ({
      request_time: Date.parse(`${time}Z`) / 1000,
      events: [{ timestamp: `${time}.000000Z`, subject: { id, url: expect.stringContaining(`/${id}/`) } }],
    })),
  );
  expect(deliveries[0]?.events[0]?.subject).not.toMatchObject(fields);
  expect(deliveries[1]?.events[0]?.subject).toMatchObject(fields);
});
