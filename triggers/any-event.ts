import { anyObjectTrigger } from '../src/webhook-trigger.ts';
import { adHocCharge } from './ad-hoc-charge.ts';
import { affiliate } from './affiliate.ts';
import { application } from './application.ts';
import { client } from './client.ts';
import { creditRequest } from './credit-request.ts';
import { invoice } from './invoice.ts';
import { job } from './job.ts';
import { lesson } from './lesson.ts';
import { note } from './note.ts';
import { packageObject } from './package.ts';
import { paymentOrder } from './payment-order.ts';
import { report } from './report.ts';
import { student } from './student.ts';
import { task } from './task.ts';
import { tutor } from './tutor.ts';
import { wellbeingConcern, wellbeingConcernActions } from './wellbeing-concern.ts';

export const anyEventTriggers = [
  anyObjectTrigger({
    key: 'any_event',
    label: 'New Event',
    description: 'Triggers when anything happens that a webhook is sent for, except wellbeing concerns.',
    objects: [
      lesson,
      client,
      tutor,
      student,
      affiliate,
      job,
      application,
      report,
      invoice,
      creditRequest,
      paymentOrder,
      adHocCharge,
      packageObject,
      note,
      task,
      wellbeingConcern,
    ],
    except: wellbeingConcernActions,
  }),
];
