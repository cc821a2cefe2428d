/** Reports about a lesson, which tutors write in TutorCruncher. The API only reads them. */

import { initialAttributes } from './custom-fields.ts';
import { objectsIn } from './field-checks.ts';
import type { Write } from './write.ts';

/** Adds a report about each student of a lesson. The text of a report about an absent student is the word `null`. */
export function writeReports({ account, behaviour, announce }: Omit<Write, 'body'>, lessonId: number): void {
  const lesson = account.find('appointments', lessonId);
  const [tutor] = objectsIn(lesson?.cjas);
  for (const student of objectsIn(lesson?.rcras)) {
    const isAbsent = String(student.status).startsWith('missed');
    const texts = initialAttributes('reports').map((field) => (isAbsent ? { ...field, value: 'null' } : field));
    for (let copy = 0; copy < behaviour.reportsPerStudent; copy++) {
      const { id } = account.add('reports', {
        appointment: account.reference('appointments', lessonId),
        approved: false,
        client: account.reference('clients', student.paying_client),
        creator: account.reference('contractors', tutor?.contractor),
        dt_created: new Date().toISOString(),
        service_recipient: account.reference('recipients', student.recipient),
        extra_attrs: texts,
      });
      announce({ action: 'CREATED_REPORT', verb: 'Created a Report', message: '', path: 'reports', id });
    }
  }
}
