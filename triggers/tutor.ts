import { tutor } from '../objects/tutor.ts';
import { objectTrigger } from '../src/trigger.ts';

export const tutorTriggers = [
  objectTrigger({
    key: 'tutor_created',
    label: 'New Tutor',
    description: 'Triggers when a tutor is created.',
    object: tutor,
    actions: { CREATED_A_CONTRACTOR: 'Created a Tutor' },
    sample: { status: 'pending' },
    canChooseLabel: true,
  }),
  objectTrigger({
    key: 'tutor_signed_up',
    label: 'Tutor Signed Up',
    description: 'Triggers when someone signs up as a tutor.',
    object: tutor,
    actions: { CONTRACTOR_SIGN_UP: 'Signed up as a Tutor' },
    sample: { status: 'pending' },
  }),
  objectTrigger({
    key: 'tutor_updated',
    label: 'Tutor Updated',
    description: "Triggers when a tutor's details, skills, qualifications or availability change.",
    object: tutor,
    actions: {
      EDITED_A_CONTRACTOR: 'Edited a Tutor',
      EDITED_SKILLS: 'Edited Skills',
      EDITED_QUALIFICATIONS: 'Edited Qualifications',
      EDITED_AVAILABILITY: 'Edited availability',
      EDITED_OWN_PROFILE: 'Edited their own profile',
    },
    canChooseLabel: true,
  }),
  objectTrigger({
    key: 'tutor_status_changed',
    label: 'Tutor Status Changed',
    description: "Triggers when a tutor's status changes.",
    object: tutor,
    actions: { CHANGED_CONTRACTOR_STATUS: "Changed a Tutor's status" },
    canChooseStatuses: true,
  }),
  objectTrigger({
    key: 'tutor_reviewed',
    label: 'Tutor Reviewed',
    description: 'Triggers when a client reviews a tutor.',
    object: tutor,
    actions: { CREATED_A_REVIEW: 'Reviewed a Tutor' },
  }),
  objectTrigger({
    key: 'tutor_label_added',
    label: 'Tutor Label Added',
    description: 'Triggers when a label is added to a tutor.',
    object: tutor,
    actions: { ADDED_A_LABEL_TO_A_USER: 'Added a Label to a User' },
    canChooseLabel: true,
  }),
  objectTrigger({
    key: 'tutor_deleted',
    label: 'Tutor Deleted',
    description: 'Triggers when a tutor is deleted.',
    object: tutor,
    actions: { DELETED_A_CONTRACTOR: 'Deleted a Tutor' },
  }),
];
