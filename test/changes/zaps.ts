/** The Zaps that receive the sequences of events: one per trigger, and one for each choice in the fields of a trigger. */

import type { SequenceZap } from './sequence-bed.ts';

/** Triggers of the Zaps without choices. Each of these Zaps is named after its trigger. */
const TRIGGERS = [
  ...['any_event', 'client_created', 'client_updated', 'client_status_changed', 'client_pipeline_stage_changed'],
  ...['client_label_added', 'client_deleted', 'lesson_created', 'lesson_updated', 'lesson_completed', 'job_created'],
  'job_label_added',
];

export const ZAPS: readonly SequenceZap[] = [
  ...TRIGGERS.map((trigger) => ({ name: trigger, trigger })),
  { name: 'town', trigger: 'client_updated', inputs: { only_when_changed: ['client_town', 'client_mobile'] } },
  {
    name: 'town_known',
    trigger: 'client_updated',
    inputs: { only_when_changed: ['client_town', 'client_mobile'], skip_when_unknown: true },
  },
  { name: 'from_live', trigger: 'client_status_changed', inputs: { from_statuses: ['live'] } },
  {
    name: 'from_live_known',
    trigger: 'client_status_changed',
    inputs: { from_statuses: ['live'], skip_when_unknown: true },
  },
  { name: 'from_new', trigger: 'client_pipeline_stage_changed', inputs: { from_stages: ['1'] } },
  { name: 'to_booked', trigger: 'client_pipeline_stage_changed', inputs: { to_stages: ['3'] } },
  {
    name: 'new_to_booked',
    trigger: 'client_pipeline_stage_changed',
    inputs: { from_stages: ['1'], to_stages: ['3'], skip_when_unknown: true },
  },
  { name: 'weekend', trigger: 'client_label_added', inputs: { label: '21' } },
  { name: 'exam_year', trigger: 'client_label_added', inputs: { label: '23' } },
  { name: 'exam_year_known', trigger: 'client_label_added', inputs: { label: '23', skip_when_unknown: true } },
  { name: 'job_exam_year', trigger: 'job_label_added', inputs: { label: '23' } },
  {
    name: 'moved',
    trigger: 'lesson_updated',
    inputs: { only_when_changed: ['lesson_start', 'lesson_finish'], skip_when_unknown: true },
  },
];
