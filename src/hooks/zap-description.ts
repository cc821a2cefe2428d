/** Describes a Zap for the console. The relay stores the description with the Zap's subscription. */

import type { Bundle } from 'zapier-platform-core';

import { MAX_LABEL_LENGTH, MAX_VALUE_LENGTH, MAX_ZAP_OPTIONS, type ZapDescription } from '../../wire/console-api.ts';
import { isJsonObject } from '../../wire/json.ts';
import { ACTIONS_FIELD, valuesChosenIn, type FilterField, type InputField } from '../choices/filter-fields.ts';
import { joinEntries } from '../record/joined-texts.ts';

const shortened = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** Returns the Zap's id if the id consists of digits, because a link to Zapier's editor requires a numeric id. */
function zapIdIn(bundle: Bundle): string | null {
  const { meta }: { readonly meta?: unknown } = bundle;
  const zap = isJsonObject(meta) ? meta.zap : null;
  const id = isJsonObject(zap) ? zap.id : null;
  return (typeof id === 'string' || typeof id === 'number') && /^\d{1,20}$/.test(String(id)) ? String(id) : null;
}

/**
 * Returns the text of a choice. The text for a label or a pipeline stage contains only the id, such as `ID 12345`,
 * because the name can be private and the relay stores the description unencrypted. A custom value in the field for a
 * label or a stage is replaced with a neutral text, because the value can be a private name.
 */
function choiceText(choice: string, { key, choices = {}, dynamic }: InputField): string {
  if (/^\d+$/.test(choice)) return `ID ${choice}`;
  const mayBePrivate = dynamic !== undefined && key !== ACTIONS_FIELD.field.key;
  return mayBePrivate ? 'custom value' : (choices[choice] ?? choice);
}

/** Describes a Zap by the label of its trigger and the choices in the fields that select its events. */
export function describeZap(
  label: string,
  fields: readonly Pick<FilterField, 'field'>[],
  bundle: Bundle,
): ZapDescription {
  const chosen = fields.filter((field) => valuesChosenIn(field, bundle).length > 0).slice(0, MAX_ZAP_OPTIONS);
  return {
    trigger: shortened(label, MAX_LABEL_LENGTH),
    options: chosen.map((choiceField) => {
      const { field } = choiceField;
      const values = valuesChosenIn(choiceField, bundle).map((choice) => choiceText(choice, field));
      return {
        label: shortened(field.label, MAX_LABEL_LENGTH),
        value: shortened(joinEntries(values), MAX_VALUE_LENGTH),
      };
    }),
    zap_id: zapIdIn(bundle),
  };
}
