/** SVG paths of the icons, in a grid of 16 by 16 units. */
const PATHS = {
  failed: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.4h-2.4',
  given_up: 'M4 4l8 8M12 4l-8 8',
  waiting: 'M8 4.5V8l2.5 1.5M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0',
  delivered: 'M3 8.5l3.5 3.5L13 4.5',
  not_wanted: 'M4 8h8',
  attention: 'M8 4v5M8 11.6v.4',
  back: 'M10 3L5 8l5 5',
  mark: 'M3.5 8h6.5M7.5 4.5L11 8l-3.5 3.5M13 4v8',
  outside: 'M6 4H4v8h8v-2M9 4h3v3M12 4L7.5 8.5',
} as const;

/** A decorative icon next to text with the same meaning. */
export const Icon = ({ name }: { readonly name: keyof typeof PATHS }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);
