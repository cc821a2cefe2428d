import { dayAndTime, fullTime, VIEWER_ZONE_NAME } from '../times.ts';

/** A time in the viewer's time zone. Its tooltip shows the seconds and the time zone. */
export const Time = ({ at, now }: { readonly at: number; readonly now: number }) => (
  <time dateTime={new Date(at).toISOString()} title={`${fullTime(at)} (${VIEWER_ZONE_NAME})`}>
    {dayAndTime(at, now)}
  </time>
);
