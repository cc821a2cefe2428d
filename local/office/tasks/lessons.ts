/** Tasks about lessons and jobs. */

import { utcTime, type OfficeDates } from '../dates.ts';
import type { Task } from '../task.ts';

export const lessonTasks = (on: OfficeDates): Task[] => [
  {
    id: 'text-family',
    text: "Text the family of tomorrow's maths lesson that we are looking forward to seeing them.",
    facts: ['You cannot send texts yourself: give us the name, the number and the text, and we send it.'],
    steps: [
      {
        key: 'find_lessons',
        inputs: { find_period: 'tomorrow', find_statuses: 'planned', find_details: 'true' },
        records: 2,
      },
      {
        key: 'find_client',
        inputs: { client: '{1.1.students.0.client_id}' },
        gives: { client_name: 'Sarah Marsh', client_mobile: '07700 900611' },
      },
    ],
    ending: { kind: 'answer', says: ['Sarah Marsh', '07700 900611'] },
    alternatives: [
      'Find Lessons without statuses, if the reader leaves out the cancelled lesson of Kenji.',
      'Find Lessons without Details, and then Find Lesson with the ID of the lesson.',
    ],
    wrong: ['A text for Kenji, whose lesson is cancelled.', 'A text for Inês, who has French.'],
    writes: 0,
    state: [],
  },
  {
    id: 'move-lesson',
    text: "Move Leo's lesson on Thursday to Friday at five.",
    facts: ['Five in the afternoon.', 'The lesson keeps its length.', 'There is only one Leo, Leo Raman.'],
    steps: [
      { key: 'find_student', inputs: { find_first_name: 'Leo' }, gives: { id: 503, matches: 1 } },
      {
        key: 'find_lesson',
        inputs: {
          find_student: '{1.0.id}',
          find_after: `${on.thursday} 00:00`,
          find_before: `${on.thursday} 23:59`,
          find_status: 'planned',
        },
        optional: ['find_status'],
        gives: { id: 9121, lesson_topic: 'Trigonometry' },
      },
      { key: 'update_lesson', inputs: { lesson: '{2.0.id}', start: `${on.friday} 17:00` } },
    ],
    ending: { kind: 'done' },
    alternatives: [
      'Find Lessons instead of Find Lesson.',
      'Length in Minutes 90, or Finish at 18:30, besides Start.',
      'A question before the move if the people on the lesson may get an email.',
    ],
    wrong: ['Another length than 90 minutes.', 'Another lesson than the one on Thursday.'],
    writes: 1,
    state: [['appointments', 9121, { start: utcTime(on.friday, '17:00'), finish: utcTime(on.friday, '18:30') }]],
  },
  {
    id: 'cancel-lesson',
    text: 'Ella is ill. Cancel the lesson tomorrow.',
    facts: ['Ella Marsh. It should not be charged.'],
    steps: [],
    ending: {
      kind: 'refusal',
      where: 'the lesson in the calendar of TutorCruncher',
      grounds: [{ step: 'update_lesson', text: "open the lesson in TutorCruncher's calendar" }],
      noStepFor: /cancel/i,
      attempts: [
        {
          key: 'api_request',
          inputs: {
            method: 'PUT',
            path: 'appointments/9122/',
            body: '{"topic": "Fractions", "status": "cancelled", "service": 711}',
          },
          fails: 'TutorCruncher',
        },
      ],
    },
    alternatives: [
      'A search for the lesson before the refusal.',
      'An offer to move the lesson, or to take Ella off it, that is not carried out without a yes.',
    ],
    wrong: ['Remove Student from Lesson without a question.', 'Any write.'],
    writes: 0,
    state: [['appointments', 9122, { status: 'planned' }]],
  },
  {
    id: 'ambiguous-date',
    text: 'Book Ada an extra piano lesson next Friday at four. An hour, topic Exam pieces, with the usual tutor.',
    facts: [`The Friday of next week, ${on.fridayOfNextWeek}, four in the afternoon.`, 'The usual rates.'],
    steps: [
      { key: 'find_student', inputs: { find_first_name: 'Ada' }, gives: { id: 504, matches: 1 } },
      { key: 'find_job', inputs: { find_name: 'Piano', find_student: '{1.0.id}' }, gives: { id: 706 } },
    ],
    ending: {
      kind: 'question',
      asks: 'which Friday',
      then: [
        {
          key: 'create_lesson',
          inputs: {
            job: '{2.0.id}',
            topic: 'Exam pieces',
            start: `${on.fridayOfNextWeek} 16:00`,
            length_in_minutes: '60',
            everyone_on_job: 'true',
          },
        },
      ],
    },
    alternatives: [
      'The question before any search.',
      '"Finish" instead of "Length in Minutes".',
      'The student and the tutor of the job instead of "Add Everyone on the Job".',
    ],
    wrong: ['A lesson on a Friday that the office has not confirmed.', 'A lesson without Ada or without a tutor.'],
    writes: 1,
    state: [
      [
        'appointments',
        9127,
        {
          topic: 'Exam pieces',
          start: utcTime(on.fridayOfNextWeek, '16:00'),
          finish: utcTime(on.fridayOfNextWeek, '17:00'),
          rcras: [{ recipient: 504 }],
          cjas: [{ contractor: 403 }],
        },
      ],
    ],
  },
  {
    id: 'book-lesson',
    text: "Book Kenji's maths for Wednesday, 4 to 5:30 pm, with Chloé. The topic is Percentages.",
    facts: ['This Wednesday.', 'The job is called Maths for Kenji.'],
    steps: [
      { key: 'find_job', inputs: { find_name: 'Maths for Kenji' }, gives: { id: 709 } },
      { key: 'find_student', inputs: { find_first_name: 'Kenji' }, gives: { id: 507 } },
      { key: 'find_tutor', inputs: { find_first_name: 'Chloé' }, gives: { id: 406 } },
      {
        key: 'create_lesson',
        inputs: {
          job: '{1.0.id}',
          topic: 'Percentages',
          start: `${on.wednesday} 16:00`,
          finish: `${on.wednesday} 17:30`,
          students: '{2.0.id}',
          tutors: '{3.0.id}',
        },
      },
    ],
    ending: { kind: 'done' },
    alternatives: ['Add Everyone on the Job, whose only people are Kenji and Chloé.', 'Length in Minutes 90.'],
    wrong: ['A lesson without Kenji or without Chloé.', 'Two lessons.'],
    writes: 1,
    state: [
      [
        'appointments',
        9127,
        {
          start: utcTime(on.wednesday, '16:00'),
          finish: utcTime(on.wednesday, '17:30'),
          rcras: [{ recipient: 507 }],
          cjas: [{ contractor: 406 }],
        },
      ],
    ],
  },
  {
    id: 'timetable',
    text: 'What does Grace Lindqvist teach next week, and how many hours is it?',
    facts: [],
    steps: [
      {
        key: 'find_tutor',
        inputs: { find_first_name: 'Grace', find_last_name: 'Lindqvist' },
        gives: { id: 404, matches: 1 },
      },
      {
        key: 'find_lessons',
        inputs: { find_period: 'next_week', find_tutor: '{1.0.id}', find_statuses: 'planned' },
        optional: ['find_statuses'],
        gives: { lesson_topic: 'Optics', matches: 2, total_hours: 2.5, is_complete: true },
        records: 2,
      },
    ],
    ending: { kind: 'answer', says: ['Optics', 'Waves', '2.5 hours'] },
    alternatives: ['Starts At or After and Starts At or Before instead of Period.'],
    wrong: ['The lessons of this week.'],
    writes: 0,
    state: [],
  },
  {
    id: 'replace-tutor',
    text: "Grace takes tomorrow's French lesson instead of Ravi.",
    facts: ['Grace Lindqvist and Ravi Menon.', 'Only tomorrow. She gets her usual rate.'],
    steps: [
      { key: 'find_lessons', inputs: { find_period: 'tomorrow' }, gives: { id: 9124, lesson_topic: 'French verbs' } },
      { key: 'find_tutor', inputs: { find_first_name: 'Grace' }, gives: { id: 404 } },
      { key: 'find_tutor', inputs: { find_first_name: 'Ravi' }, gives: { id: 405 } },
      { key: 'add_tutor_to_lesson', inputs: { lesson: '{1.0.id}', tutor: '{2.0.id}' } },
      { key: 'remove_tutor_from_lesson', inputs: { lesson: '{1.0.id}', tutor: '{3.0.id}' } },
    ],
    ending: { kind: 'done' },
    alternatives: ['Add Tutor to Job before Add Tutor to Lesson.', 'Removal before addition.'],
    wrong: ['Ravi stays on the lesson.', 'Ravi is removed from the job.'],
    writes: 2,
    state: [['appointments', 9124, { cjas: [{ contractor: 404 }] }]],
  },
  {
    id: 'accept-application',
    text: "Chloé has applied for Kenji's maths. We take her.",
    facts: ['She gets the rate of the job.'],
    steps: [{ key: 'accept_application', inputs: { application: '92' } }],
    ending: { kind: 'done' },
    alternatives: [
      'A search before it.',
      'Add Tutor to Job after it, with the rate of the job.',
      'A question about the rate after it.',
    ],
    wrong: [
      'Another rate than the rate of the job, without a question.',
      'Only Add Tutor to Job, which leaves the application open.',
    ],
    writes: 1,
    state: [['tenders', 92, { status: 'accepted' }]],
  },
];
