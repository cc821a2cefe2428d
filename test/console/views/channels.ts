/** The contents of the channels that several modules in this directory test. */

import { beforeAll } from '@jest/globals';

import { until } from '../../../relay/harness/until.ts';
import type { ConsoleBed } from '../console-bed.ts';

/** A client's first name that contains markup. */
export const MARKUP = '<img src=x onerror=alert(1)>';

const LONG = 'Noah Fitzgerald-Montgomery-Wolstenholme-de-la-Torre-y-Villanueva';

/** Sets up a channel with five events and three Zaps. One of the Zaps is failing. */
export function failingZap(bed: () => ConsoleBed): void {
  beforeAll(async () => {
    await bed().turnOn('lesson_completed', {
      options: [{ label: 'Time Zone', value: 'Europe/London' }],
      zap_id: '284561172',
    });
    await bed().turnOn('client_created');
    await bed().turnOn('invoice_paid');
    bed().respond('invoice_paid', 'fail');
    await bed().send('job_created');
    await bed().send('client_created', { first_name: MARKUP, last_name: 'Novak' });
    await bed().send('lesson_completed', { topic: 'Verb tenses' });
    await bed().send('invoice_paid');
    await bed().send('invoice_paid', { display_id: 'INV-149' });
    const keys = ['lesson_completed', 'client_created', 'invoice_paid'];
    await until(() => keys.every((key) => bed().receivedBy(key).length > 0));
  });
}

/** Sets up a channel with a note that a Zap has received. */
export function deliveredNote(bed: () => ConsoleBed): void {
  beforeAll(async () => {
    await bed().turnOn('note_added');
    await bed().send('note_added');
    await until(() => bed().receivedBy('note_added').length === 1);
  });
}

/** Sets up a channel with a completed lesson. */
export function completedLesson(bed: () => ConsoleBed): void {
  beforeAll(async () => {
    await bed().turnOn('lesson_completed');
    await bed().send('lesson_completed');
  });
}

/** Fills a channel with events that have long names. */
export async function fillWithTutors(bed: ConsoleBed, length: number): Promise<void> {
  await bed.turnOn('tutor_updated');
  const sends = Array.from({ length }, (_, count) =>
    bed.send(count % 2 === 0 ? 'tutor_updated' : 'student_updated', { first_name: LONG, last_name: `${count}` }),
  );
  await Promise.all(sends);
}
