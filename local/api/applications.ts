/** Writes that accept or reject a tutor's application for a job. */

import { isJsonObject } from '../../wire/json.ts';
import type { AccountRecord } from './account.ts';
import { objectsIn } from './fields.ts';
import { JOB_TUTOR, memberIn, memberOf } from './members.ts';
import { refuse } from './response.ts';
import { announced, type Write } from './write.ts';

/** Accepts an application, which adds the tutor to the job, or rejects it. */
export function decideApplication(write: Write, application: AccountRecord, isAccepted: boolean): AccountRecord {
  const { account } = write;
  const { service, contractor, status } = application;
  if (!['pending', 'requested'].includes(String(status))) {
    return refuse({ non_field_errors: ['This application has been decided.'] });
  }
  if (isAccepted && isJsonObject(service) && isJsonObject(contractor)) {
    const job = account.find('services', service.id);
    const tutors = objectsIn(job?.conjobs);
    const body = { contractor: contractor.id };
    if (job && !memberIn(tutors, JOB_TUTOR, body)) {
      account.change('services', job.id, { conjobs: [...tutors, memberOf(write, JOB_TUTOR, {}, body)] });
    }
  }
  const changed = account.change('tenders', application.id, { status: isAccepted ? 'accepted' : 'rejected' });
  return announced(write, 'tenders', changed, {
    action: isAccepted ? 'TENDER_WAS_ACCEPTED' : 'TENDER_WAS_DECLINED',
    verb: `Application for a Job was ${isAccepted ? 'accepted' : 'declined'}`,
  });
}
