/** The choice that limits a trigger to reports that contain text. */

import type { JsonObject } from '../../wire/json.ts';
import type { Lookup } from './lookup.ts';
import { customFieldsOf } from '../record/custom-fields.ts';
import { plainText } from '../record/plain-text.ts';

/** The label of the input field. */
const LABEL = 'Only Reports With Text';

/**
 * Returns true if a custom field has a value. A text that contains only tags is treated as empty. An unticked box is
 * treated as empty.
 */
function isFilled({ value, type }: ReturnType<typeof customFieldsOf>[number]): boolean {
  if (value === null) return false;
  const text = plainText(String(value));
  return text !== '' && !(/^false$/i.test(text) && (value === false || /^checkbox/i.test(type ?? '')));
}

/**
 * Returns true if a long-text field of a report has a value. If the report has no long-text field, any custom field is
 * sufficient. Returns null if the report does not contain its custom fields. In an event, an empty list is treated as
 * missing. A list without types is also treated as missing, because a short field such as a grade could be mistaken for
 * the text.
 */
function hasText({ extra_attrs }: JsonObject, isRecord: boolean): boolean | null {
  if (extra_attrs === undefined || !(isRecord || Array.isArray(extra_attrs))) return null;
  const fields = customFieldsOf(extra_attrs, 'report');
  if (!isRecord && (fields.length === 0 || fields.some(({ type }) => type === null))) return null;
  const longTexts = fields.filter(({ isLong }) => isLong);
  return (longTexts.length > 0 ? longTexts : fields).some(isFilled);
}

/**
 * The choice that limits a trigger to reports that contain text. If the trigger had to read the report, the Zap's
 * record contains the fields from this reading, because the Zap is likely to send the report's text.
 */
export const reportsWithText: Lookup = {
  field: {
    key: 'only_reports_with_text',
    label: LABEL,
    helpText:
      'Choose true to trigger only if a custom field of the type long text is filled in or, if your reports have no such ' +
      'field, any custom field. If TutorCruncher sends a report without its custom fields, the trigger reads the report, ' +
      'which takes one request, and the custom fields at that time decide and become part of the record.',
    type: 'boolean',
    required: false,
  },
  sample: {},
  find: async (subject) => {
    if (!(await subject.find(LABEL, hasText))) return null;
    return { fields: {}, ...(subject.record && { details: subject.record }) };
  },
};
