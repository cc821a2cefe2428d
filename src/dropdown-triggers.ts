/** Hidden triggers that fill the dropdowns of input fields from the user's account. */

import type { Bundle, ZObject } from 'zapier-platform-core';

import { fetchActionTypes, fetchLabels } from './api/choices.ts';
import { listTriggers } from './list-triggers.ts';
import { sharedFields, sharedPart } from './shared-part.ts';

const labelList = {
  key: 'label_list',
  noun: 'Label',
  display: sharedPart({
    label: 'Label List',
    description: 'Triggers when the dropdown of labels is opened.',
    hidden: true,
  }),
  operation: {
    type: 'polling' as const,
    canPaginate: true,
    // Zapier counts pages from 0.
    perform: (z: ZObject, bundle: Bundle) =>
      fetchLabels(z, bundle, (bundle.meta as Partial<Bundle['meta']> | undefined)?.page ?? 0),
    sample: sharedPart({ id: '21', name: 'Weekend' }),
    outputFields: sharedFields([
      { key: 'id', label: 'Label ID', type: 'string' as const },
      { key: 'name', label: 'Label Name', type: 'string' as const },
    ]),
  },
};

const actionList = {
  key: 'action_list',
  noun: 'Event',
  display: sharedPart({
    label: 'Event List',
    description: 'Triggers when the dropdown of events is opened.',
    hidden: true,
  }),
  operation: {
    type: 'polling' as const,
    perform: async (z: ZObject, bundle: Bundle) => {
      const actionTypes = await fetchActionTypes(z, bundle);
      return actionTypes.map(({ key, verb, subjects }) => ({ id: key, name: `${verb} (${subjects.join(', ')})` }));
    },
    sample: sharedPart({ id: 'MARKED_AN_APPOINTMENT_AS_COMPLETE', name: 'Marked a Lesson as complete (Lesson)' }),
    outputFields: sharedFields([
      { key: 'id', label: 'Event ID', type: 'string' as const },
      { key: 'name', label: 'Event Name', type: 'string' as const },
    ]),
  },
};

/** The hidden triggers by key. */
export const dropdownTriggers = { label_list: labelList, action_list: actionList, ...listTriggers };
