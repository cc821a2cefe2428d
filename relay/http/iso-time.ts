/** Formats milliseconds since 1970 as ISO 8601. */
export const isoTime = (time: number): string => new Date(time).toISOString();

/** Formats a time that may be missing. */
export const optionalIsoTime = (time: number | null): string | null => (time === null ? null : isoTime(time));
