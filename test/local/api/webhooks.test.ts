import { describe, expect, it } from '@jest/globals';

import type { JsonObject } from '../../../wire/json.ts';
import { apiCalls, LESSON } from '../../support/api-calls.ts';
import { useTutorCruncher } from '../../support/running-tutorcruncher.ts';

const tutorCruncher = useTutorCruncher();
const { call } = apiCalls(tutorCruncher);

describe('webhooks of the stand-in', () => {
  it('are about the job, with the remaining tutors, if a tutor is removed from it', async () => {
    await call('POST services/708/contractor/remove/', { contractor: 406 });
    expect(await tutorCruncher.deliveries()).toMatchObject([
      { events: [{ action: 'REMOVED_CONTRACTOR_FROM_SERVICE', subject: { model: 'Job', id: 708 } }] },
    ]);
    expect(await tutorCruncher.triggered('tutor_removed_from_job')).toMatchObject([{ job_id: 708, tutor_id: null }]);
  });

  it('follow every change, with the administrator as the actor and the state after the change', async () => {
    await call('POST clients/', { last_name: 'Ng', first_name: 'Zoë' });
    await call('POST clients/306/', { mobile: '07700 900456' });
    await call('POST clients/306/add_label/', { label: 21 });
    await call('POST clients/306/add_label/', { label: 21 });
    await call('POST appointments/', { ...LESSON, cjas: [{ contractor: 402 }] });
    const deliveries = (await tutorCruncher.deliveries()) as { readonly events: JsonObject[] }[];
    const events = deliveries.flatMap((delivery) => delivery.events);
    const byAction = Object.fromEntries(events.map((event) => [String(event.action), event]));
    expect(events).toHaveLength(4);
    expect(byAction).toMatchObject({
      CREATED_A_CLIENT: {
        verb: 'Created a Client',
        branch: 4021,
        extra_msg: 'Created via the API.',
        actor: { name: 'Dana Mercer', id: 11, user_id: 9, url: '' },
        subject: { model: 'Client', id: 306, first_name: 'Zoë', paid_recipients: [] },
      },
      EDITED_A_CLIENT: { extra_msg: 'Edited via the API.' },
      ADDED_A_LABEL_TO_A_USER: { subject: { labels: [{ id: 21 }] } },
      CREATED_AN_APPOINTMENT: {
        subject: { model: 'Lesson', service: { id: 705 }, cjas: [{ name: 'Hannah Whitlock' }] },
      },
    });
  });
});
