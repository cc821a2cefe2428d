import { MARKER_MS } from './step-run.ts';

/**
 * Returns the result of a call; null if the call fails or takes longer than two seconds. A slow call is not aborted.
 */
export async function inTime<T>(call: () => Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const isUp = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, MARKER_MS, null);
  });
  try {
    return await Promise.race([call(), isUp]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
