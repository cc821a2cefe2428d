/** Triggers whose events TutorCruncher sends directly to Zapier, without the previous event. */

import { withDetails } from './fetched-details.ts';
import { LABEL_FIELD, statusesField } from './input-fields.ts';
import { recentEvents, recentEventsOfChosenAction } from './recent-events.ts';
import { flattenEvent } from './record/event.ts';
import { sha256 } from './sha256.ts';
import type { TriggerKind } from './trigger-kind.ts';

export const PASTED_URL_KIND: TriggerKind = {
  isRelayed: false,
  filterFieldsOf: ({ object, canChooseStatuses, canChooseLabel }) => [
    ...(canChooseStatuses ? [statusesField(object.statuses ?? [])] : []),
    ...(canChooseLabel ? [LABEL_FIELD] : []),
  ],
  makeRecord: ({ event, details }, _conditions, { layout, locale, isOfAnyObject = false, subjectIn }) =>
    flattenEvent(event, layout, {
      hash: sha256,
      locale,
      hasSubjectKeys: isOfAnyObject,
      subject: withDetails(subjectIn ? subjectIn(event) : event.subject, details),
    }),
  recent: { events: recentEvents, eventsOfChosenAction: recentEventsOfChosenAction },
};
