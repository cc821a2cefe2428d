import { application } from '../objects/application.ts';
import { objectAction, type Action, type ObjectAction } from '../src/action/action.ts';
import { recordInput } from '../src/inputs/record-input.ts';
import { listPath } from '../src/object/object-record.ts';

const CHOSEN = recordInput('application', 'application_list', {
  becomes: null,
  required: true,
  helpText: 'Choose an application, or map the Application ID of a trigger such as New Application.',
});

/** Defines an action that accepts or rejects an application. @param verb - the last segment of the path */
const decision = (
  verb: 'accept' | 'reject',
  text: Pick<ObjectAction, 'key' | 'label' | 'description' | 'unknownOutcome'>,
): Action =>
  objectAction({
    ...text,
    object: application,
    inputs: [CHOSEN],
    toWrite: (values) => ({
      method: 'POST',
      path: `${listPath(application)}${values.required(CHOSEN)}/${verb}/`,
      body: {},
    }),
    // The step sends no values, so an error must be about the application's status.
    refusal:
      'TutorCruncher refused to change this application. It may already have been accepted, declined or withdrawn, ' +
      'perhaps by a previous run of this Zap. Look at the application in TutorCruncher. Nothing was changed.',
  });

export const applicationActions = [
  decision('accept', {
    key: 'accept_application',
    label: 'Accept Application',
    description:
      "Accepts a tutor's application for a job, and adds the tutor to the job. A tutor without a rate on the job gets the Pay Rate of " +
      'the job. To set another rate, such as the proposed rate in the list of applications, use Add Tutor to Job with Pay ' +
      'Rate after this step. Depending on the settings of your branch, ' +
      'TutorCruncher may email the tutor and the people on the job.',
    unknownOutcome: {
      advice:
        'The application may still have been accepted. Look at it in TutorCruncher. Replaying this run does no harm: ' +
        'an application is accepted only once.',
    },
  }),
  decision('reject', {
    key: 'reject_application',
    label: 'Reject Application',
    description:
      "Rejects a tutor's application for a job. Depending on the settings of your branch, TutorCruncher may email the tutor.",
    unknownOutcome: {
      advice:
        'The application may still have been declined. Look at it in TutorCruncher. Replaying this run does no harm: ' +
        'an application is declined only once.',
    },
  }),
];
