import { OUTCOMES, type Outcome } from '../../wire/console-api.ts';
import { TRIGGERS } from '../event-words.ts';
import { isFiltered, NO_FILTERS } from '../filters.ts';
import { outcomeText } from '../outcome-words.ts';
import { PERIODS, periodIn } from '../period.ts';
import type { Channel } from '../session.ts';
import { hourText } from '../times.ts';
import { UNKNOWN_ZAP } from '../zap-names.ts';
import type { ChartProps } from './chart.tsx';

interface SelectProps {
  readonly label: string;
  readonly any: string;
  readonly value: string | number | null;
  readonly choices: readonly (readonly [value: string, label: string])[];
  readonly onChange: (value: string | null) => void;
}

const Select = ({ label, any, value, choices, onChange }: SelectProps) => (
  <label class="field">
    <span>{label}</span>
    <select value={value ?? ''} onChange={({ currentTarget }) => onChange(currentTarget.value || null)}>
      <option value="">{any}</option>
      {choices.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  </label>
);

/** Buttons that select an outcome. Each button shows the number of events with the outcome in the chart. */
export function OutcomeButtons({ filters, hours, onFilter }: Omit<ChartProps, 'now'>) {
  const count = (outcome: Outcome) => hours.reduce((sum, counts) => sum + counts[outcome], 0);
  return (
    <div class="outcomes" role="group" aria-label="Outcome, with the number of events in the last 72 hours">
      {OUTCOMES.map((outcome) => (
        <button
          key={outcome}
          class={outcome}
          aria-pressed={filters.outcome === outcome}
          onClick={() => onFilter({ outcome: filters.outcome === outcome ? null : outcome })}
        >
          <span>
            <span class="swatch" />
            {outcomeText(outcome)}
          </span>{' '}
          <b>{count(outcome).toLocaleString('en')}</b>
        </button>
      ))}
    </div>
  );
}

/** The inputs for the first and the last day of the period `dates`. */
const PeriodDates = ({ filters, onFilter }: Pick<ChartProps, 'filters' | 'onFilter'>) =>
  (['from', 'to'] as const).map((name) => (
    <label key={name} class="field">
      <span>{name === 'from' ? 'First day' : 'Last day'}</span>
      <input
        type="date"
        value={filters[name] ?? ''}
        onChange={({ currentTarget }) => onFilter({ [name]: currentTarget.value || null })}
      />
    </label>
  ));

interface FilterBarProps extends Omit<ChartProps, 'hours'>, Pick<Channel, 'names'> {
  readonly search: string;
  readonly onSearch: (text: string) => void;
}

/** The filters of the event list, and the search for names. */
export function FilterBar({ filters, names, now, search, onFilter, onSearch }: FilterBarProps) {
  const { trigger, zap, when } = filters;
  const hours = typeof when === 'number' ? [[String(when), hourText(when, now)] as const] : [];
  // The Zap in the URL might have been turned off so long ago that the relay no longer knows the Zap.
  const zapsOff = zap === null || names.has(zap) ? [] : [[zap, UNKNOWN_ZAP] as const];
  return (
    <div class="fields">
      <Select
        label="Trigger"
        any="Any trigger"
        value={trigger}
        choices={TRIGGERS.map(({ label }) => [label, label])}
        onChange={(trigger) => onFilter({ trigger })}
      />
      <Select
        label="Zap"
        any="Any Zap"
        value={zap}
        choices={[...names, ...zapsOff]}
        onChange={(zap) => onFilter({ zap })}
      />
      <Select
        label="Time"
        any="Any time"
        value={when}
        choices={[...Object.entries(PERIODS), ...hours]}
        onChange={(value) => onFilter({ when: periodIn(value), from: null, to: null })}
      />
      {when === 'dates' && <PeriodDates filters={filters} onFilter={onFilter} />}
      <label class="field">
        <span>Search names</span>
        <input
          type="search"
          value={search}
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => onSearch(currentTarget.value)}
        />
      </label>
      {(isFiltered(filters) || search !== '') && (
        <button
          class="plain"
          onClick={() => {
            onSearch('');
            onFilter(NO_FILTERS);
          }}
        >
          Clear filters
        </button>
      )}
    </div>
  );
}
