import { useState } from 'preact/hooks';

import { OUTCOMES, type HourCounts } from '../../wire/console-api.ts';
import { clockTime, counted, dayAndTime, HOUR_MS } from '../times.ts';
import { OUTCOME_WORDS } from '../zap-words.ts';

const HOURS = 72;
/** Outcomes from the bottom of a bar to its top. The most urgent outcome is on top. */
const STACK = OUTCOMES.toReversed();
/** Height of the chart in its coordinate system. */
const HEIGHT = 100;

const totalOf = (counts: HourCounts): number => OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);

/** Returns "Today, 14:00 to 15:00: 12 events; Will retry: 2; Delivered: 10". */
function describe(counts: HourCounts, now: number): string {
  const parts = OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
    (outcome) => `; ${OUTCOME_WORDS[outcome]}: ${counts[outcome]}`,
  );
  const hour = `${dayAndTime(counts.hour, now)} to ${clockTime(counts.hour + HOUR_MS)}`;
  return `${hour}: ${counted(totalOf(counts), 'event')}${parts.join('')}`;
}

interface BarProps {
  readonly counts: HourCounts;
  readonly left: number;
  /** Number of events in the highest bar. */
  readonly max: number;
}

/** The stacked parts of a bar. */
function BarParts({ counts, left, max }: BarProps) {
  let top = HEIGHT;
  return STACK.filter((outcome) => counts[outcome] > 0).map((outcome) => {
    const height = Math.max(2, (counts[outcome] / max) * (HEIGHT - 10));
    top -= height;
    return <rect key={outcome} class={outcome} x={left + 0.12} y={top} width={0.76} height={height} />;
  });
}

/** The names of the days, each at the first hour of the day. */
function DayLabels({ first, now }: { readonly first: number; readonly now: number }) {
  const hours = Array.from({ length: HOURS }, (_, index) => first + index * HOUR_MS);
  return (
    <div class="days" aria-hidden="true">
      {hours.map((hour, index) => {
        const [day, time] = dayAndTime(hour, now).split(', ');
        return time?.startsWith('00:') && index < HOURS - 4 ? (
          <span key={hour} style={{ left: `${(index / HOURS) * 100}%` }}>
            {day}
          </span>
        ) : null;
      })}
    </div>
  );
}

export interface ChartProps {
  readonly hours: readonly HourCounts[];
  readonly now: number;
  /** The start of the selected hour; null if none is selected. */
  readonly selected: number | null;
  readonly onSelect: (hour: number | null) => void;
}

/**
 * The events per hour over the last 72 hours, by outcome. The bars are a single tab stop. The arrow keys move between
 * them, and Enter selects one.
 */
export function Chart({ hours, now, selected, onSelect }: ChartProps) {
  const [focused, setFocused] = useState<number | null>(null);
  const current = Math.floor(now / HOUR_MS) * HOUR_MS;
  const first = current - (HOURS - 1) * HOUR_MS;
  const max = Math.max(1, ...hours.map(totalOf));
  const stop = hours.find(({ hour }) => hour === (focused ?? selected)) ?? hours.at(-1);

  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -HOURS, End: HOURS }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = Math.min(hours.length - 1, Math.max(0, index + step));
      setFocused(hours[next]?.hour ?? null);
      document.querySelectorAll<SVGGElement>('.bar')[next]?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      toggle(hours[index]?.hour ?? null);
    }
  };
  const toggle = (hour: number | null) => {
    onSelect(hour === selected ? null : hour);
  };

  return (
    <section class="chart" aria-label="Events per hour">
      <p class="quiet">Events per hour, last 72 hours. The highest bar has {max.toLocaleString('en')}.</p>
      <svg
        viewBox={`0 0 ${HOURS} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="group"
        aria-label="Hours with events. The arrow keys move between them; Enter shows the events of an hour."
      >
        {hours.map((counts, index) => {
          const left = (counts.hour - first) / HOUR_MS;
          return (
            <g
              key={counts.hour}
              role="button"
              class={selected === null || selected === counts.hour ? 'bar' : 'bar other'}
              // The attributes of SVG elements are case-sensitive.
              tabindex={counts === stop ? 0 : -1}
              aria-pressed={selected === counts.hour}
              aria-label={describe(counts, now)}
              onClick={() => {
                toggle(counts.hour);
              }}
              onFocus={() => {
                setFocused(counts.hour);
              }}
              onKeyDown={(event) => {
                onKeyDown(event, index);
              }}
            >
              <title>{describe(counts, now)}</title>
              <rect class="area" x={left} y={0} width={1} height={HEIGHT} />
              <BarParts counts={counts} left={left} max={max} />
            </g>
          );
        })}
      </svg>
      <DayLabels first={first} now={now} />
    </section>
  );
}
